//! Routes, where a host of the plan forwards: by whom the others reach what is not in their own networks, and how much
//! the way to each of them carries.

use std::net::IpAddr;

use super::plan::{Address, HostPlan, LEAST_MTU, LEAST_MTU_OF_IPV6, Plan};

/// A kernel parameter and its value.
type Setting = (&'static str, &'static str);

const FORWARDING: Setting = ("net.ipv4.ip_forward", "1");
const FORWARDING_OF_IPV6: Setting = ("net.ipv6.conf.all.forwarding", "1");
/// All networks are on one segment, and a router would tell their hosts that they need none (RFC 1812 §5.2.7.2). In
/// IPv6 it can not: that has to come from a link-local address (RFC 4861 §4.5), and there is none.
const NO_REDIRECTS: [Setting; 2] =
    [("net.ipv4.conf.all.send_redirects", "0"), ("net.ipv4.conf.default.send_redirects", "0")];
/// The interface does not count as a router's, which would report that it is in the group of all routers: where
/// neighbours are known, nobody looks for one. The host forwards all the same.
const NO_GROUP_OF_ROUTERS: Setting = ("net.ipv6.conf.default.forwarding", "0");

/// A way from the router to a host that carries less than the router's interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Narrow {
    /// The router's own address in that network.
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) mtu: u32,
}

/// What makes a router of a host.
pub(super) fn forwarding(host: &HostPlan) -> Vec<Setting> {
    let settings = [(host.forwards, FORWARDING), (host.forwards && host.speaks_ipv6(), FORWARDING_OF_IPV6)];
    settings.into_iter().filter_map(|(wanted, setting)| wanted.then_some(setting)).collect()
}

/// What keeps it from speaking of its own accord. To be set after it forwards.
pub(super) fn silence(host: &HostPlan, plan: &Plan) -> Vec<Setting> {
    let not_in_group = host.speaks_ipv6() && plan.permanent_neighbours;
    let settings = NO_REDIRECTS.into_iter().chain(not_in_group.then_some(NO_GROUP_OF_ROUTERS));
    settings.filter(|_| host.forwards).collect()
}

/// To whom a host gives what is not for its own networks: one for each family that it speaks.
pub(super) fn gateways(host: &HostPlan, plan: &Plan) -> Vec<IpAddr> {
    let Some(router) = plan.router().filter(|_| !host.forwards) else { return Vec::new() };
    let reached = || host.addresses.iter().filter_map(|own| neighbour(*own, router));
    [reached().find(|address| address.ip.is_ipv4()), reached().find(|address| address.ip.is_ipv6())]
        .into_iter()
        .flatten()
        .map(|address| address.ip)
        .collect()
}

/// The ways that are narrower than the interface of this host, if it is the one that forwards.
pub(super) fn narrow_ways(host: &HostPlan, plan: &Plan) -> Vec<Narrow> {
    let others = plan.hosts.iter().filter(|other| host.forwards && !other.forwards && other.way() < host.mtu);
    let ways = others.flat_map(|other| other.addresses.iter().map(|address| (*address, other.way())));
    ways.filter_map(|(to, mtu)| Some(Narrow { from: neighbour(to, host)?.ip, to: to.ip, mtu })).collect()
}

/// The address of that host which is in the same network, seen from both sides.
fn neighbour(own: Address, host: &HostPlan) -> Option<Address> {
    host.addresses.iter().copied().find(|address| own.reaches(address.ip) && address.reaches(own.ip))
}

/// Says what can not be routed.
pub(super) fn complaint(plan: &Plan) -> Option<String> {
    let mut routers = plan.hosts.iter().filter(|host| host.forwards);
    let Some(router) = routers.next() else {
        return plan.hosts.iter().find_map(path_without_router);
    };
    if let Some(second) = routers.next() {
        return Some(format!("one host of a wire may forward, not both {} and {}", router.name, second.name));
    }
    if router.path_mtu.is_some() {
        return Some(format!("host {}: it forwards; a path MTU is for those to whom it does", router.name));
    }
    plan.hosts.iter().filter(|host| !host.forwards).find_map(|host| stranded(host, router).or_else(|| no_way(host)))
}

fn path_without_router(host: &HostPlan) -> Option<String> {
    host.path_mtu.map(|_| format!("host {}: a path MTU needs another host that forwards", host.name))
}

fn stranded(host: &HostPlan, router: &HostPlan) -> Option<String> {
    let alone = host.addresses.iter().find(|own| neighbour(**own, router).is_none())?;
    let (Address { ip, prefix }, name) = (alone, &host.name);
    Some(format!("host {name}: {}, which forwards, needs an address in the network of {ip}/{prefix}", router.name))
}

fn no_way(host: &HostPlan) -> Option<String> {
    let HostPlan { name, mtu, path_mtu, .. } = host;
    let path = (*path_mtu)?;
    let least = if host.speaks_ipv6() { LEAST_MTU_OF_IPV6 } else { LEAST_MTU };
    (!(least..=*mtu).contains(&path))
        .then(|| format!("host {name}: a path MTU is from {least} to the host's own, {mtu}, not {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, addresses: &[&str]) -> HostPlan {
        let address = |text: &&str| {
            let (ip, prefix) = text.split_once('/').unwrap();
            Address::new(ip.parse::<IpAddr>().unwrap(), prefix.parse().unwrap())
        };
        HostPlan::new(name, &addresses.iter().map(address).collect::<Vec<_>>())
    }

    fn router() -> HostPlan {
        let addresses = ["10.0.1.254/24", "10.0.2.254/24", "fd00:1::ff/64", "fd00:2::ff/64"];
        HostPlan { forwards: true, ..host("router", &addresses) }
    }

    fn plan() -> Plan {
        let client = host("client", &["10.0.1.1/24", "fd00:1::1/64"]);
        let server = host("server", &["10.0.2.1/24", "fd00:2::1/64"]);
        Plan { hosts: vec![client, server, router()], permanent_neighbours: true }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_host_leaves_its_network_by_the_routers_address_in_it() {
        let plan = plan();
        assert_eq!(complaint(&plan), None);
        let gateways: Vec<_> = plan.hosts.iter().map(|host| gateways(host, &plan)).collect();
        assert_eq!(gateways[0], [ip("10.0.1.254"), ip("fd00:1::ff")]);
        assert_eq!(gateways[1], [ip("10.0.2.254"), ip("fd00:2::ff")]);
        assert!(gateways[2].is_empty());
    }

    #[test]
    fn without_a_router_there_is_no_way_out() {
        let mut plan = plan();
        plan.hosts.pop();
        assert_eq!((complaint(&plan), gateways(&plan.hosts[0], &plan)), (None, Vec::new()));
    }

    #[test]
    fn a_way_is_as_wide_as_its_narrowest_part() {
        let mut plan = plan();
        let ways = |plan: &Plan| narrow_ways(&plan.hosts[2], plan);
        assert_eq!(ways(&plan), []);
        plan.hosts[1].path_mtu = Some(1400);
        let way = |from, to, mtu| Narrow { from: ip(from), to: ip(to), mtu };
        let both = |mtu| [way("10.0.2.254", "10.0.2.1", mtu), way("fd00:2::ff", "fd00:2::1", mtu)];
        assert_eq!(ways(&plan), both(1400));
        plan.hosts[1].path_mtu = None;
        plan.hosts[1].mtu = 1300;
        assert_eq!(ways(&plan), both(1300));
        assert_eq!(narrow_ways(&plan.hosts[0], &plan), []);
    }

    #[test]
    fn what_can_not_be_routed_is_said_in_words() {
        let changed = |change: fn(&mut Vec<HostPlan>)| {
            let mut plan = plan();
            change(&mut plan.hosts);
            complaint(&plan)
        };
        for (said, words) in [
            (
                changed(|hosts| hosts.push(HostPlan { name: "second".into(), ..router() })),
                "one host of a wire may forward, not both router and second",
            ),
            (
                changed(|hosts| hosts.push(host("third", &["10.0.3.1/24"]))),
                "host third: router, which forwards, needs an address in the network of 10.0.3.1/24",
            ),
            (
                changed(|hosts| hosts[2].addresses[1].prefix = 32),
                "host server: router, which forwards, needs an address in the network of 10.0.2.1/24",
            ),
            (
                changed(|hosts| hosts[2].path_mtu = Some(1400)),
                "host router: it forwards; a path MTU is for those to whom it does",
            ),
            (
                changed(|hosts| hosts[1].path_mtu = Some(1279)),
                "host server: a path MTU is from 1280 to the host's own, 1500, not 1279",
            ),
            (
                changed(|hosts| hosts[1] = HostPlan { path_mtu: Some(1501), ..host("server", &["10.0.2.1/24"]) }),
                "host server: a path MTU is from 68 to the host's own, 1500, not 1501",
            ),
            (
                changed(|hosts| {
                    hosts.pop();
                    hosts[1].path_mtu = Some(1400);
                }),
                "host server: a path MTU needs another host that forwards",
            ),
        ] {
            assert_eq!(said.as_deref(), Some(words));
        }
    }
}
