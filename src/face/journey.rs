//! One frame on its way over the wire, and what there is to say when something becomes of it.
//!
//! Where on a page that is said, and whether, is left to the faces.

use super::{
    explain::{Explain, Explained, Flow},
    text::paint::Fates,
};
use crate::{
    conversation::Reception,
    kernel::clock::Stamp,
    narrate::Sentence,
    packet::{Layer, fields},
    timeline::event::{DropReason, Fate},
};

/// From here on a frame was kept waiting; what takes less is how long it takes to hand it over.
const AT_ONCE_NS: u128 = 2_000_000;

#[derive(Debug)]
pub(super) struct Journey {
    pub(super) entered: Stamp,
    pub(super) from: String,
    pub(super) to: String,
    /// Whether `to` is its receiver, and not a router on its way.
    pub(super) ends_here: bool,
    pub(super) flow: Option<Flow>,
    pub(super) name: String,
    /// Until the last copy of it has gone.
    bytes: Vec<u8>,
    stay: Stay,
    /// How often it was sent, its twins included, and when that was done last.
    times: usize,
    sent_last: Stamp,
    copies: usize,
    gone: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// Nothing was done to it.
    Passing,
    /// In our hands.
    Held,
    /// Something was done because of which it is worth a word that it arrives.
    Hindered,
}

/// What became of a frame.
#[derive(Debug)]
pub(super) struct News {
    /// The end of its arrow.
    pub(super) mark: fn(&Fates) -> &'static str,
    pub(super) sentences: Vec<Sentence>,
    /// It passed as if there were no wire: then the first sentence says nothing that is new.
    pub(super) passes: bool,
    /// It is this program's fault, and not the network's.
    pub(super) is_our_fault: bool,
}

impl News {
    fn of(mark: fn(&Fates) -> &'static str, sentence: Sentence) -> Self {
        Self { mark, sentences: vec![sentence], passes: false, is_our_fault: false }
    }
}

impl Journey {
    pub(super) fn new(at: Stamp, from: &str, to: &str, ends_here: bool, bytes: &[u8], explained: &Explained) -> Self {
        Self {
            entered: at,
            from: from.into(),
            to: to.into(),
            ends_here,
            flow: explained.flow,
            name: explained.name.clone(),
            bytes: bytes.into(),
            stay: Stay::Passing,
            times: 1,
            sent_last: at,
            copies: 1,
            gone: 0,
        }
    }

    /// Something becomes of it. `explain` is told what its receiver gets; Where times are told, they count from `began`.
    pub(super) fn meets(
        &mut self,
        at: Stamp,
        fate: &Fate,
        began: Option<Stamp>,
        explain: &mut dyn Explain,
    ) -> Option<News> {
        let to = self.to.clone();
        Some(match fate {
            Fate::Left { copy, altered } => self.arrives(at, *copy, altered.as_deref(), began, explain),
            Fate::Dropped { why } => self.is_lost(*why),
            // That is news of the frame that it repeats.
            Fate::Twin { .. } => return None,
            Fate::Held => {
                self.stay = Stay::Held;
                News::of(|fates| fates.held, Sentence::IsHeld { to })
            }
            Fate::Duplicated { copies } => {
                self.copies = *copies;
                News::of(|fates| fates.duplicated, Sentence::IsDoubled { copies: *copies })
            }
            Fate::Delayed { by_ns } => {
                self.stay = Stay::Hindered;
                News::of(|fates| fates.delayed, Sentence::IsDelayed { by_ns: *by_ns })
            }
            Fate::Reordered => {
                self.stay = Stay::Hindered;
                News::of(|fates| fates.reordered, Sentence::IsOvertaken { to })
            }
            Fate::Corrupted { offset } => {
                let field = field_at(&self.bytes, *offset);
                News::of(|fates| fates.corrupted, Sentence::IsCorrupted { byte: *offset, field })
            }
            Fate::Truncated { length } => {
                let of = self.bytes.len();
                News::of(|fates| fates.truncated, Sentence::IsTruncated { length: *length, of })
            }
        })
    }

    /// Its sender is impatient, and sent it again. How often it has been sent now comes with the sentence.
    pub(super) fn is_repeated(&mut self, at: Stamp) -> (usize, Sentence) {
        let after_ns = nanoseconds(self.sent_last, at);
        self.times += 1;
        self.sent_last = at;
        (self.times, Sentence::IsSentAgain { times: self.times, after_ns, is_held: self.stay == Stay::Held })
    }

    /// A copy of it is with its receiver's kernel.
    fn arrives(
        &mut self,
        at: Stamp,
        copy: usize,
        altered: Option<&[u8]>,
        began: Option<Stamp>,
        explain: &mut dyn Explain,
    ) -> News {
        let arrived = altered.unwrap_or(&self.bytes);
        let reception = match self.ends_here {
            true => explain.left(at, &self.bytes, arrived),
            false => Reception::of(&self.bytes, arrived),
        };
        let passes = self.stay == Stay::Passing && is_at_once(self.entered, at);
        let after_ns = nanoseconds(self.entered, at);
        let entered_ns =
            began.filter(|began| self.entered >= *began && !passes).map(|began| nanoseconds(began, self.entered));
        let mut sentences = vec![match self.copies > 1 {
            true => Sentence::CopyArrives { copy: copy + 1, after_ns, entered_ns },
            false => Sentence::Arrives { after_ns, entered_ns },
        }];
        if !passes {
            let times = std::mem::replace(&mut self.times, 1);
            sentences.extend((times > 1).then_some(Sentence::StandsFor { times }));
        }
        sentences.extend(altered.map(|_| Sentence::IsReceived { to: self.to.clone(), reception }));
        self.go();
        if self.stay == Stay::Held {
            self.stay = Stay::Hindered;
        }
        let mark: fn(&Fates) -> _ = if reception.is_taken() { |fates| fates.delivered } else { |fates| fates.dropped };
        News { mark, sentences, passes, is_our_fault: false }
    }

    /// It, or a copy of it, does not arrive.
    fn is_lost(&mut self, why: DropReason) -> News {
        let to = self.to.clone();
        let sentence = match self.copies > 1 {
            true => Sentence::CopyIsLost { why, to },
            false => Sentence::IsLost { why, to },
        };
        self.go();
        self.stay = Stay::Hindered;
        let is_our_fault = matches!(why, DropReason::NoRoom | DropReason::Refused);
        News { is_our_fault, ..News::of(|fates| fates.dropped, sentence) }
    }

    /// A copy has gone, one way or the other.
    fn go(&mut self) {
        self.gone += 1;
        if self.gone >= self.copies {
            self.bytes = Vec::new();
        }
    }
}

pub(super) fn is_at_once(from: Stamp, to: Stamp) -> bool {
    to.since(from).as_nanos() < AT_ONCE_NS
}

fn nanoseconds(from: Stamp, to: Stamp) -> u64 {
    u64::try_from(to.since(from).as_nanos()).unwrap_or(u64::MAX)
}

/// The field that this byte of a frame belongs to.
fn field_at(frame: &[u8], byte: usize) -> Option<(Layer, &'static str)> {
    let found = fields(frame).into_iter().find(|field| field.range.contains(&byte));
    found.map(|field| (field.layer, field.name))
}
