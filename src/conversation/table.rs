//! The conversations that are remembered, each with what is known of it: a table that never outgrows its bound.

use std::collections::HashMap;

use super::{key::Key, reading::ConversationId};
use crate::kernel::clock::Stamp;

#[derive(Debug)]
pub(super) struct Table<T> {
    known: HashMap<Key, Entry<T>>,
    most: usize,
}

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) id: ConversationId,
    last: Stamp,
    pub(super) talk: T,
}

/// Hands out the numbers of conversations.
#[derive(Debug, Default)]
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
        Self { known: HashMap::new(), most: most.max(1) }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Entry<T>> {
        self.known.get(key)
    }

    /// The conversation in which something happens now; a new one if none is known.
    pub(super) fn at(&mut self, at: Stamp, key: Key, ids: &mut Ids) -> &mut Entry<T> {
        if self.known.len() >= self.most && !self.known.contains_key(&key) {
            self.forget_the_silent();
        }
        let begin = || Entry { id: ids.next(), last: at, talk: T::default() };
        let entry = self.known.entry(key).or_insert_with(begin);
        entry.last = at;
        entry
    }

    /// Forgets the half that was silent for the longest time, all at once, so that a flood of new ones costs little
    /// each.
    fn forget_the_silent(&mut self) {
        let mut ages: Vec<_> = self.known.values().map(|entry| (entry.last, entry.id)).collect();
        let half = ages.len() / 2;
        let (_, middle, _) = ages.select_nth_unstable(half);
        let last_forgotten = *middle;
        self.known.retain(|_, entry| (entry.last, entry.id) > last_forgotten);
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::conversation::Flow;

    fn key(port: u16) -> Key {
        Key::new(Flow { from: SocketAddr::from(([127, 0, 0, 1], port)), to: SocketAddr::from(([127, 0, 0, 1], 80)) })
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
    fn a_flood_stays_within_the_bound() {
        let (mut table, mut ids) = (Table::<()>::bounded(100), Ids::default());
        for port in 1..=u16::MAX {
            table.at(Stamp(0), key(port), &mut ids);
            assert!(table.known.len() <= 100);
        }
        assert_eq!(ids.next(), ConversationId(u16::MAX.into()));
    }
}
