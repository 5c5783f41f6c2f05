//! What the thread that reads the whole file lays open for the one that reads packets again: where each packet is.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use crate::{
    conversation::account::Account,
    pcap::{Entry, Index, Interface},
};

/// Conversations between the same ports have the same kin.
pub(super) type Kin = u64;

#[derive(Debug, Default)]
pub(super) struct Shared {
    known: Mutex<Known>,
    hasher: RandomState,
    /// The one who reads packets again was told that there are more, and has not looked yet.
    pub(super) is_nudged: AtomicBool,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) index: Index,
    /// Of each conversation.
    pub(super) kin: Vec<Kin>,
    pub(super) interfaces: Vec<Interface>,
    /// All of the file was read.
    pub(super) is_whole: bool,
}

impl Shared {
    /// For as short as possible: both threads have something else to do.
    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Two different pairs of ports with the same kin would cost time, and nothing else: their packets are told apart
    /// by the tracker.
    pub(super) fn kin(&self, account: &Account) -> Kin {
        let [one, other] = [0, 1].map(|party: usize| account.parties[party].socket);
        self.hasher.hash_one((account.proto, one.min(other), one.max(other)))
    }
}

impl Known {
    /// These packets, counted from 0 on.
    pub(super) fn entries(&self, places: &[u32]) -> Vec<Entry> {
        let all = self.index.as_slice();
        places.iter().filter_map(|place| all.get(*place as usize)).copied().collect()
    }
}
