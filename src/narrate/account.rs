//! What a whole conversation came to, told in one sentence.

use std::net::SocketAddr;

use super::english;
use crate::{
    conversation::account::{Account, Closing, Opening},
    kernel::{socket::Proto, state::TcpState},
};

/// A part of that sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    Opened {
        by: String,
        after_ns: Option<u64>,
    },
    OnlyAsked {
        by: String,
    },
    BeganBefore,
    FirstDatagram {
        by: String,
    },
    /// Those that were sent again included.
    Carried {
        there: u64,
        back: u64,
    },
    SentAgain {
        packets: u64,
    },
    HasGaps,
    Refused {
        port: u16,
    },
    Unreachable {
        whom: String,
    },
    ResetBy {
        whom: String,
    },
    HalfClosed {
        by: String,
    },
    /// Closed by one and then the other; `waits`: the first is in TIME-WAIT.
    Closed {
        by: String,
        waits: bool,
    },
    NotClosed,
}

/// The parts in the order in which they are said.
#[must_use]
pub fn clauses(account: &Account, names: &dyn Fn(SocketAddr) -> String) -> Vec<Clause> {
    let name = |party: usize| names(account.parties[party].socket);
    let opening = match account.opening {
        Opening::Datagram => Clause::FirstDatagram { by: name(0) },
        Opening::Unseen => Clause::BeganBefore,
        Opening::Asked => Clause::OnlyAsked { by: name(0) },
        Opening::Complete { after_ns } => Clause::Opened { by: name(0), after_ns },
    };
    let [there, back] = [0, 1].map(|party: usize| account.parties[party].bytes);
    let packets = account.parties.iter().map(|party| party.repeated).sum();
    let clauses = [
        Some(opening),
        (there + back > 0).then_some(Clause::Carried { there, back }),
        (packets > 0).then_some(Clause::SentAgain { packets }),
        account.has_gaps.then_some(Clause::HasGaps),
        closing(account, name),
    ];
    clauses.into_iter().flatten().collect()
}

fn closing(account: &Account, name: impl Fn(usize) -> String) -> Option<Clause> {
    Some(match account.closing {
        Closing::Refused => Clause::Refused { port: account.parties[1].socket.port() },
        Closing::Unreachable { party } => Clause::Unreachable { whom: name(party) },
        Closing::Reset { by } => Clause::ResetBy { whom: name(by) },
        Closing::Half { by } => Clause::HalfClosed { by: name(by) },
        Closing::Both { first } => {
            Clause::Closed { by: name(first), waits: account.parties[first].state == Some(TcpState::TimeWait) }
        }
        Closing::Open if account.proto == Proto::Udp => return None,
        Closing::Open => Clause::NotClosed,
    })
}

/// The sentence in English.
#[must_use]
pub fn summarise(account: &Account, names: &dyn Fn(SocketAddr) -> String) -> String {
    english::account::sentence(&clauses(account, names))
}
