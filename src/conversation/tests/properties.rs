//! Whatever comes: no panic, always an answer, never more memory than the bound.

use proptest::{collection::vec, prelude::*};

use super::builder::{CLIENT, SERVER, Tcp};
use crate::{
    conversation::{Reading, Tracker},
    kernel::clock::Stamp,
    packet::{TcpFlags, decode},
};

/// A segment whose numbers are close together, so that they often fit.
fn segments() -> impl Strategy<Value = Tcp> {
    let numbers = (0_u32..40, 0_u32..40, prop_oneof![Just(0_u32), Just(u32::MAX - 20)]);
    (0_u16..0x40, numbers, 0_usize..12, 0_u16..3, any::<bool>()).prop_map(
        |(flags, (seq, ack, base), len, window, back)| {
            let mut segment = Tcp::new("NONE", base.wrapping_add(seq), base.wrapping_add(ack));
            segment.flags = TcpFlags::from_word(flags);
            segment = segment.data(&vec![b'x'; len]).window(window);
            if back { segment.back() } else { segment }
        },
    )
}

/// Sent, delivered, or both.
fn happen(tracker: &mut Tracker, how: u8, bytes: &[u8]) -> Option<Reading> {
    let packet = decode(bytes);
    match how {
        0 => Some(tracker.sent(Stamp(0), &packet)),
        1 => {
            tracker.delivered(Stamp(0), &packet);
            None
        }
        _ => Some(tracker.observe(Stamp(0), &packet)),
    }
}

/// A hundred thousand conversations are looked up in turn: what is known of each has to be short.
#[test]
fn what_is_kept_is_short() {
    assert_eq!(crate::conversation::tcp::SIZES, [376, 168]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_get_an_answer(frames in vec((0_u8..3, vec(any::<u8>(), 0..120)), 0..40)) {
        let mut tracker = Tracker::remembering(8);
        for (how, bytes) in frames {
            if let Some(reading) = happen(&mut tracker, how, &bytes) {
                prop_assert!(!reading.meanings.is_empty());
            }
        }
    }

    #[test]
    fn arbitrary_segments_get_an_answer(segments in vec((0_u8..3, segments()), 0..200)) {
        let mut tracker = Tracker::new();
        for (how, segment) in segments {
            if let Some(reading) = happen(&mut tracker, how, &segment.bytes()) {
                prop_assert!(!reading.meanings.is_empty());
                prop_assert!(reading.changes.iter().all(|change| change.from != Some(change.to)));
            }
        }
    }

    #[test]
    fn changes_form_a_chain(segments in vec(segments(), 0..200)) {
        let mut tracker = Tracker::new();
        for segment in segments {
            let ends = [(CLIENT, SERVER), (SERVER, CLIENT)].map(|(end, peer)| (end.into(), peer.into()));
            let mut states = ends.map(|(end, peer)| tracker.state(end, peer));
            for change in tracker.observe(Stamp(0), &decode(&segment.bytes())).changes {
                let which = usize::from(ends[0].0 != change.end);
                prop_assert_eq!(states[which], change.from);
                states[which] = Some(change.to);
            }
            prop_assert_eq!(states, ends.map(|(end, peer)| tracker.state(end, peer)));
        }
    }
}
