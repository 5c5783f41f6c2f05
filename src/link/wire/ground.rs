//! What the wire stands on: a namespace for each host, one for the hub, and a pair of interfaces for each host.
//!
//! All of it is the calling thread's, and nothing outlives the handles, the sockets and that thread: the kernel
//! takes interfaces away with the last who uses their namespace.

use std::{io, net::IpAddr};

use super::{
    super::{
        interfaces::{End, Interfaces, Mac, index_of, turn_offloads_off},
        netns::{self, Handle},
        packet_socket::PacketSocket,
    },
    plan::{Address, HostPlan, Plan},
    routing::{self, Narrow},
};
use crate::kernel::sock_diag::SockDiag;

/// The name of the interface that a host has beside `lo`.
pub const INTERFACE: &str = "eth0";

/// A host on the wire.
#[derive(Debug)]
pub struct Host {
    pub name: String,
    pub addresses: Vec<Address>,
    pub mac: Mac,
    /// Where its sockets are to be made.
    pub namespace: Handle,
}

/// A setting of a host that stays as the kernel had it, as where a container's `/proc/sys` is read-only.
#[derive(Debug)]
pub struct Unset {
    pub host: String,
    pub name: String,
    pub wanted: String,
    pub error: io::Error,
}

pub(super) struct Ground {
    pub(super) hosts: Vec<Host>,
    pub(super) unset: Vec<Unset>,
    /// A line to the sockets of each host.
    pub(super) diags: Vec<SockDiag>,
    /// The hub's ends, in the order of the hosts.
    pub(super) ports: Vec<PacketSocket>,
    /// Since it is open, the kernel stamps frames. It is kept because to close it would take 10 ms.
    pub(super) stamped: PacketSocket,
}

/// Builds it. The calling thread is in the hub's namespace afterwards.
pub(super) fn lay(plan: &Plan) -> io::Result<Ground> {
    let mut unset = Vec::new();
    let hosts = (1u8..)
        .zip(&plan.hosts)
        .map(|(number, own)| found(number, own, plan, &mut unset).map_err(during(&named(&own.name))));
    let hosts = hosts.collect::<io::Result<Vec<Host>>>()?;
    let (hub, stamped) = found_hub().map_err(during("the hub"))?;
    let mut ports = Vec::with_capacity(hosts.len());
    for (number, (host, own)) in hosts.iter().zip(&plan.hosts).enumerate() {
        ports.push(join(number, host, own.mtu).map_err(during(&named(&host.name)))?);
    }
    let mut diags = Vec::with_capacity(hosts.len());
    for (host, own) in hosts.iter().zip(&plan.hosts) {
        diags.push(furnish(host, &hosts, own, plan).map_err(during(&named(&host.name)))?);
    }
    hub.enter()?;
    await_carriers(ports.len()).map_err(during("the hub"))?;
    Ok(Ground { hosts, unset, diags, ports, stamped })
}

fn named(host: &str) -> String {
    format!("host {host}")
}

/// Says where it went wrong.
fn during(what: &str) -> impl Fn(io::Error) -> io::Error + '_ {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// The place where all frames come through, and where the kernel stamps them.
fn found_hub() -> io::Result<(Handle, PacketSocket)> {
    let hub = Handle::unshare()?;
    netns::raise_loopback()?;
    Ok((hub, PacketSocket::open("lo")?))
}

/// A host with nothing but its `lo` and its settings.
fn found(number: u8, own: &HostPlan, plan: &Plan, unset: &mut Vec<Unset>) -> io::Result<Host> {
    let HostPlan { name, addresses, sysctls, .. } = own;
    let namespace = Handle::unshare()?;
    netns::raise_loopback()?;
    // A router that does not forward would be none: that is no matter of `Unset`.
    for (setting, wanted) in routing::forwarding(own) {
        netns::set_sysctl(setting, wanted).map_err(during(setting))?;
    }
    let sysctls = sysctls.iter().map(|(name, value)| (&**name, &**value));
    unset.extend(routing::silence(own, plan).into_iter().chain(sysctls).filter_map(|(setting, wanted)| {
        let error = netns::set_sysctl(setting, wanted).err()?;
        Some(Unset { host: name.clone(), name: setting.to_owned(), wanted: wanted.to_owned(), error })
    }));
    // The bit that is set in the first byte says: not from a factory.
    let mac = [2, 0, 0, 0, 0, number];
    Ok(Host { name: name.clone(), addresses: addresses.clone(), mac, namespace })
}

/// The pair of interfaces between the hub, where the calling thread is, and a host. The hub's end has the host's
/// MTU, so that the kernel refuses what would be too large for the host instead of losing it in silence.
fn join(number: usize, host: &Host, mtu: u32) -> io::Result<PacketSocket> {
    let name = port_name(number);
    let mut interfaces = Interfaces::here()?;
    let near = End { name: &name, mac: None, mtu };
    let far = End { name: INTERFACE, mac: Some(host.mac), mtu };
    interfaces.create_pair(&near, &far, &host.namespace)?;
    let index = index_of(&name)?;
    interfaces.stay_silent(index)?;
    interfaces.raise(index)?;
    PacketSocket::open_port(&name)
}

fn port_name(number: usize) -> String {
    format!("port{number}")
}

/// The hub's ends were raised before the hosts': whatever is sent out of them before they have their carriers, be it
/// the very first frame, is lost without a word.
fn await_carriers(ports: usize) -> io::Result<()> {
    let mut interfaces = Interfaces::here()?;
    (0..ports).try_for_each(|number| interfaces.await_carrier(index_of(&port_name(number))?))
}

/// What a host needs on its end. Its sockets can be asked about from then on.
fn furnish(host: &Host, all: &[Host], own: &HostPlan, plan: &Plan) -> io::Result<SockDiag> {
    host.namespace.enter()?;
    let mut interfaces = Interfaces::here()?;
    let index = index_of(INTERFACE)?;
    interfaces.stay_silent(index)?;
    turn_offloads_off(INTERFACE)?;
    for address in &host.addresses {
        give_address(&mut interfaces, index, *address, plan.permanent_neighbours)?;
    }
    interfaces.raise(index)?;
    for (ip, mac) in neighbours(host, all).filter(|_| plan.permanent_neighbours) {
        interfaces.add_neighbour(index, ip, mac).map_err(during(&format!("neighbour {ip}")))?;
    }
    for router in routing::gateways(own, plan) {
        interfaces.add_default_route(index, router).map_err(during(&format!("route by {router}")))?;
    }
    for Narrow { from, to, mtu } in routing::narrow_ways(own, plan) {
        interfaces.add_narrow_route(index, from, to, mtu).map_err(during(&format!("route to {to}")))?;
    }
    SockDiag::open()
}

fn give_address(interfaces: &mut Interfaces, index: u32, address: Address, is_known: bool) -> io::Result<()> {
    let Address { ip, prefix } = address;
    let given = match is_known && ip.is_ipv6() {
        true => interfaces.add_unasked_address(index, ip, prefix),
        false => interfaces.add_address(index, ip, prefix),
    };
    given.map_err(during(&format!("address {ip}/{prefix}")))
}

/// Who is to be reached without a router.
fn neighbours<'a>(host: &'a Host, all: &'a [Host]) -> impl Iterator<Item = (IpAddr, Mac)> + 'a {
    let others = all.iter().filter(|other| other.mac != host.mac);
    let theirs = others.flat_map(|other| other.addresses.iter().map(|address| (address.ip, other.mac)));
    theirs.filter(|(ip, _)| host.addresses.iter().any(|own| own.reaches(*ip)))
}
