//! What a lesson's hosts are like on a wire: their addresses, and what the lesson sets on them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::hosts::Hosts;
use crate::{
    lesson::model::{HostSpec, Lesson, Timers},
    link::wire::{Address, HostPlan, PATIENT, Plan},
    timeline::event::Host,
};

/// The hosts of a lesson, and the wire that joins them.
///
/// They are on one network, 10.0.0.0/24, in the order in which the lesson declares them. IPv6 they have only where a
/// line of the lesson speaks it: then fd00::/64.
#[must_use]
pub fn of(lesson: &Lesson) -> (Hosts, Plan) {
    let addresses: Vec<Vec<Address>> =
        (1u8..).zip(&lesson.hosts).map(|(number, _)| on_one_network(number, lesson.uses_ipv6())).collect();
    let plans = lesson.hosts.iter().zip(&addresses).map(|(spec, addresses)| plan(spec, addresses, lesson.timers));
    let plan = Plan { hosts: plans.collect(), permanent_neighbours: true };
    let hosts = lesson.hosts.iter().zip(&addresses).map(|(spec, addresses)| Host {
        name: spec.name.clone(),
        addresses: addresses.iter().map(|address| address.ip).collect(),
    });
    (Hosts::apart(hosts.collect()), plan)
}

fn on_one_network(number: u8, speaks_ipv6: bool) -> Vec<Address> {
    let v6 = speaks_ipv6.then(|| v6(0, number));
    std::iter::once(v4(0, number)).chain(v6).collect()
}

fn v4(network: u8, number: u8) -> Address {
    Address::new(Ipv4Addr::new(10, 0, network, number), 24)
}

fn v6(network: u16, number: u8) -> Address {
    Address::new(Ipv6Addr::new(0xfd00, 0, 0, network, 0, 0, 0, number.into()), 64)
}

fn plan(spec: &HostSpec, addresses: &[Address], timers: Timers) -> HostPlan {
    let mut plan = HostPlan::new(&spec.name, addresses);
    plan.mtu = spec.mtu.unwrap_or(plan.mtu);
    if timers == Timers::Patient {
        plan = plan.with(&PATIENT);
    }
    let settings: Vec<(&str, &str)> =
        spec.sysctls.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    plan.with(&settings)
}
