//! Labs that are unlike the lessons of the program: calls that never return, full packets, IPv6, many sockets.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    Done, Outcome, Test, run,
    support::{LessonFile, ensure},
};

pub(crate) const TESTS: &[Test] = &[
    Test::lab("calls that are still blocked are woken at the end", blocked),
    Test::lab("the largest TCP segment is captured whole", largest_segment),
    Test::lab("the largest UDP datagram is captured whole", largest_datagram),
    Test::lab("over IPv6 all hosts share an address and directions are right", ipv6),
    Test::lab("what was dropped over IPv6 was sent to its host", ipv6_unreachable),
    Test::lab("a hundred connections", many_sockets),
];

/// What `run --json` says of a script that holds.
pub(crate) fn events(script: &str) -> Result<Vec<Value>, libtest_mimic::Failed> {
    let lesson = LessonFile::script(script);
    let done = run(["run", "--json", lesson.path.to_str().unwrap()]);
    done.exits(0)?;
    Ok(done.out.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn told(script: &str) -> Done {
    let lesson = LessonFile::script(script);
    run(["run", "--width", "400", lesson.path.to_str().unwrap()])
}

/// Each kind of call that can sleep, and one that waits its turn behind another. Twice in one process too.
fn blocked() -> Outcome {
    const SCRIPT: &str = "\
server listen tcp 80 backlog 1 as l
client connect server:80 as c
server.l accept as p
server.l accept as q
server.l waits accept
client.c recv
client.c waits recv
client.c recv
server bind udp 53 as u
server.u recvfrom
server.u waits recvfrom
client connect tcp server:80 as full
server.l returned accept
client.full send 40000000 bytes
client.full waits send
server bind tcp6 81 as six
server.six listen
server.six accept
server.six waits accept
";
    let began = Instant::now();
    let done = told(SCRIPT);
    done.exits(0)?.says("waits its turn behind recv(")?.says("all hold")?;
    let lesson = LessonFile::script(SCRIPT);
    run(["check", "--repeat", "3", "--jobs", "2", lesson.path.to_str().unwrap()]).exits(0)?.says("3 runs")?;
    ensure(began.elapsed() < Duration::from_secs(60), || format!("it took {:?}", began.elapsed()))
}

fn frames(events: &[Value]) -> impl Iterator<Item = &Value> {
    events.iter().filter(|event| event["event"] == "frame")
}

/// All of a frame is there: Ethernet, the addresses, the transport's header and the payload.
fn has_whole_frame(events: &[Value], payload: u64, whole: usize) -> Outcome {
    let found = frames(events).any(|frame| {
        frame["packet"]["len"] == payload && frame["bytes"].as_str().is_some_and(|bytes| bytes.len() == 2 * whole)
    });
    ensure(found, || format!("no frame has {payload} bytes of payload and {whole} in all"))
}

fn largest_segment() -> Outcome {
    // The kernel sends no more at once than half of the largest window that it was ever offered, so the window has to
    // be large and to have grown.
    let mut script = "server listen tcp 80 as l\nserver.l setsockopt SO_RCVBUF 4000000\n\
                      client connect server:80 as c\nserver accept as p\n"
        .to_owned();
    for _ in 0..4 {
        script += "client.c send 65483 bytes\nserver.p recv\nserver.p recv\nkernel client.c ESTABLISHED sq=0\n";
    }
    script += "client.c send 65483 bytes\nclient > server len=65483\n";
    // 14 of Ethernet, 20 of IPv4, 32 of TCP with timestamps.
    has_whole_frame(&events(&script)?, 65_483, 65_549)
}

fn largest_datagram() -> Outcome {
    let events = events(
        "server bind udp 53\nclient sendto server:53 65507 bytes\nclient > server udp len=65507\n\
         server recvfrom\nserver saw 65507 bytes\n",
    )?;
    has_whole_frame(&events, 65_507, 65_549)
}

fn ipv6() -> Outcome {
    let events = events(
        "\
server listen tcp6 80
client connect tcp6 server:80 as c
client > server SYN dport=80 hoplimit=64
server > client SYN+ACK sport=80
client > server ACK dport=80
server accept as p
server.p send \"from server\"
server > client payload \"from server\"
client.c recv
client.c saw \"from server\"
client.c send \"from client\"
client > server payload \"from client\"
server.p recv
server.p saw \"from client\"
server bind udp6 53 as u
client sendto udp6 server:53 \"question\" as q
client > server udp dport=53
server.u recvfrom
server.u saw \"question\"
client bind udp6 54 as v
server.u sendto client:54 \"answer\"
server > client udp sport=53 dport=54
client.v recvfrom
client.v saw \"answer\"
client.c close
server.p recv
server.p saw end
server.p close
server > client FIN
client > server ACK
kernel client.c TIME-WAIT
",
    )?;
    for frame in frames(&events) {
        let packet = &frame["packet"];
        let expected = match (packet["sport"].as_u64(), packet["dport"].as_u64()) {
            (Some(80 | 53), _) => ("server", "client"),
            (_, Some(80 | 53)) => ("client", "server"),
            _ => return Err(format!("a frame of nobody: {packet}").into()),
        };
        let found = (frame["from"].as_str().unwrap(), frame["to"].as_str().unwrap());
        ensure(found == expected, || format!("{found:?} instead of {expected:?}: {packet}"))?;
        ensure(packet["from"] == "::1" && packet["to"] == "::1", || format!("not over IPv6: {packet}"))?;
    }
    ensure(frames(&events).count() >= 12, || "packets are missing".to_owned())
}

fn ipv6_unreachable() -> Outcome {
    let done = told(
        "client sendto udp6 server:9 \"lost\"\nclient > server udp\nserver > client icmp port-unreachable\n\
         server listen tcp6 80\nclient connect tcp6 server:80\nclient > server ACK",
    );
    done.exits(0)?.says("Your packet to server was dropped")?.says("server knows that its number was heard")?;
    Ok(())
}

fn many_sockets() -> Outcome {
    let pair = |number| format!("client connect server:80 as c{number}\nserver accept as p{number}\n");
    let connections: String = (1..=100).map(pair).collect();
    let events = events(&format!(
        "server listen tcp 80\n{connections}client.c1 send \"first\"\nserver.p1 recv\nserver.p1 saw \"first\"\n\
         client.c100 send \"last\"\nserver.p100 recv\nserver.p100 saw \"last\"\nkernel client.c50 ESTABLISHED\n"
    ))?;
    let openings = frames(&events).filter(|frame| frame["packet"]["flags"] == "SYN").count();
    ensure(openings == 100, || format!("{openings} openings"))
}
