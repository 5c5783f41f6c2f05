//! Frames, lanes and bars as lines on the grid.

use std::{collections::BTreeMap, fmt::Write};

use super::{HEIGHT, WIDTH};

/// How thick an arm of a sign is, from the middle of its cell to an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Arm {
    None,
    Light,
    Heavy,
}

/// Up, right, down, left.
type Arms = [Arm; 4];

const N: Arm = Arm::None;
const L: Arm = Arm::Light;
const H: Arm = Arm::Heavy;

#[rustfmt::skip]
const SIGNS: &[(&str, Arms)] = &[
    ("─", [N, L, N, L]), ("│", [L, N, L, N]), ("━", [N, H, N, H]), ("┃", [H, N, H, N]),
    ("┌", [N, L, L, N]), ("┐", [N, N, L, L]), ("└", [L, L, N, N]), ("┘", [L, N, N, L]),
    ("╭", [N, L, L, N]), ("╮", [N, N, L, L]), ("╰", [L, L, N, N]), ("╯", [L, N, N, L]),
    ("┏", [N, H, H, N]), ("┓", [N, N, H, H]), ("┗", [H, H, N, N]), ("┛", [H, N, N, H]),
    ("├", [L, L, L, N]), ("┤", [L, N, L, L]), ("┬", [N, L, L, L]), ("┴", [L, L, N, L]), ("┼", [L, L, L, L]),
];

/// Filled parts of a cell: from where and how wide, in eighths.
const BARS: &[(&str, usize, usize)] = &[("█", 0, 8), ("▌", 0, 4), ("▐", 4, 4)];

/// Lines by their colour and thickness, as paths.
#[derive(Debug, Default)]
pub(super) struct Lines {
    strokes: BTreeMap<(String, Arm), String>,
    bars: String,
    /// The line of the row that is being drawn, which the next cell may prolong.
    open: Option<Open>,
}

#[derive(Debug, PartialEq, Eq)]
struct Open {
    ink: String,
    arm: Arm,
    row: usize,
    first: usize,
    end: usize,
}

impl Lines {
    /// Draws a sign, if it is one of lines.
    pub(super) fn put(&mut self, sign: &str, at: (usize, usize), ink: &str) -> bool {
        if let Some((_, arms)) = SIGNS.iter().find(|(known, _)| *known == sign) {
            self.arms(*arms, at, ink);
            return true;
        }
        let bar = BARS.iter().find(|(known, ..)| *known == sign);
        if let Some((_, from, eighths)) = bar {
            let (x, y, width) = (at.0 * WIDTH + from * WIDTH / 8, at.1 * HEIGHT, eighths * WIDTH / 8);
            let _ =
                writeln!(self.bars, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{ink}\"/>");
        }
        bar.is_some()
    }

    fn arms(&mut self, [up, right, down, left]: Arms, (column, row): (usize, usize), ink: &str) {
        let (x, y) = (column * WIDTH, row * HEIGHT);
        let (middle, centre) = (x + WIDTH / 2, y + HEIGHT / 2);
        if left != N && left == right {
            self.across(left, (column, row), ink);
        } else {
            for (arm, path) in
                [(left, format!("M{x} {centre}h{}", WIDTH / 2)), (right, format!("M{middle} {centre}h{}", WIDTH / 2))]
            {
                self.stroke(arm, &path, ink);
            }
        }
        match (up, down) {
            (up, down) if up == down => self.stroke(up, &format!("M{middle} {y}v{HEIGHT}"), ink),
            _ => {
                self.stroke(up, &format!("M{middle} {y}V{centre}"), ink);
                self.stroke(down, &format!("M{middle} {centre}V{}", y + HEIGHT), ink);
            }
        }
    }

    /// A line through the whole cell: with its neighbours it is one.
    fn across(&mut self, arm: Arm, (column, row): (usize, usize), ink: &str) {
        match &mut self.open {
            Some(open) if open.arm == arm && open.row == row && open.end == column && open.ink == ink => open.end += 1,
            _ => {
                self.close();
                self.open = Some(Open { ink: ink.to_owned(), arm, row, first: column, end: column + 1 });
            }
        }
    }

    fn close(&mut self) {
        if let Some(Open { ink, arm, row, first, end }) = self.open.take() {
            let path = format!("M{} {}H{}", first * WIDTH, row * HEIGHT + HEIGHT / 2, end * WIDTH);
            self.stroke(arm, &path, &ink);
        }
    }

    fn stroke(&mut self, arm: Arm, path: &str, ink: &str) {
        if arm != N {
            self.strokes.entry((ink.to_owned(), arm)).or_default().push_str(path);
        }
    }

    pub(super) fn write(mut self) -> String {
        self.close();
        let mut written = self.bars;
        for ((ink, arm), path) in &self.strokes {
            let width = if *arm == H { 2 } else { 1 };
            let _ = writeln!(written, "<path stroke=\"{ink}\" stroke-width=\"{width}\" d=\"{path}\"/>");
        }
        written
    }
}
