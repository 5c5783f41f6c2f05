//! Pages of words that lie over a screen until they are closed: all keys, the tour, and what has to be said aloud.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    canvas::{self, Scrolled},
    keys::{Action, Context, Keymap, shown},
    study::{centred, clear, put_lines},
    theme::Theme,
};
use crate::face::text::{
    Line, Style,
    line::{Ink, hang},
    wrap::wrap,
};

/// Words are not wider than this.
const WIDEST: usize = 76;

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    Keys {
        contexts: Vec<Context>,
        above: usize,
    },
    /// The first screens of the first time.
    Tour(usize),
    Message {
        title: String,
        text: String,
    },
}

/// The tour: four screens, each a heading and some words.
const TOUR: [(&str, &str); 4] = [
    (
        "Welcome",
        "wiretutor shows how TCP and UDP really work. Nothing here is a film: the program opens real sockets on this \
         machine, in hosts of its own, and shows what your kernel does.\n\nNo packet leaves this machine, and when the \
         program ends nothing of them is left.",
    ),
    (
        "Going",
        "A lesson goes on when you press Enter, and never by itself. The bottom line always says which keys do \
         something now; what stands first is what the lesson waits for.\n\nThe left arrow goes back in time, as far as you \
         like. Nothing is run again for that.",
    ),
    (
        "The wire",
        "Two hosts are two lanes, and each packet is an arrow between them. On a wire you can stop a packet half-way, \
         drop it (d), double it (D) or damage it (c), and see what the two kernels do.\n\nh holds every packet, s makes \
         them slow.",
    ),
    (
        "Looking",
        "Tab goes from one pane to the next. 1 to 6 open what is known of the chosen packet: what it says, its bytes, \
         the program, the sockets, graphs, states.\n\n? shows all keys. The mouse works too, and is needed nowhere.",
    ),
];

impl Page {
    #[must_use]
    pub fn message(title: &str, text: impl Into<String>) -> Self {
        Self::Message { title: title.to_owned(), text: text.into() }
    }

    /// What a key does to it: `false` closes it.
    pub fn act(&mut self, action: Action) -> bool {
        match (self, action) {
            (Self::Tour(at), Action::Confirm | Action::GoOn) => {
                *at += 1;
                *at < TOUR.len()
            }
            (Self::Keys { above, .. }, Action::Up) => {
                *above = above.saturating_sub(1);
                true
            }
            (Self::Keys { above, .. }, Action::Down) => {
                *above += 1;
                true
            }
            (Self::Keys { above, .. }, Action::PageUp) => {
                *above = above.saturating_sub(10);
                true
            }
            (Self::Keys { above, .. }, Action::PageDown) => {
                *above += 10;
                true
            }
            (_, Action::Up | Action::Down | Action::PageUp | Action::PageDown) => true,
            _ => false,
        }
    }

    pub fn draw(&self, buf: &mut Buffer, keys: &Keymap, theme: &Theme) {
        let width = usize::from(buf.area.width).saturating_sub(4).clamp(1, WIDEST);
        let (title, lines, above) = match self {
            Self::Keys { contexts, above } => ("Keys".to_owned(), all_keys(contexts, keys, width, theme), *above),
            Self::Tour(at) => tour(*at, width),
            Self::Message { title, text } => (title.clone(), paragraphs(text, width), 0),
        };
        let mut lines = lines;
        lines.push(Line::new());
        lines.push(self.footer());
        let area = centred(buf.area, width + 4, lines.len() + 2);
        // The keys of what lies below mean nothing as long as the page is there.
        let bottom = buf.area.bottom().saturating_sub(1);
        clear(buf, Rect { y: bottom, height: 1, ..buf.area }, theme);
        clear(buf, area, theme);
        let inner = canvas::pane(buf, area, title.as_str(), true, theme);
        let inner = Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner };
        let above = above.min(lines.len().saturating_sub(usize::from(inner.height)));
        put_lines(buf, inner, &lines[above..], theme);
        let scrolled = Scrolled { total: lines.len(), above, seen: usize::from(inner.height) };
        canvas::scrollbar(buf, Rect { width: inner.width + 1, ..inner }, scrolled, theme);
    }

    fn footer(&self) -> Line {
        match self {
            Self::Tour(at) if at + 1 < TOUR.len() => {
                Line::styled("Enter ", Style::of(Ink::Waits).bold()).with("go on    Esc  skip the tour", Style::FAINT)
            }
            Self::Tour(_) => Line::styled("Enter ", Style::of(Ink::Waits).bold()).with("to the lessons", Style::FAINT),
            _ => Line::styled("Enter ", Style::of(Ink::Waits).bold()).with("close", Style::FAINT),
        }
    }
}

fn tour(at: usize, width: usize) -> (String, Vec<Line>, usize) {
    let (title, words) = TOUR[at.min(TOUR.len() - 1)];
    (format!("{title} ({} of {})", at + 1, TOUR.len()), paragraphs(words, width), 0)
}

fn paragraphs(text: &str, width: usize) -> Vec<Line> {
    text.split('\n').flat_map(|line| wrap(&Line::plain(line), width)).collect()
}

fn all_keys(contexts: &[Context], keys: &Keymap, width: usize, theme: &Theme) -> Vec<Line> {
    let mut lines = Vec::new();
    for context in contexts {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(Line::styled(&context.name().to_uppercase(), Style::of(Ink::Heading).bold()));
        for (row, chords) in keys.of(*context) {
            let names: Vec<String> = chords.iter().map(|key| shown(*key, theme.is_ascii())).collect();
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
