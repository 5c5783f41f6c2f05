//! The world as it stands at a position of the timeline: the events before it, folded.

use std::collections::BTreeMap;

use super::event::{Basis, CallId, Event, Fate, FrameId, Host, SocketRef, Value, What};
use crate::kernel::{clock::Stamp, state::TcpState};

/// What is so, after some of the events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub step: Option<usize>,
    /// When the lab block began: the zero of the times that are shown.
    pub lab_began: Option<Stamp>,
    pub hosts: Vec<Host>,
    /// Per host and socket the state that was last heard of.
    pub sockets: BTreeMap<(String, SocketRef), SocketNow>,
    /// Calls that were entered and have not returned.
    pub calls: BTreeMap<CallId, CallNow>,
    pub values: BTreeMap<String, Value>,
    pub frames: u64,
    /// The frames that are in our hands, on the wire.
    pub held: BTreeMap<FrameId, InHand>,
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
    /// How often its sender has sent it again.
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
            What::Lab { fresh, hosts, .. } => self.begin_lab(event.at, *fresh, hosts),
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
            What::Frame { .. } => self.frames += 1,
            What::Fate { frame, fate } => self.set_fate(event.at, *frame, fate),
            What::State { host, socket, to, basis, .. } => self.set_state(event.at, host, socket, *to, *basis),
            What::CaptureLost { frames } => self.frames_we_missed += frames,
            What::Claim { outcome, .. } => {
                self.claims += 1;
                self.failed += usize::from(matches!(outcome, super::event::Outcome::Failed { .. }));
            }
            What::Bound { name, value } => {
                self.values.insert(name.clone(), value.clone());
            }
            What::Lesson { .. }
            | What::Line { .. }
            | What::Reading { .. }
            | What::Sample { .. }
            | What::Hand { .. }
            | What::LabEnd { .. }
            | What::Notice { .. }
            | What::LessonEnd { .. } => {}
        }
    }

    fn begin_lab(&mut self, at: Stamp, fresh: bool, hosts: &[Host]) {
        self.lab_began = Some(at);
        if fresh {
            self.hosts = hosts.to_vec();
            self.sockets.clear();
            self.calls.clear();
            self.held.clear();
        }
    }

    fn set_fate(&mut self, at: Stamp, frame: FrameId, fate: &Fate) {
        match fate {
            Fate::Held => {
                self.held.insert(frame, InHand { since: at, twins: 0 });
            }
            Fate::Twin { of } => {
                if let Some(held) = self.held.get_mut(of) {
                    held.twins += 1;
                }
            }
            // Whatever else becomes of it, it is not in our hands any more.
            _ => {
                self.held.remove(&frame);
            }
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
    use crate::timeline::event::Proto;

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
}
