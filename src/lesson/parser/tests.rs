//! Lines that are right, as values. What a wrong line is answered with stands in `tests/lint/`.

use std::time::Duration;

use super::*;
use crate::{
    kernel::state::TcpState,
    lesson::{
        model::{LinkKind, Source},
        script::{
            Call, Compare, Direction, Expr, Family, HostPart, OptionValue, PacketProto, Payload, Seen, Wanted,
            WhichEnd, WhichSocket, Window,
        },
    },
    timeline::event::Proto,
};

/// The lines of a script that has to be right.
pub(super) fn script(text: &str) -> Vec<Line> {
    let mut scope = Scope::new(scope::DEFAULT_HOSTS.map(str::to_owned).to_vec(), LinkKind::Wire);
    let mut complaints = Vec::new();
    let found = lines(text, 0..text.len(), &LineIndex::new(text), &mut scope, &mut complaints);
    let source = Source { path: "script".into(), text: text.into() };
    assert!(complaints.is_empty(), "{}", crate::lesson::diagnostic::render_all(&complaints, &source));
    found
}

pub(super) fn last(text: &str) -> Verb {
    script(text).pop().unwrap().verb
}

fn call(text: &str) -> Call {
    match last(text) {
        Verb::Call(line) => line.call,
        other => panic!("{other:?}"),
    }
}

fn packet(text: &str) -> script::PacketLine {
    match last(text) {
        Verb::Packet(line) => line,
        other => panic!("{other:?}"),
    }
}

use crate::lesson::script;

#[test]
fn a_line_knows_its_number_its_text_and_its_comment() {
    let lines = script("\n  client  send \"#1\"   # not the mark in quotes\n\n# alone\nsilent so far\n");
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].number, lines[0].text.as_str()), (2, "client  send \"#1\""));
    assert_eq!(lines[0].comment.as_deref(), Some("not the mark in quotes"));
    assert_eq!(lines[0].span, 3..20);
    assert_eq!((lines[1].number, &lines[1].comment), (5, &None));
}

#[test]
fn calls_are_read_with_what_follows_every_call() {
    let Verb::Call(line) = last("server listen tcp 80 backlog 1 as door fails EADDRINUSE within 300ms") else {
        panic!()
    };
    let Call::Listen { open: Some((Family::V4, address)), backlog: 1 } = &line.call else { panic!("{line:?}") };
    assert_eq!((&address.host, address.port), (&HostPart::Own, 80));
    assert_eq!(line.name.as_deref(), Some("door"));
    assert_eq!(line.fails.map(|errno| errno.number), Some(libc::EADDRINUSE));
    assert_eq!(line.within, Some(Duration::from_millis(300)));
}

#[test]
fn addresses_are_written_in_five_ways() {
    let host = |text: &str| match call(text) {
        Call::Bind { to, .. } => (to.host, to.port),
        other => panic!("{other:?}"),
    };
    assert_eq!(host("server bind 80"), (HostPart::Own, 80));
    assert_eq!(host("server bind *:80"), (HostPart::Any, 80));
    assert_eq!(host("server bind client:80"), (HostPart::Named("client".into()), 80));
    assert_eq!(host("server bind 127.0.0.2:0"), (HostPart::Literal([127, 0, 0, 2].into()), 0));
    assert_eq!(host("server bind tcp6 [::1]:80"), (HostPart::Literal("::1".parse().unwrap()), 80));
}

#[test]
fn every_call_of_the_language_is_read() {
    let tcp = |family| Call::Socket { proto: Proto::Tcp, family };
    assert_eq!(call("client socket tcp6"), tcp(Family::V6));
    assert_eq!(call("client accept"), Call::Accept);
    assert_eq!(call("client send 100000 bytes"), Call::Send(Payload::Count(100_000)));
    assert_eq!(call("client send \"\""), Call::Send(Payload::Text(vec![])));
    assert_eq!(call("client recv"), Call::Recv { limit: 65536 });
    assert_eq!(call("client recvfrom 5"), Call::RecvFrom { limit: 5 });
    assert_eq!(call("client shutdown SHUT_WR"), Call::Shutdown(Direction::Write));
    assert_eq!(call("client close"), Call::Close);
    assert_eq!(call("client getsockname"), Call::GetSockName);
    assert_eq!(call("client getpeername"), Call::GetPeerName);
    let Call::SetOption { option, value } = call("client setsockopt SO_LINGER off") else { panic!() };
    assert_eq!((option.name, value), ("SO_LINGER", OptionValue::Number(-1)));
    let Call::SendTo { make: Some((Proto::Udp, Family::V4)), to, payload } = call("client sendto udp server:53 \"hi\"")
    else {
        panic!()
    };
    assert_eq!((to.port, payload), (53, Payload::Text(b"hi".to_vec())));
    let Call::Connect { make: None, to } = call("client connect server:80") else { panic!() };
    assert_eq!(to.host, HostPart::Named("server".into()));
}

#[test]
fn a_packet_line_is_read_field_by_field() {
    let line =
        packet("syn: client > server SYN seq=?j\nsynack: next server:80 > client SYN+ACK ack=j+1 len=0 within 1s");
    assert!(line.next);
    assert_eq!(line.label.as_deref(), Some("synack"));
    assert_eq!(line.pattern.from.which, Some(WhichEnd::Port(80)));
    assert_eq!(line.pattern.flags.as_ref().unwrap().named, 0x12);
    let ack = &line.pattern.fields[0];
    assert_eq!((ack.field.name, ack.compare), ("ack", Compare::Equal));
    let sum = Expr::Add(Box::new(Expr::Name("j".into())), Box::new(Expr::Int(1)));
    assert_eq!(ack.value, Wanted::Expr(sum));
    assert_eq!(line.within, Some(Duration::from_secs(1)));
}

#[test]
fn next_may_stand_on_either_side_of_the_label() {
    for text in ["next a: client > server", "a: next client > server"] {
        let line = packet(text);
        assert_eq!((line.next, line.label.as_deref()), (true, Some("a")), "{text}");
    }
}

#[test]
fn other_packets_than_tcp_are_named() {
    assert_eq!(packet("client > server udp len=5").pattern.proto, PacketProto::Udp);
    assert_eq!(packet("client > server arp op=request").pattern.proto, PacketProto::Arp);
    let icmp = packet("server > client icmp port-unreachable").pattern;
    assert_eq!(icmp.proto, PacketProto::Icmp);
    assert_eq!(icmp.fields[0].value, Wanted::Word("port-unreachable".into()));
}

#[test]
fn a_payload_is_written_with_or_without_a_sign() {
    let wanted = Wanted::Text(b"a b".to_vec());
    assert_eq!(packet("client > server payload \"a b\" times 3").pattern.fields[0].value, wanted);
    assert_eq!(packet("client > server payload=\"a b\"").pattern.fields[0].value, wanted);
}

#[test]
fn a_flag_field_is_there_or_is_counted() {
    let tests = packet("client > server SYN sackok sack>=2").pattern.fields;
    assert_eq!((tests[0].compare, &tests[0].value), (Compare::NotEqual, &Wanted::Expr(Expr::Int(0))));
    assert_eq!((tests[1].compare, &tests[1].value), (Compare::GreaterOrEqual, &Wanted::Expr(Expr::Int(2))));
}

#[test]
fn the_length_of_the_packet_that_bound_the_name_is_len() {
    let line = packet("d: client > server seq=?x\nserver > client ack=x+len");
    let mut names = Vec::new();
    let Wanted::Expr(expr) = &line.pattern.fields[0].value else { panic!() };
    expr.names(&mut names);
    assert_eq!(names, ["x", "len"]);
}

#[test]
fn the_kernel_is_asked_about_a_socket() {
    let Verb::Kernel(line) = last("kernel server listener LISTEN backlog=1") else { panic!() };
    assert_eq!((line.which, line.state), (WhichSocket::Listener, TcpState::Listen));
    let Verb::Kernel(line) = last("server accept as peer\nkernel server.peer CLOSE-WAIT rtt<5ms timer=none timeleft=0")
    else {
        panic!()
    };
    assert_eq!(line.which, WhichSocket::Named("peer".into()));
    assert_eq!(line.fields[0].value, Wanted::Expr(Expr::Time(Duration::from_millis(5))));
    assert_eq!(line.fields[1].value, Wanted::Word("none".into()));
    assert_eq!(line.fields[2].value, Wanted::Expr(Expr::Time(Duration::ZERO)));
}

#[test]
fn what_a_program_saw_is_text_or_bytes_or_the_end() {
    let seen = |text: &str| match last(text) {
        Verb::Saw(line) => line.what,
        other => panic!("{other:?}"),
    };
    assert_eq!(seen("server saw \"你好\""), Seen::Text("你好".as_bytes().to_vec()));
    assert_eq!(seen("server saw 5 bytes"), Seen::Count(5));
    assert_eq!(seen("server saw 1 byte within 1s"), Seen::Count(1));
    assert_eq!(seen("server saw end"), Seen::End);
}

#[test]
fn calls_wait_and_return() {
    let Verb::Waits(line) = last("server waits accept") else { panic!() };
    assert_eq!(line.call.as_deref(), Some("accept"));
    let Verb::Returned(line) = last("client returned connect fails ECONNREFUSED") else { panic!() };
    assert_eq!(line.fails.map(|errno| errno.name), Some("ECONNREFUSED"));
    let Verb::Returned(line) = last("client returned") else { panic!() };
    assert_eq!((line.call, line.fails), (None, None));
}

#[test]
fn silence_has_a_window() {
    let Verb::Silent(line) = last("silent for 50ms") else { panic!() };
    assert_eq!(line.window, Window::For(Duration::from_millis(50)));
    let Verb::Never(line) = last("never server > client RST so far") else { panic!() };
    assert_eq!(line.window, Window::SoFar);
}

#[test]
fn the_example_of_every_verb_is_right() {
    let before = "server socket tcp as door\nserver accept as peer\nsyn: client > server SYN seq=?j\n";
    for row in verbs::VERBS {
        let example = row.example.replace("as peer", "as other");
        assert_eq!(script(&format!("{before}{example}")).len(), 4, "{}", row.name);
    }
}
