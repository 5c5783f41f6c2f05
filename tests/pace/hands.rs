//! The learner's hands on the wire of a script that goes on.

use std::time::Duration;

use libtest_mimic::Failed;
use wiretutor::{
    lab::cue::{Far, Standing},
    lesson::script::Treatment,
    timeline::event::{BlockRef, Event, Fate, FrameId, Outcome, What},
};

use super::{
    Test,
    desk::{Desk, embedded, ensure, lesson, story},
};

pub(super) const TESTS: &[Test] = &[
    ("a SYN+ACK that was dropped by hand comes again and the handshake goes on", the_synack_is_dropped),
    ("a SYN that was dropped by hand comes again and the handshake goes on", the_syn_is_dropped),
    ("a SYN that was corrupted by hand comes again and the handshake goes on", the_syn_is_corrupted),
    ("a SYN that was doubled by hand is a SYN", the_syn_is_doubled),
    ("a SYN that was delivered by hand need not be delivered", the_syn_is_delivered),
    ("a SYN that was delayed by hand is waited for", the_syn_is_delayed),
    ("a SYN that lets another one pass by hand is passed by its own repetition", the_syn_is_reordered),
    ("a SYN+ACK that was dropped after a long time is waited for as long as the kernel's timer runs", dropped_late),
    ("an ACK that was dropped by hand is asked for again", the_ack_is_dropped),
    ("a claim that can not hold any more says what was done by hand", delivered_too_early),
    ("what is done by hand names its frame", a_hand_names_its_frame),
    ("an open hand lets go what only it has held", flow),
    ("a hand that holds stays closed on fresh hosts", a_switch_stays),
    ("what the script frees a person goes on holding", the_script_frees),
    ("slow motion can be switched on and off while the script runs", slow),
    ("what is let go in slow motion takes its time", let_go_slowly),
];

const SYN: BlockRef = BlockRef { step: 2, block: 1 };

/// The handshake up to that packet in our hands, before the script's own deed with it.
fn with_syn() -> Result<Desk, Failed> {
    let lesson = embedded("handshake")?;
    let mut desk = Desk::begin(&lesson);
    desk.go_on_to(Standing::Step(SYN.step + 1))?;
    Ok(desk)
}

fn with_synack() -> Result<Desk, Failed> {
    let mut desk = with_syn()?;
    desk.go_on_to(Standing::Step(SYN.step + 2))?;
    Ok(desk)
}

fn no_claim_fails(desk: Desk) -> Result<Vec<Event>, Failed> {
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 0, || format!("{summary:?}: {}", story(&events)))?;
    Ok(events)
}

fn the_synack_is_dropped() -> Result<(), Failed> {
    let mut desk = with_synack()?;
    let first = desk.in_hand()?;
    desk.grip.treat(first, Treatment::Drop)?;
    desk.until("its end", |what| dropped(what, first))?;
    let events = no_claim_fails(desk)?;
    let ack = claimed(&events, "ack:")?;
    ensure(ack > first + 1, || format!("{ack}: {}", story(&events)))
}

fn dropped(what: &What, of: FrameId) -> Option<()> {
    matches!(what, What::Fate { frame, fate: Fate::Dropped { .. } } if *frame == of).then_some(())
}

/// The packet of a claim.
fn claimed(events: &[Event], label: &str) -> Result<FrameId, Failed> {
    let frame = events.iter().find_map(|event| match &event.what {
        What::Claim { text, outcome: Outcome::Held { frame, .. }, .. } if text.starts_with(label) => *frame,
        _ => None,
    });
    Ok(frame.ok_or_else(|| format!("no claim {label}"))?)
}

fn the_syn_is_dropped() -> Result<(), Failed> {
    let desk = with_syn()?;
    desk.grip.treat(desk.in_hand_first()?, Treatment::Drop)?;
    no_claim_fails(desk).map(drop)
}

fn the_syn_is_corrupted() -> Result<(), Failed> {
    let desk = with_syn()?;
    desk.grip.treat(desk.in_hand_first()?, Treatment::Corrupt { byte: None })?;
    no_claim_fails(desk).map(drop)
}

fn the_syn_is_doubled() -> Result<(), Failed> {
    let desk = with_syn()?;
    desk.grip.treat(desk.in_hand_first()?, Treatment::Duplicate)?;
    no_claim_fails(desk).map(drop)
}

fn the_syn_is_delivered() -> Result<(), Failed> {
    let mut desk = with_syn()?;
    desk.grip.deliver(desk.in_hand_first()?)?;
    desk.until_held()?;
    no_claim_fails(desk).map(drop)
}

fn the_syn_is_delayed() -> Result<(), Failed> {
    let desk = with_syn()?;
    desk.grip.treat(desk.in_hand_first()?, Treatment::Delay(Duration::from_millis(300)))?;
    no_claim_fails(desk).map(drop)
}

fn the_syn_is_reordered() -> Result<(), Failed> {
    let desk = with_syn()?;
    desk.grip.treat(desk.in_hand_first()?, Treatment::Reorder)?;
    no_claim_fails(desk).map(drop)
}

/// The server's timer has doubled twice meanwhile: it needs longer than a line's usual patience.
fn dropped_late() -> Result<(), Failed> {
    let mut desk = with_synack()?;
    let synack = desk.in_hand()?;
    let of_synack =
        |what: &What| matches!(what, What::Fate { fate: Fate::Twin { of }, .. } if *of == synack).then_some(());
    desk.until("a twin", of_synack)?;
    desk.until("another twin", of_synack)?;
    desk.grip.treat(synack, Treatment::Drop)?;
    let events = no_claim_fails(desk)?;
    let waits =
        |event: &Event| matches!(&event.what, What::Notice { text } if text.starts_with("`synack` will not arrive"));
    ensure(events.iter().any(waits), || story(&events))
}

fn the_ack_is_dropped() -> Result<(), Failed> {
    let mut desk = with_synack()?;
    let block = BlockRef { step: SYN.step + 2, block: 3 };
    desk.go_on_to(Standing::Block(block))?;
    let ack = desk.in_hand()?;
    desk.grip.treat(ack, Treatment::Drop)?;
    desk.until("its end", |what| dropped(what, ack))?;
    desk.go_on(Far::Beat)?;
    let held = matches!(desk.claim("server listener LISTEN accept_queue=1")?, Outcome::Held { .. });
    ensure(held, || desk.story())
}

/// The lesson is about to say that the SYN was sent again while we held it.
fn delivered_too_early() -> Result<(), Failed> {
    let lesson = embedded("handshake")?;
    let mut desk = Desk::begin(&lesson);
    desk.go_on_to(Standing::Block(BlockRef { step: SYN.step, block: 4 }))?;
    desk.grip.deliver(desk.in_hand_first()?)?;
    desk.until_held()?;
    desk.until_it_waits()?;
    desk.go_on(Far::Beat)?;
    let Outcome::Failed { report, .. } = desk.claim("holds syn twins")? else {
        return Err(format!("it holds: {}", desk.story()).into());
    };
    ensure(report.contains("done by hand on these hosts: wire deliver packet 0 (before this block)"), || {
        report.clone()
    })?;
    // The challenge at the end has hosts of its own.
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 1, || format!("{summary:?}: {}", story(&events)))
}

impl Desk {
    /// The frame that has been held for the longest time.
    fn in_hand_first(&self) -> Result<FrameId, Failed> {
        let begun = self.events.iter().rposition(|event| matches!(event.what, What::Lab { fresh: true, .. }));
        let held = self.events[begun.unwrap_or(0)..].iter().find_map(|event| match &event.what {
            What::Fate { frame, fate: Fate::Held } => Some(*frame),
            _ => None,
        });
        Ok(held.ok_or("nothing is held")?)
    }
}

fn a_hand_names_its_frame() -> Result<(), Failed> {
    let mut desk = with_syn()?;
    let syn = desk.in_hand_first()?;
    desk.grip.deliver(syn)?;
    let frame = desk.until("the deed", |what| match what {
        What::Hand { frame, .. } => Some(*frame),
        _ => None,
    })?;
    ensure(frame == Some(syn), || format!("{frame:?}"))
}

const LISTEN: &str = "```lab\nserver listen tcp 8080\n```";
const CONNECT: &str = "```lab\nwire hold server > client SYN+ACK\nclient connect server:8080\nclient > server SYN\n```";

fn flow() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[LISTEN, CONNECT, "Text."])?);
    desk.go_on_to(Standing::Step(1))?;
    desk.grip.hold()?;
    desk.go_on_to(Standing::Step(2))?;
    let syn = desk.in_hand()?;
    desk.grip.flow()?;
    ensure(!desk.grip.holds(), || "it holds".to_owned())?;
    // The SYN goes; its answer is held by the script, whose rule stands.
    let synack = desk.until_held()?;
    ensure(synack > syn, || format!("{synack}"))?;
    desk.grip.hold()?;
    desk.grip.flow()?;
    desk.until("the deed", |what| matches!(what, What::Hand { text, .. } if text == "wire flow").then_some(()))?;
    desk.grip.deliver(synack)?;
    desk.until("the ACK", |what| match what {
        What::Fate { frame, fate: Fate::Left { .. } } if *frame > synack => Some(()),
        _ => None,
    })
}

const FRESH: &str = "```lab wire\nserver listen tcp 8080\nclient connect server:8080\nsyn: client > server SYN\n```";
const LOOPBACK: &str =
    "```lab loopback\nserver listen tcp 8080\nclient connect server:8080\nkernel client ESTABLISHED\n```";

fn a_switch_stays() -> Result<(), Failed> {
    let mut desk = Desk::begin(&lesson(&[LISTEN, LOOPBACK, FRESH, "Text."])?);
    desk.go_on_to(Standing::Step(1))?;
    desk.grip.hold()?;
    desk.go_on_to(Standing::Step(2))?;
    ensure(matches!(desk.claim("kernel client ESTABLISHED")?, Outcome::Held { .. }), || desk.story())?;
    desk.go_on_to(Standing::Step(3))?;
    desk.in_hand()?;
    let holds =
        desk.events.iter().filter(|event| matches!(&event.what, What::Hand { text, .. } if text == "wire hold"));
    ensure(holds.count() == 2, || desk.story())?;
    desk.grip.flow()?;
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 0, || story(&events))
}

fn the_script_frees() -> Result<(), Failed> {
    let free = "```lab\nwire free\n```";
    let mut desk = Desk::begin(&lesson(&[LISTEN, CONNECT, free, "Text."])?);
    desk.go_on_to(Standing::Step(1))?;
    desk.grip.hold()?;
    desk.go_on_to(Standing::Step(3))?;
    let syn = desk.in_hand()?;
    let gone = desk.events.iter().any(|event| matches!(event.what, What::Fate { fate: Fate::Left { .. }, .. }));
    ensure(desk.grip.holds() && !gone, || desk.story())?;
    // Now nobody holds anything any more: the whole handshake goes through.
    desk.grip.flow()?;
    desk.until("the ACK", |what| match what {
        What::Fate { frame, fate: Fate::Left { .. } } if *frame == syn + 2 => Some(()),
        _ => None,
    })
}

fn slow() -> Result<(), Failed> {
    let send = "```lab\nclient connect server:8080\nclient > server SYN\nclient > server ACK\n```";
    let mut desk = Desk::begin(&lesson(&[LISTEN, send, "Text."])?);
    desk.go_on_to(Standing::Step(1))?;
    let pace = Duration::from_millis(1200);
    desk.grip.slow(Some(pace))?;
    ensure(desk.grip.is_slow(), || "it is not".to_owned())?;
    // Two packets stand between the call and the last claim, which has two seconds by itself.
    desk.go_on_to(Standing::Step(2))?;
    let delayed = desk.events.iter().find_map(|event| match event.what {
        What::Fate { fate: Fate::Delayed { by_ns }, .. } => Some(u128::from(by_ns)),
        _ => None,
    });
    ensure(delayed == Some(pace.as_nanos()), || format!("{delayed:?}"))?;
    desk.grip.slow(None)?;
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 0, || story(&events))
}

fn let_go_slowly() -> Result<(), Failed> {
    let pace = Duration::from_millis(400);
    let mut desk = with_syn()?;
    desk.grip.slow(Some(pace))?;
    let syn = desk.in_hand()?;
    desk.grip.deliver(syn)?;
    desk.until("the SYN at the server", |what| match what {
        What::Fate { frame, fate: Fate::Left { .. } } if *frame == syn => Some(()),
        _ => None,
    })?;
    let at = |is_meant: fn(&Fate) -> bool| {
        desk.events.iter().find_map(|event| match &event.what {
            What::Fate { frame, fate } if *frame == syn && is_meant(fate) => Some(event.at.0),
            _ => None,
        })
    };
    let let_go = at(|fate| matches!(fate, Fate::Delayed { .. })).ok_or("it went at once")?;
    let arrived = at(|fate| matches!(fate, Fate::Left { .. })).ok_or("it has not arrived")?;
    ensure(u128::from(arrived - let_go) >= pace.as_nanos(), || format!("{} ns", arrived - let_go))?;
    let (summary, events) = desk.end()?;
    ensure(summary.failed == 0, || story(&events))
}
