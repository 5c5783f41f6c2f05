//! What the learner's keys do in a lesson.

use ratatui::layout::Rect;

use super::{
    Kind, Pane, Scroll, Study,
    answers::{Answer, is_right, prediction},
    layout::Shape,
    next::{Lab, Next},
};
use crate::{
    face::tui::{
        detail::{Move, Tab},
        effect::{Cued, Effect, Reached},
        keys::{Action, Context},
        theme::Theme,
    },
    lab::cue::{Far, Standing},
    lesson::model::Block,
    timeline::event::{BlockRef, What},
};

impl Study {
    /// Where keys mean what they mean now, the nearest first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts = Vec::new();
        if self.steps.is_some() {
            return vec![Context::Steps, Context::Everywhere];
        }
        if self.question().is_some() {
            contexts.push(Context::Question);
        }
        if self.goal().is_some() {
            contexts.push(Context::Challenge);
        }
        let sees_details = self.focus == Pane::Detail && self.has_room_for_details();
        if sees_details && matches!(self.detail.tab, Tab::Fields | Tab::Graphs) {
            contexts.push(Context::Fields);
        }
        contexts.extend([Context::Wire, Context::Lesson, Context::Everywhere]);
        contexts
    }

    /// Whether this action means something now: a letter is an answer only as far as there are answers.
    #[must_use]
    pub fn means(&self, action: Action) -> bool {
        !matches!(action, Action::Answer(choice) if usize::from(choice) >= self.choices())
    }

    /// So many answers has the question that is asked.
    #[must_use]
    pub fn choices(&self) -> usize {
        let asked = self.question().and_then(|question| prediction(&self.lesson, question));
        asked.map_or(0, |asked| asked.choices.len())
    }

    /// Does what a key asks for.
    pub fn act(&mut self, action: Action, theme: &Theme) -> Vec<Effect> {
        self.note_reading();
        self.remark = None;
        match action {
            Action::GoOn | Action::Confirm if self.steps.is_some() => self.go_to_step(),
            Action::GoOn => self.go_on(Far::Beat),
            Action::OneLine => self.go_on(Far::Line),
            Action::Confirm => self.confirm(),
            Action::Answer(choice) => self.answer(usize::from(choice)),
            Action::Skip => self.skip(),
            Action::Hint => self.hint(),
            Action::Command => self.type_a_line(),
            Action::Judge => {
                // The verdict is told at the end.
                self.scrolled = None;
                vec![Effect::Cue(Cued::Judge)]
            }
            Action::StepAgain => self.again_from_here(),
            Action::LessonAgain => self.again(0),
            Action::Steps => self.list_steps(),
            Action::Leave if self.steps.is_some() => self.close_steps(),
            Action::Hold
            | Action::Slow
            | Action::Deliver
            | Action::Drop
            | Action::Double
            | Action::Delay
            | Action::Swap
            | Action::Corrupt => self.by_hand(action),
            _ => self.look(action, theme),
        }
    }

    /// Keys that change nothing but what is looked at.
    fn look(&mut self, action: Action, theme: &Theme) -> Vec<Effect> {
        match action {
            Action::Back => self.step_back(),
            Action::Forward => self.step_forward(),
            Action::StopBack => self.look_at(self.desk().stop_behind()),
            Action::StopForward => self.look_at(self.desk().stop_ahead()),
            Action::ToBegin => self.look_at(0),
            Action::ToEnd => self.look_at(self.reel.len()),
            Action::Play => self.toggle_play(),
            Action::Faster => self.change_speed(2.0),
            Action::Slower => self.change_speed(0.5),
            Action::NextPane => self.turn_pane(true),
            Action::PreviousPane => self.turn_pane(false),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Tab(tab) => self.open_tab(usize::from(tab)),
            Action::Present => self.switch_presenting(),
            Action::Up => self.go(Move::Up, theme),
            Action::Down => self.go(Move::Down, theme),
            Action::Left => self.go(Move::Left, theme),
            Action::Right => self.go(Move::Right, theme),
            Action::PageUp => self.go(Move::PageUp, theme),
            Action::PageDown => self.go(Move::PageDown, theme),
            _ => {}
        }
        Vec::new()
    }

    /// The one key that goes on.
    pub(super) fn go_on(&mut self, far: Far) -> Vec<Effect> {
        if far == Far::Beat && self.has_hidden_text() {
            self.focus = Pane::Ladder;
            return Vec::new();
        }
        if far == Far::Beat && self.reads_on() {
            self.scroll(Move::PageDown);
            return Vec::new();
        }
        match self.next() {
            Next::Question(question) if self.presents => self.present_question(question, far),
            Next::Question(_) => {
                self.say("First the question: what do you think?");
                Vec::new()
            }
            Next::Forward => {
                self.look_at(self.desk().stop_ahead());
                Vec::new()
            }
            Next::Learner(_) => self.type_a_line(),
            Next::Busy => self.release_oldest(),
            Next::Over => vec![Effect::LeaveLesson],
            Next::Step(_) | Next::Block(_) | Next::Beat { .. } | Next::End => self.cue(far),
        }
    }

    fn cue(&mut self, far: Far) -> Vec<Effect> {
        let Lab::Waits(at) = std::mem::replace(&mut self.lab, Lab::Busy) else { return Vec::new() };
        self.rung = None;
        self.follow();
        // A new step begins with its words, where they share their place with the details.
        if matches!(at, Standing::Step(_)) && self.focus == Pane::Detail && self.shape(self.area()) == Shape::Two {
            self.focus = Pane::Ladder;
        }
        vec![Effect::Cue(Cued::GoOn(at, far))]
    }

    // Questions.

    fn answer(&mut self, choice: usize) -> Vec<Effect> {
        let Some(question) = self.question() else { return Vec::new() };
        // Nobody chooses among answers that are not in sight.
        if !self.presents && self.reads_on() {
            self.scrolled = Some(self.bounds().end());
            self.say("These are the answers. Press the letter of one.");
            return Vec::new();
        }
        let Some(prediction) = prediction(&self.lesson, question).filter(|asked| choice < asked.choices.len()) else {
            return Vec::new();
        };
        if prediction.several {
            self.pointed = Some(choice);
            if !self.marked.remove(&choice) {
                self.marked.insert(choice);
            }
            return Vec::new();
        }
        self.give(question, Answer::Chosen([choice].into()))
    }

    fn confirm(&mut self) -> Vec<Effect> {
        let Some(question) = self.question() else { return Vec::new() };
        let several = prediction(&self.lesson, question).is_some_and(|asked| asked.several);
        match (several, self.pointed) {
            (true, _) if !self.marked.is_empty() => self.give(question, Answer::Chosen(self.marked.clone())),
            (false, Some(choice)) => self.give(question, Answer::Chosen([choice].into())),
            _ if self.presents || self.reads_on() => self.go_on(Far::Beat),
            _ => {
                self.keep_in_sight();
                self.say("What do you think? Press the letter of an answer.");
                Vec::new()
            }
        }
    }

    fn give(&mut self, question: BlockRef, answer: Answer) -> Vec<Effect> {
        let reached = self.judged(question, &answer);
        self.answers.give(question, answer);
        self.forget_choice();
        self.follow();
        reached.map(Effect::Reached).into_iter().collect()
    }

    /// What is kept of an answer; nothing where there is none.
    fn judged(&self, at: BlockRef, answer: &Answer) -> Option<Reached> {
        let Answer::Chosen(chosen) = answer else { return None };
        let right = prediction(&self.lesson, at).is_some_and(|asked| is_right(asked, answer));
        Some(Reached::Answer { at, chosen: chosen.iter().copied().collect(), right })
    }

    fn skip(&mut self) -> Vec<Effect> {
        if let Some(question) = self.question() {
            return self.give(question, Answer::Skipped);
        }
        match self.goal() {
            Some(_) => vec![Effect::Cue(Cued::Skip)],
            None => Vec::new(),
        }
    }

    /// The challenge that is the learner's turn.
    pub(super) fn challenge(&self) -> Option<BlockRef> {
        match self.lab {
            Lab::Waits(Standing::Learner(block)) if self.is_now() => Some(block),
            _ => None,
        }
    }

    /// A challenge that is the learner's turn, and has a goal: free play has none.
    pub(super) fn goal(&self) -> Option<BlockRef> {
        let has_goal = |at: &BlockRef| match super::answers::block_of(&self.lesson, *at) {
            Some(Block::Challenge(challenge)) => !challenge.expect.is_empty(),
            _ => false,
        };
        self.challenge().filter(has_goal)
    }

    fn hint(&mut self) -> Vec<Effect> {
        let Some(at) = self.goal() else { return Vec::new() };
        let Some(Block::Challenge(challenge)) = super::answers::block_of(&self.lesson, at) else { return Vec::new() };
        // The last one is a way to do it.
        self.answers.take_hint(at, challenge.hints.len() + 1);
        self.scrolled = None;
        vec![Effect::Reached(Reached::Hints { at, count: self.answers.hints(at) })]
    }

    // Time.

    fn step_back(&mut self) {
        let events = self.reel.events();
        let before = (0..self.position()).rev().find(|at| is_seen(&events[*at].what));
        self.look_at(before.unwrap_or(0));
    }

    pub(super) fn step_forward(&mut self) {
        let events = self.reel.events();
        let seen = (self.position()..events.len()).find(|at| is_seen(&events[*at].what));
        self.look_at(seen.map_or(events.len(), |at| at + 1));
    }

    // Panes.

    fn turn_pane(&mut self, forward: bool) {
        let panes = if self.has_room_for_details() { &Pane::ALL[..] } else { &Pane::ALL[..2] };
        let at = panes.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        // One back is one less than all the way round.
        let by = if forward { 1 } else { panes.len() - 1 };
        self.focus = panes[(at + by) % panes.len()];
    }

    fn open_tab(&mut self, tab: usize) {
        if let Some(tab) = Tab::ALL.get(tab) {
            self.detail.tab = *tab;
            if self.has_room_for_details() {
                self.focus = Pane::Detail;
            } else {
                self.say("There is room for the details when the question is answered.");
            }
        }
    }

    fn go(&mut self, way: Move, theme: &Theme) {
        if let Some(question) = self.question()
            && matches!(way, Move::Up | Move::Down)
            && self.steps.is_none()
        {
            return self.point(question, way);
        }
        if self.steps.is_some() {
            return self.point_at_step(way);
        }
        match self.focus {
            Pane::Ladder => self.choose_rung(way),
            Pane::Explain => self.scroll(way),
            Pane::Detail => self.go_in_detail(way, theme),
        }
    }

    fn point(&mut self, question: BlockRef, way: Move) {
        let count = prediction(&self.lesson, question).map_or(0, |asked| asked.choices.len());
        let last = count.saturating_sub(1);
        if self.reads_on() {
            self.scrolled = Some(self.bounds().end());
        }
        self.pointed = Some(match (self.pointed, way) {
            (None, Move::Up) => last,
            (None, _) => 0,
            (Some(at), Move::Up) => at.saturating_sub(1),
            (Some(at), _) => (at + 1).min(last),
        });
    }

    pub(super) fn choose_rung(&mut self, way: Move) {
        let count = self.reel.rungs_at(self.position());
        let Some(chosen) = self.chosen_rung() else { return };
        let page = usize::from(self.size.1 / 3).max(1);
        let (by, down) = match way {
            Move::Up => (1, false),
            Move::Down => (1, true),
            Move::PageUp => (page, false),
            Move::PageDown => (page, true),
            _ => return,
        };
        let mut at = chosen;
        for _ in 0..by {
            let next = if down {
                (at + 1..count).find(|rung| self.is_shown(*rung))
            } else {
                (0..at).rev().find(|rung| self.is_shown(*rung))
            };
            at = next.unwrap_or(at);
        }
        self.rung = Some(at);
    }

    /// Whether there is a row of this rung.
    pub(super) fn is_shown(&self, rung: usize) -> bool {
        match self.reel.rungs()[rung].kind {
            Kind::Frame(frame) => !self.reel.frames()[frame].is_twin_at(self.position()),
            Kind::Stage { fresh } => fresh,
            _ => true,
        }
    }

    pub(super) fn scroll(&mut self, way: Move) {
        let bounds = self.bounds();
        let (first, page) = (bounds.first, bounds.height.saturating_sub(1).max(1));
        let at = match way {
            Move::Up => first.saturating_sub(1),
            Move::Down => first + 1,
            Move::PageUp => first.saturating_sub(page),
            Move::PageDown => first + page,
            _ => return,
        };
        self.scrolled = Some(if at < bounds.last { Scroll::From(at) } else { bounds.end() });
    }

    /// What is read to its end stays in sight, whatever is said below it.
    fn keep_in_sight(&mut self) {
        let bounds = self.bounds();
        if bounds.first == bounds.last {
            self.scrolled = Some(bounds.end());
        }
    }

    /// What is told next is looked at; until then what was read stays where it is.
    fn follow(&mut self) {
        self.scrolled = self.scrolled.filter(|scroll| matches!(scroll, Scroll::To { .. }));
    }

    fn note_reading(&mut self) {
        if self.parts(self.area()).explain.is_some() && !self.reads_on() {
            self.read_at = Some(self.position());
        }
    }

    /// Where the detail stands; nowhere while it is not in sight.
    fn detail_area(&self) -> Rect {
        let parts = self.parts(self.area());
        parts.detail.map_or_else(Rect::default, |area| super::draw::padded(crate::face::tui::canvas::inside(area)))
    }

    pub(super) fn go_in_detail(&mut self, way: Move, theme: &Theme) {
        let world = self.world();
        let mut detail = std::mem::take(&mut self.detail);
        detail.act(way, self.detail_area(), &self.subject(&world, theme));
        self.detail = detail;
    }
}

/// Whether something on the screen says that it has happened.
fn is_seen(what: &What) -> bool {
    !matches!(
        what,
        What::Bound { .. }
            | What::Reading { .. }
            | What::UdpSockets { .. }
            | What::Sample { .. }
            | What::Lesson { .. }
            | What::Line { .. }
    )
}
