//! Socket options: from the way a lesson writes a value to the bytes that the kernel takes, and back.

use std::{io, net::IpAddr};

use socket2::Socket;

use crate::{
    kernel::sys,
    lesson::{
        options::{OptionKind, SocketOption},
        script::OptionValue,
    },
};

/// Sets an option. `group` is the multicast group, resolved, for an option that takes one.
pub fn set(socket: &Socket, option: &SocketOption, value: &OptionValue, group: Option<IpAddr>) -> io::Result<()> {
    let bytes = encode(option, value, group).ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
    sys::set_option(socket, option.level, option.number, &bytes)
}

/// Reads an option and words its value as a lesson would write it.
pub fn get(socket: &Socket, option: &SocketOption) -> io::Result<String> {
    let mut bytes = [0; 64];
    let length = sys::get_option(socket, option.level, option.number, &mut bytes)?;
    Ok(decode(option, &bytes[..length]))
}

fn encode(option: &SocketOption, value: &OptionValue, group: Option<IpAddr>) -> Option<Vec<u8>> {
    let number = match value {
        OptionValue::Number(number) => i32::try_from(*number).ok(),
        OptionValue::Text(_) | OptionValue::Address(_) => None,
    };
    Some(match (option.kind, value) {
        (OptionKind::Text, OptionValue::Text(text)) => text.clone().into_bytes(),
        (OptionKind::Group, _) => match group? {
            // struct ip_mreq: the group, and the interface that routing chooses.
            IpAddr::V4(group) => [group.octets(), [0; 4]].concat(),
            // struct ipv6_mreq: the group, and interface 0.
            IpAddr::V6(group) => [group.octets().as_slice(), &[0; 4]].concat(),
        },
        // struct linger: on or off, and the seconds; -1 switches it off.
        (OptionKind::Seconds, _) => {
            let seconds = number?;
            [i32::from(seconds >= 0).to_ne_bytes(), seconds.max(0).to_ne_bytes()].concat()
        }
        // struct timeval.
        (OptionKind::Milliseconds, _) => {
            let milliseconds = i64::from(number?);
            [(milliseconds / 1000).to_ne_bytes(), (milliseconds % 1000 * 1000).to_ne_bytes()].concat()
        }
        (OptionKind::Switch | OptionKind::Number, _) => number?.to_ne_bytes().to_vec(),
        (OptionKind::Text, _) => return None,
    })
}

fn decode(option: &SocketOption, bytes: &[u8]) -> String {
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(i32::from_ne_bytes);
    let long = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(i64::from_ne_bytes);
    let value = match option.kind {
        OptionKind::Text => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            return String::from_utf8_lossy(&bytes[..end]).into_owned();
        }
        OptionKind::Seconds => number(0).zip(number(4)).map(|(on, seconds)| if on == 0 { -1 } else { seconds.into() }),
        OptionKind::Milliseconds => long(0).zip(long(8)).map(|(seconds, micros)| seconds * 1000 + micros / 1000),
        OptionKind::Switch | OptionKind::Number | OptionKind::Group => {
            number(0).map(i64::from).or_else(|| bytes.first().map(|byte| i64::from(*byte)))
        }
    };
    value.map_or_else(|| format!("{bytes:?}"), |value| value.to_string())
}
