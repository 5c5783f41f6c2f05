//! Kernel lines: `kernel server SYN-RECV`, `kernel client ESTABLISHED rtt=?r`.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::{
    Verdict,
    fields::{self, Checked, Difference},
    packet::Conversation,
};
use crate::{
    kernel::{
        socket::{Proto, canonical},
        state::TcpState,
    },
    lab::{
        frame::Seen,
        hosts::HostId,
        kernel_facts,
        script::{Limit, Run},
        stage::Stage,
        survey::{Sighting, socket_ref},
        values::Values,
    },
    lesson::{
        diagnostic::Diagnostic,
        script::{KernelLine, WhichSocket},
    },
    packet::TcpFlags,
    timeline::event::{Value, What},
};

/// Between two readings while a state is waited for. No event announces a change of state, so the kernel has to
/// be asked again.
const PAUSE: Duration = Duration::from_micros(500);
/// It doubles as long as nothing happens. What a kernel does of its own accord, when a timer runs out, takes longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(16);
/// While a frame is in our hands little happens without us.
const HELD_PAUSE: Duration = Duration::from_secs(1);

/// Which of a host's sockets are meant.
enum Meant {
    Listener,
    /// Those with this local end, and this remote one if it is known.
    Ends(SocketAddr, Option<SocketAddr>),
    /// The end of this conversation that belongs to the host.
    Side(Conversation),
    /// Nothing tells them apart: any that is connected.
    Any,
    /// One that is not there (yet): `accept` has not brought it.
    None,
}

/// Waits until the kernel says what the line says.
pub fn check(run: &mut Run<'_, '_>, line: &KernelLine) -> anyhow::Result<Verdict> {
    let Some(host) = run.stage()?.book.hosts().id(&line.host) else {
        anyhow::bail!("the lesson has no host `{}`", line.host);
    };
    // What has been opened shows in its packets.
    run.drain()?;
    if let Some(verdict) = not_of_tcp(line, host, run.stage()?) {
        return Ok(verdict);
    }
    let mut limit = run.limit(line.within);
    let mut pause = PAUSE;
    loop {
        let (stage, _, reading) = run.parts()?;
        let meant = meant(line, host, stage, reading.current);
        let sightings: Vec<Sighting> =
            run.look()?.into_iter().filter(|sighting| sighting.host == host && is_meant(&meant, sighting)).collect();
        if line.state == TcpState::Closed && sightings.is_empty() {
            run.observe()?;
            return Ok(Verdict::held("the kernel has no such TCP socket"));
        }
        let (_, values, _) = run.parts()?;
        let miss = match seek(line, &sightings, values) {
            Ok((sighting, bindings)) => return accept(run, &sighting, bindings),
            Err(miss) => miss,
        };
        if run.has_passed(&mut limit) {
            return Ok(Verdict::failed(explain(line, &sightings, miss, &limit)));
        }
        let (before, began) = (run.happenings()?, Instant::now());
        run.wait_until(&mut limit, began + pause)?;
        let most = if run.stage()?.holds_something() { HELD_PAUSE } else { LONGEST_PAUSE };
        pause = if run.happenings()? == before { (2 * pause).min(most) } else { PAUSE };
    }
}

/// A UDP socket that is called by its name: it is in none of TCP's states, and none of its numbers is asked for.
fn not_of_tcp(line: &KernelLine, host: HostId, stage: &Stage) -> Option<Verdict> {
    let WhichSocket::Named(name) = &line.which else { return None };
    let player = &stage.troupe.players[stage.troupe.named(host, name)?];
    (player.proto == Proto::Udp).then(|| {
        let message = format!("`{}.{name}` is a UDP socket, and only TCP sockets have states", line.host);
        let wrong = Diagnostic::at(line.state_span.clone(), message).label("a state of TCP");
        Verdict::failed(wrong.help("name a TCP socket, or take the line away"))
    })
}

fn meant(line: &KernelLine, host: HostId, stage: &Stage, current: Option<Conversation>) -> Meant {
    match &line.which {
        WhichSocket::Listener => Meant::Listener,
        WhichSocket::Named(name) => match stage.troupe.named(host, name).map(|id| &stage.troupe.players[id]) {
            Some(player) => player.ends().map_or(Meant::None, |(local, remote)| Meant::Ends(local, remote)),
            None => Meant::None,
        },
        WhichSocket::Conversation if line.state == TcpState::Listen => Meant::Listener,
        WhichSocket::Conversation => current
            .or_else(|| opened_last(stage))
            .map(Meant::Side)
            .or_else(|| newest_connected(host, stage))
            .unwrap_or(Meant::Any),
    }
}

/// The conversation that was asked for last.
fn opened_last(stage: &Stage) -> Option<Conversation> {
    let asks = |seen: &&Seen| {
        let flags = seen.packet.tcp().map_or(TcpFlags::NONE, |tcp| tcp.flags);
        flags.contains(TcpFlags::SYN) && !flags.contains(TcpFlags::ACK)
    };
    stage.frames.iter().rev().find(asks).and_then(Conversation::of)
}

/// Where packets can not be seen, the newest connected socket tells which conversation is meant.
fn newest_connected(host: HostId, stage: &Stage) -> Option<Meant> {
    let player = stage.troupe.newest(host, |player| player.connected)?;
    Some(Meant::Ends(stage.troupe.players[player].local?, stage.troupe.players[player].remote))
}

fn is_meant(meant: &Meant, sighting: &Sighting) -> bool {
    let view = &sighting.view;
    match meant {
        Meant::Listener => view.state == TcpState::Listen,
        Meant::Ends(local, remote) => view.has_ends(*local, *remote),
        Meant::Side(conversation) => {
            let between = |remote| Conversation::between(Some(view.proto), canonical(view.local), canonical(remote));
            let pair = view.remote.map(between);
            pair == Some(*conversation)
        }
        Meant::Any => view.state != TcpState::Listen,
        Meant::None => false,
    }
}

type Bindings = Vec<(String, Value)>;

fn seek(
    line: &KernelLine,
    sightings: &[Sighting],
    values: &Values,
) -> Result<(Sighting, Bindings), Option<Difference>> {
    let mut miss = None;
    for sighting in sightings.iter().filter(|sighting| sighting.view.state == line.state) {
        let mut bindings = Vec::new();
        let differs = line.fields.iter().find_map(|test| {
            match fields::check(test, kernel_facts::value(test.field.name, &sighting.view), values) {
                Checked::Holds { bind, .. } => {
                    bindings.extend(bind);
                    None
                }
                Checked::Differs(difference) => Some(difference),
            }
        });
        match differs {
            None => return Ok((sighting.clone(), bindings)),
            Some(difference) => miss = Some(difference),
        }
    }
    Err(miss)
}

fn accept(run: &mut Run<'_, '_>, sighting: &Sighting, bindings: Bindings) -> anyhow::Result<Verdict> {
    run.observe()?;
    let (stage, values, _, recorder) = run.all_parts()?;
    let host = stage.book.hosts().name(sighting.host).to_owned();
    let socket = socket_ref(&sighting.view);
    let facts = kernel_facts::all(&sighting.view);
    recorder.add_now(What::Reading { host, socket, state: sighting.view.state, facts });
    let bound = bindings.iter().map(|(name, value)| format!("{name} = {}", values.display(value)));
    let detail = bound.collect::<Vec<_>>().join(", ");
    for (name, value) in bindings {
        values.bind(&name, value, recorder);
    }
    Ok(Verdict::held(detail))
}

fn explain(line: &KernelLine, sightings: &[Sighting], miss: Option<Difference>, limit: &Limit) -> Diagnostic {
    let patience = limit.in_words();
    let host = &line.host;
    if let Some(difference) = miss {
        let message = format!("the kernel of `{host}` did not say so within {patience}");
        return Diagnostic::at(difference.span, message).label(difference.words);
    }
    let host = match &line.which {
        WhichSocket::Named(name) => format!("{host}.{name}"),
        WhichSocket::Conversation | WhichSocket::Listener => host.clone(),
    };
    let message = format!("no socket of `{host}` was {} within {patience}", line.state);
    let label = match sightings {
        [] => "the kernel has no such TCP socket (CLOSED)".to_owned(),
        several => {
            let states: Vec<&str> = several.iter().map(|sighting| sighting.view.state.name()).collect();
            format!("the kernel says {}", states.join(", "))
        }
    };
    Diagnostic::at(line.state_span.clone(), message).label(label)
}
