//! The learner's end of a lab that waits: cues, and where the script stands.
//!
//! A script with a cue waits wherever a reader has something to read first. It goes on when it is told to, and only
//! from where it was standing when it was told: what is said while it runs is dropped, so that a key that is pressed
//! twice in impatience never skips what nobody has read. Lines that a learner has typed are no cue but an order: they
//! are kept until the script waits and hosts stand.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender},
};

use super::{ear::Ear, stage::Report};
use crate::{lesson::script::Line, timeline::event::BlockRef};

/// Where a script waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Before this step.
    Step(usize),
    /// Before this block: nothing of it has run.
    Block(BlockRef),
    /// Before this line, by its index among the block's lines. Not while a packet is under way that the script itself has
    /// made late: its clock runs, and the lines that are about it would come too late.
    Beat { block: BlockRef, line: usize },
    /// In this challenge: it is the learner's turn.
    Learner(BlockRef),
    /// Behind the last step. The hosts that were set up last still stand.
    End,
}

/// How far a script goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    /// To the end of the beat: see [`crate::lesson::beats`].
    Beat,
    /// One line.
    Line,
}

/// Cheap to clone: all clones are the same cue. It may be made before there is a lab, and outlives it; it is for one run
/// at a time, and a run begins with nothing said.
#[derive(Clone, Debug, Default)]
pub struct Cue {
    board: Arc<Mutex<Board>>,
    ear: Ear,
}

#[derive(Debug, Default)]
struct Board {
    /// Where the script waits; nowhere while it runs, and as soon as it has been told to go on.
    stands: Option<Standing>,
    orders: VecDeque<Order>,
}

/// What the script is to do.
#[derive(Clone, Debug)]
pub(super) enum Order {
    GoOn(Far),
    Say(Box<Line>),
    Judge,
    Skip,
}

impl Cue {
    /// One beat or one line further. Whether the script takes it: it does if it waits, has not been told to go on
    /// already, and does not wait for the learner's own turn.
    pub fn go_on(&self, far: Far) -> bool {
        self.tell(Order::GoOn(far), |at| !matches!(at, Standing::Learner(_)))
    }

    /// The same, if it still waits there: a face that shows where the script stood when the key was pressed can not
    /// be overtaken.
    pub fn go_on_from(&self, at: Standing, far: Far) -> bool {
        self.tell(Order::GoOn(far), |stands| stands == at && !matches!(at, Standing::Learner(_)))
    }

    /// Runs a line that the learner has typed, on the hosts that stand: at once if the script waits and there are any,
    /// otherwise as soon as that is so.
    pub fn say(&self, line: Line) {
        self.lock().orders.push_back(Order::Say(Box::new(line)));
        self.ear.nudge();
    }

    /// In a challenge: checks now whether it is solved, with the usual patience. Whether the script takes it.
    pub fn judge(&self) -> bool {
        self.tell(Order::Judge, |at| matches!(at, Standing::Learner(_)))
    }

    /// Leaves the challenge. Whether the script takes it.
    pub fn skip(&self) -> bool {
        self.tell(Order::Skip, |at| matches!(at, Standing::Learner(_)))
    }

    fn tell(&self, order: Order, fits: impl FnOnce(Standing) -> bool) -> bool {
        let mut board = self.lock();
        if !board.stands.is_some_and(fits) {
            return false;
        }
        board.stands = None;
        board.orders.push_back(order);
        drop(board);
        self.ear.nudge();
        true
    }

    /// A run begins, and listens there: what was said before it is not meant for it.
    pub(super) fn begin(&self, ear: Sender<Report>) {
        *self.lock() = Board::default();
        self.ear.turn_to(ear);
    }

    pub(super) fn wait_at(&self, ear: Sender<Report>) {
        self.ear.turn_to(ear);
    }

    /// The script waits there, unless it has been told already what to do next.
    pub(super) fn stand(&self, at: Standing) {
        let mut board = self.lock();
        if board.orders.iter().all(|order| matches!(order, Order::Say(_))) {
            board.stands = Some(at);
        }
    }

    /// The script goes on by itself, unless it has been told meanwhile what to do: whether it does.
    pub(super) fn leave(&self) -> bool {
        let mut board = self.lock();
        let is_free = board.orders.iter().all(|order| matches!(order, Order::Say(_)));
        if is_free {
            board.stands = None;
        }
        is_free
    }

    /// The next thing to do; lines only where hosts stand. From here on the script is busy.
    pub(super) fn take(&self, hosts_stand: bool) -> Option<Order> {
        let mut board = self.lock();
        let next = board.orders.iter().position(|order| hosts_stand || !matches!(order, Order::Say(_)))?;
        board.stands = None;
        board.orders.remove(next)
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::script::{SilentLine, Verb, Window};

    const BLOCK: BlockRef = BlockRef { step: 0, block: 0 };

    fn waiting(at: Standing) -> Cue {
        let cue = Cue::default();
        cue.stand(at);
        cue
    }

    #[test]
    fn who_has_gone_on_by_itself_takes_no_cue_for_where_it_stood() {
        let at = Standing::Beat { block: BLOCK, line: 2 };
        let cue = waiting(at);
        assert!(cue.leave());
        assert!(!cue.go_on_from(at, Far::Beat), "it stands there no more");
        let cue = waiting(at);
        assert!(cue.go_on_from(at, Far::Line) && !cue.leave(), "what was said in time counts");
    }

    fn line() -> Line {
        let verb = Verb::Silent(SilentLine { window: Window::SoFar });
        Line { number: 0, text: String::new(), span: 0..0, comment: None, verb }
    }

    #[test]
    fn a_cue_while_the_script_runs_is_dropped() {
        let cue = Cue::default();
        assert!(!cue.go_on(Far::Beat));
        cue.stand(Standing::Step(1));
        assert!(cue.take(true).is_none());
    }

    #[test]
    fn a_second_press_is_dropped_even_before_the_script_has_heard_the_first() {
        let cue = waiting(Standing::Step(1));
        assert!(cue.go_on(Far::Beat));
        assert!(!cue.go_on(Far::Beat));
        assert!(matches!(cue.take(true), Some(Order::GoOn(Far::Beat))));
        assert!(!cue.go_on(Far::Beat), "it runs");
        assert!(cue.take(true).is_none());
    }

    #[test]
    fn a_cue_for_another_place_is_dropped() {
        let cue = waiting(Standing::Block(BLOCK));
        assert!(!cue.judge() && !cue.skip(), "there is no challenge");
        assert!(!cue.go_on_from(Standing::Step(0), Far::Beat));
        assert!(cue.go_on_from(Standing::Block(BLOCK), Far::Line));
    }

    #[test]
    fn a_challenge_is_judged_or_skipped_and_not_gone_on_from() {
        let at = Standing::Learner(BLOCK);
        assert!(!waiting(at).go_on(Far::Beat) && !waiting(at).go_on_from(at, Far::Beat));
        assert!(waiting(at).judge() && waiting(at).skip());
    }

    #[test]
    fn a_typed_line_is_kept_until_hosts_stand() {
        let cue = Cue::default();
        cue.say(line());
        assert!(cue.take(false).is_none());
        assert!(matches!(cue.take(true), Some(Order::Say(_))));
    }

    #[test]
    fn a_typed_line_keeps_its_place_and_hinders_no_cue() {
        let cue = Cue::default();
        cue.say(line());
        cue.stand(Standing::Step(1));
        assert!(cue.go_on(Far::Beat));
        assert!(matches!(cue.take(true), Some(Order::Say(_))));
        cue.stand(Standing::Step(1));
        assert!(!cue.go_on(Far::Beat), "it has been told to go on");
        assert!(matches!(cue.take(true), Some(Order::GoOn(Far::Beat))));
    }

    #[test]
    fn what_was_said_to_one_run_is_not_meant_for_the_next() {
        let cue = waiting(Standing::End);
        cue.say(line());
        cue.begin(std::sync::mpsc::channel().0);
        assert!(!cue.go_on(Far::Beat));
        assert!(cue.take(true).is_none());
    }
}
