//! What lessons need of each other: that it is there, and that one can begin somewhere.

use std::collections::{HashMap, VecDeque};

use super::{Catalog, Complaint};
use crate::lesson::{
    diagnostic::Diagnostic,
    front::{Front, Need},
    model::Source,
};

impl Catalog {
    /// What is wrong with the lessons as a whole: two of one name, a needed lesson that is not there, lessons that
    /// need each other in a circle. Front matter that cannot be read is passed over: reading the lesson tells.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let fronts: Vec<Option<Front>> = self.entries.iter().map(|entry| entry.front().ok()).collect();
        let needs: Vec<&[Need]> =
            fronts.iter().map(|front| front.as_ref().map_or(&[][..], |front| front.needs.as_slice())).collect();
        let mut complaints = self.twins();
        for at in 0..self.entries.len() {
            let mut diagnostics: Vec<Diagnostic> =
                needs[at].iter().filter(|need| !self.knows(&need.name)).map(|need| self.unknown_need(need)).collect();
            diagnostics.extend(self.circle(at, &needs));
            if let (false, Ok(source)) = (diagnostics.is_empty(), self.entries[at].source()) {
                complaints.push(faulty(source, diagnostics));
            }
        }
        complaints
    }

    fn knows(&self, name: &str) -> bool {
        self.named(name).is_some() || self.elsewhere.iter().any(|known| known == name)
    }

    fn twins(&self) -> Vec<Complaint> {
        let mut seen: HashMap<&str, &super::Entry> = HashMap::new();
        let mut complaints = Vec::new();
        for entry in &self.entries {
            if let Some(first) = seen.insert(&entry.name, entry) {
                let message =
                    format!("two lessons are called `{}`: `{}` and `{}`", entry.name, first.path(), entry.path());
                complaints.push(Complaint::input(message).help("a lesson is called by its file's name: rename one"));
            }
        }
        complaints
    }

    fn unknown_need(&self, need: &Need) -> Diagnostic {
        let known = self.entries.iter().map(|entry| &entry.name).chain(&self.elsewhere).map(String::as_str);
        let unknown = Diagnostic::at(need.span.clone(), format!("there is no lesson called `{}`", need.name));
        unknown.label("needed here").did_you_mean(&need.name, known)
    }

    /// The shortest way from this lesson back to itself. Told only at the first lesson of the circle.
    fn circle(&self, start: usize, needs: &[&[Need]]) -> Option<Diagnostic> {
        let number: HashMap<&str, usize> =
            self.entries.iter().enumerate().map(|(at, e)| (e.name.as_str(), at)).collect();
        let mut came_from: HashMap<usize, usize> = HashMap::new();
        let mut waiting = VecDeque::from([start]);
        while let Some(at) = waiting.pop_front() {
            for next in needs[at].iter().filter_map(|need| number.get(need.name.as_str()).copied()) {
                if next == start {
                    return Some(self.drawn_circle(start, at, &came_from, needs[start]));
                }
                if next > start && !came_from.contains_key(&next) {
                    came_from.insert(next, at);
                    waiting.push_back(next);
                }
            }
        }
        None
    }

    fn drawn_circle(&self, start: usize, last: usize, came_from: &HashMap<usize, usize>, needs: &[Need]) -> Diagnostic {
        let mut way = vec![start, last];
        let mut at = last;
        while let Some(before) = came_from.get(&at) {
            way.push(*before);
            at = *before;
        }
        way.reverse();
        let names: Vec<&str> = way.iter().map(|at| self.entries[*at].name.as_str()).collect();
        let second = names.get(1).copied().unwrap_or_default();
        let span = needs.iter().find(|need| need.name == second).map_or(0..0, |need| need.span.clone());
        let message = format!("`{}` needs itself: nobody could begin", names[0]);
        Diagnostic::at(span, message).label(names.join(" → "))
    }
}

fn faulty(source: std::sync::Arc<Source>, diagnostics: Vec<Diagnostic>) -> Complaint {
    Complaint::Faulty { source, diagnostics }
}
