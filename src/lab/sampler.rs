//! Samples of `TCP_INFO` along a transfer: at each acknowledgement that reaches a host, or at an interval.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::{
    hosts::HostId,
    kernel_facts,
    record::Recorder,
    stage::Stage,
    survey::{Survey, socket_ref},
};
use crate::{
    kernel::{socket::SocketView, state::TcpState},
    lesson::script::Rhythm,
    link::LinkKind,
    packet::TcpFlags,
    timeline::event::{Fact, What},
};

/// What a sample holds of all that the kernel says: what changes along a transfer.
const SAMPLED: [&str; 14] = [
    "cwnd",
    "ssthresh",
    "rtt",
    "rttvar",
    "rto",
    "in_flight",
    "unacked",
    "sacked",
    "lost",
    "retrans",
    "total_retrans",
    "snd_wnd",
    "bytes_acked",
    "pacing",
];

/// While frames flow, nobody waits for a quiet point: the states are read as often as this.
const STATES: Duration = Duration::from_millis(50);

/// Which hosts are sampled, and when again.
#[derive(Debug, Default)]
pub struct Sampler {
    rhythms: BTreeMap<HostId, Beat>,
    /// When the states were read last, and how many frames there were.
    states: Option<(Instant, usize)>,
}

#[derive(Clone, Copy, Debug)]
enum Beat {
    Acks,
    Every { interval: Duration, next: Instant },
}

impl Sampler {
    pub fn set(&mut self, host: HostId, rhythm: Rhythm, stage: &mut Stage) {
        match rhythm {
            Rhythm::Off => drop(self.rhythms.remove(&host)),
            Rhythm::Acks => drop(self.rhythms.insert(host, Beat::Acks)),
            Rhythm::Every(interval) => {
                self.rhythms.insert(host, Beat::Every { interval, next: Instant::now() });
            }
        }
        let wants_arrivals = self.rhythms.values().any(|beat| matches!(beat, Beat::Acks));
        stage.arrivals = wants_arrivals.then(|| stage.arrivals.take().unwrap_or_default());
    }

    /// Whether frames have flowed on the wire since the states were read last, and that was a while ago.
    pub fn wants_states(&mut self, stage: &Stage) -> bool {
        if stage.kind() != LinkKind::Wire || stage.holds_something() {
            return false;
        }
        let (read_at, frames) = *self.states.get_or_insert_with(|| (Instant::now(), stage.frames.len()));
        let is_time = frames != stage.frames.len() && read_at.elapsed() >= STATES;
        if is_time {
            self.states = Some((Instant::now(), stage.frames.len()));
        }
        is_time
    }

    /// When the next sample is to be taken by the clock.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let next = |beat: &Beat| match beat {
            Beat::Acks => None,
            Beat::Every { next, .. } => Some(*next),
        };
        self.rhythms.values().filter_map(next).min()
    }

    /// Takes the samples for which the time has come.
    pub fn tick(&mut self, stage: &mut Stage, survey: &Survey, recorder: &mut Recorder<'_>) -> io::Result<()> {
        if self.rhythms.is_empty() {
            return Ok(());
        }
        self.at_acks(stage, survey, recorder)?;
        let now = Instant::now();
        for (host, beat) in &mut self.rhythms {
            if let Beat::Every { interval, next } = beat
                && *next <= now
            {
                *next = now + *interval;
                for sighting in survey.look_at(*host, stage)? {
                    add(&sighting.view, *host, stage, recorder);
                }
            }
        }
        Ok(())
    }

    fn at_acks(&self, stage: &mut Stage, survey: &Survey, recorder: &mut Recorder<'_>) -> io::Result<()> {
        let arrived = stage.arrivals.as_mut().map(std::mem::take).unwrap_or_default();
        for id in arrived {
            let Some((host, local, remote)) = acknowledged(id, stage) else { continue };
            if !matches!(self.rhythms.get(&host), Some(Beat::Acks)) {
                continue;
            }
            if let Some(view) = survey.one(host, local, remote)? {
                add(&view, host, stage, recorder);
            }
        }
        Ok(())
    }
}

/// Whom a frame has brought an acknowledgement, and of which connection.
fn acknowledged(id: u64, stage: &Stage) -> Option<(HostId, SocketAddr, SocketAddr)> {
    let seen = stage.frames.get(usize::try_from(id).ok()?)?;
    let brings_one = seen.packet.tcp()?.flags.contains(TcpFlags::ACK);
    // Where a router stands between, it has not arrived before its last hop.
    let has_arrived = seen.hop.to == seen.route.to;
    (brings_one && has_arrived).then_some((seen.route.to, seen.packet.destination()?, seen.packet.source()?))
}

fn add(view: &SocketView, host: HostId, stage: &Stage, recorder: &mut Recorder<'_>) {
    if view.state == TcpState::Listen || view.info.is_none() {
        return;
    }
    let fact = |name: &&str| Some(Fact { name: (*name).to_owned(), value: kernel_facts::value(name, view)? });
    let facts = SAMPLED.iter().filter_map(fact).collect();
    let host = stage.book.hosts().name(host).to_owned();
    recorder.add_now(What::Sample { host, socket: socket_ref(view), facts });
}
