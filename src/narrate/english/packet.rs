//! What can be measured by one packet, in English.

use super::{Bytes, Time};
use crate::conversation::Measures;

/// A sentence for each thing that is known.
#[must_use]
pub fn measures(measures: &Measures) -> Vec<String> {
    let Measures { in_flight, window, rtt_ns, initial_rtt_ns: _, rto_ns } = *measures;
    let parts = [
        in_flight.map(|bytes| format!("Under way from its sender, with it: {}.", Bytes(bytes))),
        window.map(|bytes| format!("Its sender has room for {}.", Bytes(bytes))),
        rtt_ns.map(|nanos| format!("What it acknowledges was sent {} before.", Time(nanos))),
        rto_ns.map(|nanos| format!("It was sent for the first time {} before.", Time(nanos))),
    ];
    parts.into_iter().flatten().collect()
}

/// That the capture has only the beginning of a frame.
#[must_use]
pub fn captured(captured: u32, original: u32) -> String {
    format!("The capture has kept {captured} of its {}.", Bytes(original))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_said() {
        assert!(measures(&Measures::default()).is_empty());
        let known = Measures { in_flight: Some(1), rtt_ns: Some(2_000_000), ..Measures::default() };
        let said = ["Under way from its sender, with it: 1 byte.", "What it acknowledges was sent 2.00 ms before."];
        assert_eq!(measures(&known), said);
    }
}
