//! What an end offers in its SYN.

use crate::packet::Tcp;

/// The options that count only in a SYN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The largest segment that it wants to receive.
    pub mss: Option<u16>,
    /// Its windows are to be multiplied by 2 to this power.
    pub window_scale: Option<u8>,
    /// The peer may acknowledge pieces out of order.
    pub sack: bool,
    pub timestamps: bool,
    /// The length of a Fast Open cookie (RFC 7413 §4.1.1): 0 asks for one; in a SYN one is shown, in a SYN+ACK given.
    pub cookie: Option<u8>,
}

impl Offer {
    pub(super) fn of(tcp: &Tcp) -> Self {
        let options = &tcp.options;
        Self {
            mss: options.mss,
            window_scale: options.window_scale,
            sack: options.sack_permitted,
            timestamps: options.timestamps.is_some(),
            cookie: options.fast_open.map(|cookie| u8::try_from(cookie.len()).unwrap_or(u8::MAX)),
        }
    }
}
