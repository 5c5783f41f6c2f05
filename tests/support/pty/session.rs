//! A running app, and the user before it.

use std::{
    os::fd::OwnedFd,
    process::{Child, ExitStatus},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, ioctl_fionread, read, write},
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
    termios::{OptionalActions, Termios, tcgetattr, tcsetattr, tcsetwinsize},
};
use tempfile::TempDir;
use vt100::{Parser, Screen};

use super::{
    input::{Button, Key, mouse},
    modes::{Modes, Question},
    start::{Answers, Pair, Start, home, winsize},
};

/// How long the program may take for anything. It needs milliseconds; a busy machine needs more.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
const SYNCHRONIZED: u16 = 2026;
const OTHER_SCREEN: u16 = 1049;

/// An app in a terminal. It is killed if the test fails.
pub(crate) struct Session {
    master: Option<OwnedFd>,
    line: OwnedFd,
    before: Termios,
    child: Child,
    pidfd: OwnedFd,
    screen: Parser,
    modes: Modes,
    answers: Answers,
    /// Questions that are answered when the other screen is left.
    late: Option<Vec<Question>>,
    said: Vec<u8>,
    home: Arc<TempDir>,
    pressed: usize,
}

/// What there was to see when waiting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    Output,
    End,
    Nothing,
}

impl Session {
    /// The program under test in a terminal of so many columns and rows, with these variables and arguments.
    pub(crate) fn start(size: (u16, u16), env: &[(&str, &str)], args: &[&str]) -> Self {
        let start = Start::new(size).args(args.iter().copied());
        Self::of(&env.iter().fold(start, |start, (name, value)| start.env(name, value)))
    }

    pub(crate) fn of(start: &Start) -> Self {
        let home = start.home.clone().unwrap_or_else(|| Arc::new(home()));
        start.fill(home.path());
        let (Pair { master, line, before }, child) = start.spawn(home.path());
        let pidfd = pidfd_open(pid(&child), PidfdFlags::empty()).expect("a child can be watched");
        let late = start.late.then(Vec::new);
        let (columns, rows) = drawable(start.size);
        let screen = Parser::new(rows, columns, 0);
        let (modes, said) = (Modes::default(), Vec::new());
        Self {
            master: Some(master),
            line,
            before,
            child,
            pidfd,
            screen,
            modes,
            answers: start.answers,
            late,
            said,
            home,
            pressed: 0,
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        pid(&self.child)
    }

    /// The folder in which the program finds its home, its settings and what it keeps.
    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// The same folder, for another app of the same user.
    pub(crate) fn shared_home(&self) -> Arc<TempDir> {
        Arc::clone(&self.home)
    }

    pub(crate) fn modes(&self) -> &Modes {
        &self.modes
    }

    /// The settings of the terminal now.
    pub(crate) fn settings(&self) -> Termios {
        tcgetattr(&self.line).expect("its settings")
    }

    /// Changes the settings, as a shell does while the app is stopped.
    pub(crate) fn reset_settings(&self) {
        tcsetattr(&self.line, OptionalActions::Now, &self.before).expect("settings can be changed");
    }

    /// All that was said, since the start or since it was forgotten.
    pub(crate) fn said(&self) -> &[u8] {
        &self.said
    }

    pub(crate) fn forget_said(&mut self) {
        self.said.clear();
    }

    // What the user does.

    pub(crate) fn keys(&mut self, keys: &str) {
        self.pressed += keys.chars().count();
        self.bytes(keys.as_bytes());
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.pressed += 1;
        self.bytes(&key.bytes());
    }

    /// How many keys were pressed.
    pub(crate) fn pressed(&self) -> usize {
        self.pressed
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.bytes(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    pub(crate) fn click(&mut self, button: Button, place: (u16, u16)) {
        self.bytes(&mouse(button as u8, place, false));
        self.bytes(&mouse(button as u8, place, true));
    }

    pub(crate) fn drag(&mut self, button: Button, from: (u16, u16), to: (u16, u16)) {
        self.bytes(&mouse(button as u8, from, false));
        self.bytes(&mouse(button as u8 + 32, to, false));
        self.bytes(&mouse(button as u8, to, true));
    }

    pub(crate) fn point(&mut self, place: (u16, u16)) {
        self.bytes(&mouse(35, place, false));
    }

    pub(crate) fn scroll(&mut self, up: bool, place: (u16, u16)) {
        self.bytes(&mouse(if up { 64 } else { 65 }, place, false));
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // The program may have to be heard before it listens again.
            self.hear(&PAUSE);
            let written = write(self.master(), bytes).expect("keys can be pressed");
            bytes = &bytes[written..];
        }
    }

    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        let (columns, rows) = drawable(size);
        self.screen.screen_mut().set_size(rows, columns);
        tcsetwinsize(self.master(), winsize(size)).expect("another size");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a signal can be sent");
    }

    /// The terminal goes away. Nothing can be seen any more.
    pub(crate) fn hang_up(&mut self) {
        self.master = None;
    }

    // What the user sees.

    pub(crate) fn view(&self) -> &Screen {
        self.screen.screen()
    }

    /// The screen as text.
    pub(crate) fn screen(&self) -> String {
        self.view().contents()
    }

    /// Where a text stands: the column and row of its first character.
    pub(crate) fn find(&self, words: &str) -> Option<(u16, u16)> {
        let width = self.view().size().1;
        (0..).zip(self.view().rows(0, width)).find_map(|(row, text)| {
            let before = &text[..text.find(words)?];
            let column = unicode_width::UnicodeWidthStr::width(before);
            Some((u16::try_from(column).expect("a column"), row))
        })
    }

    /// How a cell looks: its text, whether it is bold or reversed, its colours.
    pub(crate) fn cell(&self, (column, row): (u16, u16)) -> vt100::Cell {
        self.view().cell(row, column).expect("a cell of the screen").clone()
    }

    pub(crate) fn wait_for(&mut self, words: &str) {
        self.wait(&format!("shows {words:?}"), |session| session.screen().contains(words));
    }

    /// Waits until a whole frame shows what is wanted.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, wanted: impl Fn(&Screen) -> bool) {
        self.wait("shows what it should", |session| wanted(session.view()));
    }

    /// Waits until something is so, which can only change when the program says something.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while self.modes.is_set(SYNCHRONIZED) || !is_so(self) {
            match self.hear(&limit(since)) {
                Came::Output => {}
                Came::End if !self.hear_rest() && !is_so(self) => {
                    panic!("it has ended before it {what}\n{}", shown(self))
                }
                Came::End => return,
                Came::Nothing => panic!("it never {what}\n{}", shown(self)),
            }
        }
    }

    /// Takes in what has been said meanwhile, and returns whether nothing is said for so long.
    pub(crate) fn is_quiet_for(&mut self, time: Duration) -> bool {
        while self.hear(&PAUSE) == Came::Output {}
        self.hear(&Timespec::try_from(time).expect("a short time")) == Came::Nothing
    }

    /// Waits until what was begun has been said: on a busy machine a frame comes in pieces.
    #[track_caller]
    pub(crate) fn settle(&mut self) {
        let is_over = (0..50).any(|_| self.is_quiet_for(Duration::from_millis(200)));
        assert!(is_over, "it is never quiet\n{}", shown(self));
    }

    /// Waits for the end of the program.
    pub(crate) fn status(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            match self.hear(&limit(since)) {
                Came::Output => {}
                Came::End => break,
                Came::Nothing => panic!("the program does not end\n{}", shown(self)),
            }
        }
        self.hear_rest();
        self.child.wait().expect("a status")
    }

    /// Waits for the end of the program, and looks whether the terminal is as it was.
    #[track_caller]
    pub(crate) fn end(mut self) -> ExitStatus {
        let status = self.status();
        self.assert_as_before();
        status
    }

    /// The terminal is as it was before the program, also if the program is still there.
    #[track_caller]
    pub(crate) fn assert_as_before(&self) {
        assert_eq!(self.modes.left(), [""; 0], "what was left on\n{}", shown(self));
        assert_eq!(plain(&self.settings()), plain(&self.before), "the settings are not as they were");
        assert!(!self.view().alternate_screen(), "the other screen is still shown");
    }

    /// What nobody has read, and what the next program would take for keys.
    pub(crate) fn unread(&self) -> Vec<u8> {
        let mut raw = self.settings();
        raw.make_raw();
        tcsetattr(&self.line, OptionalActions::Now, &raw).expect("settings can be changed");
        let length = ioctl_fionread(&self.line).expect("a number of bytes");
        let mut bytes = vec![0; usize::try_from(length).expect("a few")];
        if !bytes.is_empty() {
            read(&self.line, &mut bytes[..]).expect("bytes that are there");
        }
        bytes
    }

    fn master(&self) -> &OwnedFd {
        self.master.as_ref().expect("the terminal has not hung up")
    }

    fn hear_rest(&mut self) -> bool {
        let mut heard = false;
        while self.hear(&PAUSE) == Came::Output {
            heard = true;
        }
        heard
    }

    /// Waits for output or the end, and takes the output in.
    fn hear(&mut self, limit: &Timespec) -> Came {
        let mut all = vec![PollFd::new(&self.pidfd, PollFlags::IN)];
        all.extend(self.master.as_ref().map(|master| PollFd::new(master, PollFlags::IN)));
        match poll(&mut all, Some(limit)) {
            Ok(0) => return Came::Nothing,
            Err(Errno::INTR) => return Came::Output,
            ready => ready.expect("a terminal can be watched"),
        };
        let (has_ended, speaks) = (!all[0].revents().is_empty(), all.get(1).is_some_and(|fd| !fd.revents().is_empty()));
        if speaks && self.take_in() {
            return Came::Output;
        }
        if has_ended { Came::End } else { Came::Nothing }
    }

    fn take_in(&mut self) -> bool {
        let mut bytes = [0; 65536];
        let Ok(length) = read(self.master(), &mut bytes) else { return false };
        let bytes = &bytes[..length];
        self.screen.process(bytes);
        self.said.extend_from_slice(bytes);
        let mut questions = self.modes.process(bytes);
        if let Some(late) = &mut self.late {
            late.append(&mut questions);
            if !self.modes.is_set(OTHER_SCREEN) {
                questions = std::mem::take(late);
            }
        }
        questions.into_iter().for_each(|question| self.answer(question));
        length > 0
    }

    fn answer(&mut self, question: Question) {
        let answer = match (question, self.answers) {
            (_, Answers::Nothing) | (Question::Background, Answers::Attributes) => return,
            (Question::Attributes, _) => "\x1b[?62;22c".to_owned(),
            (Question::Background, Answers::Background(red, green, blue)) => {
                format!("\x1b]11;rgb:{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}\x1b\\")
            }
        };
        let _ = write(self.master(), answer.as_bytes());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A size that `vt100` bears: it falls over a line that wraps in the only row, and over wide characters in one column.
fn drawable((columns, rows): (u16, u16)) -> (u16, u16) {
    match (columns, rows) {
        // A terminal that does not say.
        (0, _) | (_, 0) => (80, 24),
        _ => (columns.max(2), rows.max(2)),
    }
}

/// What a failing test shows.
pub(crate) fn shown(session: &Session) -> String {
    let (rows, columns) = session.view().size();
    let lines = session.view().rows(0, columns).map(|row| format!("|{row}\n")).collect::<String>();
    let tail = &session.said[session.said.len().saturating_sub(300)..];
    format!(
        "{columns}×{rows}, left on: {:?}\n{lines}last said: {:?}",
        session.modes.left(),
        String::from_utf8_lossy(tail)
    )
}

fn limit(since: Instant) -> Timespec {
    Timespec::try_from(PATIENCE.saturating_sub(since.elapsed())).expect("a short time")
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// What can be compared of settings.
fn plain(termios: &Termios) -> impl PartialEq + std::fmt::Debug + use<> {
    let codes = format!("{:?}", termios.special_codes);
    (termios.input_modes, termios.output_modes, termios.control_modes, termios.local_modes, codes)
}
