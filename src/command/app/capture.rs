//! A capture file for the terminal app: threads read it, and the app is told what they find out.
//!
//! Two threads read and analyse the whole file once, as `open` does without the app (`loader`). Another one reads the
//! packets of the conversation that is looked at once more (`reader`). What they find lies in a `mailbox` until the app
//! takes it; nothing here ever waits for the app, and the app waits for nothing but an answer that is on its way, and
//! for that no longer than a key may take.

mod course;
mod loader;
mod mailbox;
mod reader;
mod shared;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
    time::Duration,
};

use self::{
    loader::Loader,
    mailbox::Mailbox,
    reader::{Reader, Request},
    shared::Shared,
};
use crate::{
    command::{ending::Failure, open::outcome::Named},
    conversation::filter::Filter,
    face::{
        capture::Numbers,
        tui::capture::{
            Capture,
            news::{CaptureEffect, CaptureNews, CourseNews},
        },
    },
    pcap,
};

/// So long an answer is awaited, so that the picture behind a key has it already. Most take a tenth of it.
const SOON: Duration = Duration::from_millis(4);

/// What is asked for, as with `open` without the app.
#[derive(Clone, Debug, Default)]
pub struct CaptureWish {
    pub filter: Filter,
    pub numbers: Numbers,
    /// Waits for more at the end of a file.
    pub follow: bool,
}

/// An open file and its threads, which end when this is dropped.
#[derive(Debug)]
pub struct CaptureFile {
    mailbox: Arc<Mailbox>,
    requests: Sender<Request>,
    is_over: Arc<AtomicBool>,
}

/// The file, or standard input for `-`.
///
/// # Errors
/// Where it can not be opened, and why.
pub(super) fn source(path: &Path) -> Result<pcap::Source, Failure> {
    let source = if path == Path::new("-") { pcap::open_stdin() } else { pcap::open_file(path) };
    source.map_err(|error| Named::new(path).cannot_open(&error))
}

impl CaptureFile {
    /// Opens it and begins to read. `wake` is called, from any thread, when there is something to [`Self::take`].
    ///
    /// # Errors
    /// Where the file can not be opened, or the system refuses a thread.
    pub fn open(
        path: &Path,
        wish: &CaptureWish,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Self, Capture), Failure> {
        Self::read(path, source(path)?, wish, wake)
    }

    /// Begins to read what was opened at this path.
    pub(super) fn read(
        path: &Path,
        source: pcap::Source,
        wish: &CaptureWish,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Self, Capture), Failure> {
        let named = Named::new(path);
        let source = if wish.follow { source.follow() } else { Ok(source) };
        let source = source.and_then(pcap::Source::keep).map_err(|error| named.cannot_open(&error))?;
        let again = source.again()?;
        let size = source.size();
        let capture = Capture::new(&named.shown, size, wish.filter.clone(), wish.numbers);
        let (mailbox, shared) = (Arc::new(Mailbox::new(wake)), Arc::new(Shared::default()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (requests, asked) = mpsc::channel();
        let post = || (Arc::clone(&shared), Arc::clone(&mailbox));
        Reader::new(post(), again, wish.filter.clone(), asked).start()?;
        Loader::new(post(), named, Arc::clone(&is_over), requests.clone()).start(source)?;
        Ok((Self { mailbox, requests, is_over }, capture))
    }

    /// The oldest news; `wake` is called again if there are more. News of the chosen conversation come first.
    #[must_use]
    pub fn take(&self) -> Option<CaptureNews> {
        self.mailbox.take()
    }

    /// Does what the screens ask for. The answer comes as news. To leave is left to the app.
    pub fn perform(&self, effect: CaptureEffect) {
        let request = match effect {
            CaptureEffect::Leave => return,
            CaptureEffect::Close => Request::Close,
            CaptureEffect::Open { stream } => Request::Open(stream),
            CaptureEffect::Fetch { from, count, .. } => Request::Fetch { from, count },
            CaptureEffect::Find { number, .. } => Request::Find(number),
        };
        // The thread ends with this value, so it is there to hear it.
        let _ = self.requests.send(request);
    }

    /// The same behind a key. An answer that comes soon is in [`Self::take`] when this comes back: an app that hears
    /// all there is before it draws shows no picture in between.
    pub fn perform_soon(&self, effects: Vec<CaptureEffect>) {
        let asked = effects.last().copied().filter(|effect| is_answered(*effect));
        effects.into_iter().for_each(|effect| self.perform(effect));
        if let Some(asked) = asked {
            self.mailbox.await_course(SOON, |news| is_answer(asked, news));
        }
    }
}

const fn is_answered(effect: CaptureEffect) -> bool {
    !matches!(effect, CaptureEffect::Leave | CaptureEffect::Close)
}

const fn is_answer(effect: CaptureEffect, news: &CourseNews) -> bool {
    matches!(
        (effect, news),
        (CaptureEffect::Open { .. }, CourseNews::Grown { .. })
            | (CaptureEffect::Fetch { .. }, CourseNews::Sheet(_))
            | (CaptureEffect::Find { .. }, CourseNews::Found { .. })
            | (_, CourseNews::Failed { .. })
    )
}

impl Drop for CaptureFile {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It may have ended by itself.
        let _ = self.requests.send(Request::Over);
    }
}
