use super::*;
use crate::timeline::event::UdpSocket;

#[test]
fn udp_sockets_stand_with_their_host_and_have_no_states() {
    let socket = |local: &str, remote: Option<&str>, receive_memory| UdpSocket {
        local: local.parse().unwrap(),
        remote: remote.map(|remote| remote.parse().unwrap()),
        receive_memory,
        send_memory: 0,
    };
    let mut run = Ran::on_the_wire();
    let at = run.reel.events().last().unwrap().at;
    let mut tell = |host: &str, sockets| {
        run.reel.push(Event { seq: 0, at, what: What::UdpSockets { host: host.into(), sockets } });
    };
    tell("client", vec![socket("10.0.0.1:40001", None, 9)]);
    tell("server", vec![socket("10.0.0.2:5300", None, 768), socket("10.0.0.2:5301", Some("10.0.0.1:40001"), 0)]);
    tell("client", Vec::new());
    let before = At { position: run.end() - 1, ..At::default() };
    let narrow_at = |at| run.drawn(&open(Tab::Sockets), at, (58, 60), &theme());
    let narrow = narrow_at(At { position: run.end(), ..At::default() });
    let is_there = |line: &str| line.trim_start_matches('│').starts_with("10.0.0.1:40001");
    assert!(narrow_at(before).lines().any(is_there));
    assert!(!narrow.lines().any(is_there), "a socket that is gone is not shown:\n{narrow}");
    check("sockets-udp", &run, &open(Tab::Sockets), At { position: run.end(), ..At::default() });
}

/// What the kernel says of the client's socket when it is read.
fn reading() -> What {
    let number = |name: &str, value| Fact { name: name.into(), value: Value::Number(value) };
    let time = |name: &str, ms: i64| Fact { name: name.into(), value: Value::Nanoseconds(ms * 1_000_000) };
    let facts = vec![
        number("rq", 0),
        number("sq", 15),
        Fact { name: "timer".into(), value: Value::Text("retransmit".into()) },
        time("timeleft", 180),
        number("retrans", 1),
        number("cwnd", 10),
        number("ssthresh", 0x7fff_ffff),
        time("rtt", 20),
        time("rto", 204),
        number("mss", 1448),
    ];
    let socket = sample::tcp("10.0.0.1:40000", Some("10.0.0.2:80"));
    What::Reading { host: "client".into(), socket, state: TcpState::Established, facts }
}

#[test]
fn sockets_show_what_the_kernel_said_last() {
    let mut run = Ran::on_the_wire();
    let first_sample = run.behind(|what| matches!(what, What::Sample { .. })) - 1;
    let rest = run.reel.events()[first_sample..].to_vec();
    run.reel.cut(first_sample);
    let at = run.reel.events().last().unwrap().at;
    run.reel.push(Event { seq: 0, at, what: reading() });
    rest.into_iter().for_each(|event| run.reel.push(event));
    let narrow = run.drawn(&open(Tab::Sockets), At { position: run.end(), ..At::default() }, (58, 60), &theme());
    assert!(!narrow.contains('…'), "no explanation is cut:\n{narrow}");
    check("sockets", &run, &open(Tab::Sockets), At { position: run.end(), ..At::default() });
    let waits = run.behind(|what| matches!(what, What::CallWaits { .. }));
    let picture = run.drawn(&open(Tab::Sockets), At { position: waits, ..At::default() }, (78, 12), &theme());
    assert!(picture.contains("Only its state was read."), "{picture}");
    assert!(picture.contains("connect(6, 10.0.0.2:80)") && picture.contains("sleeps"), "{picture}");
}

#[test]
fn a_state_that_was_confirmed_stands_since_it_was_concluded() {
    let mut run = Ran::on_the_loopback(Run::AllHolds);
    let is_inferred = |what: &What| matches!(what, What::State { basis: Basis::Inferred, to: TcpState::SynSent, .. });
    let position = run.behind(is_inferred);
    run.reel.cut(position);
    let What::State { host, socket, from, to, .. } = run.reel.events()[position - 1].what.clone() else {
        unreachable!()
    };
    let at = Stamp(run.reel.events()[position - 1].at.0 + 9_000_000_000);
    run.reel.push(Event { seq: 0, at, what: What::State { host, socket, from, to, basis: Basis::Observed } });
    let picture = run.drawn(&open(Tab::Sockets), At { position: run.end(), ..At::default() }, (98, 20), &theme());
    assert!(picture.contains("SYN-SENT  since 0."), "{picture}");
}
