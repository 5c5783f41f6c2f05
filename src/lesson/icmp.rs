//! ICMP messages by the words of a packet line: one name for what IPv4 and IPv6 number differently.

/// What an ICMP packet can say. `None`: that family has no such message.
#[derive(Debug, PartialEq, Eq)]
pub struct IcmpMessage {
    pub name: &'static str,
    /// RFC 792's type and code; a message without a code of its own has `None` there.
    pub v4: Option<(u8, Option<u8>)>,
    /// RFC 4443's.
    pub v6: Option<(u8, Option<u8>)>,
    /// One line of help.
    pub help: &'static str,
}

impl IcmpMessage {
    /// Whether a packet of that type and code says this.
    #[must_use]
    pub fn admits(&self, v6: bool, kind: u8, code: u8) -> bool {
        let numbers = if v6 { self.v6 } else { self.v4 };
        numbers.is_some_and(|(wanted, wanted_code)| wanted == kind && wanted_code.is_none_or(|wanted| wanted == code))
    }
}

/// The message of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static IcmpMessage> {
    MESSAGES.iter().find(|message| message.name == name)
}

#[rustfmt::skip]
pub static MESSAGES: &[IcmpMessage] = &[
    IcmpMessage { name: "echo-request", v4: Some((8, None)), v6: Some((128, None)), help: "ping: are you there?" },
    IcmpMessage { name: "echo-reply", v4: Some((0, None)), v6: Some((129, None)), help: "ping: I am" },
    IcmpMessage { name: "net-unreachable", v4: Some((3, Some(0))), v6: Some((1, Some(0))), help: "no route to that network" },
    IcmpMessage { name: "host-unreachable", v4: Some((3, Some(1))), v6: Some((1, Some(3))), help: "that host does not answer" },
    IcmpMessage { name: "protocol-unreachable", v4: Some((3, Some(2))), v6: Some((4, Some(1))), help: "that host does not speak that protocol" },
    IcmpMessage { name: "port-unreachable", v4: Some((3, Some(3))), v6: Some((1, Some(4))), help: "nobody listens on that port" },
    IcmpMessage { name: "too-big", v4: Some((3, Some(4))), v6: Some((2, None)), help: "larger than the next link can carry, and may not be fragmented" },
    IcmpMessage { name: "prohibited", v4: Some((3, Some(13))), v6: Some((1, Some(1))), help: "a filter forbids it" },
    IcmpMessage { name: "time-exceeded", v4: Some((11, None)), v6: Some((3, None)), help: "it crossed too many routers, or its fragments came too late" },
    IcmpMessage { name: "redirect", v4: Some((5, None)), v6: Some((137, None)), help: "another router is nearer" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_unreachable_has_a_number_of_its_own_in_each_family() {
        let message = find("port-unreachable").unwrap();
        assert!(message.admits(false, 3, 3));
        assert!(!message.admits(false, 3, 1), "host unreachable is another message");
        assert!(message.admits(true, 1, 4));
        assert!(!message.admits(true, 3, 3));
    }

    #[test]
    fn a_message_without_a_code_takes_any() {
        assert!(find("time-exceeded").unwrap().admits(false, 11, 1));
    }
}
