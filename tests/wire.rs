//! The wire as a lesson has it: real kernels on both sides, and every frame in our hands between them.
//!
//! Each test is a script; what it claims is checked by the program, and what the timeline says of it by the test.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

mod support;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use support::{LessonFile, conclude, ensure, lab_test, stderr, stdout, why_no_lab, wiretutor};
use wiretutor::{
    face::json,
    kernel::state::TcpState,
    timeline::event::{Basis, DropReason, Event, Fate, What},
};

/// The events of a lesson in which every claim holds.
fn holds(lesson: &LessonFile) -> Result<Vec<Event>, Failed> {
    let (status, events, text) = run(lesson);
    ensure(status == Some(0), || format!("status {status:?}:\n{text}"))?;
    Ok(events)
}

/// The events of a lesson, and all of it as text.
fn run(lesson: &LessonFile) -> (Option<i32>, Vec<Event>, String) {
    let output = wiretutor().args(["run", "--json"]).arg(&lesson.path).output().expect("it starts");
    let text = stdout(&output) + &stderr(&output);
    let events = json::read(output.stdout.as_slice()).map(|recording| recording.events).unwrap_or_default();
    (output.status.code(), events, text)
}

/// What a learner reads of a lesson that does not hold.
fn fails(lesson: &LessonFile) -> Result<String, Failed> {
    let output = wiretutor().args(["run", "--color", "never"]).arg(&lesson.path).output().expect("it starts");
    let text = stdout(&output) + &stderr(&output);
    ensure(output.status.code() == Some(1), || format!("status {:?}:\n{text}", output.status.code()))?;
    Ok(text)
}

fn says(text: &str, words: &[&str]) -> Result<(), Failed> {
    // A long line may be broken anywhere.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.iter().try_for_each(|words| ensure(flat.contains(words), || format!("it does not say {words:?}:\n{text}")))
}

fn fates(events: &[Event]) -> Vec<(u64, Fate)> {
    let fate = |event: &Event| match &event.what {
        What::Fate { frame, fate } => Some((*frame, fate.clone())),
        _ => None,
    };
    events.iter().filter_map(fate).collect()
}

fn count(events: &[Event], is_meant: impl Fn(&Fate) -> bool) -> usize {
    fates(events).iter().filter(|(_, fate)| is_meant(fate)).count()
}

const CONNECTED: &str = "server listen tcp 8080\nclient connect server:8080\nserver accept as peer\n\
                         kernel server ESTABLISHED\n";

fn on_wire(script: &str) -> LessonFile {
    LessonFile::with_front("link = \"wire\"\n", script)
}

fn on_connection(script: &str) -> LessonFile {
    on_wire(&format!("{CONNECTED}{script}"))
}

/// Stepped: the state is read between any two packets. CLOSED is that the kernel has no such socket.
fn every_state_is_read_from_a_kernel() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nkernel server LISTEN\nwire hold\nclient connect server:8080\n\
                  syn: client > server SYN\nkernel client SYN-SENT\nwire deliver syn\nkernel server SYN-RECV\n\
                  wire deliver\nkernel client ESTABLISHED\nkernel server SYN-RECV\nwire deliver\n\
                  kernel server ESTABLISHED\nserver accept as peer\n\
                  client close\nkernel client FIN-WAIT-1\nwire deliver\nkernel server CLOSE-WAIT\nwire deliver\n\
                  kernel client FIN-WAIT-2\nserver.peer close\nkernel server LAST-ACK\nwire deliver\n\
                  kernel client TIME-WAIT\nwire deliver\nkernel server CLOSED\n";
    let crossing = format!(
        "{CONNECTED}wire hold\nclient close\nfin: client > server FIN\nserver.peer close\nserver > client FIN\n\
         wire deliver fin\nkernel server CLOSING\n"
    );
    let mut observed = BTreeSet::new();
    for script in [script, &crossing] {
        for event in holds(&on_wire(script))? {
            if let What::State { to, basis: Basis::Observed, .. } = event.what {
                observed.insert(to.name());
            }
        }
    }
    let missing: Vec<_> =
        TcpState::ALL.map(TcpState::name).into_iter().filter(|name| !observed.contains(name)).collect();
    ensure(missing.is_empty(), || format!("never observed: {missing:?}"))
}

/// The states of both ends stand on the timeline before the next frame moves.
fn states_are_read_before_the_next_frame_moves() -> Result<(), Failed> {
    let script =
        "server listen tcp 8080\nwire hold\nclient connect server:8080\nwire deliver\nwire deliver\nwire deliver";
    let events = holds(&on_wire(script))?;
    let left = |event: &Event| matches!(&event.what, What::Fate { fate: Fate::Left { .. }, .. });
    let mut behind: Vec<BTreeSet<(String, &str)>> = Vec::new();
    for event in &events {
        match &event.what {
            _ if left(event) => behind.push(BTreeSet::new()),
            What::State { host, socket, to, basis: Basis::Observed, .. } if socket.remote.is_some() => {
                behind.last_mut().into_iter().for_each(|states| {
                    states.insert((host.clone(), to.name()));
                });
            }
            _ => {}
        }
    }
    let state = |host: &str, name: &'static str| (host.to_owned(), name);
    let wanted: [BTreeSet<_>; 3] = [
        [state("server", "SYN-RECV")].into(),
        [state("client", "ESTABLISHED")].into(),
        [state("server", "ESTABLISHED")].into(),
    ];
    ensure(behind == wanted, || format!("observed behind each delivery: {behind:?}"))
}

fn two_times_of_a_frame_that_was_held() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nwire hold\nclient connect server:8080\nsyn: client > server SYN\n\
                  wire holds syn\nsilent for 50ms\nwire deliver syn";
    let events = holds(&on_wire(script))?;
    let entered = events.iter().find(|event| matches!(event.what, What::Frame { frame: 0, .. }));
    let left = events.iter().find(|event| matches!(event.what, What::Fate { frame: 0, fate: Fate::Left { .. } }));
    let (entered, left) = (entered.ok_or("no frame")?, left.ok_or("it never left")?);
    let way = left.at.since(entered.at);
    ensure(way >= Duration::from_millis(50), || format!("it was on its way for {way:?}"))
}

fn a_lost_final_ack_starts_time_wait_anew() -> Result<(), Failed> {
    let script = "client close\nkernel client FIN-WAIT-2\nwire drop client > server ACK\nserver.peer close\n\
                  fin: server > client FIN\nkernel client TIME-WAIT timer=timewait timeleft=?before timeleft<59900ms\n\
                  again: server > client FIN seq=fin.seq\nclient > server ACK ack=fin.seq+1 times 2\n\
                  kernel client TIME-WAIT timer=timewait timeleft>before\nkernel server CLOSED";
    let events = holds(&on_connection(script))?;
    let dropped = count(&events, |fate| *fate == Fate::Dropped { why: DropReason::Asked });
    ensure(dropped == 1, || format!("{dropped} were dropped"))
}

/// At the kernel's own pace: nothing is held.
fn one_of_ten_is_sent_again_before_the_timeout() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nclient socket tcp\nclient setsockopt TCP_MAXSEG 512\n\
                  client connect server:8080\nserver accept as peer\nsyn: client > server SYN\n\
                  wire drop client > server len=500 seq=syn.seq+1001\nclient send 5000 bytes\n\
                  lost: client > server len=500 seq=syn.seq+1001\n\
                  one: server > client ACK ack=lost.seq sack=1\ntwo: server > client ACK ack=lost.seq sack=1\n\
                  three: server > client ACK ack=lost.seq sack=1\n\
                  again: client > server seq=lost.seq len=500\n\
                  kernel client ESTABLISHED in_flight=0 total_retrans=1 lost=0 rto<1s\n\
                  server.peer recv 5000\nserver.peer saw 5000 bytes";
    let events = holds(&on_wire(script))?;
    let dropped = count(&events, |fate| *fate == Fate::Dropped { why: DropReason::Asked });
    ensure(dropped == 1, || format!("{dropped} were dropped"))
}

fn crossing_fins_close_from_both_sides() -> Result<(), Failed> {
    let script = "wire hold\nclient close\none: client > server FIN\nserver.peer close\nother: server > client FIN\n\
                  kernel client FIN-WAIT-1\nkernel server FIN-WAIT-1\nwire deliver one\nkernel server CLOSING\n\
                  wire deliver other\nkernel client CLOSING\nwire deliver all\nkernel client TIME-WAIT\n\
                  kernel server TIME-WAIT";
    holds(&on_connection(script)).map(drop)
}

/// Long enough for several timeouts: the frame comes again and again, and each time it is only counted.
fn what_is_held_for_half_a_minute_arrives_once_and_whole() -> Result<(), Failed> {
    let script = "wire hold\nclient send \"hello\"\ndata: client > server len=5\nwire holds data twins>=3 within 60s\n\
                  silent for 30s\nwire deliver data\nwire free\nserver.peer recv\nserver.peer saw \"hello\"\n\
                  server.peer send \"world\"\nclient recv\nclient saw \"world\"\n\
                  kernel client ESTABLISHED\nkernel server ESTABLISHED rq=0";
    let events = holds(&on_connection(script))?;
    let twins = count(&events, |fate| matches!(fate, Fate::Twin { .. }));
    ensure(twins >= 5, || format!("{twins} twins in half a minute"))
}

fn the_question_is_folded_too_while_its_answer_is_held() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nwire hold\nclient connect server:8080\nsyn: client > server SYN\n\
                  wire deliver syn\nsynack: server > client SYN+ACK\nclient > server SYN twin seq=syn.seq within 5s\n\
                  wire holds synack\nwire deliver synack\nwire deliver\nwire free\nclient returned connect\n\
                  kernel server ESTABLISHED";
    let events = holds(&on_wire(script))?;
    let folded = fates(&events).iter().any(|(_, fate)| *fate == Fate::Twin { of: 0 });
    ensure(folded, || "the SYN was not folded into the first one".to_owned())
}

fn a_corrupted_segment_is_not_read_and_comes_again() -> Result<(), Failed> {
    let script = "wire corrupt client > server len>0\nserver.peer recv\nclient send \"hello\"\n\
                  bad: client > server len=5\nagain: client > server len=5 seq=bad.seq\nserver.peer saw \"hello\"\n\
                  kernel client ESTABLISHED sq=0 total_retrans>=1";
    let events = holds(&on_connection(script))?;
    let altered = count(&events, |fate| matches!(fate, Fate::Left { altered: Some(_), .. }));
    ensure(altered == 1, || format!("{altered} left altered"))
}

fn a_truncated_segment_is_not_read_and_comes_again() -> Result<(), Failed> {
    let script = "wire truncate 68 client > server len>0\nserver.peer recv\nclient send \"hello\"\n\
                  client > server len=5 times 2\nserver.peer saw \"hello\"";
    holds(&on_connection(script)).map(drop)
}

fn a_duplicate_arrives_twice_and_is_read_once() -> Result<(), Failed> {
    let script = "wire duplicate client > server len>0\nclient send \"hello\"\ndata: client > server len=5\n\
                  server > client ACK ack=data.seq+5 sack=1\nserver.peer recv\nserver.peer saw \"hello\"\n\
                  kernel server ESTABLISHED rq=0";
    let events = holds(&on_connection(script))?;
    let left: Vec<_> = fates(&events)
        .into_iter()
        .filter_map(|(frame, fate)| match fate {
            Fate::Left { copy, .. } => Some((frame, copy)),
            _ => None,
        })
        .collect();
    ensure(left.iter().any(|(_, copy)| *copy == 1), || format!("left: {left:?}"))
}

fn a_reordered_segment_lets_the_next_one_pass() -> Result<(), Failed> {
    let script = "client setsockopt TCP_NODELAY 1\nwire reorder client > server payload \"one\"\nclient send \"one\"\n\
                  client send \"two\"\nfirst: client > server payload \"one\"\nsecond: client > server payload \"two\"\n\
                  server > client ACK ack=first.seq sack=1\nserver.peer recv 3\nserver.peer recv 3\nserver.peer saw \"onetwo\"";
    let events = holds(&on_connection(script))?;
    let left_at = |wanted: u64| {
        let leaves =
            |event: &&Event| matches!(event.what, What::Fate { frame, fate: Fate::Left { .. } } if frame == wanted);
        events.iter().find(leaves).map(|event| event.seq)
    };
    let reordered =
        fates(&events).into_iter().find(|(_, fate)| *fate == Fate::Reordered).ok_or("none was reordered")?;
    let (first, second) = (left_at(reordered.0), left_at(reordered.0 + 1));
    ensure(first > second, || format!("{first:?} before {second:?}"))
}

fn a_delayed_frame_is_on_its_way_for_so_long() -> Result<(), Failed> {
    let script = "wire delay 80ms every client > server len>0\nserver.peer recv\nclient send \"hello\"\n\
                  data: client > server len=5\ngot: server > client ACK ack=data.seq+5\nserver.peer saw \"hello\"";
    let events = holds(&on_connection(script))?;
    let frame = fates(&events).into_iter().find_map(|(frame, fate)| match fate {
        Fate::Delayed { by_ns: 80_000_000 } => Some(frame),
        _ => None,
    });
    let frame = frame.ok_or("none was delayed")?;
    let at = |is_meant: &dyn Fn(&What) -> bool| events.iter().find(|event| is_meant(&event.what)).map(|event| event.at);
    let entered = at(&|what| matches!(what, What::Frame { frame: id, .. } if *id == frame)).ok_or("no frame")?;
    let left = at(&|what| matches!(what, What::Fate { frame: id, fate: Fate::Left { .. } } if *id == frame));
    let way = left.ok_or("it never left")?.since(entered);
    ensure(way >= Duration::from_millis(80), || format!("it was on its way for {way:?}"))
}

/// What the same seed loses is the same; another one loses others.
fn the_same_seed_loses_the_same_packets() -> Result<(), Failed> {
    let lost = |seed: u32| -> Result<Vec<u64>, Failed> {
        let sends = "client sendto udp server:53 \"x\"\n".repeat(40);
        let script = format!("server bind udp 53\nwire loss 30% seed {seed}\n{sends}");
        let events = holds(&on_wire(&script))?;
        let lost = |(frame, fate)| (fate == Fate::Dropped { why: DropReason::Chance }).then_some(frame);
        Ok(fates(&events).into_iter().filter_map(lost).collect())
    };
    let (one, again, other) = (lost(7)?, lost(7)?, lost(8)?);
    ensure(!one.is_empty() && one == again, || format!("{one:?}, then {again:?}"))?;
    ensure(one != other, || format!("both seeds lose {one:?}"))
}

/// A thousand bytes and their headers are on a wire of 1 Mbit/s for a little over 8 ms.
fn a_full_queue_drops_and_the_rest_comes_at_its_pace() -> Result<(), Failed> {
    let sends = "client sendto udp server:53 1000 bytes\n".repeat(6);
    let receives = "server recvfrom\n".repeat(3);
    let seen = "server saw 1000 bytes\n".repeat(3);
    let script = format!(
        "server bind udp 53\nwire rate 1mbit queue 3 client > server\n{sends}{receives}{seen}client > server udp times 6"
    );
    let events = holds(&on_wire(&script))?;
    let dropped = count(&events, |fate| *fate == Fate::Dropped { why: DropReason::QueueFull });
    ensure(dropped >= 1, || "nothing was dropped".to_owned())?;
    let left: Vec<_> =
        events.iter().filter(|event| matches!(event.what, What::Fate { fate: Fate::Left { .. }, .. })).collect();
    let gaps: Vec<Duration> = left.windows(2).map(|pair| pair[1].at.since(pair[0].at)).collect();
    // One that was late does not make the next one wait: only the whole has to take its time.
    let whole: Duration = gaps.iter().sum();
    let least = Duration::from_micros(8_300) * u32::try_from(gaps.len()).unwrap_or(0);
    ensure(gaps.len() >= 2 && whole + Duration::from_millis(4) >= least, || format!("{gaps:?}"))
}

fn a_wire_that_is_down_loses_everything_until_it_is_up() -> Result<(), Failed> {
    let script = "wire down\nserver.peer recv\nclient send \"hello\"\ndata: client > server len=5\n\
                  never server > client for 50ms\nwire up\nagain: client > server len=5 seq=data.seq\nserver.peer saw \"hello\"";
    let events = holds(&on_connection(script))?;
    ensure(count(&events, |fate| *fate == Fate::Dropped { why: DropReason::Down }) >= 1, || "none was lost".to_owned())
}

fn a_middlebox_forgets_what_is_idle() -> Result<(), Failed> {
    let script = "wire forget 100ms\nsilent for 150ms\nclient send \"hello\"\ndata: client > server len=5\n\
                  never server > client for 100ms\nkernel client ESTABLISHED in_flight=5\nkernel server ESTABLISHED rq=0\n\
                  client connect tcp server:8080 as anew\nclient:anew > server SYN\nclient.anew returned connect";
    let events = holds(&on_connection(script))?;
    let forgotten = count(&events, |fate| *fate == Fate::Dropped { why: DropReason::Forgotten });
    ensure(forgotten >= 1, || "nothing was forgotten".to_owned())
}

fn a_held_frame_can_be_treated_in_every_way() -> Result<(), Failed> {
    let script = "client setsockopt TCP_NODELAY 1\nserver.peer recv\nwire hold client > server len>0\n\
                  client send \"1\"\none: client > server len=1\nwire drop one\n\
                  again: client > server len=1 seq=one.seq\nwire corrupt again\n\
                  third: client > server len=1 seq=one.seq within 5s\nwire duplicate third\nserver.peer saw \"1\"\n\
                  client send \"2\"\nlate: client > server payload \"2\"\nwire delay 20ms late\nserver.peer recv\n\
                  server.peer saw \"2\"";
    let events = holds(&on_connection(script))?;
    let has = |fate: &Fate| fates(&events).iter().any(|(_, other)| other == fate);
    ensure(has(&Fate::Dropped { why: DropReason::Asked }), || "not dropped".to_owned())?;
    ensure(has(&Fate::Duplicated { copies: 2 }), || "not duplicated".to_owned())?;
    ensure(has(&Fate::Delayed { by_ns: 20_000_000 }), || "not delayed".to_owned())
}

/// A deed about one frame goes before a deed about all of them, also where it comes later.
fn a_single_deed_goes_before_one_that_stands() -> Result<(), Failed> {
    let script = "wire delay 5ms every client > server len>0\nwire drop client > server len>0\nserver.peer recv\n\
                  client send \"hello\"\ndata: client > server len=5\nagain: client > server len=5 seq=data.seq\n\
                  server.peer saw \"hello\"";
    let events = holds(&on_connection(script))?;
    let has = |fate: &Fate| fates(&events).iter().any(|(_, other)| other == fate);
    ensure(has(&Fate::Dropped { why: DropReason::Asked }), || "not dropped".to_owned())?;
    ensure(has(&Fate::Delayed { by_ns: 5_000_000 }), || "not delayed".to_owned())
}

fn a_name_tells_when_its_packet_left() -> Result<(), Failed> {
    let script = "wire delay 30ms every client > server len>0\nserver.peer recv\nclient send \"hello\"\n\
                  data: client > server len=5\nserver.peer saw \"hello\"\ngot: server > client ACK at>data.left";
    // `at` is no field of a packet; the way of the packet is shown by its prose.
    let lesson = LessonFile::new(&format!(
        "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nlink = \"wire\"\n+++\n\n## One\n\nIt took {{{{data.left - data.at}}}}.\n\n\
         ```lab\n{CONNECTED}{}\n```\n",
        script.rsplit_once('\n').map_or("", |(kept, _)| kept)
    ));
    let events = holds(&lesson)?;
    let told = events.iter().any(|event| matches!(&event.what, What::Bound { name, .. } if name == "data.left"));
    ensure(told, || "the time at which it left was not told".to_owned())
}

fn samples_are_taken_at_each_acknowledgement() -> Result<(), Failed> {
    let script = "sample client at acks\nserver.peer recv\nclient send 20000 bytes\n\
                  kernel client ESTABLISHED in_flight=0 bytes_acked>=20000\nsample client off";
    let events = holds(&on_connection(script))?;
    let sampled: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::Sample { facts, .. } => Some(facts),
            _ => None,
        })
        .collect();
    ensure(sampled.len() >= 2, || format!("{} samples", sampled.len()))?;
    for name in ["cwnd", "ssthresh", "rtt", "in_flight", "total_retrans", "pacing"] {
        let has = sampled.iter().all(|facts| facts.iter().any(|fact| fact.name == name));
        ensure(has, || format!("a sample without {name}"))?;
    }
    Ok(())
}

fn samples_are_taken_at_an_interval() -> Result<(), Failed> {
    let script = "sample client every 10ms\nsilent for 100ms";
    let samples =
        holds(&on_connection(script))?.iter().filter(|event| matches!(event.what, What::Sample { .. })).count();
    ensure((2..=12).contains(&samples), || format!("{samples} samples in 100 ms"))
}

fn every_second_one_goes_first() -> Result<(), Failed> {
    let script = "client setsockopt TCP_NODELAY 1\nwire reorder every client > server len>0\nclient send \"aaaa\"\n\
                  client send \"bbbb\"\na: client > server payload \"aaaa\"\nb: client > server payload \"bbbb\"\n\
                  server > client ACK ack=a.seq sack=1\nkernel client ESTABLISHED in_flight=0";
    let events = holds(&on_connection(script))?;
    ensure(count(&events, |fate| *fate == Fate::Reordered) >= 1, || "none was reordered".to_owned())
}

fn free_lets_go_what_was_to_be_late() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nwire hold\nclient connect server:8080\nsyn: client > server SYN\n\
                  wire reorder syn\nwire free\nserver > client SYN+ACK within 500ms\nkernel client ESTABLISHED\n\
                  wire delay 10min client > server len>0\nclient send \"x\"\nx: client > server len=1\nwire free\n\
                  server > client ACK ack=x.seq+1 within 500ms";
    holds(&on_wire(script)).map(drop)
}

/// What was sent before a line is not the line's business.
fn a_deed_speaks_of_what_comes_after_it() -> Result<(), Failed> {
    let pairs =
        "client send \"a\"\nwire down\nserver.peer recv\nserver.peer saw \"a\" within 150ms\nwire up\n".repeat(20);
    holds(&on_connection(&format!("client setsockopt TCP_NODELAY 1\n{pairs}"))).map(drop)
}

/// The queue has lost it, and something else is held: when it comes again, it is news.
fn what_our_queue_has_lost_is_no_twin() -> Result<(), Failed> {
    let script = "wire hold server > client payload \"held\"\nserver.peer send \"held\"\n\
                  d: server > client payload \"held\"\nwire rate 800kbit queue 1 client > server\n\
                  client send 2800 bytes\nlost: client > server len=1352\nclient > server len=1352 seq=lost.seq\n\
                  kernel client ESTABLISHED in_flight=0 within 6s\nwire holds d";
    let events = holds(&on_connection(script))?;
    ensure(count(&events, |fate| *fate == Fate::Dropped { why: DropReason::QueueFull }) > 0, || "none lost".to_owned())
}

/// Something is held, but not the answer: that was dropped, and so the question comes again.
fn what_is_held_has_to_be_the_answer() -> Result<(), Failed> {
    let script = "wire hold server > client len>0\nserver.peer send \"held\"\nd: server > client payload \"held\"\n\
                  wire drop server > client ACK len=0\nclient send \"q\"\nq: client > server payload \"q\"\n\
                  again: client > server payload \"q\" within 5s\nwire holds d";
    holds(&on_connection(script)).map(drop)
}

/// On a wire an address names its host, whatever its sockets are bound to.
fn sockets_at_every_address_are_told_apart() -> Result<(), Failed> {
    let script = "client bind tcp *:7000 as c\nserver bind tcp *:7000 as s\nwire hold\nclient.c connect server:7000\n\
                  one: client > server SYN\nserver.s connect client:7000\nother: server > client SYN\n\
                  wire deliver all\nkernel client SYN-RECV\nkernel server SYN-RECV\nwire free\n\
                  kernel client ESTABLISHED\nkernel server ESTABLISHED";
    let events = holds(&on_wire(script))?;
    let stray = events.iter().find(|event| match &event.what {
        What::State { host, socket, .. } => {
            let owner = if socket.local.ip().to_string() == "10.0.0.1" { "client" } else { "server" };
            !socket.local.ip().is_unspecified() && host != owner
        }
        _ => false,
    });
    ensure(stray.is_none(), || format!("{stray:?}"))
}

fn slow_motion_hinders_nobody_from_holding() -> Result<(), Failed> {
    let script = "wire delay 10ms\nwire hold client > server len>0\nclient send \"x\"\nx: client > server len=1\n\
                  wire holds x\nwire deliver x\nserver.peer recv\nserver.peer saw \"x\"";
    holds(&on_connection(script)).map(drop)
}

/// No call on the socket wakes a `connect` in that state, and yet the lab has to end.
fn a_lab_ends_while_a_connect_is_in_syn_recv() -> Result<(), Failed> {
    let script = "client bind tcp 7001 as c\nserver bind tcp 7002 as s\nwire hold\nclient.c connect server:7002\n\
                  one: client > server SYN\nserver.s connect client:7001\nother: server > client SYN\n\
                  wire deliver all\nkernel client SYN-RECV\nkernel server SYN-RECV";
    let began = Instant::now();
    holds(&on_wire(script))?;
    ensure(began.elapsed() < Duration::from_secs(8), || format!("it took {:?}", began.elapsed()))
}

const ROUTED: &str =
    "link = \"wire\"\n[hosts.client]\n[hosts.router]\nforwards = true\n[hosts.server]\npath_mtu = 600\n";

/// Each packet crosses the wire twice, and the router has counted it down by one.
fn a_router_hands_on_and_says_what_is_too_large() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nclient connect server:8080\nclient > router SYN ttl=64\n\
                  router > server SYN ttl=63\nserver accept as peer\nkernel server ESTABLISHED\n\
                  client send 1400 bytes\nbig: client > router len=1400 df\nrouter > client icmp too-big\n\
                  small: router > server len<=548 seq=big.seq\nserver.peer recv 1400\nserver.peer saw 548 bytes\n\
                  kernel client ESTABLISHED pmtu=600";
    holds(&LessonFile::with_front(ROUTED, script)).map(drop)
}

/// The second hop of a packet is not the first one sent again, also where both are in our hands.
fn through_a_router_each_hop_is_held_by_itself() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nwire hold\nclient connect server:8080\none: client > router SYN\n\
                  wire deliver one\ntwo: router > server SYN\nwire holds two\nkernel client SYN-SENT\n\
                  client > router SYN twin within 5s\nwire holds two\nwire deliver two\nkernel server SYN-RECV\n\
                  wire free\nclient returned connect\nkernel server ESTABLISHED";
    let events = holds(&LessonFile::with_front(ROUTED, script))?;
    let folded: Vec<_> = fates(&events).into_iter().filter(|(_, fate)| matches!(fate, Fate::Twin { .. })).collect();
    ensure(folded.iter().all(|(_, fate)| *fate == Fate::Twin { of: 0 }), || format!("{folded:?}"))
}

fn ipv6_crosses_the_wire_too() -> Result<(), Failed> {
    let script = "server listen tcp6 8080\nwire hold\nclient connect tcp6 server:8080\nsyn: client > server SYN hoplimit=64\n\
                  kernel client SYN-SENT\nwire deliver syn\nkernel server SYN-RECV\nwire free\nclient returned connect";
    holds(&on_wire(script)).map(drop)
}

// ── what is wrong is told ────────────────────────────────────────────────────────────────────────────────────────

fn a_script_that_holds_for_ever_is_told_what_it_holds() -> Result<(), Failed> {
    let script = "server listen tcp 8080\nwire hold\nclient connect server:8080\nclient returned connect within 100ms";
    let text = fails(&on_wire(script))?;
    says(
        &text,
        &[
            "connect did not return",
            "held: client > server SYN",
            "Still in our hands at the end",
            "`wire deliver` or `wire free` lets go",
        ],
    )
}

fn a_pattern_that_never_matches_has_failed() -> Result<(), Failed> {
    let text = fails(&on_connection("wire drop client > server RST"))?;
    says(&text, &["no packet matched, so none was dropped"])?;
    let text = fails(&on_connection(
        "wire duplicate client > server len>0 times 2\nclient send \"x\"\nclient > server len=1",
    ))?;
    says(&text, &["only 1 of 2 packets matched and were duplicated"])
}

fn nothing_to_deliver_is_told() -> Result<(), Failed> {
    let text = fails(&on_connection("wire hold\nwire deliver within 50ms"))?;
    says(&text, &["no such packet came into our hands within 50.0 ms", "`wire hold` comes before the call"])?;
    let text = fails(&on_connection(
        "wire hold server > client len>0\nclient send \"x\"\ndata: client > server len=1\nwire deliver data",
    ))?;
    says(&text, &["`data` is not in our hands", "it was delivered at +"])
}

fn what_can_not_be_cut_or_turned_over_is_told() -> Result<(), Failed> {
    let text =
        fails(&on_connection("wire hold\nclient send \"x\"\ndata: client > server len=1\nwire corrupt byte 900 data"))?;
    says(&text, &["`data` cannot be treated so", "it has 67 bytes"])
}

fn a_frame_above_the_mtu_of_its_receiver_is_told() -> Result<(), Failed> {
    let front = "link = \"wire\"\n[hosts.client]\n[hosts.server]\nmtu = 600\n";
    let lesson = LessonFile::with_front(
        front,
        "server bind udp 53\nclient sendto udp server:53 1000 bytes\nclient > server udp len=1000",
    );
    let events = holds(&lesson)?;
    ensure(count(&events, |fate| *fate == Fate::Dropped { why: DropReason::TooLarge }) == 1, || {
        "it was not dropped".to_owned()
    })
}

/// A sender that is faster than the wire: what does not fit into our queue is counted as that, and the end comes.
fn a_flood_is_counted_and_ends() -> Result<(), Failed> {
    let script = "server.peer recv\nwire rate 10mbit queue 5 client > server\nclient send 30000000 bytes\n\
                  client > server len>0 times 20\nkernel client ESTABLISHED";
    let began = Instant::now();
    let events = holds(&on_connection(script))?;
    let dropped = count(&events, |fate| *fate == Fate::Dropped { why: DropReason::QueueFull });
    ensure(dropped > 0, || "everything fitted".to_owned())?;
    ensure(began.elapsed() < Duration::from_secs(60), || format!("it took {:?}", began.elapsed()))
}

type Test = (&'static str, fn() -> Result<(), Failed>);

fn main() {
    let reason = why_no_lab();
    let tests: [Test; 39] = [
        ("every state is read from a kernel", every_state_is_read_from_a_kernel),
        ("states are read before the next frame moves", states_are_read_before_the_next_frame_moves),
        ("two times of a frame that was held", two_times_of_a_frame_that_was_held),
        ("a lost final ACK starts TIME-WAIT anew", a_lost_final_ack_starts_time_wait_anew),
        ("one of ten is sent again before the timeout", one_of_ten_is_sent_again_before_the_timeout),
        ("crossing FINs close from both sides", crossing_fins_close_from_both_sides),
        (
            "what is held for half a minute arrives once and whole",
            what_is_held_for_half_a_minute_arrives_once_and_whole,
        ),
        ("the question is folded too while its answer is held", the_question_is_folded_too_while_its_answer_is_held),
        ("a corrupted segment is not read and comes again", a_corrupted_segment_is_not_read_and_comes_again),
        ("a truncated segment is not read and comes again", a_truncated_segment_is_not_read_and_comes_again),
        ("a duplicate arrives twice and is read once", a_duplicate_arrives_twice_and_is_read_once),
        ("a reordered segment lets the next one pass", a_reordered_segment_lets_the_next_one_pass),
        ("a delayed frame is on its way for so long", a_delayed_frame_is_on_its_way_for_so_long),
        ("the same seed loses the same packets", the_same_seed_loses_the_same_packets),
        ("a full queue drops, and the rest comes at its pace", a_full_queue_drops_and_the_rest_comes_at_its_pace),
        ("a wire that is down loses everything until it is up", a_wire_that_is_down_loses_everything_until_it_is_up),
        ("a middlebox forgets what is idle", a_middlebox_forgets_what_is_idle),
        ("a held frame can be treated in every way", a_held_frame_can_be_treated_in_every_way),
        ("a single deed goes before one that stands", a_single_deed_goes_before_one_that_stands),
        ("a name tells when its packet left", a_name_tells_when_its_packet_left),
        ("samples are taken at each acknowledgement", samples_are_taken_at_each_acknowledgement),
        ("samples are taken at an interval", samples_are_taken_at_an_interval),
        ("every second one goes first", every_second_one_goes_first),
        ("free lets go what was to be late", free_lets_go_what_was_to_be_late),
        ("a deed speaks of what comes after it", a_deed_speaks_of_what_comes_after_it),
        ("what our queue has lost is no twin", what_our_queue_has_lost_is_no_twin),
        ("what is held has to be the answer", what_is_held_has_to_be_the_answer),
        ("sockets at every address are told apart", sockets_at_every_address_are_told_apart),
        ("slow motion hinders nobody from holding", slow_motion_hinders_nobody_from_holding),
        ("a lab ends while a connect is in SYN-RECV", a_lab_ends_while_a_connect_is_in_syn_recv),
        ("a router hands on, and says what is too large", a_router_hands_on_and_says_what_is_too_large),
        ("through a router each hop is held by itself", through_a_router_each_hop_is_held_by_itself),
        ("IPv6 crosses the wire too", ipv6_crosses_the_wire_too),
        ("a script that holds for ever is told what it holds", a_script_that_holds_for_ever_is_told_what_it_holds),
        ("a pattern that never matches has failed", a_pattern_that_never_matches_has_failed),
        ("nothing to deliver is told", nothing_to_deliver_is_told),
        ("what cannot be cut or turned over is told", what_can_not_be_cut_or_turned_over_is_told),
        ("a frame above the MTU of its receiver is told", a_frame_above_the_mtu_of_its_receiver_is_told),
        ("a flood is counted and ends", a_flood_is_counted_and_ends),
    ];
    conclude(tests.into_iter().map(|(name, test)| lab_test(name, &reason, test)).collect());
}
