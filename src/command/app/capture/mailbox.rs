//! Where news lie until the app takes them. It is woken once when there are some, and again as long as there are more:
//! between two of them it can see to its keys.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::face::tui::capture::news::{CaptureNews, CourseNews, FileNews};

pub(super) struct Mailbox {
    heap: Mutex<Heap>,
    arrived: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Debug, Default)]
struct Heap {
    course: VecDeque<CourseNews>,
    file: VecDeque<FileNews>,
}

impl Heap {
    fn is_empty(&self) -> bool {
        self.course.is_empty() && self.file.is_empty()
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("heap", &self.heap).finish_non_exhaustive()
    }
}

impl Mailbox {
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { heap: Mutex::default(), arrived: Condvar::new(), wake: Box::new(wake) }
    }

    /// Nobody leaves the heap in a state that others could not go on with.
    fn lock(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put_file(&self, news: FileNews) {
        self.put(|heap| heap.file.push_back(news));
    }

    pub(super) fn put_course(&self, news: CourseNews) {
        self.put(|heap| heap.course.push_back(news));
    }

    fn put(&self, add: impl FnOnce(&mut Heap)) {
        let mut heap = self.lock();
        let is_first = heap.is_empty();
        add(&mut heap);
        drop(heap);
        self.arrived.notify_all();
        if is_first {
            (self.wake)();
        }
    }

    /// Whether all news of the file were taken: who makes them waits with the next ones until then, so that there are
    /// never many.
    pub(super) fn has_no_file_news(&self) -> bool {
        self.lock().file.is_empty()
    }

    /// The same for those of the conversation.
    pub(super) fn has_no_course_news(&self) -> bool {
        self.lock().course.is_empty()
    }

    pub(super) fn take(&self) -> Option<CaptureNews> {
        let mut heap = self.lock();
        let news = heap.course.pop_front().map(CaptureNews::Course);
        let news = news.or_else(|| heap.file.pop_front().map(CaptureNews::File));
        let has_more = !heap.is_empty();
        drop(heap);
        if has_more {
            (self.wake)();
        }
        news
    }

    /// Waits until there is such an answer, but no longer than this.
    pub(super) fn await_course(&self, patience: Duration, is_answer: impl Fn(&CourseNews) -> bool) {
        self.await_heap(patience, |heap| heap.course.iter().any(&is_answer));
    }

    fn await_heap(&self, patience: Duration, is_there: impl Fn(&Heap) -> bool) {
        let deadline = Instant::now() + patience;
        let mut heap = self.lock();
        while !is_there(&heap) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return };
            heap = self.arrived.wait_timeout(heap, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::face::tui::capture::news::Sheet;

    #[test]
    fn who_takes_news_is_woken_once_for_each() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&woken);
        let mailbox = Mailbox::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        for _ in 0..3 {
            mailbox.put_file(FileNews::default());
        }
        assert_eq!(woken.load(Ordering::Relaxed), 1, "it was told that there are some");
        for left in [2, 1, 0] {
            assert!(mailbox.take().is_some());
            assert_eq!(woken.load(Ordering::Relaxed), (4 - left).min(3), "{left} left");
        }
        assert!(mailbox.take().is_none());
    }

    #[test]
    fn the_conversation_that_is_looked_at_comes_first() {
        let mailbox = Mailbox::new(|| {});
        mailbox.put_file(FileNews::default());
        mailbox.put_course(CourseNews::Found { stream: 0, position: None });
        assert!(matches!(mailbox.take(), Some(CaptureNews::Course(_))));
        assert!(mailbox.has_no_course_news() && !mailbox.has_no_file_news());
    }

    #[test]
    fn who_waits_for_an_answer_goes_on_with_it_or_after_a_while_without() {
        let mailbox = Mailbox::new(|| {});
        let is_sheet = |news: &CourseNews| matches!(news, CourseNews::Sheet(_));
        mailbox.put_course(CourseNews::Found { stream: 0, position: None });
        mailbox.await_course(Duration::from_millis(1), is_sheet);
        mailbox.put_course(CourseNews::Sheet(Sheet::default()));
        let began = Instant::now();
        mailbox.await_course(Duration::from_secs(600), is_sheet);
        assert!(began.elapsed() < Duration::from_secs(300));
    }
}
