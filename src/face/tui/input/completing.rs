//! Tab: the candidates one after the other, and what was typed as the last of them.

use crate::lesson::complete::{Candidate, Completions};

use super::{Input, LONGEST, boundary, clean};

/// The candidates that are gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    candidates: Vec<Candidate>,
    /// `None` while what was typed stands there.
    chosen: Option<usize>,
    /// Where the candidates go, and what stood there.
    start: usize,
    typed: String,
    /// The end of what stands there now.
    end: usize,
}

impl Cycle {
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    #[must_use]
    pub const fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    fn step(&mut self, forward: bool) {
        let last = self.candidates.len() - 1;
        self.chosen = match (self.chosen, forward) {
            (None, true) => Some(0),
            (None, false) => Some(last),
            (Some(at), true) if at == last => None,
            (Some(0), false) => None,
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => Some(at - 1),
        };
    }

    fn words(&self) -> &str {
        self.chosen.and_then(|at| self.candidates.get(at)).map_or(&self.typed, |candidate| &candidate.text)
    }
}

impl Input {
    /// What is being gone through, for a list of it.
    #[must_use]
    pub const fn cycle(&self) -> Option<&Cycle> {
        self.cycle.as_ref()
    }

    /// Tab, or back with Shift-Tab. `ask` says what may stand at a byte of a text; it is asked once a cycle. A single
    /// candidate is taken at once, with a space where the word is whole. Whether there is any.
    pub fn complete(&mut self, forward: bool, ask: impl FnOnce(&str, usize) -> Completions) -> bool {
        if let Some(cycle) = &mut self.cycle {
            cycle.step(forward);
            self.show_chosen();
            return true;
        }
        let Completions { replaces, candidates } = ask(&self.text, self.cursor);
        let Some(typed) = self.text.get(replaces.clone()).map(str::to_owned) else { return false };
        let is_any = !candidates.is_empty();
        if let [only] = candidates.as_slice() {
            let space = if ends_word(&only.text) && !self.text[replaces.end..].starts_with(' ') { " " } else { "" };
            let words = format!("{}{space}", only.text);
            self.replace(replaces.start, replaces.end, &words);
        } else if is_any {
            let (start, end) = (replaces.start, replaces.end);
            let mut cycle = Cycle { candidates, chosen: None, start, typed, end };
            cycle.step(forward);
            self.cycle = Some(cycle);
            self.show_chosen();
        }
        is_any
    }

    fn show_chosen(&mut self) {
        let Some(mut cycle) = self.cycle.take() else { return };
        cycle.end = self.replace(cycle.start, cycle.end, cycle.words());
        self.cycle = Some(cycle);
    }

    /// Where the new words end, which is where the cursor is put.
    fn replace(&mut self, start: usize, end: usize, words: &str) -> usize {
        let room = LONGEST.saturating_sub(self.text.len() - (end - start));
        let words = clean(words, room);
        self.text.replace_range(start..end, &words);
        self.cursor = boundary(&self.text, start + words.len());
        start + words.len()
    }
}

/// Whether a word is whole: `seq=` and `server:` are not.
fn ends_word(text: &str) -> bool {
    !text.ends_with(['=', ':', '.'])
}
