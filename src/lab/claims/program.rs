//! What programs saw and where they are: `server saw "hello"`, `client returned connect`, `server waits accept`.

use super::Verdict;
use crate::{
    lab::{actor::ActorId, hosts::HostId, script::Run, stage::Stage, troupe::CallRecord},
    lesson::{
        diagnostic::Diagnostic,
        errno,
        script::{ActorRef, ReturnedLine, SawLine, Seen, WaitsLine},
    },
    timeline::event::Proto,
};

/// Waits until the program has received what the line says.
pub fn saw(run: &mut Run<'_, '_>, line: &SawLine) -> anyhow::Result<Verdict> {
    let mut limit = run.limit(line.within);
    loop {
        let stage = run.stage_mut()?;
        let reader = find(stage, &line.actor, |stage, id| {
            let player = &stage.troupe.players[id];
            !player.received.is_empty() || stage.troupe.call_of(id, None).is_some_and(receives)
        });
        let progress = match reader {
            Some(id) => consume(stage, id, &line.what),
            None => Progress::Waiting("the program has not asked for anything: no `recv` before this line".to_owned()),
        };
        match progress {
            Progress::Complete(detail) => return Ok(Verdict::held(detail)),
            Progress::Waiting(got) if run.has_passed(&mut limit) => {
                let message = format!("`{}` did not see that within {}", line.actor.host, limit.in_words());
                return Ok(Verdict::failed(Diagnostic::at(line.actor.span.clone(), message).label(got)));
            }
            Progress::Different(got) => {
                let message = format!("`{}` saw something else", line.actor.host);
                return Ok(Verdict::failed(Diagnostic::at(line.actor.span.clone(), message).label(got)));
            }
            Progress::Waiting(_) => run.wait_for(&mut limit)?,
        }
    }
}

fn receives(call: &CallRecord) -> bool {
    matches!(call.name, "recv" | "recvfrom")
}

enum Progress {
    Complete(String),
    Waiting(String),
    Different(String),
}

/// Takes from what was received what the line asks for, if it is there.
fn consume(stage: &mut Stage, id: ActorId, what: &Seen) -> Progress {
    let player = &mut stage.troupe.players[id];
    let is_stream = player.proto == Proto::Tcp;
    match what {
        Seen::End if !is_stream => Progress::Different("a datagram socket has no end".to_owned()),
        Seen::End => match player.received.front() {
            Some(first) if first.is_empty() => {
                player.received.pop_front();
                Progress::Complete("recv returned 0: the other side has finished sending".to_owned())
            }
            Some(first) => Progress::Different(format!("expected the end, got {}", quoted(first))),
            None => Progress::Waiting("expected the end, and nothing came".to_owned()),
        },
        Seen::Text(wanted) if is_stream => from_stream(player.received.make_contiguous(), wanted.len(), Some(wanted))
            .map_or_else(|progress| progress, |rest| finish_stream(stage, id, rest)),
        Seen::Count(count) if is_stream => from_stream(player.received.make_contiguous(), *count as usize, None)
            .map_or_else(|progress| progress, |rest| finish_stream(stage, id, rest)),
        Seen::Text(wanted) => match player.received.pop_front() {
            Some(got) if got == *wanted => Progress::Complete(String::new()),
            Some(got) => Progress::Different(format!("expected {}, got {}", quoted(wanted), quoted(&got))),
            None => Progress::Waiting(format!("expected {}, and nothing came", quoted(wanted))),
        },
        Seen::Count(count) => match player.received.pop_front() {
            Some(got) if got.len() == *count as usize => Progress::Complete(String::new()),
            Some(got) => Progress::Different(format!("expected {count} bytes, got {}", got.len())),
            None => Progress::Waiting(format!("expected {count} bytes, and nothing came")),
        },
    }
}

/// Whether a stream holds the wanted bytes; the answer is what remains of it afterwards.
fn from_stream(received: &[Vec<u8>], length: usize, wanted: Option<&[u8]>) -> Result<Vec<Vec<u8>>, Progress> {
    let data: Vec<u8> = received.concat();
    let have = data.len().min(length);
    let name = wanted.map_or_else(|| format!("{length} bytes"), quoted);
    if wanted.is_some_and(|wanted| wanted[..have] != data[..have]) {
        return Err(Progress::Different(format!("expected {name}, got {}", quoted(&data))));
    }
    if have < length {
        let ended = received.iter().any(Vec::is_empty);
        let got = if data.is_empty() { "nothing".to_owned() } else { quoted(&data) };
        let words = format!("expected {name}, got {got}");
        return Err(if ended {
            Progress::Different(format!("{words}, and then the end"))
        } else {
            Progress::Waiting(words)
        });
    }
    let mut rest: Vec<Vec<u8>> = Vec::new();
    if data.len() > length {
        rest.push(data[length..].to_vec());
    }
    // The end, if it has come, is behind all data.
    rest.extend(received.iter().filter(|piece| piece.is_empty()).cloned());
    Ok(rest)
}

fn finish_stream(stage: &mut Stage, id: ActorId, rest: Vec<Vec<u8>>) -> Progress {
    stage.troupe.players[id].received = rest.into();
    Progress::Complete(String::new())
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// Waits until a call has come back.
pub fn returned(run: &mut Run<'_, '_>, line: &ReturnedLine) -> anyhow::Result<Verdict> {
    let mut limit = run.limit(line.within);
    let wanted = line.fails.as_ref().map_or(0, |errno| errno.number);
    loop {
        let stage = run.stage_mut()?;
        let call = newest_call(stage, &line.actor, line.call.as_deref());
        let finding = match call {
            Err(finding) => finding,
            Ok(call) => match call.returned {
                Some(errno) if errno == wanted => return Ok(Verdict::held(call.text.clone())),
                Some(0) => return Ok(Verdict::failed(wrong_end(line, "it succeeded"))),
                Some(errno) => {
                    let name = errno::name(errno).unwrap_or("an unknown error");
                    return Ok(Verdict::failed(wrong_end(line, &format!("it failed with {name}"))));
                }
                None => format!("`{}` still waits in the kernel", call.name),
            },
        };
        if run.has_passed(&mut limit) {
            return Ok(Verdict::failed(wrong_end(line, &finding)));
        }
        run.wait_for(&mut limit)?;
    }
}

fn wrong_end(line: &ReturnedLine, finding: &str) -> Diagnostic {
    let name = line.call.as_deref().unwrap_or("the call");
    let wanted = match &line.fails {
        Some(errno) => format!("{name} did not fail with {}", errno.name),
        None => format!("{name} did not return"),
    };
    Diagnostic::at(line.actor.span.clone(), wanted).label(finding.to_owned())
}

/// Waits until a call sleeps in the kernel, and what is on the link does not wake it.
pub fn waits(run: &mut Run<'_, '_>, line: &WaitsLine) -> anyhow::Result<Verdict> {
    let mut limit = run.limit(line.within);
    run.drain()?;
    run.await_woken()?;
    loop {
        let stage = run.stage_mut()?;
        let finding = match newest_call(stage, &line.actor, line.call.as_deref()) {
            Err(finding) => finding,
            Ok(call) if call.returned.is_some() => format!("`{}` has returned", call.text),
            Ok(call) if call.waits => return Ok(Verdict::held(format!("{} sleeps in the kernel", call.text))),
            Ok(call) => format!("`{}` is running", call.text),
        };
        if run.has_passed(&mut limit) || finding.ends_with("has returned") {
            let message = format!("`{}` does not wait", line.actor.host);
            return Ok(Verdict::failed(Diagnostic::at(line.actor.span.clone(), message).label(finding)));
        }
        run.wait_for(&mut limit)?;
    }
}

/// The newest such call of the actor, or why there is none to speak of. One that has not begun is newer than all.
fn newest_call<'a>(stage: &'a Stage, actor: &ActorRef, name: Option<&str>) -> Result<&'a CallRecord, String> {
    let troupe = &stage.troupe;
    let id = find(stage, actor, |_, id| troupe.waits_its_turn(id, name) || troupe.call_of(id, name).is_some());
    match id {
        Some(id) if troupe.waits_its_turn(id, name) => Err("it waits its turn behind an earlier call".to_owned()),
        Some(id) => troupe.call_of(id, name).ok_or_else(|| "no such call was made".to_owned()),
        None => Err("no such call was made".to_owned()),
    }
}

/// The actor that a line means: by its name, or the host's newest that `fits`.
fn find(stage: &Stage, actor: &ActorRef, fits: impl Fn(&Stage, ActorId) -> bool) -> Option<ActorId> {
    let host: HostId = stage.book.hosts().id(&actor.host)?;
    match &actor.socket {
        Some(name) => stage.troupe.named(host, name),
        None => {
            (0..stage.troupe.players.len()).rev().find(|id| stage.troupe.players[*id].host == host && fits(stage, *id))
        }
    }
}
