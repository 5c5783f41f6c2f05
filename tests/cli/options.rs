//! Every socket option of the lesson language can be set and read, and the kernel's own answer is shown.

use serde_json::Value;
use wiretutor::lesson::options::OPTIONS;

use crate::{Outcome, Test, labs::events, support::ensure};

pub(crate) const TESTS: &[Test] = &[
    Test::anywhere("every option stands in the table of these tests", complete),
    Test::lab("every option does what the kernel says", every_option),
    Test::lab("what can not be set or read fails with the kernel's error", refused),
];

/// An option on a socket of this protocol: what is set, if it can be, and what is read, if it can be.
struct Case {
    option: &'static str,
    protocol: &'static str,
    set: &'static str,
    read: &'static str,
}

const fn case(option: &'static str, protocol: &'static str, set: &'static str, read: &'static str) -> Case {
    Case { option, protocol, set, read }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("SO_REUSEADDR", "tcp", "1", "1"),
    case("SO_REUSEPORT", "tcp", "1", "1"),
    case("SO_KEEPALIVE", "tcp", "1", "1"),
    case("SO_BROADCAST", "udp", "1", "1"),
    case("SO_LINGER", "tcp", "5", "5"),
    case("SO_LINGER", "tcp", "-1", "-1"),
    case("SO_RCVBUF", "tcp", "8192", "16384"),
    case("SO_SNDBUF", "tcp", "8192", "16384"),
    case("SO_RCVTIMEO", "tcp", "1500", "1500"),
    case("SO_SNDTIMEO", "udp", "2000", "2000"),
    case("SO_OOBINLINE", "tcp", "1", "1"),
    case("SO_ERROR", "tcp", "", "0"),
    case("SO_TYPE", "udp", "", "2"),
    case("SO_TYPE", "tcp6", "", "1"),
    case("SO_ACCEPTCONN", "tcp", "", "0"),
    case("TCP_NODELAY", "tcp", "1", "1"),
    case("TCP_CORK", "tcp", "1", "1"),
    case("TCP_QUICKACK", "tcp", "1", "1"),
    case("TCP_MAXSEG", "tcp", "1000", "1000"),
    case("TCP_KEEPIDLE", "tcp", "30", "30"),
    case("TCP_KEEPINTVL", "tcp6", "5", "5"),
    case("TCP_KEEPCNT", "tcp", "3", "3"),
    case("TCP_USER_TIMEOUT", "tcp", "5000", "5000"),
    case("TCP_CONGESTION", "tcp", "reno", "reno"),
    // The kernel counts in retransmissions, which come after 1, 3 and 7 seconds.
    case("TCP_DEFER_ACCEPT", "tcp", "5", "7"),
    case("TCP_FASTOPEN", "tcp", "5", "5"),
    case("TCP_FASTOPEN_CONNECT", "tcp", "1", "1"),
    case("TCP_SYNCNT", "tcp", "3", "3"),
    case("TCP_LINGER2", "tcp", "10", "10"),
    case("TCP_WINDOW_CLAMP", "tcp", "65536", "65536"),
    case("TCP_NOTSENT_LOWAT", "tcp", "1000", "1000"),
    case("IP_TTL", "tcp", "33", "33"),
    case("IP_TOS", "udp", "16", "16"),
    case("IP_MTU_DISCOVER", "udp", "2", "2"),
    case("IP_RECVERR", "udp", "1", "1"),
    case("IP_MULTICAST_TTL", "udp", "3", "3"),
    case("IP_MULTICAST_LOOP", "udp", "0", "0"),
    case("IPV6_V6ONLY", "tcp6", "1", "1"),
    case("IPV6_UNICAST_HOPS", "udp6", "33", "33"),
];

/// Those that need a connection or a network, and are tried below.
const ELSEWHERE: [&str; 2] = ["IP_MTU", "IP_ADD_MEMBERSHIP"];

fn complete() -> Outcome {
    for option in OPTIONS {
        let tried = CASES.iter().any(|case| case.option == option.name) || ELSEWHERE.contains(&option.name);
        ensure(tried, || format!("{} is not tried", option.name))?;
    }
    Ok(())
}

/// The results of the calls with this name, as they were shown.
fn results<'e>(events: &'e [Value], name: &str) -> Vec<&'e str> {
    let named = |number: &Value| {
        events.iter().any(|event| event["event"] == "call-entered" && event["call"] == *number && event["name"] == name)
    };
    let returned = events.iter().filter(|event| event["event"] == "call-returned" && named(&event["call"]));
    returned.filter_map(|event| event["result"]["text"].as_str()).collect()
}

fn every_option() -> Outcome {
    let mut script = String::new();
    for (number, Case { option, protocol, set, .. }) in CASES.iter().enumerate() {
        script += &format!("client socket {protocol} as s{number}\n");
        if !set.is_empty() {
            script += &format!("client.s{number} setsockopt {option} {set}\n");
        }
        script += &format!("client.s{number} getsockopt {option}\n");
    }
    let events = events(&script)?;
    let set = results(&events, "setsockopt");
    ensure(set.iter().all(|result| *result == "= 0"), || format!("{set:?}"))?;
    let read = results(&events, "getsockopt");
    ensure(read.len() == CASES.len(), || format!("{read:?}"))?;
    for (case, result) in CASES.iter().zip(read) {
        let says = result.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == case.read);
        ensure(says, || format!("{}: {result:?} instead of {}", case.option, case.read))?;
    }
    Ok(())
}

fn refused() -> Outcome {
    let events = events(
        "\
client socket udp as u
client.u getsockopt IP_MTU fails ENOTCONN
client.u connect server:53
client.u getsockopt IP_MTU
client.u setsockopt TCP_NODELAY 1 fails ENOPROTOOPT
client socket tcp as t
client.t setsockopt IP_ADD_MEMBERSHIP 239.1.2.3 fails EPROTO
client.t setsockopt TCP_MAXSEG 1 fails EINVAL
client.t setsockopt TCP_CONGESTION nonesuch fails ENOENT
",
    )?;
    ensure(results(&events, "getsockopt").len() == 2, || format!("{events:#?}"))
}
