//! The packet for which a name stands, where somebody beside the script has had it in hand.
//!
//! A person may have let it go already: then there is nothing left to deliver. Or it was dropped or damaged: then its
//! sender sends it again, and the name stands for that one from then on.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Limit, Run, deeds::Done, limit::Whose};
use crate::{
    conversation::{Seq, payload_len},
    lab::{
        claims::packet,
        frame::{Place, Seen},
        hands::Wish,
        stage::Stage,
    },
    lesson::{
        diagnostic::Diagnostic,
        script::{Labelled, PATIENCE, WireLine},
    },
    packet::TcpFlags,
    timeline::event::{FrameId, What},
};

/// Where the packet is that a name stands for.
pub(super) enum Whereabouts {
    InHand(FrameId),
    /// A person has let it go.
    LetGo(FrameId),
}

/// What can be said of it at a moment.
enum Finding {
    Found(Whereabouts),
    /// It is on its way to the receiver, because a person has let it go later or in another order; and this one, which
    /// repeats it, is in our hands.
    OnItsWay {
        repeat: Option<FrameId>,
    },
    /// It will never arrive. It may be sent again.
    Gone,
    /// The script itself has let it go.
    Elsewhere,
}

impl Run<'_, '_> {
    /// The packet that a line has named, once it is in our hands or was let go by a person.
    pub(super) fn whereabouts_of(&mut self, label: &Labelled, line: &WireLine) -> Done<Whereabouts> {
        let patience = line.within.unwrap_or(PATIENCE);
        let mut limit: Option<Limit> = None;
        loop {
            let found = match self.find(label)? {
                Finding::Found(found) => Some(found),
                Finding::Elsewhere => return Err(self.not_in_hand(label)?.into()),
                finding => {
                    let has_begun = limit.is_some();
                    let limit = limit.get_or_insert(self.limit_for(label, &finding, patience)?);
                    if !has_begun && matches!(finding, Finding::Gone) {
                        self.tell_of_waiting(label);
                    }
                    match finding {
                        _ if !self.has_passed(limit) => None,
                        Finding::OnItsWay { repeat: Some(repeat) } => Some(Whereabouts::InHand(repeat)),
                        _ => return Err(self.not_in_hand(label)?.into()),
                    }
                }
            };
            if let Some(found) = found {
                let (Whereabouts::InHand(id) | Whereabouts::LetGo(id)) = found;
                packet::rename(self, &label.name, id)?;
                return Ok(found);
            }
            self.ask_again(label)?;
            match &mut limit {
                Some(limit) => self.wait_for(limit)?,
                None => self.listen(Instant::now())?,
            }
        }
    }

    fn find(&self, label: &Labelled) -> Done<Finding> {
        let (stage, _, reading) = self.parts()?;
        let Some(named) = reading.labelled(&label.name, stage) else {
            let message = format!("`{}` is no packet of these hosts", label.name);
            return Err(Diagnostic::at(label.span.clone(), message).into());
        };
        let Some(now) = standing_for(named, stage) else { return Ok(Finding::Gone) };
        let by_hand = !stage.by_hand.is_empty() && !self.script_let_go(now.id);
        Ok(match now.passage.place {
            Place::Held => Finding::Found(Whereabouts::InHand(now.id)),
            Place::Arrived if by_hand => Finding::Found(Whereabouts::LetGo(now.id)),
            Place::OnItsWay if by_hand => {
                let repeat = stage.frames.iter().find(|seen| repeats(seen, now) && seen.is_held());
                Finding::OnItsWay { repeat: repeat.map(|seen| seen.id) }
            }
            _ => Finding::Elsewhere,
        })
    }

    fn script_let_go(&self, frame: FrameId) -> bool {
        self.play.as_ref().is_some_and(|play| play.let_go.contains(&frame))
    }

    pub(super) fn not_in_hand(&self, label: &Labelled) -> Result<Diagnostic> {
        let (stage, _, reading) = self.parts()?;
        let message = format!("`{}` is not in our hands", label.name);
        let diagnostic = Diagnostic::at(label.span.clone(), message);
        let whereabouts = reading.labelled(&label.name, stage).map(|seen| self.whereabouts(seen));
        Ok(diagnostic.label(whereabouts.unwrap_or_default()))
    }

    fn tell_of_waiting(&mut self, label: &Labelled) {
        let text = format!("`{}` will not arrive any more; this line waits until it is sent again.", label.name);
        self.recorder.add_now(What::Notice { text });
    }

    /// How long it is worth waiting: for what goes later, until it has gone; for what has to be sent again, until the
    /// kernels' own timers have run down, which double while somebody reads.
    fn limit_for(&self, label: &Labelled, finding: &Finding, patience: Duration) -> Result<Limit> {
        let limit = Limit::of(patience);
        Ok(match finding {
            Finding::Gone => limit.following(self.ends_of(label)?),
            _ => limit.not_before(self.last_by_hand()?),
        })
    }

    /// The conversation that has to bring it again.
    fn ends_of(&self, label: &Labelled) -> Result<Option<Whose>> {
        let (stage, _, reading) = self.parts()?;
        let named = reading.labelled(&label.name, stage);
        let ends = named.and_then(|seen| seen.packet.source().zip(seen.packet.destination()));
        Ok(ends.map(|(one, other)| Whose::Connection(one, other)))
    }

    /// When all is done that a person has asked for and that takes its time.
    fn last_by_hand(&self) -> Result<Instant> {
        Ok(self.stage()?.by_hand.iter().filter_map(|deed| deed.until).max().unwrap_or_else(Instant::now))
    }

    /// An acknowledgement is not sent again by itself, but when its question is: that one is let go.
    fn ask_again(&mut self, label: &Labelled) -> Result<()> {
        let (stage, _, reading) = self.parts()?;
        let asks = reading.labelled(&label.name, stage).and_then(|named| question(named, stage)).map(|seen| seen.id);
        let Some(asks) = asks else { return Ok(()) };
        self.let_go(asks)
    }

    /// Delivers a frame in the script's own name.
    pub(super) fn let_go(&mut self, frame: FrameId) -> Result<()> {
        self.play()?.let_go.insert(frame);
        self.wish(Wish::Deliver(frame))
    }

    /// When the frame is out of our hands and has arrived, or no longer than that takes.
    pub(super) fn await_hand(&mut self, frame: FrameId) -> Result<()> {
        let mut limit = Limit::of(PATIENCE).not_before(self.last_by_hand()?);
        while self.frame(frame)?.passage.place == Place::OnItsWay && !self.has_passed(&mut limit) {
            self.wait_for(&mut limit)?;
        }
        Ok(())
    }
}

/// The frame that stands for this one now: itself, or, where it is gone, the first that repeats it and is not.
fn standing_for<'s>(named: &'s Seen, stage: &'s Stage) -> Option<&'s Seen> {
    let later = stage.frames.iter().filter(|seen| repeats(seen, named));
    std::iter::once(named).chain(later).find(|seen| !seen.is_gone())
}

/// Whether it says once more what the other said: the same two sockets in the same direction, the same first number,
/// and both open, end or break off, or neither.
fn repeats(seen: &Seen, first: &Seen) -> bool {
    let kind = |seen: &Seen| {
        let tcp = seen.packet.tcp()?;
        let counts = [TcpFlags::SYN, TcpFlags::FIN, TcpFlags::RST].map(|flag| tcp.flags.contains(flag));
        let ends = (seen.packet.source()?, seen.packet.destination()?);
        Some((ends, tcp.sequence, counts, payload_len(&seen.packet) > 0, seen.hop))
    };
    seen.id > first.id && !seen.is_twin() && kind(first).is_some() && kind(seen) == kind(first)
}

/// What a lost acknowledgement has acknowledged, sent once more and in our hands.
fn question<'s>(lost: &Seen, stage: &'s Stage) -> Option<&'s Seen> {
    let tcp = lost.packet.tcp()?;
    let takes_numbers = |seen: &Seen| payload_len(&seen.packet) + marks(seen) > 0;
    if takes_numbers(lost) || !lost.is_gone() {
        return None;
    }
    let is_it = |seen: &&Seen| {
        let ends = lost.packet.source().zip(lost.packet.destination());
        let against = seen.packet.destination().zip(seen.packet.source()) == ends;
        let end = seen.packet.tcp().map(|other| {
            Seq(other.sequence).plus(u32::try_from(payload_len(&seen.packet) + marks(seen)).unwrap_or(u32::MAX))
        });
        seen.id > lost.id && seen.is_held() && against && takes_numbers(seen) && end == Some(Seq(tcp.acknowledgement))
    };
    stage.frames.iter().find(is_it)
}

/// The numbers that SYN and FIN take.
fn marks(seen: &Seen) -> usize {
    let flags = seen.packet.tcp().map_or(TcpFlags::NONE, |tcp| tcp.flags);
    [TcpFlags::SYN, TcpFlags::FIN].into_iter().filter(|flag| flags.contains(*flag)).count()
}
