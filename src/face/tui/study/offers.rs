//! What the bottom line offers: the keys that do something now, in the order of what a learner needs first.

use super::{Pane, Study, in_short::in_short, next::Next};
use crate::{
    face::tui::{
        detail::Tab,
        keys::{Action, Context, Keymap, shown},
        offer::{Offer, Press, of_a_line},
        reel::Place,
        settings::Key,
    },
    lesson::{
        model::Block,
        script::{Deed, Handed, Labelled, Line, Verb, Which},
    },
    timeline::event::BlockRef,
};

impl Study {
    #[must_use]
    pub fn offers(&self, keys: &Keymap, ascii: bool) -> Vec<Offer> {
        self.offers_where(keys, ascii, self.reads_on())
    }

    /// The same for whoever knows already whether there is more to read.
    pub(super) fn offers_where(&self, keys: &Keymap, ascii: bool, reads_on: bool) -> Vec<Offer> {
        let mut offers = Offers { keys, ascii, contexts: self.contexts(), all: Vec::new() };
        if self.is_typing() {
            return of_a_line("run it", true, "other keys");
        }
        if self.steps.is_some() {
            offers.all_of(Context::Steps);
            offers.all.iter_mut().take(1).for_each(|offer| offer.is_first = true);
            return offers.all;
        }
        if let Some(question) = self.question() {
            self.offer_answers(question, reads_on, &mut offers);
        } else {
            self.offer_going(reads_on, &mut offers);
        }
        let sees_fields = self.focus == Pane::Detail && self.has_room_for_details() && self.detail.tab == Tab::Fields;
        let is_among_fields = sees_fields && self.chosen_frame().is_some();
        if is_among_fields {
            offers.pair(Action::Up, Action::Down, "field");
        }
        // On a small screen what stands further behind is not seen: first what a packet in our hands is for.
        let holds = self.in_hand().is_some();
        if holds {
            self.offer_of_the_wire([Action::Drop, Action::Deliver], &mut offers);
        }
        self.offer_switch(Action::Slow, &mut offers);
        if holds {
            self.offer_bytes(&mut offers);
        }
        if is_among_fields {
            offers.add(Action::NextPane, Context::Lesson, None);
        }
        if self.is_playing() {
            offers.add(Action::Play, Context::Lesson, Some("stop".to_owned()));
        }
        if self.position() > 0 {
            offers.pair(Action::Back, Action::Forward, "time");
        }
        if !self.is_now() && self.position() < self.reel.len() {
            offers.add(Action::ToEnd, Context::Lesson, None);
        }
        if !holds {
            self.offer_bytes(&mut offers);
        }
        if matches!(self.next(), Next::Learner(_)) && reads_on {
            offers.add(Action::Command, Context::Lesson, None);
        }
        if !is_among_fields {
            offers.add(Action::NextPane, Context::Lesson, None);
        }
        if holds {
            self.offer_of_the_wire([Action::Double, Action::Corrupt], &mut offers);
        }
        self.offer_switch(Action::Hold, &mut offers);
        offers.add(Action::StepAgain, Context::Lesson, None);
        offers.add(Action::Help, Context::Everywhere, None);
        offers.add(Action::Leave, Context::Everywhere, None);
        offers.all
    }

    fn offer_going(&self, reads_on: bool, offers: &mut Offers<'_>) {
        if let Some(does) = self.going(reads_on) {
            offers.add(Action::GoOn, Context::Lesson, Some(does));
            // Nothing else is what the learner is waited for with: while the lab is at it, there is no such key.
            offers.all.iter_mut().for_each(|offer| offer.is_first = true);
        }
        if self.goal().is_some() {
            for action in [Action::Hint, Action::Judge, Action::Skip] {
                offers.add(action, Context::Challenge, None);
            }
        }
    }

    /// While a question is asked, its letters are answers.
    fn offer_unless_answer(&self, action: Action, does: &str, offers: &mut Offers<'_>) {
        let contexts = self.contexts();
        let does = (!does.is_empty()).then(|| does.to_owned());
        let key = offers.keys.key_of(action, Context::Wire);
        let means = |key| offers.keys.action_among(key, &contexts, |action| self.means(action));
        if key.and_then(means) == Some(action) {
            offers.add(action, Context::Wire, does);
        }
    }

    fn offer_answers(&self, question: BlockRef, reads_on: bool, offers: &mut Offers<'_>) {
        let Some(prediction) = super::answers::prediction(&self.lesson, question) else { return };
        let letters: Vec<String> =
            (0..prediction.choices.len()).map(|at| super::explain::letter(at).to_string()).collect();
        let does = if prediction.several { "mark" } else { "answer" };
        if self.presents || !reads_on {
            offers.all.push(Offer {
                // None of them can be meant by a click on all of them.
                press: Press::Act(Action::Confirm),
                key: letters.join(" "),
                does: does.to_owned(),
                is_first: true,
            });
        }
        let is_ready = if prediction.several { !self.marked.is_empty() } else { self.pointed.is_some() };
        if reads_on && !is_ready {
            offers.add(Action::Confirm, Context::Question, Some("read on".to_owned()));
            offers.all.iter_mut().for_each(|offer| offer.is_first = true);
        } else if self.presents && !is_ready {
            let does = self.what_settles(question).to_owned();
            offers.add(Action::Confirm, Context::Question, Some(does));
        } else if is_ready {
            offers.add(Action::Confirm, Context::Question, None);
        }
        offers.add(Action::Skip, Context::Question, None);
    }

    fn offer_switch(&self, switch: Action, offers: &mut Offers<'_>) {
        let does = match (switch, self.switches.holds, self.switches.is_slow) {
            _ if !self.is_live_wire() => return,
            (Action::Hold, true, _) => "let flow",
            (Action::Slow, _, true) => "full speed",
            _ => "",
        };
        self.offer_unless_answer(switch, does, offers);
    }

    fn offer_of_the_wire(&self, deeds: [Action; 2], offers: &mut Offers<'_>) {
        // Where another packet is looked at, it is said which one is meant.
        let meant = self.in_hand().filter(|frame| self.chosen_frame() != Some(*frame));
        let meant = meant.map(|frame| format!(" {}", self.reel.frames()[frame].kind()));
        for action in deeds {
            let does = meant.as_ref().map(|meant| offers.word(action, Context::Wire) + meant);
            self.offer_unless_answer(action, &does.unwrap_or_default(), offers);
        }
    }

    /// Where there is a packet, and its bytes are not what is looked at.
    fn offer_bytes(&self, offers: &mut Offers<'_>) {
        if self.has_room_for_details()
            && self.chosen_frame().is_some()
            && (self.focus != Pane::Detail || self.detail.tab != Tab::Fields)
        {
            offers.add(Action::Tab(1), Context::Lesson, None);
        }
    }

    /// What the key that goes on would do; `None` where it does nothing.
    fn going(&self, reads_on: bool) -> Option<String> {
        Some(match self.next() {
            _ if self.has_hidden_text() => "read the text".to_owned(),
            _ if reads_on => "read on".to_owned(),
            Next::Question(_) if self.presents => "ask".to_owned(),
            Next::Question(_) => return None,
            Next::Forward => "forward".to_owned(),
            Next::Step(_) => "next step".to_owned(),
            Next::Block(block) => self.first_act(block, 0),
            Next::Beat { block, line } => self.first_act(block, line),
            Next::Learner(_) => "type a line".to_owned(),
            Next::End => "finish".to_owned(),
            Next::Busy if self.switches.holds && !self.reel.now().held.is_empty() => "let go".to_owned(),
            Next::Busy => return None,
            Next::Over if self.is_alone => "leave".to_owned(),
            Next::Over => "back to the lessons".to_owned(),
        })
    }

    /// What the script would do to a packet in our hands is done already where the learner has done something to it.
    fn can_be_done(&self, line: &Line) -> bool {
        let is_held = |label: &Labelled| {
            let named =
                self.reel.frames().iter().rev().find(|frame| frame.label_at(self.reel.len()) == Some(&label.name));
            named.is_none_or(|frame| matches!(frame.at(self.reel.len()).place, Place::Held { .. }))
        };
        match &line.verb {
            Verb::Wire(wire) => match &wire.deed {
                Deed::Deliver(Handed::Labelled(label)) | Deed::Treat { which: Which::Labelled(label), .. } => {
                    is_held(label)
                }
                Deed::Deliver(_) => !self.reel.now().held.is_empty(),
                _ => true,
            },
            _ => true,
        }
    }

    fn first_act(&self, block: BlockRef, line: usize) -> String {
        match super::answers::block_of(&self.lesson, block) {
            // Without a goal it is nobody's challenge.
            Some(Block::Challenge(challenge)) if challenge.expect.is_empty() => "set up the hosts".to_owned(),
            Some(Block::Challenge(_)) => "take the challenge".to_owned(),
            Some(Block::Lab(lab)) => {
                let line = lab.lines.get(line).filter(|line| self.can_be_done(line));
                line.map_or_else(|| "go on".to_owned(), |line| in_short(&self.lesson, line))
            }
            _ => "go on".to_owned(),
        }
    }
}

/// The offers while they are being collected.
struct Offers<'k> {
    keys: &'k Keymap,
    ascii: bool,
    contexts: Vec<Context>,
    all: Vec<Offer>,
}

impl Offers<'_> {
    /// The action with its first key, and the table's word for it unless another is given.
    fn add(&mut self, action: Action, context: Context, does: Option<String>) {
        let Some((row, keys)) = self.keys.of(context).find(|(row, _)| row.action == action) else { return };
        let Some(key) = keys.first() else { return };
        let does = does.unwrap_or_else(|| row.short.to_owned());
        self.all.push(Offer { press: Press::Act(action), key: shown(*key, self.ascii), does, is_first: false });
    }

    /// The table's word for it.
    fn word(&self, action: Action, context: Context) -> String {
        let row = self.keys.of(context).find(|(row, _)| row.action == action);
        row.map_or_else(String::new, |(row, _)| row.short.to_owned())
    }

    /// Two keys that do the same in two directions.
    fn pair(&mut self, one: Action, other: Action, does: &str) {
        // Nearer by, a key may mean something else.
        let means = |key: &&Key, action| self.keys.action_among(**key, &self.contexts, |_| true) == Some(action);
        let key = |action| {
            let (_, keys) = self.keys.of(Context::Lesson).find(|(row, _)| row.action == action)?;
            keys.iter().find(|key| means(key, action)).map(|key| shown(*key, self.ascii))
        };
        if let (Some(one_key), Some(other_key)) = (key(one), key(other)) {
            let between = if self.ascii { "/" } else { "" };
            let (key, does) = (format!("{one_key}{between}{other_key}"), does.to_owned());
            self.all.push(Offer { press: Press::Act(one), key, does, is_first: false });
        }
    }

    fn all_of(&mut self, context: Context) {
        let rows: Vec<Action> =
            self.keys.of(context).filter(|(row, _)| !row.short.is_empty()).map(|(row, _)| row.action).collect();
        rows.into_iter().for_each(|action| self.add(action, context, None));
    }
}
