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
/// They are on one network, 10.0.0.0/24, in the order in which the lesson declares them. Where one of them forwards,
/// each other host has a network of its own, 10.0.1.0/24 and so on, in which the router is number 254. IPv6 they have
/// only where a line of the lesson speaks it: then fd00::/64, and so on.
#[must_use]
pub fn of(lesson: &Lesson) -> (Hosts, Plan) {
    let has_router = lesson.hosts.iter().any(|host| host.forwards);
    let networks = if has_router { behind_router(&lesson.hosts) } else { on_one_network(&lesson.hosts) };
    let addresses: Vec<Vec<Address>> = networks
        .iter()
        .map(|places| places.iter().flat_map(|place| place.addresses(lesson.uses_ipv6())).collect())
        .collect();
    let plans = lesson.hosts.iter().zip(&addresses).map(|(spec, addresses)| plan(spec, addresses, lesson.timers));
    let plan = Plan { hosts: plans.collect(), permanent_neighbours: true };
    let hosts = lesson.hosts.iter().zip(&addresses).map(|(spec, addresses)| Host {
        name: spec.name.clone(),
        addresses: addresses.iter().map(|address| address.ip).collect(),
    });
    (Hosts::apart(hosts.collect()), plan)
}

/// A host's number in a network's number.
#[derive(Clone, Copy)]
struct Place {
    network: u8,
    number: u8,
}

impl Place {
    fn addresses(self, speaks_ipv6: bool) -> impl Iterator<Item = Address> {
        let Self { network, number } = self;
        let v4 = Address::new(Ipv4Addr::new(10, 0, network, number), 24);
        let v6 = Address::new(Ipv6Addr::new(0xfd00, 0, 0, network.into(), 0, 0, 0, number.into()), 64);
        std::iter::once(v4).chain(speaks_ipv6.then_some(v6))
    }
}

/// The router's number in the network of each other host.
const ROUTER: u8 = 254;

fn on_one_network(hosts: &[HostSpec]) -> Vec<Vec<Place>> {
    (1..).zip(hosts).map(|(number, _)| vec![Place { network: 0, number }]).collect()
}

fn behind_router(hosts: &[HostSpec]) -> Vec<Vec<Place>> {
    let others = hosts.iter().filter(|host| !host.forwards).count();
    let routers = (1..).take(others).map(|network| Place { network, number: ROUTER });
    let mut networks = 1..;
    let mut own = || networks.next().map(|network| Place { network, number: 1 }).into_iter().collect();
    hosts.iter().map(|host| if host.forwards { routers.clone().collect() } else { own() }).collect()
}

fn plan(spec: &HostSpec, addresses: &[Address], timers: Timers) -> HostPlan {
    let mut plan = HostPlan::new(&spec.name, addresses);
    plan.mtu = spec.mtu.unwrap_or(plan.mtu);
    (plan.forwards, plan.path_mtu) = (spec.forwards, spec.path_mtu);
    if timers == Timers::Patient {
        plan = plan.with(&PATIENT);
    }
    let settings: Vec<(&str, &str)> =
        spec.sysctls.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    plan.with(&settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::hosts::HostId;

    fn lesson(front: &str, line: &str) -> Lesson {
        let text = format!(
            "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nlink = \"wire\"\n{front}+++\n\n## Step\n\n```lab\n{line}\n```\n"
        );
        let source = crate::lesson::model::Source { path: "t.md".into(), text };
        crate::lesson::parse(std::sync::Arc::new(source), "t", "").unwrap()
    }

    fn addresses(hosts: &Hosts, host: HostId) -> Vec<String> {
        hosts.all()[host].addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn hosts_are_on_one_network_and_have_ipv6_where_it_is_spoken() {
        let (hosts, plan) = of(&lesson("", "server listen tcp 80"));
        assert_eq!(addresses(&hosts, 1), ["10.0.0.2"]);
        assert!(plan.hosts.iter().all(|host| !host.forwards && host.mtu == 1500));
        let (hosts, _) = of(&lesson("", "server listen tcp6 80"));
        assert_eq!(addresses(&hosts, 0), ["10.0.0.1", "fd00::1"]);
    }

    #[test]
    fn a_router_is_in_the_network_of_each_other_host() {
        let front = "[hosts.client]\n[hosts.router]\nforwards = true\n[hosts.server]\npath_mtu = 600\n";
        let (hosts, plan) = of(&lesson(front, "server listen tcp 80"));
        assert_eq!(addresses(&hosts, 0), ["10.0.1.1"]);
        assert_eq!(addresses(&hosts, 1), ["10.0.1.254", "10.0.2.254"]);
        assert_eq!(addresses(&hosts, 2), ["10.0.2.1"]);
        assert!(plan.hosts[1].forwards && plan.hosts[2].path_mtu == Some(600));
    }

    #[test]
    fn what_a_lesson_sets_is_set_last() {
        let front =
            "timers = \"kernel\"\n[hosts.client]\nsysctls = { \"net.ipv4.tcp_sack\" = 0 }\n[hosts.server]\nmtu = 900\n";
        let (_, plan) = of(&lesson(front, "server listen tcp 80"));
        assert_eq!(plan.hosts[0].sysctls.last(), Some(&("net.ipv4.tcp_sack".to_owned(), "0".to_owned())));
        assert!(!plan.hosts[1].sysctls.iter().any(|(name, _)| name == "net.ipv4.tcp_retries2"), "the kernel's own");
        assert_eq!(plan.hosts[1].mtu, 900);
    }
}
