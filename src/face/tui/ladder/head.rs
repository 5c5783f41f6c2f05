//! What stands above the lanes and always stays: the hosts with their addresses, and the states of their sockets.

use std::collections::BTreeMap;

use super::{Lanes, Shapes, TIME, clipped, host_style, strip::Strip};
use crate::{
    face::{
        plain::ends::{self, Known},
        text::{Line, Marks, Style},
    },
    kernel::state::TcpState,
    timeline::{
        event::{Basis, Host},
        fold::World,
    },
};

/// Cells that stay free between two hosts.
const GAP: usize = 2;

/// The names of the lanes, their addresses and the states of their sockets.
#[must_use]
pub fn head(world: &World, marks: &'static Marks, width: usize) -> [Line; 2] {
    let lanes = Lanes::new(world.hosts.len(), width, TIME);
    let names: Vec<Line> = world.hosts.iter().enumerate().map(|(at, host)| name(at, host)).collect();
    let states: Vec<Line> = world.hosts.iter().map(|host| states(world, host, marks)).collect();
    [names, states].map(|words| side_by_side(&words, &lanes, marks))
}

fn name(at: usize, host: &Host) -> Line {
    // Over IPv6 all hosts of a loopback share an address, which then tells nothing.
    let address = host.addresses.first().map(ToString::to_string).unwrap_or_default();
    Line::styled(&host.name.to_uppercase(), host_style(at).bold()).with(&format!(" {address}"), Style::FAINT)
}

/// The states of a host's sockets: connections in the order of their life, then who listens; equal ones together.
fn states(world: &World, host: &Host, marks: &'static Marks) -> Line {
    let mut counted = BTreeMap::<_, (Known, usize)>::new();
    for ((owner, _), now) in &world.sockets {
        if *owner == host.name {
            let place = (now.state == TcpState::Listen, now.state, now.basis == Basis::Inferred);
            let known = Known { state: now.state, basis: now.basis };
            counted.entry(place).or_insert((known, 0)).1 += 1;
        }
    }
    let times = if *marks == Marks::ASCII { "x" } else { "×" };
    let mut line = Line::new();
    for (known, count) in counted.into_values() {
        if !line.is_blank() {
            line.push(&format!(" {} ", marks.dot), Style::FAINT);
        }
        line.append(&ends::state(known));
        if count > 1 {
            line.push(&format!(" {times}{count}"), Style::PLAIN);
        }
    }
    line
}

/// The words of a host stand over its lane: in front of it at the right end, behind it elsewhere.
fn side_by_side(words: &[Line], lanes: &Lanes, marks: &Marks) -> Line {
    let mut strip = Strip::new(lanes.width);
    for (at, (line, room)) in words.iter().zip(rooms(words, lanes)).enumerate() {
        let line = clipped(line, room, Shapes::of(marks).cut);
        let begin = if lanes.is_last(at) { lanes.width.saturating_sub(line.width()) } else { lanes.column(at) };
        strip.put_line(begin, &line);
    }
    strip.into_line()
}

/// How many cells each host has. The last two share what lies between their lanes.
fn rooms(words: &[Line], lanes: &Lanes) -> Vec<usize> {
    let Some(last) = words.len().checked_sub(1).filter(|last| *last > 0) else { return vec![lanes.width] };
    let whole = lanes.width.saturating_sub(lanes.column(last - 1) + GAP);
    let (left, right) = shared(whole, words[last - 1].width(), words[last].width());
    let before = (0..last - 1).map(|at| lanes.column(at + 1).saturating_sub(lanes.column(at) + GAP));
    before.chain([left, right]).collect()
}

/// Who needs more than half has what the other one leaves, and half at least.
fn shared(whole: usize, left: usize, right: usize) -> (usize, usize) {
    let half = whole / 2;
    let left = left.min((whole - half).max(whole.saturating_sub(right)));
    (left, right.min(whole - left))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        kernel::clock::Stamp,
        timeline::{
            event::{Proto, SocketRef},
            fold::SocketNow,
        },
    };

    const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    fn world(hosts: &[(&str, &[(TcpState, Basis)])]) -> World {
        let mut world = World::default();
        let mut port = 0;
        for (name, sockets) in hosts {
            world.hosts.push(Host { name: (*name).to_owned(), addresses: vec![ADDRESS] });
            for (state, basis) in *sockets {
                port += 1;
                let socket = SocketRef { proto: Proto::Tcp, local: SocketAddr::new(ADDRESS, port), remote: None };
                let now = SocketNow { state: *state, basis: *basis, since: Stamp(port.into()) };
                world.sockets.insert(((*name).to_owned(), socket), now);
            }
        }
        world
    }

    fn observed(state: TcpState) -> (TcpState, Basis) {
        (state, Basis::Observed)
    }

    fn states_at(world: &World, width: usize, marks: &'static Marks) -> String {
        head(world, marks, width)[1].text().trim().to_owned()
    }

    #[test]
    fn equal_states_stand_together_and_who_listens_comes_last() {
        let several =
            [TcpState::Listen, TcpState::CloseWait, TcpState::Established, TcpState::Established].map(observed);
        let world = world(&[("client", &[]), ("server", &several)]);
        assert_eq!(states_at(&world, 78, &Marks::UNICODE), "ESTABLISHED ×2 · CLOSE-WAIT · LISTEN");
        assert_eq!(states_at(&world, 78, &Marks::ASCII), "ESTABLISHED x2 - CLOSE-WAIT - LISTEN");
    }

    #[test]
    fn what_was_concluded_is_not_counted_with_what_was_read() {
        let both = [observed(TcpState::Established), (TcpState::Established, Basis::Inferred)];
        let world = world(&[("client", &both), ("server", &[])]);
        assert_eq!(states_at(&world, 78, &Marks::UNICODE), "ESTABLISHED · (ESTABLISHED)");
    }

    #[test]
    fn two_sides_with_much_to_say_keep_a_gap_between_them() {
        let states =
            [TcpState::SynRecv, TcpState::Established, TcpState::CloseWait, TcpState::LastAck, TcpState::Listen];
        let states = states.map(observed);
        let world = world(&[("client", &states), ("server", &states)]);
        let shown = states_at(&world, 78, &Marks::UNICODE);
        let sides: Vec<&str> = shown.split("  ").collect();
        assert_eq!(sides.len(), 2, "{shown}");
        assert!(sides.iter().all(|side| side.starts_with("SYN-RECV") && side.ends_with('…')), "{shown}");
        let wide = states_at(&world, 160, &Marks::UNICODE);
        assert_eq!(wide.matches("LISTEN").count(), 2, "{wide}");
    }

    proptest! {
        #[test]
        fn nobody_has_less_than_half_who_needs_it(whole in 0_usize..200, left in 0_usize..200, right in 0_usize..200) {
            let (a, b) = shared(whole, left, right);
            prop_assert!(a + b <= whole);
            prop_assert!(a >= left.min(whole / 2) && b >= right.min(whole / 2), "{a} {b}");
        }
    }
}
