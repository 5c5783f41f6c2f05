//! The world as it stands at a position of the timeline: the events before it, folded.

use std::collections::BTreeMap;

use super::event::{Basis, CallId, Event, Fate, FrameId, Host, LinkKind, SocketRef, TYPED, UdpSocket, Value, What};
use crate::kernel::{clock::Stamp, state::TcpState};

/// What is so, after some of the events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub step: Option<usize>,
    /// When the lab block began: the zero of the times that are shown.
    pub lab_began: Option<Stamp>,
    /// What joins the hosts.
    pub link: LinkKind,
    pub hosts: Vec<Host>,
    /// Per host and socket the state that was last heard of.
    pub sockets: BTreeMap<(String, SocketRef), SocketNow>,
    /// Per host the UDP sockets that the kernel told of last.
    pub udp: BTreeMap<String, Vec<UdpSocket>>,
    /// Calls that were entered and have not returned.
    pub calls: BTreeMap<CallId, CallNow>,
    pub values: BTreeMap<String, Value>,
    pub frames: u64,
    /// The frames that are in our hands, on the wire.
    pub held: BTreeMap<FrameId, InHand>,
    /// The frames that have entered the wire and have neither left it nor been lost, those in our hands included:
    /// of each, how many copies are still on their way.
    pub on_the_way: BTreeMap<FrameId, usize>,
    pub frames_we_missed: u64,
    pub claims: usize,
    pub failed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketNow {
    pub state: TcpState,
    pub basis: Basis,
    pub since: Stamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InHand {
    pub since: Stamp,
    /// How often its sender has sent it again since.
    pub twins: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNow {
    pub host: String,
    pub socket: String,
    pub text: String,
    pub entered: Stamp,
    pub waits: bool,
}

impl World {
    /// The world after the first `position` events.
    #[must_use]
    pub fn at(events: &[Event], position: usize) -> Self {
        let mut world = Self::default();
        for event in &events[..position.min(events.len())] {
            world.apply(event);
        }
        world
    }

    /// One event further.
    pub fn apply(&mut self, event: &Event) {
        match &event.what {
            What::Step { step, .. } => self.step = Some(*step),
            What::Lab { fresh, link, hosts, .. } => self.begin_lab(event.at, *fresh, *link, hosts),
            What::CallEntered { call, host, socket, text, .. } => {
                let (host, socket, text) = (host.clone(), socket.clone(), text.clone());
                self.calls.insert(*call, CallNow { host, socket, text, entered: event.at, waits: false });
            }
            What::CallWaits { call } => {
                if let Some(call) = self.calls.get_mut(call) {
                    call.waits = true;
                }
            }
            What::CallReturned { call, .. } => {
                self.calls.remove(call);
            }
            What::Frame { frame, .. } => {
                self.frames += 1;
                if self.link == LinkKind::Wire {
                    self.on_the_way.insert(*frame, 1);
                }
            }
            What::Fate { frame, fate } => self.set_fate(event.at, *frame, fate),
            What::State { host, socket, to, basis, .. } => self.set_state(event.at, host, socket, *to, *basis),
            What::CaptureLost { frames } => self.frames_we_missed += frames,
            What::Claim { line: TYPED, .. } => {}
            What::Claim { outcome, .. } => {
                self.claims += 1;
                self.failed += usize::from(matches!(outcome, super::event::Outcome::Failed { .. }));
            }
            What::Bound { name, value } => {
                self.values.insert(name.clone(), value.clone());
            }
            What::UdpSockets { host, sockets } => {
                self.udp.insert(host.clone(), sockets.clone());
            }
            What::Lesson { .. }
            | What::Line { .. }
            | What::Reading { .. }
            | What::Sample { .. }
            | What::Hand { .. }
            | What::Challenge { .. }
            | What::LabEnd { .. }
            | What::Notice { .. }
            | What::LessonEnd { .. } => {}
        }
    }

    fn begin_lab(&mut self, at: Stamp, fresh: bool, link: LinkKind, hosts: &[Host]) {
        self.lab_began = Some(at);
        self.link = link;
        if fresh {
            self.hosts = hosts.to_vec();
            self.sockets.clear();
            self.udp.clear();
            self.calls.clear();
            self.held.clear();
            self.on_the_way.clear();
        }
    }

    fn set_fate(&mut self, at: Stamp, frame: FrameId, fate: &Fate) {
        if *fate == Fate::Held {
            self.held.insert(frame, InHand { since: at, twins: 0 });
            return;
        }
        // Whatever else becomes of it, it is not in our hands any more.
        self.held.remove(&frame);
        match fate {
            Fate::Twin { of } => {
                self.on_the_way.remove(&frame);
                // It may repeat one that has long arrived, while the answer to that one is held.
                if let Some(held) = self.held.get_mut(of) {
                    held.twins += 1;
                }
            }
            Fate::Duplicated { copies } => {
                self.on_the_way.insert(frame, *copies);
            }
            Fate::Left { .. } | Fate::Dropped { .. } => self.one_copy_less(frame),
            Fate::Held | Fate::Delayed { .. } | Fate::Reordered | Fate::Corrupted { .. } | Fate::Truncated { .. } => {}
        }
    }

    fn one_copy_less(&mut self, frame: FrameId) {
        if let Some(copies) = self.on_the_way.remove(&frame).filter(|copies| *copies > 1) {
            self.on_the_way.insert(frame, copies - 1);
        }
    }

    fn set_state(&mut self, at: Stamp, host: &str, socket: &SocketRef, state: TcpState, basis: Basis) {
        let key = (host.to_owned(), socket.clone());
        if state == TcpState::Closed {
            self.sockets.remove(&key);
        } else {
            self.sockets.insert(key, SocketNow { state, basis, since: at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::event::{BlockRef, DropReason, Outcome, Proto};

    fn state(seq: u64, to: TcpState, basis: Basis) -> Event {
        let socket =
            SocketRef { proto: Proto::Tcp, local: "127.0.0.1:1".parse().unwrap(), remote: "127.0.0.2:2".parse().ok() };
        Event { seq, at: Stamp(seq), what: What::State { host: "client".into(), socket, from: None, to, basis } }
    }

    #[test]
    fn a_position_sees_what_was_before_it_and_nothing_of_what_comes_after() {
        let events = [state(0, TcpState::SynSent, Basis::Inferred), state(1, TcpState::Established, Basis::Observed)];
        let state_at = |position| World::at(&events, position).sockets.values().map(|s| s.state).next();
        assert_eq!(state_at(0), None);
        assert_eq!(state_at(1), Some(TcpState::SynSent));
        assert_eq!(state_at(2), Some(TcpState::Established));
        assert_eq!(state_at(9), Some(TcpState::Established), "behind the end is the end");
    }

    #[test]
    fn a_closed_socket_is_gone() {
        let events = [state(0, TcpState::LastAck, Basis::Inferred), state(1, TcpState::Closed, Basis::Inferred)];
        assert!(World::at(&events, 2).sockets.is_empty());
    }

    #[test]
    fn what_a_person_typed_counts_for_nothing() {
        let failed = || Outcome::Failed { message: "no".into(), report: String::new() };
        let claim = |line| What::Claim { line, text: String::new(), outcome: failed() };
        let world = at_end(&wired(vec![claim(TYPED), claim(7)]));
        assert_eq!((world.claims, world.failed), (1, 1));
    }

    /// Events on the wire, on hosts that are fresh, a microsecond apart.
    fn wired(whats: Vec<What>) -> Vec<Event> {
        let lab = lab(true, LinkKind::Wire);
        (0..).zip(std::iter::once(lab).chain(whats)).map(|(seq, what)| Event { seq, at: Stamp(seq), what }).collect()
    }

    fn lab(fresh: bool, link: LinkKind) -> What {
        What::Lab { block: BlockRef { step: 0, block: 0 }, fresh, link, hosts: vec![] }
    }

    fn entered(frame: FrameId) -> What {
        What::Frame { frame, from: "client".into(), to: "server".into(), bytes: vec![] }
    }

    const fn fate(frame: FrameId, fate: Fate) -> What {
        What::Fate { frame, fate }
    }

    const fn left(frame: FrameId, copy: usize) -> What {
        fate(frame, Fate::Left { copy, altered: None })
    }

    fn at_end(events: &[Event]) -> World {
        World::at(events, events.len())
    }

    #[test]
    fn a_held_frame_counts_its_twins_until_it_leaves_our_hands() {
        let twin = |frame| [entered(frame), fate(frame, Fate::Twin { of: 0 })];
        let mut whats = vec![entered(0), fate(0, Fate::Held)];
        whats.extend([twin(1), twin(2)].concat());
        whats.push(left(0, 0));
        let events = wired(whats);
        let held = World::at(&events, events.len() - 1);
        assert_eq!(held.held, BTreeMap::from([(0, InHand { since: Stamp(2), twins: 2 })]));
        assert_eq!(held.on_the_way, BTreeMap::from([(0, 1)]), "its twins are not on their way");
        let left = at_end(&events);
        assert_eq!((left.held.len(), left.on_the_way.len(), left.frames), (0, 0, 3));
    }

    #[test]
    fn a_twin_of_one_that_has_arrived_changes_nothing_in_our_hands() {
        let twin = [entered(2), fate(2, Fate::Twin { of: 0 })];
        let events = wired([vec![entered(0), left(0, 0), entered(1), fate(1, Fate::Held)], twin.to_vec()].concat());
        let world = at_end(&events);
        assert_eq!(world.held, BTreeMap::from([(1, InHand { since: Stamp(4), twins: 0 })]));
        assert_eq!(world.on_the_way, BTreeMap::from([(1, 1)]));
    }

    #[test]
    fn what_was_held_may_be_lost_or_delayed_instead() {
        let dropped = fate(0, Fate::Dropped { why: DropReason::Asked });
        let world = at_end(&wired(vec![entered(0), fate(0, Fate::Held), dropped]));
        assert_eq!((world.held.len(), world.on_the_way.len()), (0, 0));
        let delayed = fate(0, Fate::Delayed { by_ns: 9 });
        let world = at_end(&wired(vec![entered(0), fate(0, Fate::Held), delayed]));
        assert_eq!((world.held.len(), world.on_the_way.len()), (0, 1), "not in our hands, and not there either");
    }

    #[test]
    fn a_duplicate_is_on_its_way_until_its_last_copy_has_gone() {
        let full = fate(0, Fate::Dropped { why: DropReason::QueueFull });
        let events = wired(vec![entered(0), fate(0, Fate::Duplicated { copies: 3 }), left(0, 0), full, left(0, 2)]);
        let copies = |position| World::at(&events, position).on_the_way.get(&0).copied();
        assert_eq!([2, 3, 4, 5, 6].map(copies), [Some(1), Some(3), Some(2), Some(1), None]);
    }

    #[test]
    fn fresh_hosts_hold_nothing_and_the_same_hosts_go_on() {
        let held = || vec![entered(0), fate(0, Fate::Held)];
        let same = at_end(&wired([held(), vec![lab(false, LinkKind::Wire)]].concat()));
        assert_eq!((same.held.len(), same.on_the_way.len(), same.link), (1, 1, LinkKind::Wire));
        let fresh = at_end(&wired([held(), vec![lab(true, LinkKind::Loopback)]].concat()));
        assert_eq!((fresh.held.len(), fresh.on_the_way.len(), fresh.link), (0, 0, LinkKind::Loopback));
    }

    #[test]
    fn on_the_loopback_nothing_is_on_its_way() {
        let events = [lab(true, LinkKind::Loopback), entered(0)].map(|what| Event { seq: 0, at: Stamp(0), what });
        assert!(World::at(&events, 2).on_the_way.is_empty());
    }
}
