//! What IPv4 and IPv6 have in common: what they carry, pieces of packets, and the fields that mean the same in both.

use super::{
    fault::{Fault, Faults, count},
    field::{Said, said},
    layer::Layer,
    names::protocol_name,
    span::Span,
};

/// What an IP header says of the bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// The number of the protocol that they belong to.
    pub(super) protocol: u8,
    pub(super) span: Span,
    /// Set if the packet is one piece of a larger one.
    pub(super) piece: Option<Fragment>,
    /// Whether the header's lengths can be trusted so far that a transport's header is at the start of the bytes.
    pub(super) readable: bool,
    /// Whether all bytes are there that the header announces.
    pub(super) complete: bool,
}

/// A piece of a packet that was too large for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The protocol that the whole packet carries.
    pub protocol: u8,
    /// All pieces of one packet have the same.
    pub identification: u32,
    /// Where in the whole packet this piece begins, in bytes.
    pub offset: u32,
    /// Whether further pieces follow this one.
    pub more: bool,
}

impl Fragment {
    /// Checks a piece whose bytes are in `span`.
    pub(super) fn check(self, span: Span, faults: &mut Faults) {
        let ends = self.offset.saturating_add(count(span.len()));
        if ends > u32::from(u16::MAX) {
            faults.add(Fault::FragmentTooFar { ends }, span);
        }
        if self.more && !span.len().is_multiple_of(8) {
            faults.add(Fault::FragmentOddSize { bytes: count(span.len()) }, span);
        }
    }
}

/// The version in the first four bits.
pub(super) fn version(bytes: &[u8]) -> Option<u8> {
    bytes.first().map(|byte| byte >> 4)
}

/// Checks that the version is that of `layer`.
pub(super) fn check_version(bytes: &[u8], at: Span, layer: Layer, number: u8, faults: &mut Faults) -> Result<(), Span> {
    match version(at.of(bytes)) {
        Some(found) if found != number => {
            faults.add(Fault::WrongVersion { expected: Some(layer), found }, at.first(1));
            Err(at.first(0))
        }
        _ => Ok(()),
    }
}

pub(super) fn version_field(version: u32) -> Said {
    said(version, format!("The version of the Internet Protocol: this is IPv{version}."))
}

pub(super) fn protocol_field(number: u32) -> Said {
    let name = protocol_name(u8::try_from(number).unwrap_or_default());
    let meaning = match name {
        "unknown" => "What follows this header; this program does not know that number.".into(),
        "no next header" => "Nothing follows this header (RFC 8200 §4.7).".into(),
        name => format!("What follows this header: {name}."),
    };
    said(format!("{number} ({name})"), meaning)
}

pub(super) fn dscp_field(class: u32) -> Said {
    let meaning = match class {
        0 => "Best effort: no special treatment (RFC 2474).",
        46 => "Expedited forwarding: as little delay as possible (RFC 3246).",
        _ => "Asks the routers for a certain treatment, if they have agreed on one (RFC 2474).",
    };
    said(class, meaning)
}

pub(super) fn ecn_field(ecn: u32) -> Said {
    match ecn {
        0 => said(
            "0 (not ECT)",
            "A router that is full has to drop this packet: it may not mark it instead (RFC 3168 §5).",
        ),
        1 => said(
            "1 (ECT 1)",
            "A router that fills up may mark this packet, and early: its sender wants low delay (RFC 9331).",
        ),
        2 => said("2 (ECT 0)", "A router that fills up may mark this packet instead of dropping it (RFC 3168 §5)."),
        _ => said(
            "3 (CE)",
            "A router on the way was close to dropping this packet: congestion experienced (RFC 3168 §5).",
        ),
    }
}

/// The time to live or the hop limit; `source` is where that is said.
pub(super) fn hops_field(hops: u32, source: &str) -> Said {
    let meaning = match hops {
        0 => format!("May not be passed on any more; no such packet should be on a wire ({source})."),
        1 => format!("The next router takes one off, reaches 0, and drops the packet ({source})."),
        _ => {
            format!("Each router takes one off; at 0 the packet is dropped, so that none circles for ever ({source}).")
        }
    };
    said(hops, meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_checked_for_size_and_place() {
        let (bytes, mut faults) = ([0; 12], Faults::default());
        Fragment { protocol: 17, identification: 1, offset: 65528, more: true }.check(Span::all(&bytes), &mut faults);
        let found: Vec<_> = faults.iter().map(|found| found.fault).collect();
        assert_eq!(found, [Fault::FragmentTooFar { ends: 65540 }, Fault::FragmentOddSize { bytes: 12 }]);
    }
}
