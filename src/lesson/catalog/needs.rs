//! What lessons need of each other: that it is there, and that one can begin somewhere.

use std::collections::{HashMap, VecDeque};

use super::{Catalog, Complaint, Entry};
use crate::lesson::{diagnostic::Diagnostic, front::Need};

/// Which lesson needs which, by their places in the catalog; neighbours come behind the entries.
struct Needs<'c> {
    entries: Vec<&'c Entry>,
    /// Front matter that cannot be read needs nothing here: reading the lesson tells.
    needs: Vec<Vec<Need>>,
    number: HashMap<&'c str, usize>,
}

impl Catalog {
    /// What is wrong with the lessons as a whole: two of one name, a needed lesson that is not there, lessons that
    /// need each other in a circle.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let needs = Needs::new(self);
        let mut complaints = self.twins();
        for at in 0..self.entries.len() {
            let mut diagnostics = needs.unknown(at);
            diagnostics.extend(needs.circle(at));
            complaints.extend(self.faulty(at, diagnostics));
        }
        complaints
    }

    /// The complaint if the first lesson needs itself.
    pub(super) fn circle_of_first(&self) -> Option<Complaint> {
        self.faulty(0, Needs::new(self).circle(0).into_iter().collect())
    }

    fn faulty(&self, at: usize, diagnostics: Vec<Diagnostic>) -> Option<Complaint> {
        let source = self.entries[at].source().ok()?;
        (!diagnostics.is_empty()).then_some(Complaint::Faulty { source, diagnostics })
    }

    fn twins(&self) -> Vec<Complaint> {
        let mut seen: HashMap<&str, &Entry> = HashMap::new();
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
}

impl<'c> Needs<'c> {
    fn new(catalog: &'c Catalog) -> Self {
        let entries: Vec<&Entry> = catalog.entries.iter().chain(&catalog.neighbours).collect();
        let needs =
            entries.iter().map(|entry| entry.front().map_or_else(|_| Vec::new(), |front| front.needs)).collect();
        let number = entries.iter().enumerate().rev().map(|(at, entry)| (entry.name.as_str(), at)).collect();
        Self { entries, needs, number }
    }

    /// The lesson's needs that are neither here nor in the program.
    fn unknown(&self, at: usize) -> Vec<Diagnostic> {
        let embedded = Catalog::embedded();
        let elsewhere = || embedded.entries().iter().map(|entry| entry.name.as_str());
        let known = || self.number.keys().copied().chain(elsewhere());
        let is_known = |name: &str| self.number.contains_key(name) || elsewhere().any(|known| known == name);
        let unknown = self.needs[at].iter().filter(|need| !is_known(&need.name));
        let complain = |need: &Need| {
            let unknown = Diagnostic::at(need.span.clone(), format!("there is no lesson called `{}`", need.name));
            unknown.label("needed here").did_you_mean(&need.name, known())
        };
        unknown.map(complain).collect()
    }

    /// The shortest way from this lesson back to itself. Told only at the first lesson of the circle.
    fn circle(&self, start: usize) -> Option<Diagnostic> {
        let mut came_from: HashMap<usize, usize> = HashMap::new();
        let mut waiting = VecDeque::from([start]);
        while let Some(at) = waiting.pop_front() {
            for next in self.needs[at].iter().filter_map(|need| self.number.get(need.name.as_str()).copied()) {
                if next == start {
                    return Some(self.drawn(start, at, &came_from));
                }
                if next > start && !came_from.contains_key(&next) {
                    came_from.insert(next, at);
                    waiting.push_back(next);
                }
            }
        }
        None
    }

    /// `a → b → a`, where `last` is the one that needs `start` again.
    fn drawn(&self, start: usize, last: usize, came_from: &HashMap<usize, usize>) -> Diagnostic {
        let mut way = vec![start, last];
        let mut at = last;
        while let Some(before) = came_from.get(&at) {
            way.push(*before);
            at = *before;
        }
        way.reverse();
        let names: Vec<&str> = way.iter().map(|at| self.entries[*at].name.as_str()).collect();
        let first_need = self.needs[start].iter().find(|need| Some(&need.name.as_str()) == names.get(1));
        let span = first_need.map_or(0..0, |need| need.span.clone());
        let message = format!("`{}` needs itself: nobody could begin", self.entries[start].name);
        Diagnostic::at(span, message).label(names.join(" → "))
    }
}
