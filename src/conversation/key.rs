//! What makes packets of one protocol belong together: both sockets, whichever of them sends.

use std::net::SocketAddr;

use super::{meaning::Flow, tcp::Side};

/// The same for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    first: SocketAddr,
    second: SocketAddr,
}

impl Key {
    pub(super) fn new(flow: Flow) -> Self {
        let Flow { from, to } = flow;
        Self { first: from.min(to), second: from.max(to) }
    }

    pub(super) fn side(&self, socket: SocketAddr) -> Side {
        if socket == self.first { Side::First } else { Side::Second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_have_one_key() {
        let (from, to) = (SocketAddr::from(([10, 0, 0, 2], 80)), SocketAddr::from(([10, 0, 0, 1], 4000)));
        let key = Key::new(Flow { from, to });
        assert_eq!(key, Key::new(Flow { from: to, to: from }));
        assert_eq!((key.side(to), key.side(from)), (Side::First, Side::Second));
    }
}
