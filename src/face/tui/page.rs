//! Pages of words that lie over a screen until they are closed: all keys, the tour, and what has to be said aloud.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    canvas::{self, Scrolled},
    keys::{Action, Context, KeyRow, Keymap, shown},
    offer::{Offer, Press, key_line},
    study::{centred, clear, put_lines},
    theme::Theme,
};
use crate::{
    face::text::{
        Line, Style,
        line::{Ink, hang},
        wrap::wrap,
    },
    link::Watch,
};

/// Words are not wider than this.
const WIDEST: usize = 76;

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    Keys {
        contexts: Vec<Context>,
        /// So many answers has the question that is asked.
        answers: usize,
        above: usize,
    },
    /// The first screens of the first time.
    Tour {
        at: usize,
        watch: Watch,
    },
    Message {
        title: String,
        text: String,
        above: usize,
    },
}

/// So many screens has the tour.
const TOUR: usize = 4;

/// A screen of it: a heading and some words. What can be promised depends on what this machine allows.
fn tour_words(at: usize, watch: Watch) -> (&'static str, [&'static str; 2]) {
    match at {
        0 => ("Welcome", [WHAT, happens(watch)]),
        1 => ("Going", [GOING, ""]),
        2 => ("The wire", [LANES, hands(watch)]),
        _ => ("Looking", [LOOKING, ""]),
    }
}

const WHAT: &str = "wiretutor shows how TCP and UDP really work: the rules by which programs on different machines talk. \
    What they say travels in packets, small parcels of bytes. A program's end of a conversation is a socket. The \
    kernel, the core of the operating system, sends and receives for all of them.\n\n";

const fn happens(watch: Watch) -> &'static str {
    match watch {
        Watch::Private => {
            "Nothing here is a film: the program makes hosts, which stand for two machines or more, opens real sockets \
             in them, and shows what your kernel does.\n\nNo packet leaves this machine, and when the program ends \
             nothing of them is left."
        }
        Watch::HostLoopback => {
            "What is not marked as recorded is no film: the program opens real sockets on this machine, calls each \
             side of a conversation a host, and shows what your kernel does.\n\nNo packet leaves this machine. When the program ends, \
             your kernel may remember a closed connection for another minute."
        }
        Watch::Unwatched => {
            "Here that is shown from recordings, because this program may not watch packets on this machine: `wiretutor doctor` \
             says what mends it. What was recorded were real sockets, in hosts, which stand for two machines or more."
        }
    }
}

const GOING: &str = "A lesson goes on when you press Enter; take your time. The bottom line always says which keys \
    do something now; what stands first is what the lesson waits for.\n\nThe left arrow goes back in time, as far as \
    you like. Nothing is run again for that.";

const LANES: &str = "Two hosts are two upright lines, the lanes, and each packet is an arrow between them. Time goes \
    down.\n\n";

const fn hands(watch: Watch) -> &'static str {
    match watch {
        Watch::Private => {
            "On a wire you can stop a packet half-way, drop it (d), double it (D) or damage it (c), and see what the \
             two kernels do.\n\nh holds every packet, s makes them slow."
        }
        Watch::HostLoopback | Watch::Unwatched => {
            "On a wire a packet can be stopped half-way, dropped, doubled or damaged, to see what the two kernels do. \
             On this machine that is only shown from recordings: `wiretutor doctor` says what would let you do it."
        }
    }
}

const LOOKING: &str = "The screen has up to three panes, each in a frame: the explanation, the ladder of packets, and \
    the detail. Tab goes from one to the next. 1 to 6 choose what the detail shows: what the chosen packet says, its \
    bytes, the program, the sockets, graphs, states.\n\n? shows all keys. The mouse works too, and is needed nowhere.";

impl Page {
    #[must_use]
    pub fn message(title: &str, text: impl Into<String>) -> Self {
        Self::Message { title: title.to_owned(), text: text.into(), above: 0 }
    }

    /// What a key does to it on a screen of this size: `false` closes it.
    pub fn act(&mut self, action: Action, screen: Rect, keys: &Keymap, ascii: bool) -> bool {
        let last = self.last_above(screen, keys, ascii);
        match (self, action) {
            (Self::Tour { at, .. }, Action::Confirm | Action::GoOn) => {
                *at += 1;
                *at < TOUR
            }
            (
                Self::Keys { above, .. } | Self::Message { above, .. },
                Action::Up | Action::Down | Action::PageUp | Action::PageDown,
            ) => {
                *above = match action {
                    Action::Up => (*above).min(last).saturating_sub(1),
                    Action::PageUp => (*above).min(last).saturating_sub(10),
                    Action::Down => (*above + 1).min(last),
                    _ => (*above + 10).min(last),
                };
                true
            }
            (Self::Tour { .. }, Action::Up | Action::Down | Action::PageUp | Action::PageDown) => true,
            _ => false,
        }
    }

    /// So many lines are above what is seen when its end is reached.
    fn last_above(&self, screen: Rect, keys: &Keymap, ascii: bool) -> usize {
        let (_, lines) = self.words(wide(screen), keys, ascii);
        lines.len().saturating_sub(usize::from(room(screen, lines.len()).height).saturating_sub(2))
    }

    /// Its title, and all that it says.
    fn words(&self, width: usize, keys: &Keymap, ascii: bool) -> (String, Vec<Line>) {
        let (title, mut lines) = match self {
            Self::Keys { contexts, answers, .. } => {
                ("Keys".to_owned(), all_keys(contexts, *answers, keys, width, ascii))
            }
            Self::Tour { at, watch } => tour(*at, *watch, width),
            Self::Message { title, text, .. } => (title.clone(), paragraphs(text, width)),
        };
        lines.push(Line::new());
        lines.push(self.footer());
        (title, lines)
    }

    pub fn draw(&self, buf: &mut Buffer, keys: &Keymap, theme: &Theme) {
        let (title, lines) = self.words(wide(buf.area), keys, theme.is_ascii());
        let above = match self {
            Self::Keys { above, .. } | Self::Message { above, .. } => *above,
            Self::Tour { .. } => 0,
        };
        let area = room(buf.area, lines.len());
        // The keys of what lies below mean nothing as long as the page is there.
        let bottom = Rect { y: buf.area.bottom().saturating_sub(1), height: 1, ..buf.area };
        clear(buf, bottom, theme);
        key_line(buf, bottom, &self.offers(buf.area, keys, theme.is_ascii()), theme);
        clear(buf, area, theme);
        let inner = canvas::pane(buf, area, title.as_str(), true, theme);
        let inner = Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner };
        let above = above.min(lines.len().saturating_sub(usize::from(inner.height)));
        put_lines(buf, inner, &lines[above..], theme);
        let scrolled = Scrolled { total: lines.len(), above, seen: usize::from(inner.height) };
        canvas::scrollbar(buf, Rect { width: inner.width + 1, ..inner }, scrolled, theme);
    }

    /// What the bottom line offers while it is there.
    pub(super) fn offers(&self, screen: Rect, keys: &Keymap, ascii: bool) -> Vec<Offer> {
        let offer = |action, does: &str| {
            let key = shown(keys.key_of(action, Context::Page)?, ascii);
            let is_first = action == Action::Confirm;
            Some(Offer { press: Press::Act(action), key, does: does.to_owned(), is_first })
        };
        let offers = match self {
            Self::Tour { at, .. } if at + 1 < TOUR => {
                vec![offer(Action::Confirm, "go on"), offer(Action::Leave, "skip the tour")]
            }
            Self::Tour { .. } => vec![offer(Action::Confirm, "begin")],
            Self::Keys { .. } | Self::Message { .. } if self.last_above(screen, keys, ascii) > 0 => {
                vec![offer(Action::Confirm, "close"), offer(Action::Up, "up"), offer(Action::Down, "down")]
            }
            Self::Keys { .. } | Self::Message { .. } => vec![offer(Action::Confirm, "close")],
        };
        offers.into_iter().flatten().collect()
    }

    fn footer(&self) -> Line {
        let (enter, rest) = match self {
            Self::Tour { at, .. } if at + 1 < TOUR => ("Enter ", "go on    Esc  skip the tour"),
            Self::Tour { .. } => ("Enter ", "begin"),
            Self::Keys { .. } | Self::Message { .. } => ("Enter ", "close"),
        };
        Line::styled(enter, Style::of(Ink::Waits).bold()).with(rest, Style::FAINT)
    }
}

/// So wide may its words be.
fn wide(screen: Rect) -> usize {
    usize::from(screen.width).saturating_sub(4).clamp(1, WIDEST)
}

/// The frame around so many lines, above the line of keys.
fn room(screen: Rect, lines: usize) -> Rect {
    let above_the_keys = Rect { height: screen.height.saturating_sub(1), ..screen };
    centred(above_the_keys, wide(screen) + 4, lines + 2)
}

fn tour(at: usize, watch: Watch, width: usize) -> (String, Vec<Line>) {
    let (title, words) = tour_words(at, watch);
    (format!("{title} ({} of {TOUR})", at + 1), paragraphs(&words.concat(), width))
}

fn paragraphs(text: &str, width: usize) -> Vec<Line> {
    text.split('\n').flat_map(|line| wrap(&Line::plain(line), width)).collect()
}

fn all_keys(contexts: &[Context], answers: usize, keys: &Keymap, width: usize, ascii: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for context in contexts {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(Line::styled(&context.name().to_uppercase(), Style::of(Ink::Heading).bold()));
        let means = |row: &KeyRow| !matches!(row.action, Action::Answer(at) if usize::from(at) >= answers);
        for (row, chords) in keys.of(*context).filter(|(row, _)| means(row)) {
            let names: Vec<String> = chords.iter().map(|key| shown(*key, ascii)).collect();
            let names = Line::styled(&format!("{:<14}", names.join(" ")), Style::of(Ink::Key));
            let indent = Line::spaces(names.width());
            lines.extend(hang(
                wrap(&Line::plain(row.help), width.saturating_sub(names.width()).max(10)),
                &names,
                &indent,
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{
        super::{canvas::picture, theme::Depth},
        *,
    };
    use crate::face::snapshot;

    const WATCHES: [Watch; 3] = [Watch::Private, Watch::HostLoopback, Watch::Unwatched];

    fn drawn(page: &Page, (width, height): (u16, u16)) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        page.draw(&mut buf, &Keymap::default(), &Theme::choose(None, Depth::None, None, false));
        picture(&buf)
    }

    #[test]
    fn the_tour_is_told_by_what_this_machine_allows() {
        let tour = |watch| (0..TOUR).map(move |at| drawn(&Page::Tour { at, watch }, (80, 24))).collect::<Vec<_>>();
        snapshot::check("page-tour-80", &tour(Watch::Private).join("\n"));
        let watch = Watch::Private;
        let wide: Vec<String> = (0..TOUR).map(|at| drawn(&Page::Tour { at, watch }, (120, 40))).collect();
        snapshot::check("page-tour-120", &wide.join("\n"));
        for (watch, name) in [(Watch::HostLoopback, "loopback"), (Watch::Unwatched, "recordings")] {
            let differing: Vec<String> =
                tour(watch).into_iter().zip(tour(Watch::Private)).filter(|(a, b)| a != b).map(|(a, _)| a).collect();
            snapshot::check(&format!("page-tour-80-{name}"), &differing.join("\n"));
        }
    }

    #[test]
    fn every_screen_of_the_tour_fits_the_smallest_terminal_with_its_keys_in_the_bottom_line() {
        for (at, watch) in (0..TOUR).flat_map(|at| WATCHES.map(|watch| (at, watch))) {
            let (_, words) = tour(at, watch, 56);
            // Two borders, an empty line, the footer, and the bottom line.
            assert!(words.len() + 5 <= 20, "screen {at}, {watch:?}: {} lines", words.len());
            let picture = drawn(&Page::Tour { at, watch }, (60, 20));
            let bottom = picture.lines().last().unwrap();
            assert!(bottom.contains(if at + 1 < TOUR { "skip the tour" } else { "begin" }), "{picture}");
        }
    }

    #[test]
    fn the_keys_and_what_has_to_be_said_lie_over_the_screen() {
        let contexts = vec![Context::Question, Context::Wire, Context::Lesson, Context::Everywhere];
        let fault = "error: unknown theme `drak`\n --> config.toml:1:9\n1 | theme = \"drak\"\n  |         ^^^^^^";
        for (size, width) in [((80, 24), 80), ((120, 40), 120)] {
            snapshot::check(
                &format!("page-keys-{width}"),
                &drawn(&Page::Keys { contexts: contexts.clone(), answers: 3, above: 0 }, size),
            );
            snapshot::check(
                &format!("page-message-{width}"),
                &drawn(&Page::message("The settings have faults", fault), size),
            );
        }
    }

    #[test]
    fn the_keys_are_not_scrolled_beyond_their_end() {
        let screen = Rect::new(0, 0, 80, 24);
        let mut page = Page::Keys { contexts: vec![Context::Wire, Context::Lesson], answers: 3, above: 0 };
        let press = |page: &mut Page, action| assert!(page.act(action, screen, &Keymap::default(), false));
        (0..99).for_each(|_| press(&mut page, Action::PageDown));
        let end = drawn(&page, (80, 24));
        assert!(end.contains("close"), "{end}");
        press(&mut page, Action::Up);
        assert_ne!(drawn(&page, (80, 24)), end, "one line up is one line up");
        (0..99).for_each(|_| press(&mut page, Action::PageUp));
        press(&mut page, Action::Down);
        press(&mut page, Action::Up);
        assert!(matches!(page, Page::Keys { above: 0, .. }));
    }

    #[test]
    fn what_has_to_be_said_can_be_read_to_its_end() {
        let text = (1..=40).map(|line| format!("fault {line}\n")).collect::<String>();
        let mut page = Page::message("The settings have faults", text);
        let begin = drawn(&page, (80, 24));
        assert!(begin.lines().last().unwrap().contains("down") && !begin.contains("fault 40"), "{begin}");
        (0..5).for_each(|_| {
            assert!(page.act(Action::PageDown, Rect::new(0, 0, 80, 24), &Keymap::default(), false));
        });
        assert!(drawn(&page, (80, 24)).contains("fault 40"));
    }

    #[test]
    fn a_page_says_its_keys_in_the_bottom_line() {
        let bottom = |page: &Page| drawn(page, (80, 24)).lines().last().unwrap().to_owned();
        assert!(bottom(&Page::message("It", "is so")).contains("close"));
        let keys = Page::Keys { contexts: vec![Context::Lesson], answers: 0, above: 0 };
        assert!(bottom(&keys).contains("down") && bottom(&keys).contains("close"));
    }
}
