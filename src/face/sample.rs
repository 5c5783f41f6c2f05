//! A lesson and what happened in it, made by hand: the faces' tests are about text, not about kernels.

mod canned;
mod every;
mod run;
mod told;
pub(crate) mod wire;

use std::net::SocketAddr;

pub(crate) use self::{
    canned::Canned,
    every::{EVERY_REASON, every_event, every_fate},
    run::{Run, Script, events},
    told::{chinese_lesson, lesson},
};
use crate::{
    kernel::clock::Stamp,
    timeline::event::{Proto, SocketRef},
};

/// When everything here begins.
pub(crate) const BEGIN: Stamp = Stamp(1_700_000_000_000_000_000);

const CLIENT: &str = "127.0.0.1:40000";
const SERVER: &str = "127.0.0.2:80";

pub(crate) fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) fn tcp(local: &str, remote: Option<&str>) -> SocketRef {
    SocketRef { proto: Proto::Tcp, local: addr(local), remote: remote.map(addr) }
}
