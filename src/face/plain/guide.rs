//! What stands above a lab: what it is, on which hosts, and once how it is read.

use std::io::{self, Write};

use super::{Origin, Plain};
use crate::{
    face::text::{Line, Style},
    timeline::event::LinkKind,
};

impl<W: Write> Plain<'_, W> {
    pub(super) fn lab_head(&mut self, challenge: bool, fresh: bool) -> io::Result<()> {
        let mut head = Line::styled(&lab_name(challenge, fresh, self.link), Style::STRONG);
        if self.origin == Origin::Recorded {
            head.push(" (RECORDED)", Style::WARNING.bold());
        }
        // Who they are was said when they came.
        for host in self.hosts.iter().filter(|_| fresh) {
            head.push(&format!(" {} ", self.page.look.palette.marks.dot), Style::FAINT);
            head.append(&self.host(&host.name));
            let addresses: Vec<_> = host.addresses.iter().map(ToString::to_string).collect();
            head.push(&format!(" {}", addresses.join(" ")), Style::CODE);
        }
        self.page.gap()?;
        self.page.hanging(&Line::spaces(2), &head)?;
        self.page.keep_together();
        Ok(())
    }

    /// Says once, before the first lab, what its lines are, and before the first wire what that is.
    pub(super) fn how_to_read(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.guide_said, true) {
            let held = self.page.look.palette.marks.held;
            self.guide(&format!(
                "How to read a lab: \"lab\" begins a line of the lesson's script. Below it stand the system calls that \
                 it made, with what each returned and how long it took, and every packet, with the time since the lab \
                 began, what it means, and the states of both ends once it has arrived. {held} marks a claim that was \
                 checked: in it, `syn:` gives a packet a name, and `?j` one of its numbers."
            ))?;
        }
        if self.link == LinkKind::Wire && !std::mem::replace(&mut self.wire_guide_said, true) {
            let fates = &self.page.look.palette.marks.fates;
            let (held, twin, delivered, dropped) = (fates.held, fates.twin, fates.delivered, fates.dropped);
            self.guide(&format!(
                "How to read a wire: this program carries every packet from one host to the other, and can stop it \
                 on the way. A packet stands at the time at which it entered the wire. If it does not simply pass, an \
                 arrow says what becomes of it: {held} it is held in our hands, {twin} it was sent again meanwhile, \
                 {delivered} it is delivered, {dropped} it does not arrive. The words behind an arrow say more."
            ))?;
        }
        Ok(())
    }

    fn guide(&mut self, words: &str) -> io::Result<()> {
        self.page.gap()?;
        self.page.hanging(&Line::spaces(2), &Line::styled(words, Style::FAINT))
    }
}

/// What a lab is.
pub(in crate::face) fn lab_name(challenge: bool, fresh: bool, link: LinkKind) -> String {
    let what = if challenge { "One way to reach it" } else { "Lab" };
    let on = match link {
        LinkKind::Loopback => "",
        LinkKind::Wire if fresh => " on a wire in our hands",
        LinkKind::Wire => " on the wire",
    };
    let with = if challenge || fresh { "" } else { ", with the same hosts" };
    format!("{what}{on}{with}")
}
