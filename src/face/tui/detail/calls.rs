//! What each system call does on Linux, in a sentence or two. What a line of a lesson means by the same word is the
//! language's own and stands in its reference.

use super::super::reel::Reel;
use crate::timeline::event::What;

/// What the call does on a TCP socket, and on a UDP one.
struct Row {
    name: &'static str,
    tcp: &'static str,
    udp: &'static str,
}

const fn alike(name: &'static str, does: &'static str) -> Row {
    Row { name, tcp: does, udp: does }
}

#[rustfmt::skip]
const ROWS: [Row; 15] = [
    alike("socket", "Makes a socket, the program's end of a conversation, and gives the program a number for it. Nothing is sent: see socket(2)."),
    alike("bind", "Gives the socket an address and a port of its own. Nothing is sent: see bind(2)."),
    Row { name: "listen",
        tcp: "Makes the socket a listener: from now on the kernel answers SYNs to its port and completes the handshake by itself. The backlog says how many open connections may wait in the accept queue for accept(); while it is full, SYNs are not answered: see listen(2).",
        udp: "Is for sockets with connections. UDP has none, so it fails with EOPNOTSUPP: see listen(2)." },
    Row { name: "connect",
        tcp: "Takes a port if the socket has none, sends a SYN, and sleeps until the other side has agreed or refused, or the kernel gives up. With TCP_FASTOPEN_CONNECT and a cookie it returns at once, and the first send() sends the SYN (RFC 7413): see connect(2), RFC 9293 §3.5.",
        udp: "Sends nothing. It notes the peer: send() goes there from now on, datagrams from others are not received, and the program is told of ICMP errors: see connect(2), udp(7)." },
    alike("accept", "Takes the oldest open connection out of the accept queue and makes a socket for it; sleeps while the queue is empty. The kernel has done the handshake before (with Fast Open perhaps only its first half), and accept() itself sends nothing: see accept(2)."),
    Row { name: "send",
        tcp: "Copies the bytes into the kernel's send buffer, and sleeps only while that is full. When they go out, and whether again, is TCP's affair; that it returns does not say that they have arrived: see send(2).",
        udp: "Sends the bytes as one datagram to the peer that connect() has noted. That it returns does not say that it arrives: see send(2), udp(7)." },
    Row { name: "recv",
        tcp: "Takes bytes that have come in order, at most as many as the program wants, and sleeps while there are none. 0 says that the peer's FIN has come and all before it was read, or that this side has shut down reading and nothing is there now: see recv(2).",
        udp: "Takes one datagram, and sleeps while there is none. What is longer than the program wants is cut off and lost: see recv(2), udp(7)." },
    Row { name: "sendto",
        tcp: "Does what send() does: a connection has its peer already, and the address is ignored: see send(2).",
        udp: "Takes a port if the socket has none, and sends the bytes as one datagram to this address. That it returns does not say that it arrives: see send(2), udp(7)." },
    Row { name: "recvfrom",
        tcp: "Does what recv() does: see recv(2).",
        udp: "Takes one datagram and says where it came from; sleeps while there is none. What is longer than the program wants is cut off and lost: see recv(2), udp(7)." },
    Row { name: "shutdown",
        tcp: "SHUT_WR sends a FIN behind all that is still to be sent. SHUT_RD sends nothing; recv() sleeps no more. The socket itself stays until close(): see shutdown(2), RFC 9293 §3.6.",
        udp: "Sends nothing, since UDP has no FIN. After SHUT_WR sending fails; after SHUT_RD recv() sleeps no more. Without a peer it says ENOTCONN, and does so all the same: see shutdown(2)." },
    Row { name: "close",
        tcp: "Gives the number back. The kernel sends a FIN behind all that is still to be sent, and ends the connection by itself; where bytes came that nobody has read, it sends a RST instead. A listener resets what waits for accept(): see close(2), RFC 9293 §3.6, RFC 2525 §2.17.",
        udp: "Gives the number back. The socket is gone, with the datagrams that nobody has read; nothing is sent: see close(2)." },
    alike("setsockopt", "Sets an option of the socket or of its protocol: see setsockopt(2); the options are in socket(7), ip(7), tcp(7) and udp(7)."),
    alike("getsockopt", "Reads an option of the socket or of its protocol, as it is in force: that may be another value than was set. See getsockopt(2); the options are in socket(7), ip(7), tcp(7) and udp(7)."),
    alike("getsockname", "Asks the kernel for the socket's own address and port. Nothing is sent: see getsockname(2)."),
    alike("getpeername", "Asks the kernel for the address and port of the peer; fails with ENOTCONN where there is none. Nothing is sent: see getpeername(2)."),
];

/// What the call does, that of this place among the reel's calls.
pub(super) fn does(reel: &Reel, call: usize) -> Option<&'static str> {
    let What::CallEntered { name, text, .. } = entered(reel, call)? else { return None };
    let row = ROWS.iter().find(|row| row.name == name)?;
    let descriptor = descriptor(text);
    Some(if descriptor.is_some_and(|held| is_of_datagrams(reel, call, held)) { row.udp } else { row.tcp })
}

fn entered(reel: &Reel, call: usize) -> Option<&What> {
    reel.events().get(reel.calls().get(call)?.entered).map(|event| &event.what)
}

/// The number of its socket: the first thing that every call but `socket` is given.
fn descriptor(text: &str) -> Option<i64> {
    let (_, given) = text.split_once('(')?;
    given.split([',', ')']).next()?.parse().ok()
}

/// Whether the socket with this number is one of datagrams: what made it last, before this call, says so.
fn is_of_datagrams(reel: &Reel, call: usize, held: i64) -> bool {
    let maker = (0..call).rev().find_map(|at| {
        let What::CallEntered { name, text, .. } = entered(reel, at)? else { return None };
        let returned = &reel.events().get(reel.calls()[at].returned?)?.what;
        let made = matches!(returned, What::CallReturned { result, .. } if result.value == held);
        (made && ["socket", "accept"].contains(&name.as_str())).then_some(text)
    });
    maker.is_some_and(|text| text.contains("SOCK_DGRAM"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::clock::Stamp,
        lesson::parser::verbs::{Chapter, VERBS},
        timeline::event::{CallResult, Event},
    };

    #[test]
    fn every_call_that_a_lesson_can_make_is_told() {
        for verb in VERBS.iter().filter(|verb| verb.chapter() == Chapter::Calls) {
            assert!(ROWS.iter().any(|row| row.name == verb.name), "{}", verb.name);
        }
    }

    /// A reel of calls that come back at once.
    fn reel(calls: &[(&str, i64)]) -> Reel {
        let mut reel = Reel::default();
        for (at, (text, value)) in calls.iter().enumerate() {
            let call = at as u64;
            let (host, socket, text) = ("client".to_owned(), String::new(), (*text).to_owned());
            let name = text.split('(').next().unwrap().to_owned();
            let result = CallResult { text: format!("= {value}"), value: *value, errno: None, received: None };
            let entered = What::CallEntered { call, host, socket, name, text };
            for what in [entered, What::CallReturned { call, took_ns: 1, result }] {
                reel.push(Event { seq: 0, at: Stamp(1), what });
            }
        }
        reel
    }

    #[test]
    fn a_connect_of_datagrams_sends_nothing_and_one_of_a_stream_a_syn() {
        let (udp, tcp) = ("socket(AF_INET, SOCK_DGRAM, 0)", "socket(AF_INET, SOCK_STREAM, 0)");
        let reel = reel(&[(udp, 8), ("connect(8, 127.0.0.2:53)", 0), (tcp, 9), ("connect(9, 127.0.0.2:80)", 0)]);
        assert!(does(&reel, 1).unwrap().starts_with("Sends nothing."));
        assert!(does(&reel, 3).unwrap().contains("sends a SYN"));
    }

    #[test]
    fn a_number_that_was_given_back_and_out_again_means_the_newer_socket() {
        let (udp, tcp) = ("socket(AF_INET, SOCK_DGRAM, 0)", "socket(AF_INET, SOCK_STREAM, 0)");
        let reel = reel(&[(udp, 8), ("close(8)", 0), (tcp, 7), ("accept(7)", 8), ("close(8)", 0)]);
        assert!(does(&reel, 1).unwrap().contains("datagrams"));
        assert!(does(&reel, 4).unwrap().contains("FIN"));
    }
}
