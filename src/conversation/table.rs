//! The conversations that are remembered, each with what is known of it: a table that never outgrows its bound.
//!
//! The keys are hashed with a key of their own in every run, so that nobody can make a capture whose conversations all
//! fall into one place. What is known lies apart from the keys, in one row: a table that grows moves only small things.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{key::Key, reading::ConversationId};
use crate::kernel::clock::Stamp;

#[derive(Clone, Debug)]
pub(super) struct Table<T> {
    places: HashMap<Key, u32, RandomState>,
    entries: Vec<Entry<T>>,
    most: usize,
    /// Where the last packet belonged: the next one often does too.
    latest: Option<(Key, u32)>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<T> {
    pub(super) id: ConversationId,
    last: Stamp,
    pub(super) talk: T,
}

/// Hands out the numbers of conversations.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(u64);

impl Ids {
    pub(super) fn next(&mut self) -> ConversationId {
        let id = ConversationId(self.0);
        self.0 += 1;
        id
    }
}

impl<T: Default> Table<T> {
    /// For at most so many conversations, but at least one.
    pub(super) fn bounded(most: usize) -> Self {
        let most = most.clamp(1, u32::MAX as usize);
        Self { places: HashMap::default(), entries: Vec::new(), most, latest: None }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Entry<T>> {
        self.places.get(key).and_then(|place| self.entries.get(*place as usize))
    }

    /// The conversation in which something happens now; a new one if none is known.
    pub(super) fn at(&mut self, at: Stamp, key: Key, ids: &mut Ids) -> &mut Entry<T> {
        let place = match self.latest {
            Some((latest, place)) if latest == key => place,
            _ => self.place(at, key, ids),
        };
        self.latest = Some((key, place));
        let entry = &mut self.entries[place as usize];
        entry.last = at;
        entry
    }

    fn place(&mut self, at: Stamp, key: Key, ids: &mut Ids) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        if self.entries.len() >= self.most {
            self.forget_the_silent();
        }
        // `most` fits into the number.
        let place = self.entries.len() as u32;
        self.entries.push(Entry { id: ids.next(), last: at, talk: T::default() });
        self.places.insert(key, place);
        place
    }

    /// Forgets the half that was silent for the longest time, all at once, so that a flood of new ones costs little
    /// each.
    fn forget_the_silent(&mut self) {
        let mut ages: Vec<_> = self.entries.iter().map(|entry| (entry.last, entry.id)).collect();
        let half = ages.len() / 2;
        let (_, middle, _) = ages.select_nth_unstable(half);
        let last_forgotten = *middle;
        let is_kept = |entry: &Entry<T>| (entry.last, entry.id) > last_forgotten;
        let mut kept = 0;
        let moved: Vec<Option<u32>> = self.entries.iter().map(|entry| counted(is_kept(entry), &mut kept)).collect();
        self.entries.retain(is_kept);
        self.places.retain(|_, place| {
            let to = moved.get(*place as usize).copied().flatten();
            *place = to.unwrap_or(0);
            to.is_some()
        });
    }
}

/// The next number for what is kept.
fn counted(is_kept: bool, kept: &mut u32) -> Option<u32> {
    let place = *kept;
    *kept += u32::from(is_kept);
    is_kept.then_some(place)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::conversation::Flow;

    fn key(port: u16) -> Key {
        let (from, to) = (SocketAddr::from(([127, 0, 0, 1], port)), SocketAddr::from(([127, 0, 0, 1], 80)));
        Key::new(Flow { from, to }).0
    }

    #[test]
    fn the_silent_are_forgotten_first() {
        let (mut table, mut ids) = (Table::<()>::bounded(4), Ids::default());
        for (time, port) in [(1, 1001), (2, 1002), (3, 1003), (4, 1004), (5, 1001), (6, 1005)] {
            table.at(Stamp(time), key(port), &mut ids);
        }
        let known: Vec<u16> = (1001..=1005).filter(|port| table.get(&key(*port)).is_some()).collect();
        assert_eq!(known, [1001, 1005]);
    }

    #[test]
    fn what_is_kept_keeps_its_number() {
        let (mut table, mut ids) = (Table::<()>::bounded(4), Ids::default());
        for (time, port) in [(1, 1001), (2, 1002), (3, 1003), (4, 1004), (5, 1001), (6, 1005)] {
            table.at(Stamp(time), key(port), &mut ids);
        }
        assert_eq!([1001, 1005].map(|port| table.at(Stamp(7), key(port), &mut ids).id.0), [0, 4]);
    }

    #[test]
    fn a_flood_stays_within_the_bound() {
        let (mut table, mut ids) = (Table::<()>::bounded(100), Ids::default());
        for port in 1..=u16::MAX {
            table.at(Stamp(0), key(port), &mut ids);
            assert!(table.entries.len() <= 100 && table.places.len() == table.entries.len());
        }
        assert_eq!(ids.next(), ConversationId(u16::MAX.into()));
    }
}
