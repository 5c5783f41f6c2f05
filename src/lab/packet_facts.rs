//! What a packet says in the words of the lesson language: the value of each field of `lesson::fields::PACKET`.

use super::frame::Seen;
use crate::{
    lesson::{fields, icmp},
    packet::{ArpOperation, Ipv4, Net, Tcp, Transport},
    timeline::event::Value,
};

/// The value of a field by its name; `None` where the packet has no such field.
#[must_use]
pub fn value(name: &str, seen: &Seen) -> Option<Value> {
    match name {
        "len" => Some(number(seen.packet.payload(&seen.bytes).len())),
        "payload" => Some(Value::Text(text(seen.packet.payload(&seen.bytes)))),
        "twin" => Some(number(u8::from(seen.is_twin()))),
        "sport" => seen.packet.ports().map(|(source, _)| number(source)),
        "dport" => seen.packet.ports().map(|(_, destination)| number(destination)),
        _ => of_transport(name, &seen.packet.transport).or_else(|| of_network(name, &seen.packet.net)),
    }
}

/// Bytes as the lesson would write them, so that different bytes are different texts: what is not UTF-8 is escaped.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::new(), |text, chunk| {
        text + &chunk.valid().replace('\\', r"\\") + &chunk.invalid().escape_ascii().to_string()
    })
}

/// Every field that the packet has.
pub fn all(seen: &Seen) -> impl Iterator<Item = (&'static str, Value)> {
    fields::PACKET.iter().filter_map(|field| Some((field.name, value(field.name, seen)?)))
}

fn of_transport(name: &str, transport: &Transport) -> Option<Value> {
    match transport {
        Transport::Tcp(tcp) => of_tcp(name, tcp),
        Transport::Icmp(message) => of_icmp(name, message.kind, message.code, false),
        Transport::Icmp6(message) => of_icmp(name, message.kind, message.code, true),
        _ => None,
    }
}

fn of_tcp(name: &str, tcp: &Tcp) -> Option<Value> {
    let options = &tcp.options;
    match name {
        "seq" => Some(Value::Sequence(tcp.sequence)),
        "ack" => Some(Value::Sequence(tcp.acknowledgement)),
        "win" => Some(number(tcp.window)),
        "urg" => Some(number(tcp.urgent)),
        "mss" => options.mss.map(number),
        "wscale" => options.window_scale.map(number),
        "sackok" => Some(number(u8::from(options.sack_permitted))),
        "cookie" => options.fast_open.map(|cookie| number(cookie.len())),
        "sack" => Some(number(options.sack.as_slice().len())),
        "tsval" => options.timestamps.map(|stamps| Value::Sequence(stamps.value)),
        "tsecr" => options.timestamps.map(|stamps| Value::Sequence(stamps.echo)),
        _ => None,
    }
}

fn of_icmp(name: &str, kind: u8, code: u8, v6: bool) -> Option<Value> {
    match name {
        "type" => Some(number(kind)),
        "code" => Some(number(code)),
        "message" => {
            let message = icmp::MESSAGES.iter().find(|message| message.admits(v6, kind, code))?;
            Some(Value::Text(message.name.to_owned()))
        }
        _ => None,
    }
}

fn of_network(name: &str, net: &Net) -> Option<Value> {
    match (name, net) {
        ("ttl", Net::V4(Ipv4 { ttl, .. })) => Some(number(*ttl)),
        ("df", Net::V4(ip)) => Some(number(u8::from(ip.dont_fragment))),
        ("id", Net::V4(ip)) => Some(number(ip.identification)),
        ("hoplimit", Net::V6(ip)) => Some(number(ip.hop_limit)),
        ("op", Net::Arp(arp)) => match arp.operation {
            ArpOperation::Request => Some(Value::Text("request".to_owned())),
            ArpOperation::Reply => Some(Value::Text("reply".to_owned())),
            ArpOperation::Other(_) => None,
        },
        _ => None,
    }
}

fn number(value: impl TryInto<i64>) -> Value {
    Value::Number(value.try_into().unwrap_or(i64::MAX))
}
