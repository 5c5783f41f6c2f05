//! A large capture in the terminal app: `cargo bench --bench app_capture`, or `-- FILE` for that one.
//!
//! It plays the app: a key is pressed every few milliseconds, and what it takes is measured from there until the picture
//! of 200 × 60 cells is drawn, with the news that came meanwhile; by the clock, and what this thread has needed of a processor:
//! they differ where the machine has something else to do. Without a file it makes one up with a million packets in
//! 10,000 conversations, and one with a million packets in a single conversation.

#![expect(clippy::expect_used, reason = "a measurement that can not be made has failed")]

mod made_up;

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use ratatui::{buffer::Buffer, layout::Rect};
use rustix::time::{ClockId, clock_gettime};
use wiretutor::{
    command::app::capture::{CaptureFile, CaptureWish},
    face::tui::{
        capture::{
            Capture,
            course::Course,
            news::{CaptureEffect, CaptureNews, CourseNews},
        },
        keys::Action,
        theme::{Background, Depth, Theme},
    },
};

/// Between two keys.
const BETWEEN: Duration = Duration::from_millis(7);
const SIZE: (u16, u16) = (200, 60);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if !arguments.is_empty() {
        return arguments.iter().for_each(|file| measure(Path::new(file)));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for conversations in [10_000, 1] {
        let file: PathBuf = folder.path().join(format!("made-up-{conversations}.pcapng"));
        made_up::make_up(&file, 1_000_000, conversations);
        measure(&file);
        fs::remove_file(&file).expect("it is removed");
    }
}

struct App {
    file: CaptureFile,
    capture: Capture,
    woken: Receiver<()>,
    buf: Buffer,
    theme: Theme,
    keys: Times,
    /// Whatever a key may have to wait for: news that are heard and drawn.
    news: Times,
}

impl App {
    fn open(path: &Path) -> Self {
        let (wake, woken) = mpsc::channel();
        let wake = move || {
            // Nobody wants to know any more.
            let _ = wake.send(());
        };
        let (file, mut capture) = CaptureFile::open(path, &CaptureWish::default(), wake).expect("it is opened");
        let buf = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        capture.resize(buf.area);
        let theme = Theme::choose(None, Depth::TrueColour, Some(Background::Dark), false);
        Self { file, capture, woken, buf, theme, keys: Times::default(), news: Times::default() }
    }

    fn draw(&mut self) {
        self.buf.reset();
        self.capture.draw(&mut self.buf, &self.theme);
    }

    fn perform(&mut self, effects: Vec<CaptureEffect>) {
        effects.into_iter().for_each(|effect| self.file.perform(effect));
    }

    /// One piece of news, if there is one within this time.
    fn hear(&mut self, patience: Duration) -> bool {
        if self.woken.recv_timeout(patience).is_err() {
            return false;
        }
        if let Some(news) = self.file.take() {
            let effects = self.capture.hear(news);
            self.perform(effects);
        }
        true
    }

    fn hear_and_draw(&mut self, patience: Duration) {
        if self.woken.recv_timeout(patience).is_err() {
            return;
        }
        let began = Moment::now();
        if let Some(news) = self.file.take() {
            let effects = self.capture.hear(news);
            self.perform(effects);
        }
        self.draw();
        self.news.note(began);
    }

    fn press(&mut self, action: Action) {
        let began = Moment::now();
        let effects = self.capture.act(action);
        self.file.perform_soon(effects);
        // What the key has asked for has been answered by now, or is drawn later.
        while self.hear(Duration::ZERO) {}
        self.draw();
        self.keys.note(began);
    }

    /// Presses these keys in turn until it is so, and hears what comes in between.
    fn press_until(&mut self, actions: &[Action], is_so: impl Fn(&Self) -> bool) {
        for action in actions.iter().cycle() {
            if is_so(self) {
                return;
            }
            self.press(*action);
            let next = Instant::now() + BETWEEN;
            while let Some(left) = next.checked_duration_since(Instant::now()) {
                self.hear_and_draw(left);
            }
        }
    }

    fn report(&mut self, what: &str) {
        let (keys, news) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.news));
        println!("  {what}\n    keys {keys}\n    news {news}");
    }
}

/// How long things took.
#[derive(Default)]
struct Times(Vec<[Duration; 2]>);

impl Times {
    fn note(&mut self, began: Moment) {
        self.0.push([began.clock.elapsed(), processor_time().saturating_sub(began.processor)]);
    }
}

/// On the clock, and by what this thread has needed.
#[derive(Clone, Copy)]
struct Moment {
    clock: Instant,
    processor: Duration,
}

impl Moment {
    fn now() -> Self {
        Self { clock: Instant::now(), processor: processor_time() }
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>5}", self.0.len())?;
        for (which, name) in ["", "CPU"].into_iter().enumerate() {
            let mut sorted: Vec<f64> = self.0.iter().map(|times| times[which].as_secs_f64() * 1e3).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let part =
                |percent: usize| sorted.get(sorted.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0.0);
            write!(f, "  {name} {:>5.2} {:>5.2} {:>6.2} ms", part(50), part(99), part(100))?;
        }
        Ok(())
    }
}

const LIST: &[Action] = &[Action::Down, Action::PageDown, Action::ToEnd, Action::PageUp, Action::Sort, Action::ToBegin];
const COURSE: &[Action] = &[
    Action::ToEnd,
    Action::Up,
    Action::PageUp,
    Action::ToBegin,
    Action::NextNote,
    Action::PageDown,
    Action::Numbers,
    Action::NextPane,
    Action::PageDown,
    Action::PreviousPane,
];

fn measure(path: &Path) {
    let size = path.metadata().map_or(0, |file| file.len());
    println!(
        "{}: {:.0} MB; times are the median, the 99th of a hundred, and the longest",
        path.display(),
        size as f64 / 1e6
    );
    let began = Instant::now();
    let mut app = App::open(path);
    app.draw();
    println!("  the first screen                    after {:>8.2} ms", ms(began));
    while app.capture.list().chosen().is_none() {
        app.hear_and_draw(Duration::from_secs(1));
    }
    println!("  the first usable list               after {:>8.2} ms", ms(began));
    app.press_until(LIST, |app| app.capture.list().is_whole());
    println!("  the whole list                      after {:>8.2} ms, while keys are pressed", ms(began));
    app.report("the list, while the file is read");
    let mut left = 300;
    while left > 0 {
        app.press(LIST[left % LIST.len()]);
        left -= 1;
    }
    app.report("the list");
    filter(&mut app);
    largest(&mut app);
    println!("  {}", memory());
    drop(app);
    while_it_is_read(path);
}

fn filter(app: &mut App) {
    use crossterm::event::KeyCode;
    app.press(Action::Search);
    app.keys = Times::default();
    for _ in 0..10 {
        for key in [KeyCode::Char('4'), KeyCode::Char('4'), KeyCode::Char('3'), KeyCode::Backspace, KeyCode::Backspace]
        {
            let began = Moment::now();
            let effects = app.capture.typed(key.into());
            app.perform(effects);
            app.draw();
            app.keys.note(began);
        }
        app.capture.typed(KeyCode::Backspace.into());
    }
    app.capture.typed(KeyCode::Esc.into());
    app.report("typing a filter");
}

/// The conversation with the most packets.
fn largest(app: &mut App) {
    let sorted = |app: &App| {
        let packets = |id: u32| {
            app.capture
                .list()
                .account(id)
                .map_or(0, |account| account.parties.iter().map(|party| party.packets).sum::<u64>())
        };
        app.capture.list().rows().iter().copied().max_by_key(|id| packets(*id)).expect("a conversation")
    };
    let id = sorted(app);
    app.press(Action::ToBegin);
    while app.capture.list().chosen() != Some(id) {
        app.capture.act(Action::Down);
    }
    app.keys = Times::default();
    let began = Instant::now();
    app.press(Action::Choose);
    while app.capture.course().is_none_or(|course| course.found().is_none()) {
        app.hear_and_draw(Duration::from_secs(1));
    }
    println!("  its largest conversation            after {:>8.2} ms", ms(began));
    app.press(Action::ToEnd);
    app.press_until(COURSE, |app| app.capture.course().is_none_or(Course::is_whole));
    let packets = app.capture.course().map_or(0, Course::packets);
    println!("  all of its {packets:>8} packets         after {:>8.2} ms, while keys are pressed", ms(began));
    app.report("the conversation, while it is read");
    let mut late = 0;
    for action in COURSE.iter().cycle().take(400) {
        app.press(*action);
        late += usize::from(app.capture.course().is_none_or(|course| course.found().is_none()));
    }
    app.report("the conversation");
    println!("  pictures without the chosen packet          {late} of 400");
    anywhere(app, packets);
}

/// Packets all over the conversation, by their positions.
fn anywhere(app: &mut App, packets: usize) {
    let stream = app.capture.course().map_or(0, Course::stream);
    let (mut times, mut at) = (Times::default(), 12_345_usize);
    for _ in 0..1_000 {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let began = Moment::now();
        app.file.perform(CaptureEffect::Fetch { stream, from: (at >> 20) % packets, count: 1 });
        loop {
            app.woken.recv().expect("an answer");
            if let Some(CaptureNews::Course(CourseNews::Sheet(_))) = app.file.take() {
                break;
            }
        }
        times.note(began);
    }
    println!("  {:<44} keys {times}", "any packet, read and analysed");
}

/// The first conversation, opened as soon as there is one, and gone through while the file is read.
fn while_it_is_read(path: &Path) {
    let mut app = App::open(path);
    while app.capture.list().chosen().is_none() {
        app.hear_and_draw(Duration::from_secs(1));
    }
    app.press(Action::Choose);
    app.keys = Times::default();
    app.press_until(COURSE, |app| app.capture.list().is_whole() && app.capture.course().is_none_or(Course::is_whole));
    app.report("a conversation, while the file is read");
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

/// What the process has needed at most.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    format!("memory at most: {}", line.trim_start_matches("VmHWM:").trim())
}
