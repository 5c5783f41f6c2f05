//! Words for the packets of the run.

use super::{CLIENT, SERVER, addr};
use crate::{
    conversation::Reception,
    face::explain::{Explain, Explained, Flow, Names},
    kernel::clock::Stamp,
    timeline::event::Proto,
};

/// Knows the frames of [`super::events`] by their only byte.
#[derive(Debug)]
pub(crate) struct Canned;

impl Explain for Canned {
    fn explain(&mut self, _: Stamp, bytes: &[u8], names: Names) -> Explained {
        let (there, back) = ((addr(CLIENT), addr(SERVER)), (addr(SERVER), addr(CLIENT)));
        let ((from, to), summary, sentence) = match bytes {
            [0] => (
                there,
                "SYN  seq=4004779870  mss=65495 sack ts wscale=7",
                "May I talk to you? I begin to count at 4004779870.",
            ),
            [1] => (
                back,
                "SYN+ACK  seq=3473235682 ack=4004779871  mss=65495 sack ts wscale=7",
                "Yes, I heard you, and I would like to talk too. I begin to count at 3473235682.",
            ),
            [2] => (there, "ACK  seq=4004779871 ack=3473235683", "I heard you too. The connection is open."),
            _ => ((addr("127.0.0.2:81"), addr(CLIENT)), "RST+ACK  seq=0 ack=1", "Nobody listens here."),
        };
        let flow = Some(Flow { proto: Proto::Tcp, from, to });
        let details =
            vec![format!("This comes from the {}.", names(from)), "Segments hold no more than 65495 bytes.".into()];
        let name = summary.split("  ").next().unwrap_or_default().into();
        Explained { flow, summary: summary.into(), name, says: sentence.into(), details }
    }

    fn entered(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained {
        self.explain(at, bytes, names)
    }

    fn handed_on(&self, by: &str, bytes: &[u8]) -> Explained {
        Explained { summary: format!("{bytes:?} from {by}"), ..Explained::default() }
    }

    fn left(&mut self, _: Stamp, sent: &[u8], arrived: &[u8]) -> Reception {
        Reception::of(sent, arrived)
    }

    fn start_over(&mut self) {}
}
