//! The hosts that a block runs on, and what joins them.

use crate::lesson::{
    diagnostic::Diagnostic,
    model::{LinkKind, Span},
};

/// Stands for a fence where there is none: the line was typed.
pub(super) const TYPED: &str = "";

#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    /// Which pair of hosts it is: sockets and frames do not outlive it.
    pub(super) world: u32,
    pub(super) link: LinkKind,
    /// The lesson's link, where no fence names another.
    own: LinkKind,
    /// The word of the block's fence.
    fence: &'static str,
    /// Whether a fence named the link.
    named: bool,
    /// Whether it was complained that there is no wire: one edit mends all its lines.
    complained: bool,
}

impl Stage {
    pub(super) const fn new(own: LinkKind) -> Self {
        Self { world: 0, link: own, own, fence: "lab", named: false, complained: false }
    }

    pub(super) fn enter_block(&mut self, fence: &'static str) {
        self.fence = fence;
    }

    pub(super) fn enter_fresh_hosts(&mut self, named: Option<LinkKind>) {
        let link = named.unwrap_or(self.own);
        *self = Self { world: self.world + 1, link, named: named.is_some(), complained: false, ..*self };
    }

    /// The complaint about something that only a wire can do, where there is none; once for the same hosts.
    pub(super) fn lacks_wire(&mut self, span: Span, what: &str) -> Option<Diagnostic> {
        if self.link == LinkKind::Wire || self.complained {
            return None;
        }
        self.complained = true;
        let bare = Diagnostic::at(span, "no wire joins these hosts");
        let bare = bare.label(format!("{what} needs one, and they share a loopback"));
        if self.fence == TYPED {
            return Some(
                bare.help("only in lessons on a wire is there something between the hosts that can be touched"),
            );
        }
        Some(match self.named {
            true => bare.help("a fence says `loopback`: write `wire` there"),
            false => bare.help(format_args!(
                "begin the block with ```{} wire; or write `link = \"wire\"` in the front matter",
                self.fence
            )),
        })
    }
}
