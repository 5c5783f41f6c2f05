//! Every kind of line of the lab script can fail, and does so with a message that names what is wrong.
//!
//! Each case is a script that claims something false, beside the same script with the truth in its place: the
//! first has to fail, the second has to hold, so that it is the falsehood that fails and nothing else.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

mod support;

use libtest_mimic::Failed;
use support::{LessonFile, conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};

/// A connection that stands, for the claims to speak about.
const CONNECTED: &str = "server listen tcp 8080\nclient connect server:8080\nserver accept as peer\n";

/// The same, and the server has heard the last packet.
const CONNECTED_ON_WIRE: &str =
    "server listen tcp 8080\nclient connect server:8080\nserver accept as peer\nkernel server ESTABLISHED\n";

/// Two of them, whose ends at the server have names.
const TWO_CONNECTIONS: &str = "server listen tcp 8080\nclient connect server:8080\nserver accept as p1\n\
                               client connect tcp server:8080\nserver accept as p2\n";

struct Case {
    /// Where the hosts are.
    link: &'static str,
    name: &'static str,
    before: &'static str,
    falsehood: &'static str,
    truth: &'static str,
    /// What the message has to say.
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        link: "loopback",
        name: "a packet with another number",
        before: CONNECTED,
        falsehood: "syn: client > server SYN seq=?j\nserver > client SYN+ACK ack=j+2",
        truth: "syn: client > server SYN seq=?j\nserver > client SYN+ACK ack=j+1",
        says: &["no packet matched", "expected ", "(j = ", "got ", "nearest: server > client", "^^^^^^^"],
    },
    Case {
        link: "loopback",
        name: "a packet with other flags",
        before: CONNECTED,
        falsehood: "client > server RST within 100ms",
        truth: "client > server SYN within 100ms",
        says: &["no packet matched", "within 100 ms", "nearest: client > server", "^^^"],
    },
    Case {
        link: "loopback",
        name: "a packet that does not come",
        before: CONNECTED,
        falsehood: "client > server udp within 100ms",
        truth: "client > server SYN within 100ms",
        says: &["no packet matched", "no UDP packet went this way"],
    },
    Case {
        link: "loopback",
        name: "the next packet",
        before: CONNECTED,
        falsehood: "next client > server FIN",
        truth: "next client > server SYN",
        says: &["the next packet does not match", "nearest: client > server"],
    },
    Case {
        link: "loopback",
        name: "more times than it came",
        before: CONNECTED,
        falsehood: "client > server SYN times 2 within 100ms",
        truth: "client > server SYN times 1 within 100ms",
        says: &["no packet matched"],
    },
    Case {
        link: "loopback",
        name: "another payload",
        before: CONNECTED,
        falsehood: "client send \"hello\"\nclient > server PSH+ACK payload \"hullo\" within 100ms",
        truth: "client send \"hello\"\nclient > server PSH+ACK payload \"hello\" within 100ms",
        says: &["no packet matched", "hullo", "hello"],
    },
    Case {
        link: "loopback",
        name: "a comparison",
        before: CONNECTED,
        falsehood: "client > server SYN len>=1 within 100ms",
        truth: "client > server SYN len<=1 within 100ms",
        says: &["no packet matched", "at least 1", "got 0"],
    },
    Case {
        link: "loopback",
        name: "a state that is not reached",
        before: CONNECTED,
        falsehood: "kernel client TIME-WAIT within 100ms",
        truth: "kernel client ESTABLISHED within 100ms",
        says: &["no socket of `client` was TIME-WAIT", "the kernel says ESTABLISHED"],
    },
    Case {
        link: "loopback",
        name: "a socket that is not gone",
        before: CONNECTED,
        falsehood: "kernel client CLOSED within 100ms",
        truth: "kernel client ESTABLISHED within 100ms",
        says: &["no socket of `client` was CLOSED", "the kernel says ESTABLISHED"],
    },
    Case {
        link: "loopback",
        name: "a state of a UDP socket",
        before: "server bind udp 5300 as u\n",
        falsehood: "kernel server.u CLOSED",
        truth: "kernel server CLOSED",
        says: &["`server.u` is a UDP socket", "name a TCP socket"],
    },
    Case {
        link: "loopback",
        name: "a field of the kernel",
        before: CONNECTED,
        falsehood: "kernel client ESTABLISHED retrans>=1 within 100ms",
        truth: "kernel client ESTABLISHED retrans=0 within 100ms",
        says: &["the kernel of `client` did not say so", "at least 1", "got 0"],
    },
    Case {
        link: "loopback",
        name: "bytes that were not received",
        before: CONNECTED,
        falsehood: "client send \"hello\"\nserver.peer recv\nserver.peer saw \"howdy\"",
        truth: "client send \"hello\"\nserver.peer recv\nserver.peer saw \"hello\"",
        says: &["saw something else", "howdy", "hello"],
    },
    Case {
        link: "loopback",
        name: "an end that has not come",
        before: CONNECTED,
        falsehood: "client send \"x\"\nserver.peer recv\nserver.peer saw end",
        truth: "client send \"x\"\nserver.peer recv\nserver.peer saw 1 bytes",
        says: &["saw something else", "expected the end"],
    },
    Case {
        link: "loopback",
        name: "a call that has not returned",
        before: CONNECTED,
        falsehood: "client recv\nclient returned recv within 100ms",
        truth: "client recv\nclient waits recv within 100ms",
        says: &["recv did not return", "still waits in the kernel"],
    },
    Case {
        link: "loopback",
        name: "a call that does not wait",
        before: CONNECTED,
        falsehood: "client waits connect within 100ms",
        truth: "client returned connect within 100ms",
        says: &["does not wait", "has returned"],
    },
    Case {
        link: "loopback",
        name: "a call that succeeds",
        before: "server listen tcp 8080\n",
        falsehood: "client connect server:8080 fails ECONNREFUSED",
        truth: "client connect server:8081 fails ECONNREFUSED",
        says: &["the call did not fail with ECONNREFUSED", "it succeeded"],
    },
    Case {
        link: "loopback",
        name: "a call that fails in another way",
        before: "",
        falsehood: "client connect server:8081 fails ETIMEDOUT",
        truth: "client connect server:8081 fails ECONNREFUSED",
        says: &["the call did not fail with ETIMEDOUT", "it failed with ECONNREFUSED"],
    },
    Case {
        link: "loopback",
        name: "a call that fails unasked",
        before: "server listen tcp 8080 as first\n",
        falsehood: "server listen tcp 8080 as second",
        truth: "server listen tcp 8081 as second",
        says: &["the call failed: EADDRINUSE", "fails EADDRINUSE"],
    },
    Case {
        link: "loopback",
        name: "a packet that must not come",
        before: CONNECTED,
        falsehood: "client close\nclient > server FIN\nnever client > server FIN so far",
        truth: "client close\nclient > server FIN\nnever client > server RST so far",
        says: &["the packet came that must not come", "client > server  FIN+ACK"],
    },
    Case {
        link: "loopback",
        name: "silence that is broken",
        before: CONNECTED,
        falsehood: "silent so far",
        truth: "silent for 20ms",
        says: &["a packet came", "client > server  SYN"],
    },
    Case {
        link: "loopback",
        name: "an accepted socket's own packet",
        before: TWO_CONNECTIONS,
        falsehood: "server.p1 close\nserver:p2 > client FIN within 100ms",
        truth: "server.p1 close\nserver:p1 > client FIN within 100ms",
        says: &["no packet matched", "nearest: server > client"],
    },
    Case {
        link: "loopback",
        name: "the packet of a socket that still connects",
        before: "server listen tcp 8080 backlog 0\nclient connect server:8080 as one\nclient connect server:8080 as two\n",
        falsehood: "client:two > server SYN\nkernel client.two ESTABLISHED within 100ms",
        truth: "client:two > server SYN\nkernel client.two SYN-SENT within 100ms",
        says: &["no socket of `client.two` was ESTABLISHED", "the kernel says SYN-SENT"],
    },
    Case {
        link: "loopback",
        name: "a packet of a socket at any address",
        before: "server bind udp *:53 as dns\nclient sendto udp server:53 \"x\" as asker\n",
        falsehood: "client:asker > server:dns udp len=2 within 100ms",
        truth: "client:asker > server:dns udp len=1 within 100ms",
        says: &["no packet matched", "expected 2, got 1"],
    },
    Case {
        link: "loopback",
        name: "bytes that are no text",
        before: "server bind udp 53\nclient sendto udp server:53 \"\\xff\\\\\"\n",
        falsehood: "client > server udp payload \"\\xfe\\\\\" within 100ms",
        truth: "client > server udp payload \"\\xff\\\\\" within 100ms",
        says: &["no packet matched", r"\xfe", r"\xff"],
    },
    Case {
        link: "loopback",
        name: "UDP and TCP between the same ports",
        before: "server listen tcp 53\nserver bind udp 53\nclient bind tcp 5000 as t\nclient.t connect server:53\n\
                 client bind udp 5000 as u\nclient.u sendto server:53 \"x\"\nclient > server udp len=1\n",
        falsehood: "client > server RST within 100ms",
        truth: "client > server SYN within 100ms",
        says: &["no packet matched", "nearest: client > server"],
    },
    Case {
        link: "loopback",
        name: "a connection, with a datagram in between",
        before: "server listen tcp 8080\nclient connect server:8080\nserver bind udp 53\nclient sendto udp server:53 \"x\"\n\
                 client > server udp\n",
        falsehood: "kernel client TIME-WAIT within 100ms",
        truth: "kernel client ESTABLISHED within 100ms",
        says: &["the kernel says ESTABLISHED"],
    },
    Case {
        link: "loopback",
        name: "the connection that was opened last",
        before: "server listen tcp 8080 backlog 0\nclient connect server:8080 as one\nclient > server SYN\n\
                 client connect server:8080 as two\n",
        falsehood: "kernel client ESTABLISHED within 100ms",
        truth: "kernel client SYN-SENT within 100ms",
        says: &["no socket of `client` was ESTABLISHED", "the kernel says SYN-SENT"],
    },
    Case {
        link: "loopback",
        name: "one listener of two",
        before: "server listen tcp 8080 backlog 5 as a\nserver listen tcp 8081 backlog 7 as b\n",
        falsehood: "kernel server.a LISTEN backlog=7 within 100ms",
        truth: "kernel server.a LISTEN backlog=5 within 100ms",
        says: &["expected 7, got 5"],
    },
    Case {
        link: "loopback",
        name: "a socket that accept has not brought",
        before: "server listen tcp 8080\nclient connect server:8080\nserver accept as p1\nserver accept as p2\n",
        falsehood: "kernel server.p2 ESTABLISHED within 100ms",
        truth: "kernel server.p1 ESTABLISHED within 100ms",
        says: &["no socket of `server.p2` was ESTABLISHED"],
    },
    Case {
        link: "loopback",
        name: "a call that waits its turn",
        before: "server listen tcp 8080\nclient connect server:8080\nclient send \"a\"\nclient recv\nclient send \"b\"\n",
        falsehood: "client returned send within 100ms",
        truth: "client waits recv within 100ms",
        says: &["send did not return", "it waits its turn"],
    },
    Case {
        link: "loopback",
        name: "a call on a closed socket",
        before: "client socket tcp as c\nclient.c close\nclient.c send \"x\" fails EBADF\n",
        falsehood: "client.c returned send fails EPIPE within 100ms",
        truth: "client.c returned send fails EBADF within 100ms",
        says: &["send did not fail with EPIPE", "it failed with EBADF"],
    },
    Case {
        link: "loopback",
        name: "send means the socket that has a peer",
        before: "server listen tcp 8080\nserver bind udp 53\nclient connect server:8080\nclient sendto udp server:53 \"q\"\n\
                 client send \"hello\"\n",
        falsehood: "client > server udp len=5 within 100ms",
        truth: "client > server PSH+ACK len=5 within 100ms",
        says: &["no packet matched", "expected 5, got 1"],
    },
    Case {
        link: "loopback",
        name: "connect means TCP, beside a datagram socket that has a peer",
        before: "server listen tcp 8080\nclient connect udp server:53\nclient connect server:8080\n",
        falsehood: "client > server udp within 100ms",
        truth: "client > server SYN within 100ms",
        says: &["no UDP packet went this way"],
    },
    Case {
        link: "loopback",
        name: "the end of a datagram socket",
        before: "server bind udp 53\nclient sendto udp server:53 \"\"\nserver recvfrom\n",
        falsehood: "server saw end",
        truth: "server saw \"\"",
        says: &["saw something else", "a datagram socket has no end"],
    },
    Case {
        link: "loopback",
        name: "a call that was woken",
        before: "server listen tcp 8080\nserver accept as peer\nclient connect server:8080\nserver.peer recv\nclient send \"x\"\n",
        falsehood: "server.peer waits recv within 100ms",
        truth: "server.peer returned recv within 100ms",
        says: &["does not wait", "has returned"],
    },
    Case {
        link: "wire",
        name: "a packet that is not in our hands",
        before: CONNECTED_ON_WIRE,
        falsehood: "wire hold server > client len>0\nclient send \"x\"\ndata: client > server len=1\nwire holds data within 50ms",
        truth: "wire hold\nclient send \"x\"\ndata: client > server len=1\nwire holds data within 50ms",
        says: &["`data` was not so in our hands", "it was delivered at +"],
    },
    Case {
        link: "wire",
        name: "twins that have not come",
        before: CONNECTED_ON_WIRE,
        falsehood: "wire hold\nclient send \"x\"\ndata: client > server len=1\nwire holds data twins>=50 within 50ms",
        truth: "wire hold\nclient send \"x\"\ndata: client > server len=1\nwire holds data twins>=0 within 50ms",
        says: &["`data` was not so in our hands", "at least 50", "held: client > server"],
    },
    Case {
        link: "wire",
        name: "a repetition that is folded",
        before: CONNECTED_ON_WIRE,
        falsehood: "wire hold\nclient send \"x\"\ndata: client > server len=1\nwire holds data twins>=1\n\
                    client > server seq=data.seq within 50ms",
        truth: "wire hold\nclient send \"x\"\ndata: client > server len=1\nwire holds data twins>=1\n\
                client > server twin seq=data.seq within 50ms",
        says: &["no packet matched"],
    },
    Case {
        link: "wire",
        name: "a packet that is in our hands, taken for one that has arrived",
        before: "server listen tcp 8080\nwire hold\nclient connect server:8080\n",
        falsehood: "kernel server SYN-RECV within 50ms",
        truth: "wire deliver\nkernel server SYN-RECV within 50ms",
        says: &["no socket of `server` was SYN-RECV", "held: client > server"],
    },
];

fn run(case: &Case, line: &str) -> (Option<i32>, String) {
    let front = format!("link = \"{}\"\n", case.link);
    let lesson = LessonFile::with_front(&front, &format!("{}{line}", case.before));
    let output = wiretutor().args(["run", "--color", "never"]).arg(&lesson.path).output().expect("it starts");
    (output.status.code(), stdout(&output) + &stderr(&output))
}

fn check(case: &Case) -> Result<(), Failed> {
    let (status, text) = run(case, case.truth);
    ensure(status == Some(0), || format!("the truth failed with status {status:?}:\n{text}"))?;
    let (status, text) = run(case, case.falsehood);
    ensure(status == Some(1), || format!("the falsehood ended with status {status:?}:\n{text}"))?;
    for words in case.says {
        ensure(text.contains(words), || format!("the message does not say {words:?}:\n{text}"))?;
    }
    Ok(())
}

fn main() {
    let reason = why_no_lab();
    conclude(CASES.iter().map(|case| lab_test(format!("can fail: {}", case.name), &reason, || check(case))).collect())
}
