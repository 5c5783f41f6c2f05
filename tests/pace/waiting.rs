//! Where the script waits, what it takes for a cue, and what happens while it waits.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use rustix::time::{ClockId, clock_gettime};
use wiretutor::{
    kernel::state::TcpState,
    lab::{
        cue::{Cue, Far, Standing},
        script::{self, Conduct},
    },
    lesson::{
        beats::beats,
        model::{Block, Lesson},
    },
    link::Watch,
    timeline::event::{Basis, BlockRef, Event, Outcome, What},
};

use super::{
    Test,
    desk::{Desk, embedded, ensure, lesson, story, typed},
};

pub(super) const TESTS: &[Test] = &[
    ("with beat cues the handshake waits in every place and all its claims hold", every_place_of_the_handshake),
    ("with line cues it waits before every line", every_line),
    ("a double press does not skip what nobody has read", a_double_press),
    ("a typed line is run at once and counts for nothing", a_typed_line),
    ("a line that was typed too early is run when hosts stand", a_line_typed_too_early),
    ("nobody is made to read while a packet is late", a_late_packet),
    ("a failed claim ends the lines of its hosts and nothing else", a_failed_claim),
    ("what happens while it waits shows", what_happens_while_it_waits),
    ("all that the kernel says is told with the states", details),
    ("the UDP sockets of each host are told of as they come, fill and go", udp_sockets),
    ("states that are read while packets flow never go back", never_back),
    ("who leaves while it waits is not waited for", leaving),
    ("who leaves before there are hosts is not waited for", leaving_without_hosts),
    ("while nothing happens it uses no processor", no_processor),
    ("at the kernel's pace nobody is told of pauses", the_kernels_pace),
];

/// Where a lesson is to wait with beat cues or line cues.
fn places(lesson: &Lesson, far: Far) -> Vec<Standing> {
    let mut places = Vec::new();
    for (step, content) in lesson.steps.iter().enumerate() {
        places.extend((step > 0).then_some(Standing::Step(step)));
        for (block, content) in content.blocks.iter().enumerate() {
            let at = BlockRef { step, block };
            match content {
                Block::Lab(lab) => {
                    let lines: Vec<usize> = match far {
                        Far::Beat => beats(&lab.lines).iter().map(|beat| beat.start).collect(),
                        Far::Line => (0..lab.lines.len()).collect(),
                    };
                    places.push(Standing::Block(at));
                    places.extend(lines.into_iter().skip(1).map(|line| Standing::Beat { block: at, line }));
                }
                Block::Challenge(_) => places.extend([Standing::Block(at), Standing::Learner(at)]),
                Block::Prose(_) | Block::Predict(_) => {}
            }
        }
    }
    places.push(Standing::End);
    places
}

fn walks(far: Far) -> Result<Vec<Event>, Failed> {
    let lesson = embedded("handshake")?;
    let mut desk = Desk::begin(&lesson);
    let walked = desk.walk(far)?;
    let wanted = places(&lesson, far);
    ensure(walked == wanted, || format!("{walked:#?} instead of {wanted:#?}"))?;
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 0 && summary.claims > 40, || format!("{summary:?}: {}", story(&events)))?;
    Ok(events)
}

fn every_place_of_the_handshake() -> Result<(), Failed> {
    let events = walks(Far::Beat)?;
    ensure(matches!(events[0].what, What::Lesson { .. }), || format!("{:?}", events[0]))
}

fn every_line() -> Result<(), Failed> {
    walks(Far::Line).map(drop)
}

const LISTEN: &str = "```lab\nserver listen tcp 8080\nkernel server LISTEN\nclient connect server:8080\n\
                      kernel client ESTABLISHED\n```";

fn block(step: usize) -> BlockRef {
    BlockRef { step, block: 1 }
}

fn a_double_press() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[LISTEN, "Only text."])?);
    desk.until_at(Standing::Block(block(0)))?;
    let pressed: Vec<bool> = (0..10).map(|_| desk.cue.go_on(Far::Beat)).collect();
    let first_only = pressed[0] && pressed[1..].iter().all(|taken| !taken);
    let at = desk.until_elsewhere()?;
    ensure(first_only && at == Standing::Beat { block: block(0), line: 2 }, || format!("{pressed:?} {at:?}"))?;
    ensure(!desk.cue.judge() && !desk.cue.skip(), || "there is no challenge".to_owned())?;
    let (summary, _) = desk.end()?;
    ensure(summary.failed == 0, || format!("{summary:?}"))
}

fn a_typed_line() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[LISTEN, "Only text."])?);
    desk.go_on_to(Standing::Step(1))?;
    let lines = ["server accept as peer", "client send \"hello\"", "client > server len=5"];
    for line in lines.into_iter().chain(["kernel client FIN-WAIT-1 within 10ms", "client connect server:81"]) {
        desk.cue.say(typed(line)?);
    }
    let refused = desk.until("the claim", |what| match what {
        What::Claim { line: 0, outcome: Outcome::Failed { report, .. }, .. } => Some(report.clone()),
        _ => None,
    })?;
    ensure(refused.contains("typed:1:15") && refused.contains("the kernel says ESTABLISHED"), || refused.clone())?;
    desk.until("the refusal", |what| match what {
        What::CallReturned { result, .. } => result.errno.as_ref().filter(|errno| *errno == "ECONNREFUSED").map(drop),
        _ => None,
    })?;
    let at = desk.until_it_waits()?;
    ensure(at == Standing::Step(1), || format!("{at:?}"))?;
    ensure(matches!(desk.claim("client > server len=5")?, Outcome::Held { .. }), || desk.story())?;
    let (summary, events) = desk.end()?;
    let lines = events.iter().filter(|event| matches!(event.what, What::Line { line: 0, .. })).count();
    ensure((summary.claims, summary.failed, lines) == (2, 0, 5), || format!("{summary:?}: {}", story(&events)))
}

fn a_line_typed_too_early() -> Result<(), Failed> {
    let cue = Cue::default();
    let mut desk = Desk::conducted(&lesson(&[LISTEN])?, Conduct { cue: Some(cue), ..Conduct::default() });
    desk.until_at(Standing::Block(block(0)))?;
    desk.cue.say(typed("client socket tcp as mine")?);
    desk.cue.go_on(Far::Beat);
    desk.until("the typed line", |what| matches!(what, What::Line { line: 0, .. }).then_some(()))?;
    let before = desk.events.iter().filter(|event| matches!(event.what, What::Line { .. })).count();
    ensure(before == 3, || format!("it did not wait for the end of the beat: {}", desk.story()))
}

/// The client does not wait for the late packet: it sends it again, and the lines are done long before it arrives.
fn a_late_packet() -> Result<(), Failed> {
    let lines = "client send \"late\"\nclient > server len=4\nserver accept as peer\nserver.peer recv\n\
                 server.peer saw \"late\"\nclient close\nclient > server FIN\n```";
    let beats = |before: &str| -> Result<Vec<usize>, Failed> {
        let mut desk = Desk::begin(&lesson(&[LISTEN, &format!("```lab\n{before}{lines}")])?);
        let places = desk.walk(Far::Beat)?;
        let (summary, events) = desk.end()?;
        ensure(summary.failed == 0, || story(&events))?;
        let lines = places.into_iter().filter_map(|place| match place {
            Standing::Beat { block, line } if block == self::block(1) => Some(line),
            _ => None,
        });
        Ok(lines.collect())
    };
    let (timely, late) = (beats("")?, beats("wire delay 1500ms client > server len>0\n")?);
    ensure(timely == [2, 5] && late.is_empty(), || format!("{timely:?} {late:?}"))
}

fn a_failed_claim() -> Result<(), Failed> {
    let wrong = "```lab\nserver listen tcp 8080\nkernel server ESTABLISHED within 10ms\nserver listen tcp 8081\n```";
    let more = "```lab\nserver listen tcp 8082\n```";
    let fresh = "```lab wire\nserver listen tcp 8083\nkernel server LISTEN\n```";
    let lesson = lesson(&[wrong, more, fresh])?;
    let mut desk = Desk::begin(&lesson);
    let mut wanted = places(&lesson, Far::Beat);
    wanted.retain(|at| *at != Standing::Beat { block: block(0), line: 2 });
    let walked = desk.walk(Far::Beat)?;
    ensure(walked == wanted, || format!("{walked:#?}"))?;
    let (summary, events) = desk.end()?;
    let ran = |port: &str| {
        let is_it = |event: &&Event| matches!(&event.what, What::Line { text, .. } if text.ends_with(port));
        events.iter().any(|event| is_it(&event))
    };
    let ran = [8080, 8081, 8082, 8083].map(|port: u32| ran(&port.to_string()));
    ensure(ran == [true, false, false, true], || format!("{ran:?}: {}", story(&events)))?;
    let kind =
        events.iter().filter(|event| matches!(&event.what, What::Notice { text } if text.contains("can be run again")));
    ensure(kind.count() == 2 && (summary.claims, summary.failed) == (2, 1), || format!("{summary:?}"))
}

const HELD: &str =
    "```lab\nserver listen tcp 8080\nwire hold\nclient connect server:8080\nsyn: client > server SYN\n```";

fn what_happens_while_it_waits() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[HELD, "Only text."])?);
    desk.go_on_to(Standing::Step(1))?;
    desk.until_twin()?;
    // Three packets, each let go by hand; in the end both kernels say that they are connected.
    let mut frame = desk.in_hand_of(0)?;
    for _ in 0..2 {
        desk.grip.deliver(frame)?;
        frame = desk.until_held()?;
    }
    desk.grip.deliver(frame)?;
    for _ in 0..2 {
        desk.until("ESTABLISHED", |what| match what {
            What::State { to: TcpState::Established, basis: Basis::Observed, .. } => Some(()),
            _ => None,
        })?;
    }
    desk.until_it_waits()?;
    let returned =
        desk.events.iter().any(|event| matches!(&event.what, What::CallReturned { result, .. } if result.value == 0));
    ensure(returned, || format!("{:#?}", desk.events))
}

impl Desk {
    /// The frame with this number, which has to be held.
    fn in_hand_of(&self, frame: u64) -> Result<u64, Failed> {
        let held = self.in_hand()?;
        ensure(held == frame, || format!("{held}")).map(|()| frame)
    }
}

fn details() -> Result<(), Failed> {
    let told = |details| -> Result<usize, Failed> {
        let mut desk = Desk::conducted(&lesson(&[LISTEN])?, Conduct { details, ..Conduct::default() });
        desk.go_on_to(Standing::End)?;
        let readings = desk.events.iter().filter_map(|event| match &event.what {
            What::Reading { host, facts, .. } => Some((host.clone(), facts.clone())),
            _ => None,
        });
        let readings: Vec<_> = readings.collect();
        let server_side = readings.iter().filter(|(host, facts)| host == "server" && facts.len() > 10).count();
        ensure(!details || server_side > 0, || format!("{readings:?}"))?;
        Ok(readings.len())
    };
    let (with, without) = (told(true)?, told(false)?);
    ensure(without == 2 && with > 4, || format!("{with} readings, and {without} of claims alone"))
}

/// The memory that a datagram takes is the kernel's business; that it takes none when it has been read is ours.
fn udp_sockets() -> Result<(), Failed> {
    let steps = ["server bind udp 5300", "client sendto server:5300 \"five!\"", "server recvfrom", "server close"];
    let steps = steps.map(|line| format!("```lab\n{line}\n```"));
    let lesson = lesson(&[&steps[0], &steps[1], &steps[2], &steps[3], "Text."])?;
    let mut desk = Desk::conducted(&lesson, Conduct { details: true, ..Conduct::default() });
    let mut told = Vec::new();
    for step in 1..5 {
        desk.go_on_to(Standing::Step(step))?;
        let of_server = desk.events.iter().rev().find_map(|event| match &event.what {
            What::UdpSockets { host, sockets } if host == "server" => Some(sockets.clone()),
            _ => None,
        });
        told.push(of_server.ok_or("nothing is told of the server")?);
    }
    let fills: Vec<Option<bool>> =
        told.iter().map(|sockets| sockets.first().map(|socket| socket.receive_memory > 5)).collect();
    ensure(fills == [Some(false), Some(true), Some(false), None], || format!("{told:#?}"))?;
    let local = told[0][0].local;
    ensure(local.port() == 5300 && told[0][0].remote.is_none(), || format!("{local}"))?;
    let without = Desk::conducted(&lesson, Conduct::default()).told_of_udp()?;
    ensure(!without, || "who does not ask for details is not told".into())
}

impl Desk {
    fn told_of_udp(mut self) -> Result<bool, Failed> {
        self.go_on_to(Standing::End)?;
        Ok(self.events.iter().any(|event| matches!(event.what, What::UdpSockets { .. })))
    }
}

fn leaving() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[HELD, "Only text."])?);
    desk.go_on_to(Standing::Step(1))?;
    let took = desk.leave()?;
    ensure(took < Duration::from_secs(1), || format!("{took:?}"))
}

fn leaving_without_hosts() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[HELD])?);
    desk.until_at(Standing::Block(block(0)))?;
    let took = desk.leave()?;
    ensure(took < Duration::from_secs(1), || format!("{took:?}"))
}

/// Between two twins, which a second or more lies between.
fn no_processor() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[HELD, "Only text."])?);
    desk.go_on_to(Standing::Step(1))?;
    desk.until_twin()?;
    desk.until_it_waits()?;
    let (used, began) = (processor(), Instant::now());
    desk.until_twin()?;
    let (used, took) = (processor().saturating_sub(used), began.elapsed());
    ensure(took > Duration::from_millis(700), || format!("the twins came within {took:?}"))?;
    ensure(used < took / 50, || format!("{used:?} of {took:?}"))
}

/// What this process has used so far.
fn processor() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap_or(0), u32::try_from(used.tv_nsec).unwrap_or(0))
}

fn the_kernels_pace() -> Result<(), Failed> {
    let (tell, events) = mpsc::channel();
    let mut sink = |event: &Event| {
        let _ = tell.send(event.clone());
        std::ops::ControlFlow::Continue(())
    };
    let summary = script::run_with(&lesson(&[LISTEN, "Text."])?, Watch::Private, Conduct::default(), &mut sink);
    let summary = summary.map_err(|error| format!("{error:#}"))?;
    drop(tell);
    let events: Vec<Event> = events.iter().collect();
    ensure((summary.claims, summary.failed) == (2, 0), || format!("{events:#?}"))
}

/// After a pause the states are read at the first packet that flows: then the next ones are just arriving.
fn never_back() -> Result<(), Failed> {
    let close = |port: usize| {
        format!(
            "```lab\nserver  listen tcp {port} as door{port}\nclient  connect server:{port} as c{port}\n\
             server.door{port}  accept as peer{port}\nsilent  for 60ms\nserver.peer{port} close\nclient.c{port}  recv\n\
             client.c{port}  close\n```"
        )
    };
    let steps: Vec<String> = (8080..8088).map(close).collect();
    let lesson = lesson(&steps.iter().map(String::as_str).collect::<Vec<_>>())?;
    let (_, events) = Desk::begin(&lesson).end()?;
    let mut left = std::collections::BTreeMap::<_, Vec<TcpState>>::new();
    for event in &events {
        match &event.what {
            What::Lab { fresh: true, .. } => left.clear(),
            What::State { host, socket, to, .. } => {
                let states = left.entry((host, socket)).or_default();
                let is_back = states.last() != Some(to) && states.contains(to);
                ensure(!is_back, || format!("{host} is {to} again: {states:?}\n{}", story(&events)))?;
                states.push(*to);
            }
            _ => {}
        }
    }
    ensure(!left.is_empty(), || "no state was told".to_owned())
}
