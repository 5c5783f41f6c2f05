//! What was sent again, and how often.
//!
//! Several segments of one flight may be repeated in turn, so each keeps a count of its own. Only so many are kept:
//! what is forgotten is not counted, and never counted wrong.

use crate::{conversation::seq::Seq, kernel::clock::Stamp};

/// A recovery of more than these is told without its counts.
const MOST: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    repeated: Vec<Repeated>,
    /// Up to here repetitions may have been forgotten.
    forgotten: Option<Seq>,
}

#[derive(Clone, Copy, Debug)]
struct Repeated {
    from: Seq,
    to: Seq,
    /// When it was repeated last.
    at: Stamp,
    times: u16,
}

impl Copies {
    /// How often the number was sent again, if that is certain.
    pub(super) fn times(&self, number: Seq) -> Option<u16> {
        let is_certain = self.forgotten.is_none_or(|forgotten| number.after(forgotten));
        is_certain.then(|| self.of(number).map(|known| known.times).fold(0, u16::saturating_add))
    }

    /// When it was sent again last.
    pub(super) fn last_at(&self, number: Seq) -> Option<Stamp> {
        self.of(number).map(|known| known.at).max()
    }

    pub(super) fn note(&mut self, from: Seq, to: Seq, at: Stamp) {
        if let Some(known) = self.repeated.iter_mut().find(|known| (known.from, known.to) == (from, to)) {
            (known.at, known.times) = (at, known.times.saturating_add(1));
            return;
        }
        if self.repeated.len() == MOST {
            let gone = self.repeated.remove(0);
            self.forgotten = Some(self.forgotten.map_or(gone.to, |forgotten| forgotten.latest(gone.to)));
        }
        self.repeated.push(Repeated { from, to, at, times: 1 });
    }

    fn of(&self, number: Seq) -> impl Iterator<Item = &Repeated> {
        self.repeated.iter().filter(move |known| !number.before(known.from) && number.before(known.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_a_count_of_its_own_however_the_segments_are_cut() {
        let mut copies = Copies::default();
        copies.note(Seq(121), Seq(131), Stamp(1));
        copies.note(Seq(101), Seq(131), Stamp(2));
        copies.note(Seq(101), Seq(131), Stamp(3));
        assert_eq!([101, 121, 131].map(|number| copies.times(Seq(number))), [Some(2), Some(3), Some(0)]);
        assert_eq!(copies.last_at(Seq(121)), Some(Stamp(3)));
    }

    #[test]
    fn what_is_forgotten_is_not_counted() {
        let mut copies = Copies::default();
        (0..100).for_each(|place| copies.note(Seq(place * 10), Seq(place * 10 + 10), Stamp(place.into())));
        assert_eq!((copies.times(Seq(5)), copies.times(Seq(995)), copies.times(Seq(2000))), (None, Some(1), Some(0)));
        assert_eq!(copies.repeated.len(), MOST);
    }
}
