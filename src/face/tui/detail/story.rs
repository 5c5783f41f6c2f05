//! What is chosen, in plain words: a packet and what became of it, a call, or whatever else stands on the ladder.

use std::ops::Range;

use super::{
    super::{
        ladder::{brief, moment, times},
        reel::{CallTrack, Frame, Kind, Turn},
    },
    Subject, calls,
    sheet::{About, Sheet},
};
use crate::{
    face::{
        plain::{
            claims::find,
            ends::{self, Known},
            missed,
            wire::LEGEND,
        },
        text::{Line, Style, line::Ink},
    },
    kernel::state::TcpState,
    packet::{TcpFlags, decode, escape::preview},
    timeline::event::{Basis, CallResult, LinkKind, Outcome, SocketRef, What},
};

/// So many events behind a packet it is looked for what it changed.
const FAR: usize = 4_096;
/// Cells of the times.
const TIME: usize = 9;

pub(super) fn sheet(subject: &Subject<'_>, width: usize) -> Sheet {
    let about = |kind: usize, which: usize| -> About { (kind, which) };
    match subject.kind() {
        Some(Kind::Frame(index) | Kind::Arrival { first: index, .. }) => match subject.reel.frames().get(index) {
            Some(frame) => of_frame(subject, frame, Sheet::about(about(1, index)), width),
            None => Sheet::default(),
        },
        Some(Kind::Call(call) | Kind::Return(call)) => of_call(subject, call, Sheet::about(about(2, call)), width),
        Some(kind) => of_other(subject, kind, Sheet::about(about(3, subject.rung.unwrap_or(0))), width),
        None => nothing(subject, width),
    }
}

fn nothing(subject: &Subject<'_>, width: usize) -> Sheet {
    let mut sheet = Sheet::default();
    let words = match subject.reel.rungs_at(subject.position) {
        0 => "Nothing has been sent yet. What the lesson will do stands under Program.",
        _ => "Nothing is chosen. Choose a packet or a call on the ladder, and its story is told here.",
    };
    sheet.faint(words, width);
    sheet
}

fn of_frame(subject: &Subject<'_>, frame: &Frame, mut sheet: Sheet, width: usize) -> Sheet {
    sheet.paragraph(&head(subject, frame), width);
    sheet.paragraph(&Line::styled(&frame.explained.summary, Style::CODE), width);
    if !frame.explained.says.is_empty() {
        sheet.gap();
        sheet.paragraph(&Line::styled(&format!("\"{}\"", frame.explained.says), Style::STRONG), width);
    }
    let bullet = Line::styled(subject.theme.marks().bullet, Style::FAINT).with(" ", Style::PLAIN);
    frame.explained.details.iter().for_each(|detail| sheet.hanging(&bullet, &Line::plain(detail), width));
    course(subject, frame, &mut sheet, width);
    changes(subject, frame, &mut sheet, width);
    in_the_script(subject, frame, &mut sheet, width);
    sheet
}

/// `syn: client > server, sent at 0.048 ms`
fn head(subject: &Subject<'_>, frame: &Frame) -> Line {
    let (from, to, bytes) = subject.sending(frame);
    let mut line = Line::new();
    if let Some(label) = frame.label_at(subject.position) {
        line.push(&format!("{label}: "), Style::of(Ink::Heading).bold());
    }
    line.append(&subject.host(from));
    line.push(" > ", Style::PLAIN);
    line.append(&subject.host(to));
    let after = before(subject, frame).map_or_else(String::new, |before| {
        let after = frame.entered().0.saturating_sub(before.entered().0);
        format!(", {} after the packet before it", moment(after))
    });
    line.with(&format!("  sent at {}{after}, {} bytes", subject.time(frame.event), bytes.len()), Style::FAINT)
}

/// The packet that stands before it on the ladder, between the same hosts.
fn before<'s>(subject: &Subject<'s>, frame: &Frame) -> Option<&'s Frame> {
    let frames = subject.reel.frames();
    let stage = subject.reel.sockets().stage_at(frame.event);
    let earlier = &frames[..frames.partition_point(|other| other.event < frame.event)];
    let of_stage = earlier.iter().rev().take_while(|other| other.event >= stage);
    of_stage.into_iter().find(|other| !other.is_twin_at(subject.position))
}

/// What became of it, each with its time.
fn course(subject: &Subject<'_>, frame: &Frame, sheet: &mut Sheet, width: usize) {
    if let Some(event) = frame.is_twin.filter(|event| *event < subject.position) {
        sheet.heading("What became of it");
        let words = "It is another packet sent again while we held something: folded into that one, not delivered.";
        timed(subject, sheet, event, &Line::plain(words), width);
        return;
    }
    if !frame.is_on_wire {
        return next_of_receiver(subject, frame, sheet, width);
    }
    sheet.heading("What became of it");
    let mut told = 0;
    for turn in frame.turns_at(subject.position) {
        twins(subject, frame, told..turn.event, sheet, width);
        told = turn.event;
        timed(subject, sheet, turn.event, &turn_line(subject, frame, turn), width);
    }
    twins(subject, frame, told..subject.position, sheet, width);
    if frame.turns_at(subject.position).next().is_none() {
        sheet.faint("It is on its way.", width);
    }
    next_of_receiver(subject, frame, sheet, width);
}

fn turn_line(subject: &Subject<'_>, frame: &Frame, turn: &Turn) -> Line {
    let says = match turn.says.as_str() {
        "" => format!("It arrives, after {}.", moment(turn.at.0.saturating_sub(frame.entered().0))),
        says => says.to_owned(),
    };
    let arrow = (turn.mark)(&subject.theme.marks().fates);
    Line::styled(&format!("{arrow} "), Style::FAINT).with(&says, Style::PLAIN)
}

fn timed(subject: &Subject<'_>, sheet: &mut Sheet, event: usize, content: &Line, width: usize) {
    let lead = Line::styled(&format!("{:>TIME$}  ", subject.time(event)), Style::FAINT);
    sheet.hanging(&lead, content, width);
}

/// How often its sender has sent it again among these events, and when. It stands at the last of them.
fn twins(subject: &Subject<'_>, frame: &Frame, events: Range<usize>, sheet: &mut Sheet, width: usize) {
    const SHOWN: usize = 6;
    let repeated = frame.repeated_in(events);
    let Some((event, _)) = repeated.last() else { return };
    let count = repeated.len();
    let shown = &repeated[count.saturating_sub(SHOWN)..];
    let at: Vec<String> = shown.iter().map(|(event, _)| subject.time(*event)).collect();
    let last = if count > SHOWN { ", the last ones" } else { "" };
    let arrow = subject.theme.marks().fates.twin;
    let words = format!("Its sender has sent it again {}{last} at {}.", times(count), at.join(", "));
    let line = Line::styled(&format!("{arrow} "), Style::FAINT).with(&words, Style::PLAIN);
    timed(subject, sheet, *event, &line, width);
}

/// What its receiver sent next in the same conversation.
fn next_of_receiver(subject: &Subject<'_>, frame: &Frame, sheet: &mut Sheet, width: usize) {
    let Some((taken, answer)) = arrival(subject, frame).and_then(|taken| Some((taken, answer(subject, frame, taken)?)))
    else {
        return;
    };
    let (from, _, _) = subject.sending(answer);
    let after = subject.event(taken).map_or(0, |event| answer.entered().0.saturating_sub(event.at.0));
    let mut line = Line::plain("The next packet of ");
    line.append(&subject.host(from));
    line.push(&format!(", {} later: ", moment(after)), Style::PLAIN);
    line.push(&answer.explained.name, Style::CODE);
    if !frame.is_on_wire {
        sheet.gap();
    }
    timed(subject, sheet, answer.event, &line, width);
}

/// The event with which its receiver took it.
fn arrival(subject: &Subject<'_>, frame: &Frame) -> Option<usize> {
    if !frame.is_on_wire {
        return Some(frame.event);
    }
    frame.turns_at(subject.position).find(|turn| turn.is_taken).map(|turn| turn.event)
}

fn answer<'s>(subject: &Subject<'s>, frame: &Frame, taken: usize) -> Option<&'s Frame> {
    let flow = frame.explained.flow?;
    let frames = subject.reel.frames();
    let begin = frames.partition_point(|other| other.event <= taken);
    let seen = frames[begin..].iter().take(FAR).take_while(|other| other.event < subject.position);
    seen.into_iter().find(|other| other.explained.flow.is_some_and(|other| other.sender() == flow.receiver()))
}

/// The states that it changed at both ends.
fn changes(subject: &Subject<'_>, frame: &Frame, sheet: &mut Sheet, width: usize) {
    let mut is_inferred = false;
    let mut changed_to = Vec::new();
    for event in changed(subject, frame) {
        let Some(What::State { host, socket, from, to, basis }) = subject.event(event).map(|event| &event.what) else {
            continue;
        };
        // The kernel also confirms what an earlier packet has changed.
        let state = (host, socket, to);
        if is_confirmed(*from, *to) && !changed_to.contains(&state) {
            continue;
        }
        if changed_to.is_empty() {
            sheet.heading("What it changed");
        }
        changed_to.push(state);
        is_inferred |= *basis == Basis::Inferred;
        timed(subject, sheet, event, &new_state(subject, event), width);
    }
    if is_inferred {
        sheet.faint(LEGEND, width);
    }
}

/// It was in that state: the kernel says what had been concluded.
fn is_confirmed(from: Option<TcpState>, to: TcpState) -> bool {
    from == Some(to)
}

/// A socket's new state, or that the kernel confirms it.
fn new_state(subject: &Subject<'_>, event: usize) -> Line {
    let Some(What::State { host, socket, from, to, basis }) = subject.event(event).map(|event| &event.what) else {
        return Line::new();
    };
    let (host, known) = (subject.host(host), Known { state: *to, basis: *basis });
    let concluded = Known { state: *to, basis: Basis::Inferred };
    let confirmation = is_confirmed(*from, *to).then(|| ends::confirmation(&host, concluded, known)).flatten();
    confirmation.unwrap_or_else(|| ends::change(&host, *from, known, socket, subject.theme.marks()))
}

/// The events of these changes: of its sender if sending it changes something, and of its receiver from its arrival
/// up to what reaches that one next.
fn changed(subject: &Subject<'_>, frame: &Frame) -> Vec<usize> {
    let Some(flow) = frame.explained.flow else { return Vec::new() };
    let (from, to, bytes) = subject.sending(frame);
    let mut found = Vec::new();
    if is_turning_point(bytes) {
        let end = next_at(subject, frame, &flow.sender(), frame.event);
        found.extend(states_of(subject, from, &flow.sender(), frame.event..end));
    }
    if let Some(taken) = arrival(subject, frame) {
        let end = next_at(subject, frame, &flow.receiver(), taken);
        found.extend(states_of(subject, to, &flow.receiver(), taken..end));
    }
    found.sort_unstable();
    found
}

/// Whether sending it takes its sender to another state.
fn is_turning_point(bytes: &[u8]) -> bool {
    let turning = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST;
    decode(bytes).tcp().is_some_and(|tcp| tcp.flags.intersects(turning))
}

fn states_of<'s>(
    subject: &Subject<'s>,
    host: &str,
    socket: &SocketRef,
    events: Range<usize>,
) -> impl Iterator<Item = usize> + use<'s> {
    let track = subject.reel.sockets().get(host, socket);
    track.map_or(&[][..], |track| track.changes_in(events)).iter().map(|change| change.event)
}

/// Up to where a change of this end may come from this frame: the next packet that it takes, or with which it turns.
fn next_at(subject: &Subject<'_>, frame: &Frame, end: &SocketRef, since: usize) -> usize {
    let far = (since + FAR).min(subject.position);
    let frames = subject.reel.frames();
    let taken = subject.reel.taken_from(since + 1).iter().take_while(|taken| taken.event < far);
    let reached =
        taken.filter(|taken| receiver_of(&frames[taken.frame]).as_ref() == Some(end)).map(|taken| taken.event);
    let begin = frames.partition_point(|other| other.event <= since.max(frame.event));
    let sent = frames[begin..].iter().take_while(|other| other.event < far);
    let turned = sent.filter(|other| sender_of(other).as_ref() == Some(end) && ends_something(subject, other));
    reached.chain(turned.map(|other| other.event)).min().unwrap_or(far)
}

fn receiver_of(frame: &Frame) -> Option<SocketRef> {
    frame.explained.flow.map(crate::face::explain::Flow::receiver)
}

fn sender_of(frame: &Frame) -> Option<SocketRef> {
    frame.explained.flow.map(crate::face::explain::Flow::sender)
}

/// With a FIN or a reset an end goes on by itself; a SYN+ACK only answers.
fn ends_something(subject: &Subject<'_>, frame: &Frame) -> bool {
    let (_, _, bytes) = subject.sending(frame);
    decode(bytes).tcp().is_some_and(|tcp| tcp.flags.intersects(TcpFlags::FIN | TcpFlags::RST))
}

/// The claims that hold because of it, with what their author says.
fn in_the_script(subject: &Subject<'_>, frame: &Frame, sheet: &mut Sheet, width: usize) {
    let mut is_first = true;
    for event in frame.claims_at(subject.position) {
        let Some(What::Claim { line, text, outcome }) = subject.event(event).map(|event| &event.what) else { continue };
        if std::mem::take(&mut is_first) {
            sheet.heading("In the script");
        }
        let lead = Line::styled(subject.theme.marks().held, Style::GOOD).with(" ", Style::PLAIN);
        sheet.hanging(&lead, &Line::styled(text, Style::CODE), width);
        let below = Line::spaces(lead.width());
        if let Outcome::Held { detail, .. } = outcome
            && !detail.is_empty()
        {
            sheet.hanging(&below, &Line::plain(detail), width);
        }
        if let Some(comment) = find(subject.lesson, *line).and_then(|line| line.comment.as_deref()) {
            sheet.hanging(&below, &Line::styled(&format!("# {comment}"), Style::FAINT), width);
        }
    }
}

fn of_call(subject: &Subject<'_>, index: usize, mut sheet: Sheet, width: usize) -> Sheet {
    let Some(track) = subject.reel.calls().get(index) else { return sheet };
    let Some(What::CallEntered { host, socket, name, text, .. }) =
        subject.event(track.entered).map(|event| &event.what)
    else {
        return sheet;
    };
    let mut head = subject.host(host);
    if !socket.is_empty() && socket != host {
        head.push(&format!(".{socket}"), Style::PLAIN);
    }
    head.push("  ", Style::PLAIN);
    head.push(text, Style::CODE.bold());
    sheet.paragraph(&head, width);
    sheet.gap();
    timed(subject, &mut sheet, track.entered, &Line::plain("The program enters the kernel with it."), width);
    how_it_went(subject, track, &mut sheet, width);
    if let Some(does) = calls::does(subject.reel, index) {
        sheet.heading(&format!("What {name}() does"));
        sheet.paragraph(&Line::plain(does), width);
    }
    sheet
}

fn how_it_went(subject: &Subject<'_>, track: &CallTrack, sheet: &mut Sheet, width: usize) {
    let before = |event: Option<usize>| event.filter(|event| *event < subject.position);
    if let Some(waits) = before(track.waits) {
        timed(subject, sheet, waits, &Line::styled("It sleeps in the kernel.", Style::WARNING), width);
    }
    let returned = before(track.returned).and_then(|event| Some((event, subject.event(event)?)));
    let Some((event, What::CallReturned { took_ns, result, .. })) = returned.map(|(at, event)| (at, &event.what))
    else {
        let entered = subject.event(track.entered).map_or(subject.clock, |event| event.at);
        let words = format!("It has not come back for {}.", brief(subject.clock.0.saturating_sub(entered.0)));
        return sheet.hanging(&Line::spaces(TIME + 2), &Line::styled(&words, Style::of(Ink::Waits)), width);
    };
    timed(subject, sheet, event, &returned_line(*took_ns, result), width);
    if let Some(bytes) = &result.received {
        let words = Line::plain(&format!("The program received {} bytes: ", bytes.len()));
        sheet.hanging(&Line::spaces(TIME + 2), &words.with(&preview(bytes), Style::CODE), width);
    }
}

fn returned_line(took_ns: u64, result: &CallResult) -> Line {
    let style = if result.errno.is_some() { Style::WARNING.bold() } else { Style::STRONG };
    Line::plain("It comes back after ")
        .with(&brief(took_ns), Style::PLAIN)
        .with(": ", Style::PLAIN)
        .with(&result.text, style)
}

fn of_other(subject: &Subject<'_>, kind: Kind, mut sheet: Sheet, width: usize) -> Sheet {
    let Some(rung) = subject.chosen_rung() else { return sheet };
    match (kind, subject.event(rung.event).map(|event| &event.what)) {
        (Kind::States { last }, _) => of_states(subject, rung.event..last + 1, &mut sheet, width),
        (_, Some(What::Hand { text, .. })) => {
            sheet.heading("By hand");
            timed(subject, &mut sheet, rung.event, &Line::styled(text, Style::CODE), width);
            sheet.faint("Somebody has taken the wire in hand; the script did not ask for it.", width);
        }
        (_, Some(What::Notice { text })) => {
            timed(subject, &mut sheet, rung.event, &Line::styled(text, Style::WARNING), width);
        }
        (_, Some(What::CaptureLost { frames })) => {
            timed(subject, &mut sheet, rung.event, &Line::styled(&missed(*frames), Style::WARNING), width);
        }
        (_, Some(What::Lab { fresh, link, hosts, .. })) => {
            sheet.paragraph(&Line::plain(stage_words(*fresh, *link)), width);
            for host in hosts {
                let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
                let line = subject.host(&host.name).with(&format!("  {}", addresses.join(" ")), Style::FAINT);
                sheet.paragraph(&line, width);
            }
        }
        _ => {}
    }
    sheet
}

const fn stage_words(fresh: bool, link: LinkKind) -> &'static str {
    match (fresh, link) {
        (true, LinkKind::Loopback) => "A lab begins, on fresh hosts that talk over this machine's loopback.",
        (true, LinkKind::Wire) => "A lab begins, on fresh hosts with a wire between them, which this program carries.",
        (false, _) => "The next lab begins, on the same hosts.",
    }
}

fn of_states(subject: &Subject<'_>, events: Range<usize>, sheet: &mut Sheet, width: usize) {
    sheet.heading("New states");
    let mut is_inferred = false;
    for at in events.start..events.end.min(subject.position) {
        let Some(What::State { socket, basis, .. }) = subject.event(at).map(|event| &event.what) else {
            continue;
        };
        is_inferred |= *basis == Basis::Inferred;
        let mut line = new_state(subject, at);
        if let Some(remote) = socket.remote {
            line.push(&format!(" > {remote}"), Style::FAINT);
        }
        timed(subject, sheet, at, &line, width);
    }
    sheet.faint(if is_inferred { LEGEND } else { "They were read from the kernel." }, width);
}
