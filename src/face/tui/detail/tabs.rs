//! The names of the tabs in the border of the pane: all of them can be seen, those that are not open with fewer letters
//! where there is little room.

use ratatui::layout::Rect;

use super::Tab;
use crate::face::text::{Line, Style, line::Ink};

/// Cells of the border before the names, and behind them.
const BEFORE: u16 = 3;
const BEHIND: u16 = 3;

/// How far the names stand apart, and how many letters they have.
const LOOKS: [(usize, usize); 7] = [(2, usize::MAX), (1, usize::MAX), (1, 5), (1, 4), (1, 3), (1, 1), (1, 0)];

/// A tab in the border: its number, what is left of its name, and the cells that both take.
struct Shown {
    tab: Tab,
    number: usize,
    name: &'static str,
    width: usize,
}

/// The numbers and names of all tabs, for a pane of this width.
pub(in crate::face::tui) fn tabs(open: Tab, width: u16) -> Line {
    let mut line = Line::new();
    let (gap, shown) = fitting(open, width);
    for Shown { tab, number, name, .. } in shown {
        if number > 1 {
            line.append(&Line::spaces(gap));
        }
        let style = if tab == open { Style::of(Ink::Heading).bold().underline() } else { Style::FAINT };
        line.push(&number.to_string(), Style::of(Ink::Key));
        if !name.is_empty() {
            line.push(" ", Style::PLAIN);
            line.push(name, style);
        }
    }
    line
}

/// The tab whose name stands here in the border of a pane.
pub(in crate::face::tui) fn tab_at(x: u16, area: Rect, open: Tab) -> Option<Tab> {
    let x = usize::from(x.checked_sub(area.x + BEFORE)?);
    let (gap, shown) = fitting(open, area.width);
    let mut end = 0;
    for Shown { tab, width, .. } in shown {
        end += width;
        if x < end + gap {
            return (x < end || gap > 1).then_some(tab);
        }
        end += gap;
    }
    None
}

/// The fullest look that fits, or else the shortest.
fn fitting(open: Tab, width: u16) -> (usize, Vec<Shown>) {
    let room = usize::from(width.saturating_sub(BEFORE + BEHIND));
    let taken = |gap: usize, shown: &[Shown]| shown.iter().map(|tab| tab.width + gap).sum::<usize>() - gap;
    let mut looks = LOOKS.map(|(gap, letters)| (gap, shown(open, letters))).into_iter();
    let last = looks.next_back().unwrap_or_default();
    looks.find(|(gap, shown)| taken(*gap, shown) <= room).unwrap_or(last)
}

fn shown(open: Tab, letters: usize) -> Vec<Shown> {
    let show = |(number, tab): (usize, Tab)| {
        let name = tab.name();
        // All names are plain ASCII.
        let name = if tab == open { name } else { &name[..name.len().min(letters)] };
        Shown { tab, number, name, width: 1 + usize::from(!name.is_empty()) + name.len() }
    };
    (1..).zip(Tab::ALL).map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_is_named_where_there_is_room() {
        let all = "1 Story  2 Fields  3 Program  4 Sockets  5 Graphs  6 States";
        assert_eq!(tabs(Tab::Story, 80).text(), all);
        assert_eq!(tabs(Tab::Story, 60).text(), all.replace("  ", " "));
        assert_eq!(tabs(Tab::Sockets, 56).text(), "1 Story 2 Field 3 Progr 4 Sockets 5 Graph 6 State");
        assert_eq!(tabs(Tab::States, 36).text(), "1 S 2 F 3 P 4 S 5 G 6 States");
    }

    #[test]
    fn what_is_open_keeps_its_name_and_no_number_is_lost() {
        for width in 30..100 {
            for open in Tab::ALL {
                let line = tabs(open, width);
                assert!(line.width() <= usize::from(width - BEFORE - BEHIND), "{width}: {}", line.text());
                assert!(line.text().contains(open.name()));
                assert!((1..=6).all(|number| line.text().contains(&number.to_string())), "{}", line.text());
            }
        }
    }

    #[test]
    fn a_click_on_a_name_means_the_tab_that_is_seen_there() {
        for width in [24, 34, 44, 56, 60, 80] {
            let (area, text) = (Rect::new(10, 2, width, 9), tabs(Tab::Program, width).text());
            for (number, tab) in (1..).zip(Tab::ALL) {
                let at = u16::try_from(text.find(&format!("{number}")).unwrap()).unwrap();
                assert_eq!(tab_at(10 + BEFORE + at, area, Tab::Program), Some(tab), "{text}");
            }
            assert_eq!(tab_at(10, area, Tab::Program), None);
        }
    }
}
