//! Numbers that several layers share, and their names.

use super::field::{Said, said};

/// What follows an Ethernet header (IEEE 802 numbers).
pub(super) mod ethertype {
    pub(in crate::packet) const IPV4: u16 = 0x0800;
    pub(in crate::packet) const ARP: u16 = 0x0806;
    pub(in crate::packet) const VLAN: u16 = 0x8100;
    pub(in crate::packet) const PROVIDER_VLAN: u16 = 0x88a8;
    pub(in crate::packet) const IPV6: u16 = 0x86dd;
    /// Below this the field is not a type, but the length of an IEEE 802.3 frame.
    pub(in crate::packet) const LEAST: u16 = 0x0600;
}

/// What follows an IP header (IANA's protocol numbers).
pub(super) mod protocol {
    pub(in crate::packet) const HOP_BY_HOP: u8 = 0;
    pub(in crate::packet) const ICMP: u8 = 1;
    pub(in crate::packet) const TCP: u8 = 6;
    pub(in crate::packet) const UDP: u8 = 17;
    pub(in crate::packet) const ROUTING: u8 = 43;
    pub(in crate::packet) const FRAGMENT: u8 = 44;
    pub(in crate::packet) const AUTHENTICATION: u8 = 51;
    pub(in crate::packet) const ICMP6: u8 = 58;
    pub(in crate::packet) const NOTHING: u8 = 59;
    pub(in crate::packet) const DESTINATION: u8 = 60;
    pub(in crate::packet) const MOBILITY: u8 = 135;
    pub(in crate::packet) const HIP: u8 = 139;
    pub(in crate::packet) const SHIM6: u8 = 140;
}

pub(super) fn ethertype_name(number: u16) -> &'static str {
    match number {
        ethertype::IPV4 => "IPv4",
        ethertype::ARP => "ARP",
        ethertype::IPV6 => "IPv6",
        ethertype::VLAN => "VLAN tag",
        ethertype::PROVIDER_VLAN => "provider's VLAN tag",
        0x8035 => "RARP",
        0x8847 | 0x8848 => "MPLS",
        0x8863 | 0x8864 => "PPP over Ethernet",
        0x888e => "802.1X",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88f7 => "PTP",
        number if number < ethertype::LEAST => "a length",
        _ => "unknown",
    }
}

/// The field that says what follows a link's header.
pub(super) fn type_field(number: u32) -> Said {
    let number = u16::try_from(number).unwrap_or_default();
    if number < ethertype::LEAST {
        return said(number, "Below 1536 this is no type, but the number of bytes that follow (IEEE 802.3).");
    }
    let name = ethertype_name(number);
    said(format!("{number:#06x} ({name})"), format!("What follows this header: {name}."))
}

pub(super) fn protocol_name(number: u8) -> &'static str {
    match number {
        protocol::HOP_BY_HOP => "hop-by-hop options",
        protocol::ICMP => "ICMP",
        2 => "IGMP",
        4 => "IPv4 in IP",
        protocol::TCP => "TCP",
        protocol::UDP => "UDP",
        33 => "DCCP",
        41 => "IPv6 in IP",
        protocol::ROUTING => "routing header",
        protocol::FRAGMENT => "fragment header",
        47 => "GRE",
        50 => "ESP",
        protocol::AUTHENTICATION => "authentication header",
        protocol::ICMP6 => "ICMPv6",
        protocol::NOTHING => "no next header",
        protocol::DESTINATION => "destination options",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        protocol::MOBILITY => "mobility header",
        136 => "UDP-Lite",
        protocol::HIP => "host identity",
        protocol::SHIM6 => "shim6",
        253 | 254 => "an experiment",
        _ => "unknown",
    }
}

/// The service that is usually behind a port.
pub(super) fn service(port: u16) -> Option<&'static str> {
    Some(match port {
        7 => "echo",
        9 => "discard",
        13 => "daytime",
        20 => "ftp-data",
        21 => "ftp",
        22 => "ssh",
        23 => "telnet",
        25 => "smtp",
        53 => "dns",
        67 | 68 => "dhcp",
        69 => "tftp",
        80 => "http",
        110 => "pop3",
        123 => "ntp",
        143 => "imap",
        161 | 162 => "snmp",
        179 => "bgp",
        443 => "https",
        514 => "syslog",
        546 | 547 => "dhcpv6",
        853 => "dns over tls",
        993 => "imaps",
        1883 => "mqtt",
        3306 => "mysql",
        5222 => "xmpp",
        5353 => "mdns",
        5432 => "postgresql",
        6379 => "redis",
        8080 => "http, often",
        _ => return None,
    })
}

/// A port with its service: "443 (https)".
pub(super) fn port(number: u32) -> String {
    let name = u16::try_from(number).ok().and_then(service);
    name.map_or_else(|| number.to_string(), |name| format!("{number} ({name})"))
}

/// What a port is, as the sender's or the receiver's.
pub(super) fn port_meaning(number: u32, side: &str) -> String {
    let kind = match number {
        0 => "is reserved: no program can be reached there",
        1..=1023 => "is well known: as a rule, only a privileged program may take it",
        1024..=49151 => "can be registered for a service, or be taken by any program",
        _ => "is of the range for private use: usually a client's, lent for one conversation",
    };
    format!("The {side} program's port; {number} {kind} (RFC 6335 §6).")
}
