//! The lab, tried for real: the sandbox, a handshake on its wire, and what the kernel says about that connection.
//!
//! It changes the process for good, and so belongs into a child.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
};

use super::{Finding, Report};
use crate::{
    kernel::{sock_diag::SockDiag, socket::Proto, sys, tcp_info::TcpInfo},
    link::{
        Watch,
        capture::{Capture, CaptureReport},
        loopback::INTERFACE,
        netns::{self, Private},
        sandbox::{self, Refusal, Sandbox},
    },
};

pub(super) fn examine() -> Report {
    match sandbox::enter() {
        Ok(sandbox) => examine_inside(&sandbox),
        Err(refusal) => Report { watch: None, findings: vec![refused(&refusal)] },
    }
}

fn examine_inside(sandbox: &Sandbox) -> Report {
    let mut findings: Vec<Finding> = sandbox.refusals.iter().map(refused).collect();
    findings.extend(sandbox.notes.iter().map(Finding::note));
    match sandbox.watch {
        Watch::Private => findings.extend(private_network()),
        Watch::HostLoopback => findings.push(Finding::ok("this machine's loopback can be watched (CAP_NET_RAW)")),
        Watch::Unwatched => {}
    }
    for address in ["127.0.0.1:0", "[::1]:0"] {
        findings.push(match sandbox.watch {
            Watch::Unwatched => connected(address),
            Watch::Private | Watch::HostLoopback => watched(address),
        });
    }
    findings.push(socket_table());
    findings.push(congestion_controls());
    Report { watch: Some(sandbox.watch), findings }
}

fn refused(refusal: &Refusal) -> Finding {
    let finding = Finding::no(refusal.to_string());
    match &refusal.mend {
        Some(command) => finding.mended_by(command),
        None => finding,
    }
}

fn private_network() -> Vec<Finding> {
    match netns::enter_private() {
        Ok(private) => {
            vec![Finding::ok("private namespaces: a network of its own, with nothing but lo"), steady(&private)]
        }
        Err(error) => vec![Finding::no(format!("private namespaces: {error}"))],
    }
}

fn steady(private: &Private) -> Finding {
    let names: Vec<&str> = private.unset.iter().map(|unset| unset.name).collect();
    if names.is_empty() {
        return Finding::ok("/proc/sys/net can be written: lessons set what makes them steady");
    }
    let why = private.unset.first().map(|unset| unset.error.to_string()).unwrap_or_default();
    Finding::note(format!("{} stay as this kernel has them ({why})", names.join(" and ")))
}

/// A handshake of our own, captured.
fn watched(address: &str) -> Finding {
    match handshake(address) {
        Ok(flags) if flags == HANDSHAKE => {
            Finding::ok(format!("{}: a handshake was captured, packet by packet", family(address)))
        }
        Ok(flags) => {
            Finding::no(format!("{}: of SYN, SYN+ACK, ACK the capture saw only {flags:02x?}", family(address)))
        }
        Err(error) => not_there(address, &error),
    }
}

fn connected(address: &str) -> Finding {
    match TcpListener::bind(address).and_then(|listener| TcpStream::connect(listener.local_addr()?)) {
        Ok(_) => Finding::ok(format!("{}: a connection on the loopback", family(address))),
        Err(error) => not_there(address, &error),
    }
}

/// A machine without IPv6 is not a broken one; without IPv4 it is.
fn not_there(address: &str, error: &io::Error) -> Finding {
    let what = format!("{}: {error}", family(address));
    if address.starts_with('[') { Finding::note(what) } else { Finding::no(what) }
}

fn family(address: &str) -> &'static str {
    if address.starts_with('[') { "IPv6" } else { "IPv4" }
}

/// The flag bytes of SYN, SYN+ACK, ACK.
const HANDSHAKE: [u8; 3] = [0x02, 0x12, 0x10];

/// Connects, and returns the flags of the first three packets of this connection.
fn handshake(address: &str) -> io::Result<Vec<u8>> {
    let listener = TcpListener::bind(address)?;
    let server = listener.local_addr()?;
    let (reports, received) = channel();
    let capture = Capture::start(
        INTERFACE,
        move |frame| flags_of(frame, server).is_some(),
        move |report| drop(reports.send(report)),
    )?;
    let client = TcpStream::connect(server)?;
    // Once the server has accepted, the third packet has passed.
    let accepted = listener.accept()?;
    capture.stop()?;
    drop((client, accepted));
    flags(&received, server)
}

fn flags(received: &Receiver<CaptureReport>, server: SocketAddr) -> io::Result<Vec<u8>> {
    let mut flags = Vec::new();
    for report in received {
        match report {
            CaptureReport::Frame(frame) => flags.extend(flags_of(&frame.bytes, server)),
            CaptureReport::Failed(error) => return Err(error),
            CaptureReport::Lost(_) | CaptureReport::Drained { .. } => {}
        }
    }
    flags.truncate(HANDSHAKE.len());
    Ok(flags)
}

/// The TCP flags of a frame from or to the server's port, if it is one.
fn flags_of(frame: &[u8], server: SocketAddr) -> Option<u8> {
    let (ether_type, packet) = (frame.get(12..14)?, frame.get(14..)?);
    let (protocol, header) = match ether_type {
        [0x08, 0x00] => (*packet.get(9)?, usize::from(packet.first()? & 0x0f) * 4),
        [0x86, 0xdd] => (*packet.get(6)?, 40),
        _ => return None,
    };
    let segment = packet.get(header..)?;
    let (from, to) = (segment.get(..2)?, segment.get(2..4)?);
    let port = server.port().to_be_bytes();
    let ours = protocol == Proto::Tcp.number() && (from == port || to == port);
    if ours { segment.get(13).copied() } else { None }
}

/// What the kernel says about a connection that is there.
fn socket_table() -> Finding {
    match ask_about_a_connection() {
        Ok(Some(info)) => {
            let told = info.fields().count();
            let window = if info.snd_wnd.is_some() { "" } else { "; not the peer's window, which needs Linux 5.4" };
            Finding::ok(format!("sock_diag answers, and TCP_INFO tells {told} numbers{window}"))
        }
        Ok(None) => Finding::no("sock_diag does not know a connection that is there"),
        Err(error) => Finding::no(format!("sock_diag: {error}")).mended_by("sudo modprobe -a tcp_diag udp_diag"),
    }
}

fn ask_about_a_connection() -> io::Result<Option<TcpInfo>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let found = SockDiag::open()?.one(Proto::Tcp, client.local_addr()?, Some(client.peer_addr()?))?;
    Ok(found.and_then(|socket| socket.info))
}

/// Each congestion control that is there, tried on a socket.
fn congestion_controls() -> Finding {
    let there = netns::sysctl("net.ipv4.tcp_available_congestion_control").unwrap_or_default();
    let (usable, refused): (Vec<&str>, Vec<&str>) = there.split_ascii_whitespace().partition(|name| may_use(name));
    match (usable.as_slice(), refused.as_slice()) {
        ([], _) => Finding::note("the congestion control cannot be chosen: lessons use the kernel's own"),
        (usable, []) => Finding::ok(format!("congestion control: {} can be used", usable.join(", "))),
        (usable, refused) => Finding::note(format!(
            "congestion control: {} can be used, {} only by this machine's root",
            usable.join(", "),
            refused.join(", ")
        )),
    }
}

fn may_use(name: &str) -> bool {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| sys::set_option(&socket, libc::IPPROTO_TCP, libc::TCP_CONGESTION, name.as_bytes()))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_found_behind_either_header() {
        let server = "127.0.0.1:80".parse().unwrap();
        let mut segment = vec![0x30, 0x39, 0, 80];
        segment.extend([0; 9]);
        segment.push(0x12);
        let mut ipv4 = [[0; 12].as_slice(), &[8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 0, 6], &[0; 10]].concat();
        ipv4.extend(&segment);
        assert_eq!(flags_of(&ipv4, server), Some(0x12));
        let mut ipv6 = [[0; 12].as_slice(), &[0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6], &[0; 33]].concat();
        ipv6.extend(&segment);
        assert_eq!(flags_of(&ipv6, server), Some(0x12));
        assert_eq!(flags_of(&ipv6, "[::1]:81".parse().unwrap()), None, "another port");
        for length in 0..ipv4.len() {
            assert_eq!(flags_of(&ipv4[..length], server), None);
        }
    }
}
