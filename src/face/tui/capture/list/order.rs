//! In which order the conversations stand.

use crate::conversation::account::{Account, Closing, Opening};

/// By what; all but the number begin with the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    #[default]
    Number,
    Packets,
    Bytes,
    Lasted,
    Trouble,
}

impl SortBy {
    pub const ALL: [Self; 5] = [Self::Number, Self::Packets, Self::Bytes, Self::Lasted, Self::Trouble];

    /// The one after it; behind the last one comes the first.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Packets => "packets",
            Self::Bytes => "bytes",
            Self::Lasted => "duration",
            Self::Trouble => "trouble",
        }
    }

    /// The higher, the further up. Equal ones stand in the order of their numbers.
    fn rank(self, account: &Account) -> u64 {
        let [one, other] = &account.parties;
        match self {
            Self::Number => 0,
            Self::Packets => one.packets + other.packets,
            Self::Bytes => one.bytes + other.bytes,
            Self::Lasted => account.ended.0.saturating_sub(account.began.0),
            Self::Trouble => trouble(account),
        }
    }

    pub(super) fn sort(self, rows: &mut [u32], accounts: &[Account]) {
        let rank = |id: u32| accounts.get(id as usize).map_or(0, |account| self.rank(account));
        match self {
            Self::Number => rows.sort_unstable(),
            _ => rows.sort_by_cached_key(|id| (std::cmp::Reverse(rank(*id)), *id)),
        }
    }
}

/// How badly it went: first what never came about or was broken off, then what was sent again.
fn trouble(account: &Account) -> u64 {
    let repeated: u64 = account.parties.iter().map(|party| party.repeated).sum();
    let class = match (account.closing, account.opening) {
        (Closing::Refused | Closing::Unreachable { .. } | Closing::Reset { .. }, _) => 3,
        (Closing::Open, Opening::Asked) => 2,
        _ => u64::from(account.has_gaps || repeated > 0),
    };
    class << 56 | repeated.min((1 << 56) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::account::Party,
        kernel::{clock::Stamp, socket::Proto},
    };

    fn account(packets: u64, repeated: u64, closing: Closing) -> Account {
        let party = Party { socket: ([10, 0, 0, 1], 1).into(), packets, bytes: 100 - packets, repeated, state: None };
        Account {
            proto: Proto::Tcp,
            parties: [party, party],
            began: Stamp(0),
            ended: Stamp(packets / 2),
            opening: Opening::Complete { after_ns: None },
            closing,
            quickest_ns: None,
            has_gaps: false,
        }
    }

    #[test]
    fn the_most_stands_first_and_equals_by_their_numbers() {
        let both = Closing::Both { first: 0 };
        let accounts = [account(2, 0, both), account(9, 3, both), account(8, 0, both), account(1, 0, Closing::Refused)];
        for (by, wanted) in [
            (SortBy::Number, [0, 1, 2, 3]),
            (SortBy::Packets, [1, 2, 0, 3]),
            (SortBy::Bytes, [3, 0, 2, 1]),
            (SortBy::Lasted, [1, 2, 0, 3]),
            (SortBy::Trouble, [3, 1, 0, 2]),
        ] {
            let mut rows = [3, 1, 0, 2];
            by.sort(&mut rows, &accounts);
            assert_eq!(rows, wanted, "{}", by.name());
        }
    }

    #[test]
    fn the_orders_come_one_after_the_other() {
        let mut by = SortBy::default();
        SortBy::ALL.iter().for_each(|_| by = by.next());
        assert_eq!(by, SortBy::Number);
    }
}
