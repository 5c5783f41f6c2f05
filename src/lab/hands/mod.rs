//! Our hands on the wire: what is to become of each frame, as the script and whoever else holds the wire have said.
//!
//! They run on the wire's own thread and decide about one frame after the other; what the wire does with a decision
//! is [`crate::link::wire`]'s. A frame is looked at in this order, and the first that has an opinion decides: twins,
//! the middlebox, what was asked about single frames and about all, chance, whether it is to be held, slow motion.

pub mod chance;
mod middlebox;
mod slow;
mod switches;
mod twins;

use std::{
    collections::{HashMap, HashSet},
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

use self::{chance::Chance, middlebox::Middlebox, slow::Slow, twins::Twins};
use super::{
    frame::{Passage, Seen},
    hosts::{Book, HostId, Route},
    pattern::Filter,
    stage::Report,
};
use crate::{
    lesson::script::Treatment,
    link::wire::{Alteration, Decision, Delivery, Frame, FrameId, Held, Switch},
    packet::{self, Net, Transport},
    timeline::event::DropReason,
};

/// A frame that lets the next one pass waits so long for it where frames flow: well above the time after which a
/// kernel sends again.
const OVERTAKEN_WITHIN: Duration = Duration::from_secs(1);
/// And so long where a person decides when the next one goes.
const OVERTAKEN_BY_HAND: Duration = Duration::from_secs(24 * 60 * 60);
/// The first and the last message of neighbour discovery (RFC 4861 §4), which is IPv6's ARP.
const NEIGHBOUR_DISCOVERY: std::ops::RangeInclusive<u8> = 133..=137;

pub type RuleId = u64;
/// The rule of a person who holds everything: told apart from those of the script.
pub const BY_HAND: RuleId = 1 << 63;

/// What the hands can be told, at any time.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Holds what matches from now on, or everything.
    Hold {
        rule: RuleId,
        filter: Option<Filter>,
    },
    /// Lets go one that is held.
    Deliver(FrameId),
    DeliverAll,
    /// Does this with one that is held.
    Treat(FrameId, Treatment),
    Rule(Rule),
    /// Loses so many of a million, of those that match.
    Loss {
        millionths: u32,
        seed: u64,
        filter: Option<Filter>,
    },
    /// Forgets conversations that have been idle for so long.
    Forget(Duration),
    /// A person does not hold everything any more: lets go what is held by nobody else.
    Flow,
    /// A person wants slow motion, or no more of it.
    Slow(Option<Duration>),
    /// Forgets every wish of the script, and lets go what no person holds.
    FreeScript,
    /// Forgets every wish, and lets go what is held.
    Free,
}

/// What is done with frames that are still to come.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    /// Every frame where there is none.
    pub filter: Option<Filter>,
    pub treatment: Treatment,
    /// For so many frames; for all that come, where it does not say.
    pub times: Option<u32>,
}

/// What the hands say of themselves. It is on its way before the wire's report of the same frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandsReport {
    /// Why a frame is dropped.
    Drops { frame: FrameId, why: DropReason },
    /// The script has asked for this one, and not for all, to be late.
    Delays { frame: FrameId },
    /// A rule has taken one of the frames that it waits for.
    Applied { rule: RuleId },
}

#[derive(Debug)]
pub struct Hands {
    book: Book,
    holds: Vec<(RuleId, Option<Filter>)>,
    /// Held by a person's rule, by the script's, or by both.
    held_by_hand: HashSet<FrameId>,
    held_by_script: HashSet<FrameId>,
    rules: Vec<Rule>,
    slow: Slow,
    losses: Vec<Loss>,
    middlebox: Option<Middlebox>,
    twins: Twins,
    report: Sender<Report>,
}

#[derive(Debug)]
struct Loss {
    millionths: u32,
    seed: u64,
    filter: Option<Filter>,
    /// One for each direction: how the directions mix is up to the machine, and must not change what is lost.
    chances: HashMap<(HostId, HostId), Chance>,
}

impl Loss {
    fn strikes(&mut self, seen: &Seen) -> bool {
        let Route { from, to } = seen.hop;
        let own = (from as u64) << 32 | to as u64;
        let chance = self.chances.entry((from, to)).or_insert_with(|| Chance::new(self.seed ^ own));
        self.filter.as_ref().is_none_or(|filter| filter.admits(seen)) && chance.strikes(self.millionths)
    }
}

impl Rule {
    fn speaks_of(&self, seen: &Seen) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.admits(seen)) && can_be(&self.treatment, &seen.bytes)
    }

    const fn is_slow_motion(&self) -> bool {
        self.times.is_none() && matches!(self.treatment, Treatment::Delay(_))
    }
}

/// The frame as patterns look at it.
#[must_use]
pub fn seen(frame: &Frame, book: &Book) -> Seen {
    let packet = packet::decode(&frame.bytes);
    let hop = Route { from: frame.from, to: frame.to };
    let route = book.hosts().route(&packet).unwrap_or(hop);
    let Frame { id, at, bytes, .. } = frame.clone();
    Seen { id, at, route, hop, packet, bytes, passage: Passage::entered() }
}

impl Hands {
    #[must_use]
    pub fn new(book: Book, report: Sender<Report>) -> Self {
        Self {
            book,
            holds: Vec::new(),
            held_by_hand: HashSet::new(),
            held_by_script: HashSet::new(),
            rules: Vec::new(),
            slow: Slow::default(),
            losses: Vec::new(),
            middlebox: None,
            twins: Twins::default(),
            report,
        }
    }

    fn decide(&mut self, seen: &Seen) -> Decision {
        if let Some(first) = self.twins.first_copy(seen) {
            return Decision::TwinOf(first);
        }
        if !self.gets_through(seen) {
            return self.drops(seen.id, DropReason::Forgotten);
        }
        if let Some(treatment) = self.rule_for(seen) {
            return self.decision(&treatment, seen.id, &seen.bytes, OVERTAKEN_WITHIN);
        }
        if self.is_struck(seen) {
            return self.drops(seen.id, DropReason::Chance);
        }
        if self.is_to_be_held(seen) {
            return Decision::Hold;
        }
        let asked = self.slow_motion_for(seen);
        self.slow.delay(seen.hop, asked, Instant::now()).map_or(Decision::Deliver, later)
    }

    /// What is in our hands is in use: a middlebox does not forget it because somebody reads.
    fn gets_through(&mut self, seen: &Seen) -> bool {
        let Some(middlebox) = &mut self.middlebox else { return true };
        middlebox.lets_through(&seen.packet, self.twins.holds_some_of(seen), Instant::now())
    }

    fn is_to_be_held(&mut self, seen: &Seen) -> bool {
        let fits = |filter: &Option<Filter>| {
            filter.as_ref().map_or_else(|| !finds_neighbours(seen), |filter| filter.admits(seen))
        };
        let rules: Vec<RuleId> = self.holds.iter().filter(|(_, filter)| fits(filter)).map(|(rule, _)| *rule).collect();
        for rule in &rules {
            let holders = if *rule == BY_HAND { &mut self.held_by_hand } else { &mut self.held_by_script };
            holders.insert(seen.id);
            self.say(HandsReport::Applied { rule: *rule });
        }
        !rules.is_empty()
    }

    /// Takes the first rule that speaks of this frame, those for single frames before those that stand; one that has
    /// had all its frames is over. Slow motion is asked for later: it hinders nobody from holding the frame.
    fn rule_for(&mut self, seen: &Seen) -> Option<Treatment> {
        let find = |stands: bool| {
            let is_of_this_kind = |rule: &Rule| rule.times.is_none() == stands && !rule.is_slow_motion();
            self.rules.iter().position(|rule| is_of_this_kind(rule) && rule.speaks_of(seen))
        };
        let at = find(false).or_else(|| find(true))?;
        let rule = self.rules.get_mut(at)?;
        let id = rule.id;
        let treatment = rule.treatment.clone();
        if let Some(times) = &mut rule.times {
            *times -= 1;
            if *times == 0 {
                self.rules.remove(at);
            }
        }
        self.say(HandsReport::Applied { rule: id });
        if matches!(treatment, Treatment::Delay(_)) && id != BY_HAND {
            self.say(HandsReport::Delays { frame: seen.id });
        }
        Some(treatment)
    }

    fn slow_motion_for(&self, seen: &Seen) -> Option<Duration> {
        let rule = self.rules.iter().find(|rule| rule.is_slow_motion() && rule.speaks_of(seen))?;
        self.say(HandsReport::Applied { rule: rule.id });
        match rule.treatment {
            Treatment::Delay(delay) => Some(delay),
            _ => None,
        }
    }

    fn is_struck(&mut self, seen: &Seen) -> bool {
        self.losses.iter_mut().any(|loss| loss.strikes(seen))
    }

    fn decision(&self, treatment: &Treatment, id: FrameId, bytes: &[u8], within: Duration) -> Decision {
        let altered =
            |alteration| Decision::Copies(vec![Delivery { alteration: Some(alteration), ..Delivery::default() }]);
        match treatment {
            Treatment::Drop => self.drops(id, DropReason::Asked),
            Treatment::Duplicate => Decision::Copies(vec![Delivery::default(); 2]),
            Treatment::Reorder => Decision::SwapWithNext { within },
            Treatment::Corrupt { byte } => {
                let last = bytes.len().saturating_sub(1);
                let offset = byte.map_or(last, |byte| byte as usize);
                altered(Alteration::Flip { offset, bits: 0xff })
            }
            Treatment::Truncate { length } => altered(Alteration::Truncate { length: *length as usize }),
            Treatment::Delay(delay) => later(*delay),
        }
    }

    fn drops(&self, frame: FrameId, why: DropReason) -> Decision {
        self.say(HandsReport::Drops { frame, why });
        Decision::Drop
    }

    fn say(&self, report: HandsReport) {
        // The stage may have gone; then nobody is interested.
        let _ = self.report.send(Report::Hands(report));
    }

    /// Keeps in mind what a repetition of this frame would be.
    fn note(&mut self, seen: &Seen, decision: &Decision) {
        if arrives_whole(decision) {
            self.twins.remember(seen);
        }
        if *decision == Decision::Hold {
            self.twins.taken_in_hand(seen);
        }
    }

    /// A frame that was held goes its way.
    fn release(&mut self, id: FrameId, decision: Decision) -> (FrameId, Decision) {
        self.let_go(id);
        if !arrives_whole(&decision) {
            self.twins.forget(id);
        }
        (id, decision)
    }

    fn let_go(&mut self, id: FrameId) {
        self.twins.let_go(id);
        self.held_by_hand.remove(&id);
        self.held_by_script.remove(&id);
    }

    /// Lets it go the rest of its way, in slow motion as slowly as any other.
    fn let_pass(&mut self, frame: &Frame) -> (FrameId, Decision) {
        let hop = Route { from: frame.from, to: frame.to };
        let decision = self.slow.delay(hop, None, Instant::now()).map_or(Decision::Deliver, later);
        self.release(frame.id, decision)
    }

    fn treat(&mut self, id: FrameId, treatment: &Treatment, held: &Held) -> Vec<(FrameId, Decision)> {
        let decision = held.get(id).map(|frame| self.decision(treatment, id, &frame.bytes, OVERTAKEN_BY_HAND));
        // Who is not held is answered by the wire: `NotHeld`.
        vec![self.release(id, decision.unwrap_or(Decision::Deliver))]
    }
}

impl Switch for Hands {
    type Order = Wish;

    fn arrived(&mut self, frame: &Frame, _: &Held) -> Decision {
        let seen = seen(frame, &self.book);
        let decision = self.decide(&seen);
        self.note(&seen, &decision);
        decision
    }

    fn lost(&mut self, id: FrameId) {
        self.let_go(id);
        self.twins.forget(id);
    }

    fn order(&mut self, wish: Wish, held: &Held) -> Vec<(FrameId, Decision)> {
        match wish {
            Wish::Hold { rule, filter } => self.hold(rule, filter),
            Wish::Deliver(id) => {
                // Who is not held is answered by the wire: `NotHeld`.
                return vec![held.get(id).map_or((id, Decision::Deliver), |frame| self.let_pass(frame))];
            }
            Wish::DeliverAll => return held.iter().map(|frame| self.let_pass(frame)).collect(),
            Wish::Treat(id, treatment) => return self.treat(id, &treatment, held),
            Wish::Rule(rule) => self.rules.push(rule),
            Wish::Loss { millionths, seed, filter } => {
                self.losses.push(Loss { millionths, seed, filter, chances: HashMap::new() });
            }
            Wish::Forget(patience) => self.middlebox = Some(Middlebox::new(patience, Instant::now())),
            Wish::Flow => return self.flow(held),
            Wish::Slow(delay) => self.slow.set(delay),
            Wish::FreeScript => return self.free_script(held),
            Wish::Free => {
                let released = held.iter().map(|frame| self.release(frame.id, Decision::Deliver)).collect();
                *self = Self::new(self.book.clone(), self.report.clone());
                return released;
            }
        }
        Vec::new()
    }
}

fn later(delay: Duration) -> Decision {
    Decision::Copies(vec![Delivery { delay, ..Delivery::default() }])
}

/// Whether there is something in the frame that can be treated so.
#[must_use]
pub fn can_be(treatment: &Treatment, bytes: &[u8]) -> bool {
    match treatment {
        Treatment::Corrupt { byte } => byte.is_none_or(|byte| (byte as usize) < bytes.len()),
        Treatment::Truncate { length } => (*length as usize) < bytes.len(),
        _ => true,
    }
}

/// Whether the receiver gets what was sent, sooner or later.
fn arrives_whole(decision: &Decision) -> bool {
    match decision {
        Decision::Deliver | Decision::Hold | Decision::SwapWithNext { .. } => true,
        Decision::Copies(copies) => copies.iter().any(|copy| copy.alteration.is_none()),
        Decision::Drop | Decision::TwinOf(_) => false,
    }
}

/// ARP and neighbour discovery: without them nothing else comes, and few lessons are about them.
fn finds_neighbours(seen: &Seen) -> bool {
    let discovers = |transport: &Transport| match transport {
        Transport::Icmp6(message) => NEIGHBOUR_DISCOVERY.contains(&message.kind),
        _ => false,
    };
    matches!(seen.packet.net, Net::Arp(_)) || discovers(&seen.packet.transport)
}
