//! The wire by hand.

use std::time::Duration;

use super::Study;
use crate::{
    face::tui::{
        effect::{Effect, Wired},
        keys::Action,
    },
    lesson::{eval::duration_of, script::Treatment},
    timeline::event::FrameId,
};

/// How much later a packet goes that is delayed by hand.
const LATER: Duration = Duration::from_secs(1);

impl Study {
    pub(super) fn by_hand(&mut self, action: Action) -> Vec<Effect> {
        if !self.is_live_wire() {
            self.say(self.why_no_wire());
            return Vec::new();
        }
        match action {
            Action::Hold => self.switch_hold(),
            Action::Slow => self.switch_slow(),
            _ => self.treat(action),
        }
    }

    fn why_no_wire(&self) -> &'static str {
        use super::{LinkKind, next::Lab};
        match (&self.lab, self.is_now()) {
            (Lab::Over, _) => "There are no hosts now: nothing is on the wire.",
            (_, false) => "You look at what was. End goes back to now.",
            _ if self.reel.now().link == LinkKind::Loopback => {
                "These hosts talk over the loopback, inside the kernel: only on a wire can packets be stopped."
            }
            _ => "There is no wire yet.",
        }
    }

    fn switch_hold(&mut self) -> Vec<Effect> {
        self.switches.holds = !self.switches.holds;
        self.say(match self.switches.holds {
            true => "Every packet stays in your hands from now on.",
            false => "Packets flow again.",
        });
        vec![Effect::Wire(if self.switches.holds { Wired::Hold } else { Wired::Flow })]
    }

    fn switch_slow(&mut self) -> Vec<Effect> {
        self.switches.is_slow = !self.switches.is_slow;
        self.say(match self.switches.is_slow {
            true => format!("Slow motion: each packet takes {} from one host to the other.", duration_of(self.slow)),
            false => "Packets go at full speed again.".to_owned(),
        });
        vec![Effect::Wire(Wired::Slow(self.switches.is_slow.then_some(self.slow)))]
    }

    fn treat(&mut self, action: Action) -> Vec<Effect> {
        let Some(frame) = self.in_hand().map(|index| self.reel.frames()[index].id) else {
            self.say("No packet is in your hands now.");
            return Vec::new();
        };
        vec![Effect::Wire(deed(action, frame))]
    }

    /// The lab is at it, and cannot go on because of what we hold.
    pub(super) fn release_oldest(&mut self) -> Vec<Effect> {
        if !self.switches.holds {
            return Vec::new();
        }
        let oldest = self.reel.now().held.keys().next().copied();
        oldest.map(|frame| Effect::Wire(Wired::Deliver(frame))).into_iter().collect()
    }
}

fn deed(action: Action, frame: FrameId) -> Wired {
    let treatment = match action {
        Action::Drop => Treatment::Drop,
        Action::Double => Treatment::Duplicate,
        Action::Delay => Treatment::Delay(LATER),
        Action::Swap => Treatment::Reorder,
        Action::Corrupt => Treatment::Corrupt { byte: None },
        _ => return Wired::Deliver(frame),
    };
    Wired::Treat(frame, treatment)
}
