//! What a conversation has come to so far: counted from the readings of its packets.

use std::net::SocketAddr;

use super::{
    meaning::{Flow, Meaning, ResetCause, Trouble},
    payload_len,
    reading::{ConversationId, Reading},
};
use crate::{
    kernel::{clock::Stamp, socket::Proto, state::TcpState},
    packet::{Packet, Transport},
};

/// The account of every conversation, in the order of their first packets.
#[derive(Debug, Default)]
pub struct Accounts {
    all: Vec<Account>,
    /// How many packets belong to one of them, ICMP errors included.
    packets: u64,
}

/// Which of the two parties: 0 is the one that opened, or that was heard first.
pub type PartyId = usize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub proto: Proto,
    pub parties: [Party; 2],
    pub began: Stamp,
    /// When its last packet so far was seen.
    pub ended: Stamp,
    pub opening: Opening,
    pub closing: Closing,
    /// The shortest time from a segment to its acknowledgement.
    pub quickest_ns: Option<u64>,
    /// Whether the capture lacks something in between.
    pub has_gaps: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    pub socket: SocketAddr,
    pub packets: u64,
    /// Of payload, those that were sent again included.
    pub bytes: u64,
    /// How many of its packets hold what was sent before.
    pub repeated: u64,
    /// As far as packets tell.
    pub state: Option<TcpState>,
}

/// How it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// With the first datagram, as there is nothing to open.
    Datagram,
    /// Before the capture did.
    Unseen,
    /// Somebody has asked, and this is all.
    Asked,
    /// Both ends knew; how long after the first SYN, where that was seen.
    Complete { after_ns: Option<u64> },
}

/// How it ended, if it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    Open,
    /// One direction is closed.
    Half {
        by: PartyId,
    },
    /// Both are, and this party began.
    Both {
        first: PartyId,
    },
    /// The port was closed.
    Refused,
    Reset {
        by: PartyId,
    },
    /// An ICMP error said that packets to this party do not arrive, and it was not heard.
    Unreachable {
        party: PartyId,
    },
}

impl Accounts {
    /// One packet further.
    pub fn add(&mut self, at: Stamp, packet: &Packet, reading: &Reading) {
        let Some(ConversationId(id)) = reading.conversation else { return };
        let Some(flow) = reading.flow.or(reading.about) else { return };
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        self.packets += 1;
        if index == self.all.len() {
            self.all.push(Account::begin(at, packet, reading, flow));
        }
        if let Some(account) = self.all.get_mut(index) {
            account.add(at, packet, reading);
        }
    }

    #[must_use]
    pub fn all(&self) -> &[Account] {
        &self.all
    }

    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    #[must_use]
    pub fn get(&self, ConversationId(id): ConversationId) -> Option<&Account> {
        self.all.get(usize::try_from(id).ok()?)
    }
}

impl Account {
    fn begin(at: Stamp, packet: &Packet, reading: &Reading, flow: Flow) -> Self {
        // Whoever agrees to open was asked by the other one.
        let does = |wanted: fn(&Meaning) -> bool| reading.meanings.iter().any(wanted);
        let answers = does(|meaning| matches!(meaning, Meaning::AgreesToOpen { .. }));
        let (opener, other) = if answers { (flow.to, flow.from) } else { (flow.from, flow.to) };
        let party = |socket| Party { socket, packets: 0, bytes: 0, repeated: 0, state: None };
        let is_tcp = match &packet.transport {
            Transport::Tcp(_) => true,
            _ => packet.quoted().is_some_and(|quoted| quoted.protocol == 6),
        };
        let asks = does(|meaning| matches!(meaning, Meaning::AsksToOpen { .. }));
        let opening = match (is_tcp, asks) {
            (false, _) => Opening::Datagram,
            (true, false) => Opening::Unseen,
            (true, true) => Opening::Asked,
        };
        Self {
            proto: if is_tcp { Proto::Tcp } else { Proto::Udp },
            parties: [party(opener), party(other)],
            began: at,
            ended: at,
            opening,
            closing: Closing::Open,
            quickest_ns: None,
            has_gaps: false,
        }
    }

    fn add(&mut self, at: Stamp, packet: &Packet, reading: &Reading) {
        // A clock may run backwards.
        self.ended = self.ended.max(at);
        if let Some(flow) = reading.flow {
            self.add_packet(self.party(flow.from), packet, reading);
        } else if let Some(about) = reading.about.filter(|_| tells_of_trouble(reading)) {
            self.note_trouble(self.party(about.to));
        }
        for change in &reading.changes {
            let party = self.party(change.end);
            self.parties[party].state = Some(change.to);
        }
        if self.opening == Opening::Asked && self.parties.iter().all(|party| party.state == Some(TcpState::Established))
        {
            self.opening = Opening::Complete { after_ns: Some(at.0.saturating_sub(self.began.0)) };
        }
    }

    fn add_packet(&mut self, from: PartyId, packet: &Packet, reading: &Reading) {
        let repeats = reading.meanings.iter().any(|meaning| matches!(meaning, Meaning::Retransmits { .. }));
        let party = &mut self.parties[from];
        party.packets += 1;
        party.bytes += payload_len(packet) as u64;
        party.repeated += u64::from(repeats);
        self.quickest_ns = self.quickest_ns.into_iter().chain(reading.measures.rtt_ns).min();
        if self.closing == (Closing::Unreachable { party: from }) {
            // It has answered after all.
            self.closing = Closing::Open;
        }
        for meaning in &reading.meanings {
            self.note(from, meaning);
        }
    }

    /// Packets to this party do not arrive, unless it was heard.
    fn note_trouble(&mut self, party: PartyId) {
        if self.closing == Closing::Open && self.parties[party].packets == 0 {
            self.closing = Closing::Unreachable { party };
        }
    }

    /// Which party this socket is.
    #[must_use]
    pub fn party(&self, socket: SocketAddr) -> PartyId {
        usize::from(socket != self.parties[0].socket)
    }

    fn note(&mut self, from: PartyId, meaning: &Meaning) {
        if self.closing == (Closing::Reset { by: from }) && !matches!(meaning, Meaning::Resets(_)) {
            // Whoever goes on has broken nothing off: somebody else has, in its name, or nobody obeyed.
            self.closing = Closing::Open;
        }
        match meaning {
            // The first packet that was seen had overtaken it.
            Meaning::AsksToOpen { .. } if self.opening == Opening::Unseen && self.parties[from].packets == 1 => {
                self.opening = Opening::Asked;
                if from == 1 {
                    self.parties.swap(0, 1);
                }
            }
            // Something of the opening was not captured.
            Meaning::CarriesData { .. } if self.opening == Opening::Asked => {
                self.opening = Opening::Complete { after_ns: None };
            }
            Meaning::Closes { .. } => {
                self.closing = match self.closing {
                    Closing::Open => Closing::Half { by: from },
                    Closing::Half { by } if by != from => Closing::Both { first: by },
                    other => other,
                }
            }
            Meaning::Gap { .. } | Meaning::AcknowledgesUnseen { .. } => self.has_gaps = true,
            Meaning::Resets(cause) => self.note_reset(from, *cause),
            _ => {}
        }
    }

    /// A reset after both have closed only answers what comes late.
    fn note_reset(&mut self, by: PartyId, cause: ResetCause) {
        self.closing = match (self.closing, cause) {
            (closed @ Closing::Both { .. }, _) => closed,
            (_, ResetCause::Refused) => Closing::Refused,
            _ => Closing::Reset { by },
        };
    }
}

/// Whether packets do not arrive, by an ICMP error.
fn tells_of_trouble(reading: &Reading) -> bool {
    let troubles = [Trouble::PortUnreachable, Trouble::Unreachable, Trouble::TimeExceeded];
    reading
        .meanings
        .iter()
        .any(|meaning| matches!(meaning, Meaning::IcmpError { trouble } if troubles.contains(trouble)))
}
