//! The wire by hand.

use std::time::Duration;

use super::{Study, Switches};
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
            _ if self.are_hosts_gone || self.reel.now().hosts.is_empty() => {
                "There are no hosts yet: they come when you go on."
            }
            _ if self.reel.now().link == LinkKind::Loopback => {
                "These hosts talk over the loopback, inside the kernel: only on a wire can packets be stopped."
            }
            _ => "There is no wire yet.",
        }
    }

    /// How the wire's switches stand. Whoever has the wire says so: a typed `wire free` changes them too.
    pub fn sees_switches(&mut self, holds: bool, is_slow: bool) {
        self.switches = Switches { holds, is_slow };
    }

    fn switch_hold(&mut self) -> Vec<Effect> {
        let holds = !self.switches.holds;
        self.say(match holds {
            true => "Every packet stays in your hands from now on.",
            false => "Packets flow again.",
        });
        vec![Effect::Wire(if holds { Wired::Hold } else { Wired::Flow })]
    }

    fn switch_slow(&mut self) -> Vec<Effect> {
        let is_slow = !self.switches.is_slow;
        let slow = duration_of(self.slow);
        self.say(match is_slow {
            true => format!(
                "Slow motion: a packet takes {slow} on its way. One that is let go from our hands goes at once."
            ),
            false => "Packets go at full speed again.".to_owned(),
        });
        vec![Effect::Wire(Wired::Slow(is_slow.then_some(self.slow)))]
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
