//! TCP's states, in which of them both ends are, and how they came there.

mod diagram;
mod way;

use self::way::End;
use super::{
    super::{ladder::host_style, reel::lane},
    Subject,
    sheet::Sheet,
};
use crate::{
    face::{
        plain::{
            ends::{self, Known},
            wire::LEGEND,
        },
        text::{Line, Style, line::Ink},
    },
    kernel::state::TcpState,
    timeline::event::Basis,
};

/// Cells that the ways need beside the diagram.
const BESIDE: usize = 30;
const GUTTER: usize = 2;
/// What the diagram leaves out.
const NOT_DRAWN: &str = "Not drawn: close() in LISTEN or SYN-SENT, giving up, and a RST that is accepted (RFC 5961) \
    lead to CLOSED. By RFC 9293 a RST takes a SYN-RECV that came from LISTEN back there; on Linux it just \
    disappears, and its listener has been there all the time. LISTEN to SYN-SENT is not possible on Linux.";
/// Cells of a state's name, with a sign before it.
const NAME: usize = 16;

pub(super) fn sheet(subject: &Subject<'_>, width: usize, height: usize) -> Sheet {
    let ends = way::ends(subject);
    let has_room = width >= diagram::WIDTH && height >= diagram::HEIGHT;
    let (chart, chart_width) = match has_room {
        true => (diagram::lines(&ends, |host| style_of(subject, host), subject.theme), diagram::WIDTH),
        false => (list(subject, &ends), NAME + 14),
    };
    let mut sheet = Sheet::default();
    if width >= chart_width + GUTTER + BESIDE {
        let ways = ways(subject, &ends, width - chart_width - GUTTER, has_room);
        sheet.lines = beside(&chart, chart_width + GUTTER, &ways);
    } else {
        sheet.lines = chart;
        sheet.gap();
        sheet.lines.extend(ways(subject, &ends, width, has_room));
    }
    sheet
}

fn style_of(subject: &Subject<'_>, host: &str) -> Style {
    host_style(lane(&subject.world.hosts, host))
}

fn beside(left: &[Line], width: usize, right: &[Line]) -> Vec<Line> {
    let row = |at: usize| {
        let mut line = left.get(at).cloned().unwrap_or_default();
        if let Some(right) = right.get(at) {
            line.append(&Line::spaces(width.saturating_sub(line.width())));
            line.append(right);
        }
        line
    };
    (0..left.len().max(right.len())).map(row).collect()
}

/// The states one below the other, for where the diagram has no room.
fn list(subject: &Subject<'_>, ends: &[End]) -> Vec<Line> {
    let row = |state: TcpState| {
        let here: Vec<&End> = ends.iter().filter(|end| end.state().0 == state).collect();
        let was = ends.iter().any(|end| end.steps().iter().any(|(from, _)| *from == state));
        let (sign, style) = match (here.is_empty(), was) {
            (false, _) => (if subject.theme.is_ascii() { ">" } else { "▶" }, Style::CODE.bold()),
            (true, true) => (subject.theme.marks().bullet, Style::CODE),
            (true, false) => (" ", Style::FAINT),
        };
        let mut line = Line::styled(&format!("{:<NAME$}", format!("{sign} {}", state.name())), style);
        for end in here {
            line.append(&name(subject, end));
            line.push(" ", Style::PLAIN);
        }
        line
    };
    TcpState::ALL.map(row).to_vec()
}

/// A host's name; in parentheses where its state is only concluded.
fn name(subject: &Subject<'_>, end: &End) -> Line {
    let style = style_of(subject, &end.host).bold();
    match end.state().1 {
        Basis::Observed => Line::styled(&end.host, style),
        Basis::Inferred => Line::styled(&format!("({})", end.host), style),
    }
}

/// Through which states each end came, and how to read that.
fn ways(subject: &Subject<'_>, ends: &[End], width: usize, has_diagram: bool) -> Vec<Line> {
    let mut sheet = Sheet::default();
    if ends.is_empty() {
        sheet.faint("No TCP connection is there yet.", width);
    }
    for end in ends {
        sheet.gap();
        way(subject, end, &mut sheet, width);
    }
    sheet.gap();
    if has_diagram {
        let strokes = if subject.theme.is_ascii() { "Strokes of = and #" } else { "Heavy strokes" };
        let words = format!(
            "{strokes}: transitions that were taken. What happens stands before a colon, what is sent then behind it."
        );
        sheet.faint(&words, width);
        sheet.faint(NOT_DRAWN, width);
    }
    if ends.iter().any(|end| end.way.iter().any(|change| change.basis == Basis::Inferred)) {
        sheet.faint(LEGEND, width);
    }
    sheet.lines
}

fn way(subject: &Subject<'_>, end: &End, sheet: &mut Sheet, width: usize) {
    const TIME: usize = 9;
    sheet.paragraph(&subject.host(&end.host).with(&format!("  {}", end.socket.local), Style::FAINT), width);
    let origin = Line::spaces(TIME + 2).with(end.origin.name(), Style::CODE);
    sheet.line(origin);
    for (at, change) in end.way.iter().enumerate() {
        let mut line = Line::styled(&format!("{:>TIME$}  ", subject.time_of(change.event, change.at)), Style::FAINT);
        line.append(&ends::state(Known { state: change.to, basis: change.basis }));
        if at + 1 == end.way.len() {
            line.push(" now", Style::of(Ink::Faint));
        }
        sheet.line(line);
    }
}
