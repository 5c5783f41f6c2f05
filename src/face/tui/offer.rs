//! The bottom line: the keys that do something now. A click on one does what it does.

use crossterm::event::KeyCode;
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{canvas, keys::Action, theme::Theme};
use crate::face::text::{Line, Style, line::Ink};

/// A key as the bottom line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub press: Press,
    pub key: String,
    pub does: String,
    /// This is what the learner is waited for with.
    pub is_first: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// An action of the table of keys, whichever key it has.
    Act(Action),
    /// A key of a line that is typed: it is the same for everybody.
    Key(KeyCode),
}

/// What a line that is typed offers; `enter` is what it is typed for, `escape` what comes of leaving it.
pub(super) fn of_a_line(enter: &str, completes: bool, escape: &str) -> Vec<Offer> {
    let offer = |code, key: &str, does: &str| {
        let is_first = code == KeyCode::Enter;
        Offer { press: Press::Key(code), key: key.to_owned(), does: does.to_owned(), is_first }
    };
    let tab = completes.then(|| offer(KeyCode::Tab, "Tab", "complete"));
    let enter = offer(KeyCode::Enter, "Enter", enter);
    [enter].into_iter().chain(tab).chain([offer(KeyCode::Esc, "Esc", escape)]).collect()
}

/// The keys that go up and down a list.
pub(super) fn of_arrows(does: &str, ascii: bool) -> Offer {
    let key = if ascii { "up/down" } else { "↑↓" };
    Offer { press: Press::Act(Action::Down), key: key.to_owned(), does: does.to_owned(), is_first: false }
}

/// Where each offer stands in the bottom line; those that do not fit are left out, from the middle on: the last two
/// always stay.
fn offer_places(offers: &[Offer], width: usize) -> Vec<(std::ops::Range<usize>, &Offer)> {
    let cells = |offer: &Offer| offer.key.width() + offer.does.len() + 4;
    let always: usize = offers.iter().rev().take(2).map(cells).sum();
    let (first, last) = offers.split_at(offers.len().saturating_sub(2));
    let mut room = width.saturating_sub(always);
    let fitting = first.iter().take_while(|offer| {
        let fits = cells(offer) <= room;
        room = room.saturating_sub(cells(offer));
        fits
    });
    let mut begin = 0;
    let shown: Vec<&Offer> = fitting.chain(last).collect();
    shown
        .into_iter()
        .map(|offer| {
            let range = begin..begin + cells(offer);
            begin = range.end;
            (range, offer)
        })
        .collect()
}

/// Draws the bottom line.
pub(super) fn key_line(buf: &mut Buffer, area: Rect, offers: &[Offer], theme: &Theme) {
    for (cells, offer) in offer_places(offers, usize::from(area.width)) {
        let ink = if offer.is_first { Ink::Waits } else { Ink::Key };
        let line = Line::styled(&format!(" {} ", offer.key), Style::of(ink).bold())
            .with(&format!("{}  ", offer.does), if offer.is_first { Style::STRONG } else { Style::PLAIN });
        let x = area.x + u16::try_from(cells.start).unwrap_or(u16::MAX);
        if x < area.right() {
            canvas::put(buf, x, area.y, area.right() - x, &line, theme);
        }
    }
}

/// What a click on this cell of the bottom line asks for.
pub(super) fn offer_at(offers: &[Offer], width: u16, x: u16) -> Option<Press> {
    let places = offer_places(offers, usize::from(width));
    places.iter().find(|(cells, _)| cells.contains(&usize::from(x))).map(|(_, offer)| offer.press)
}
