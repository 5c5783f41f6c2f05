//! The diagram of TCP's states (RFC 9293 §3.3.2, figure 5 and its note 2), as cells: what leads back before a
//! connection is there, resets, and what Linux does not do are left out.
//!
//! A transition that was taken has a heavy stroke, and a state in which an end is has that end's name below it.

use super::{super::super::theme::Theme, way::End};
use crate::{
    face::text::{Line, Style, line::Ink},
    kernel::state::TcpState::{
        self, CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynRecv, SynSent, TimeWait,
    },
    timeline::event::Basis,
};

pub(super) const WIDTH: usize = 58;
pub(super) const HEIGHT: usize = 20;

/// Where a state's name begins. CLOSED stands twice: where a socket comes from, and where it goes.
const NODES: [(TcpState, usize, usize); 12] = [
    (Closed, 22, 0),
    (Listen, 5, 3),
    (SynSent, 42, 3),
    (SynRecv, 5, 6),
    (Established, 22, 9),
    (FinWait1, 5, 12),
    (CloseWait, 42, 12),
    (FinWait2, 5, 15),
    (Closing, 22, 15),
    (LastAck, 42, 15),
    (TimeWait, 22, 18),
    (Closed, 42, 18),
];
/// The place of the second CLOSED.
const OVER: usize = 11;

/// A transition: its corners, how it ends, and what is written beside it: what happens, and what is sent then.
struct Edge {
    from: TcpState,
    to: TcpState,
    path: &'static [(usize, usize)],
    head: Head,
    label: (&'static str, usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Left,
    Right,
    Down,
}

const fn edge(
    (from, to): (TcpState, TcpState),
    path: &'static [(usize, usize)],
    head: Head,
    label: (&'static str, usize, usize),
) -> Edge {
    Edge { from, to, path, head, label }
}

const EDGES: [Edge; 16] = [
    edge((Closed, Listen), &[(20, 0), (6, 0), (6, 2)], Head::Down, ("listen", 8, 1)),
    edge((Closed, SynSent), &[(29, 0), (43, 0), (43, 2)], Head::Down, ("connect: SYN", 45, 1)),
    edge((Listen, SynRecv), &[(6, 4), (6, 5)], Head::Down, ("SYN: SYN+ACK", 8, 5)),
    edge((SynSent, SynRecv), &[(43, 4), (43, 6), (14, 6)], Head::Left, (" SYN: SYN+ACK ", 20, 6)),
    edge((SynSent, Established), &[(43, 4), (43, 9), (34, 9)], Head::Left, ("SYN+ACK: ACK", 30, 8)),
    edge((SynRecv, Established), &[(6, 7), (6, 9), (20, 9)], Head::Right, (" ACK ", 10, 9)),
    edge((SynRecv, FinWait1), &[(6, 7), (6, 11)], Head::Down, ("close: FIN", 8, 10)),
    edge((Established, FinWait1), &[(23, 10), (23, 12), (16, 12)], Head::Left, ("close: FIN", 12, 11)),
    edge((Established, CloseWait), &[(23, 10), (23, 12), (40, 12)], Head::Right, (" FIN: ACK ", 27, 12)),
    edge((FinWait1, FinWait2), &[(6, 13), (6, 14)], Head::Down, ("ACK", 8, 14)),
    edge((FinWait1, Closing), &[(14, 13), (14, 14), (23, 14)], Head::Down, ("FIN: ACK", 16, 13)),
    edge((FinWait1, TimeWait), &[(4, 12), (1, 12), (1, 18), (20, 18)], Head::Right, ("FIN+ACK: ACK", 3, 19)),
    edge((FinWait2, TimeWait), &[(6, 16), (6, 18), (20, 18)], Head::Right, ("FIN: ACK", 8, 17)),
    edge((Closing, TimeWait), &[(23, 16), (23, 17)], Head::Down, ("ACK", 25, 17)),
    edge((CloseWait, LastAck), &[(43, 13), (43, 14)], Head::Down, ("close: FIN", 45, 14)),
    edge((LastAck, Closed), &[(43, 16), (43, 17)], Head::Down, ("ACK", 45, 17)),
];
const EXPIRY: Edge = edge((TimeWait, Closed), &[(32, 18), (40, 18)], Head::Right, (" 2 MSL ", 33, 18));

fn edges() -> impl Iterator<Item = &'static Edge> {
    EDGES.iter().chain([&EXPIRY])
}

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;
const HEAVY: u8 = 16;

/// Strokes by the sides that they reach.
const LIGHT_STROKES: [char; 16] = [' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼'];
const HEAVY_STROKES: [char; 16] = [' ', '┃', '┃', '┃', '━', '┛', '┓', '┫', '━', '┗', '┏', '┣', '━', '┻', '┳', '╋'];
const ASCII_STROKES: [char; 16] = [' ', '|', '|', '|', '-', '+', '+', '+', '-', '+', '+', '+', '-', '+', '+', '+'];
const ASCII_HEAVY: [char; 16] = [' ', '#', '#', '#', '=', '#', '#', '#', '=', '#', '#', '#', '=', '#', '#', '#'];

/// The diagram while it is being drawn: a sign and its style in every cell.
struct Cells(Vec<Vec<(char, Style)>>);

impl Cells {
    fn put(&mut self, x: usize, y: usize, text: &str, style: Style) {
        for (at, sign) in (x..).zip(text.chars()) {
            if let Some(cell) = self.0.get_mut(y).and_then(|row| row.get_mut(at)) {
                *cell = (sign, style);
            }
        }
    }

    fn into_lines(self) -> Vec<Line> {
        let line = |row: Vec<(char, Style)>| {
            row.into_iter().fold(Line::new(), |line, (sign, style)| line.with(sign.encode_utf8(&mut [0; 4]), style))
        };
        self.0.into_iter().map(line).collect()
    }
}

pub(super) fn lines(ends: &[End], hosts: impl Fn(&str) -> Style, theme: &Theme) -> Vec<Line> {
    let taken: Vec<(TcpState, TcpState)> = ends.iter().flat_map(End::steps).collect();
    let is_taken = |edge: &Edge| taken.contains(&(edge.from, edge.to));
    let mut cells = Cells(vec![vec![(' ', Style::PLAIN); WIDTH]; HEIGHT]);
    strokes(&mut cells, &is_taken, theme);
    for edge in edges() {
        let style = if is_taken(edge) { Style::STRONG } else { Style::FAINT };
        let (label, x, y) = edge.label;
        cells.put(x, y, label, style);
        let (x, y) = edge.path.last().copied().unwrap_or_default();
        cells.put(x, y, head(edge.head, theme), style);
    }
    names(&mut cells, ends, hosts);
    cells.into_lines()
}

fn strokes(cells: &mut Cells, is_taken: &dyn Fn(&Edge) -> bool, theme: &Theme) {
    let mut sides = vec![[0_u8; WIDTH]; HEIGHT];
    for edge in edges() {
        let heavy = if is_taken(edge) { HEAVY } else { 0 };
        edge.path.windows(2).for_each(|pair| stroke(&mut sides, pair[0], pair[1], heavy));
    }
    let (light, strong) = match theme.is_ascii() {
        true => (ASCII_STROKES, ASCII_HEAVY),
        false => (LIGHT_STROKES, HEAVY_STROKES),
    };
    for (y, row) in sides.iter().enumerate() {
        for (x, sides) in row.iter().enumerate().filter(|(_, sides)| **sides != 0) {
            let (strokes, style) =
                if sides & HEAVY == 0 { (light, Style::of(Ink::Rule)) } else { (strong, Style::STRONG) };
            cells.0[y][x] = (strokes[usize::from(sides & 15)], style);
        }
    }
}

/// A straight stroke between two corners. What is heavy once stays so.
fn stroke(sides: &mut [[u8; WIDTH]], (x, y): (usize, usize), (to_x, to_y): (usize, usize), heavy: u8) {
    for at in x.min(to_x)..x.max(to_x) {
        sides[y][at] |= RIGHT | heavy;
        sides[y][at + 1] |= LEFT | heavy;
    }
    for at in y.min(to_y)..y.max(to_y) {
        sides[at][x] |= DOWN | heavy;
        sides[at + 1][x] |= UP | heavy;
    }
}

fn head(head: Head, theme: &Theme) -> &'static str {
    let signs = if theme.is_ascii() { ["<", ">", "v"] } else { ["◀", "▶", "▼"] };
    match head {
        Head::Left => signs[0],
        Head::Right => signs[1],
        Head::Down => signs[2],
    }
}

fn names(cells: &mut Cells, ends: &[End], hosts: impl Fn(&str) -> Style) {
    for (at, (state, x, y)) in NODES.iter().enumerate() {
        let here: Vec<&End> = ends.iter().filter(|end| node_of(end) == at).collect();
        let was = ends.iter().any(|end| end.steps().iter().any(|(from, to)| from == state || to == state));
        let style = if here.is_empty() && !was { Style::CODE } else { Style::CODE.bold() };
        cells.put(*x, *y, state.name(), style);
        let mut place = x + 3;
        for end in here {
            let name = match end.state().1 {
                Basis::Observed => end.host.clone(),
                Basis::Inferred => format!("({})", end.host),
            };
            cells.put(place, y + 1, &name, hosts(&end.host).bold());
            place += name.chars().count() + 1;
        }
    }
}

/// Where an end is.
fn node_of(end: &End) -> usize {
    let (state, _) = end.state();
    if state == Closed && end.is_over() {
        OVER
    } else {
        NODES.iter().position(|(node, ..)| *node == state).unwrap_or(OVER)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::super::{reel::Change, theme::Depth},
        *,
    };
    use crate::{
        kernel::clock::Stamp,
        timeline::event::{Proto, SocketRef},
    };

    #[test]
    fn every_state_has_its_place_and_every_transition_begins_and_ends_at_its_states() {
        for state in TcpState::ALL {
            assert!(NODES.iter().any(|(node, ..)| *node == state), "{state}");
        }
        let touches = |state: TcpState, (x, y): (usize, usize)| {
            let near = |(node, left, top): &(TcpState, usize, usize)| {
                let right = left + node.name().len();
                *node == state && (left.saturating_sub(2)..=right + 1).contains(&x) && y.abs_diff(*top) <= 1
            };
            NODES.iter().any(near)
        };
        for edge in edges() {
            let name = format!("{} to {}", edge.from, edge.to);
            assert!(touches(edge.from, edge.path[0]), "{name} begins elsewhere");
            assert!(touches(edge.to, *edge.path.last().unwrap()), "{name} ends elsewhere");
            assert!(edge.path.iter().all(|(x, y)| *x < WIDTH && *y < HEIGHT), "{name} leaves the diagram");
        }
    }

    /// The rows of the diagram for one end that went this way.
    fn drawn(origin: TcpState, way: &[TcpState]) -> Vec<String> {
        let local = "10.0.0.1:40000".parse().unwrap();
        let socket = SocketRef { proto: Proto::Tcp, local, remote: None };
        let changed = |to: &TcpState| Change { event: 0, at: Stamp(0), to: *to, basis: Basis::Observed };
        let end = End { host: "client".into(), socket, origin, way: way.iter().map(changed).collect() };
        let theme = Theme::choose(None, Depth::None, None, false);
        lines(&[end], |_| Style::PLAIN, &theme).iter().map(Line::text).collect()
    }

    #[test]
    fn every_way_out_of_fin_wait_1_has_its_arrow_and_is_heavy_when_it_was_taken() {
        let rows = drawn(Established, &[FinWait1, TimeWait]);
        assert!(rows[12].starts_with(" ┏━━━FIN-WAIT-1") && rows[18].starts_with(" ┗━━━━┻━━━"), "{rows:#?}");
        assert!(rows[14].starts_with(" ┃    ▼ ACK   └────────▼"), "{rows:#?}");
        let rows = drawn(Established, &[FinWait1, FinWait2]);
        assert!(rows[13].starts_with(" │    ┃") && rows[14].starts_with(" │    ▼ ACK"), "{rows:#?}");
        let rows = drawn(Established, &[FinWait1, Closing]);
        assert!(rows[14].starts_with(" │    ▼ ACK   ┗━━━━━━━━▼"), "{rows:#?}");
    }

    #[test]
    fn the_transitions_are_those_of_the_figure() {
        // RFC 9293, figure 5, with the one that its note 2 adds (FIN-WAIT-1 to TIME-WAIT). Without those that go back
        // before a connection is there: from LISTEN and SYN-SENT to CLOSED, and from SYN-RECV to LISTEN. And without
        // the one from LISTEN to SYN-SENT, which Linux does not have: there a listener can not send.
        let figure = [
            (Closed, Listen),
            (Closed, SynSent),
            (Listen, SynRecv),
            (SynSent, SynRecv),
            (SynSent, Established),
            (SynRecv, Established),
            (SynRecv, FinWait1),
            (Established, FinWait1),
            (Established, CloseWait),
            (FinWait1, FinWait2),
            (FinWait1, Closing),
            (FinWait1, TimeWait),
            (FinWait2, TimeWait),
            (Closing, TimeWait),
            (CloseWait, LastAck),
            (LastAck, Closed),
            (TimeWait, Closed),
        ];
        assert_eq!(edges().map(|edge| (edge.from, edge.to)).collect::<Vec<_>>(), figure);
    }
}
