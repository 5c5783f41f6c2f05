//! What the kernel says of a socket in the words of the lesson language: the value of each field of
//! `lesson::fields::KERNEL`.

use std::time::Duration;

use crate::{
    kernel::{
        socket::{SocketView, TimerKind},
        state::TcpState,
        tcp_info::TcpInfo,
    },
    lesson::fields,
    timeline::event::{Fact, Value},
};

/// The value of a field by its name; `None` where the kernel says nothing about it for a socket in this state.
#[must_use]
pub fn value(name: &str, view: &SocketView) -> Option<Value> {
    let listens = view.state == TcpState::Listen;
    match name {
        "rq" if !listens => Some(number(view.receive_queue)),
        "sq" if !listens => Some(number(view.send_queue)),
        "accept_queue" if listens => Some(number(view.receive_queue)),
        "backlog" if listens => Some(number(view.send_queue)),
        "timer" => Some(Value::Text(timer_word(view).to_owned())),
        "timeleft" => view.timer.map(|timer| nanoseconds(timer.remaining)),
        "retrans" => Some(number(view.retransmits)),
        // What has been sent and is not acknowledged, to the byte: the kernel's own count is in segments.
        "in_flight" if !listens => {
            let waiting = view.info.as_ref()?.notsent_bytes?;
            Some(number(view.send_queue.saturating_sub(waiting)))
        }
        // Of a listener the kernel says here how long its queue is, and how long it may be.
        "unacked" | "sacked" if listens => None,
        "congestion" => view.congestion.clone().map(Value::Text),
        _ => of_info(name, view.info.as_ref()?),
    }
}

/// Every field that the kernel says something about.
#[must_use]
pub fn all(view: &SocketView) -> Vec<Fact> {
    let fact = |name: &str| Some(Fact { name: name.to_owned(), value: value(name, view)? });
    fields::KERNEL.iter().filter_map(|field| fact(field.name)).collect()
}

fn timer_word(view: &SocketView) -> &'static str {
    match view.timer.map(|timer| timer.kind) {
        None => "none",
        Some(TimerKind::Retransmit) => "retransmit",
        Some(TimerKind::KeepAlive) => "keepalive",
        Some(TimerKind::TimeWait) => "timewait",
        Some(TimerKind::ZeroWindowProbe) => "probe",
    }
}

fn of_info(name: &str, info: &TcpInfo) -> Option<Value> {
    match name {
        "total_retrans" => info.total_retrans.map(number),
        "unacked" => info.unacked.map(number),
        "sacked" => info.sacked.map(number),
        "lost" => info.lost.map(number),
        "reordering" => info.reordering.map(number),
        "cwnd" => info.snd_cwnd.map(number),
        "ssthresh" => info.snd_ssthresh.map(number),
        "rtt" => info.rtt.map(microseconds),
        "rttvar" => info.rttvar.map(microseconds),
        "rto" => info.rto.map(microseconds),
        "mss" => info.snd_mss.map(number),
        "rcv_mss" => info.rcv_mss.map(number),
        "advmss" => info.advmss.map(number),
        "pmtu" => info.pmtu.map(number),
        "snd_wnd" => info.snd_wnd.map(number),
        "rcv_space" => info.rcv_space.map(number),
        "snd_wscale" => info.snd_wscale.map(number),
        "rcv_wscale" => info.rcv_wscale.map(number),
        "bytes_sent" => info.bytes_sent.map(number),
        "bytes_acked" => info.bytes_acked.map(number),
        "bytes_received" => info.bytes_received.map(number),
        "bytes_retrans" => info.bytes_retrans.map(number),
        "notsent" => info.notsent_bytes.map(number),
        "pacing" => info.pacing_rate.map(number),
        _ => None,
    }
}

fn number(value: impl TryInto<i64>) -> Value {
    Value::Number(value.try_into().unwrap_or(i64::MAX))
}

fn nanoseconds(time: Duration) -> Value {
    Value::Nanoseconds(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

fn microseconds(time: impl Into<u64>) -> Value {
    nanoseconds(Duration::from_micros(time.into()))
}
