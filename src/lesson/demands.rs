//! What a lesson asks of the machine, and whether what it sets on its hosts can come to anything.

use super::{
    diagnostic::Diagnostic,
    front::Setting,
    model::{Block, Lesson, LinkKind, Span},
    script::{Address, Call, Family, HostPart, Line, OptionValue, Verb},
};
use crate::timeline::event::BlockRef;

/// RFC 8200 §5.
const LEAST_MTU_OF_IPV6: u32 = 1280;

impl Lesson {
    /// Whether any of its hosts are joined by a wire.
    #[must_use]
    pub fn uses_wire(&self) -> bool {
        let named = |block: &Block| match block {
            Block::Lab(lab) => lab.link,
            Block::Challenge(challenge) => challenge.link,
            Block::Prose(_) | Block::Predict(_) => None,
        };
        self.link == LinkKind::Wire || self.blocks().any(|block| named(block) == Some(LinkKind::Wire))
    }

    /// What joins the hosts on which this block runs. A lab that names no link goes on with the hosts that stand; those
    /// of a challenge are for nobody else.
    #[must_use]
    pub fn link_of(&self, block: BlockRef) -> LinkKind {
        let mut stands = None;
        for (_, before) in self.numbered_blocks().take_while(|(place, _)| *place < block) {
            match before {
                Block::Lab(lab) => stands = Some(lab.link.or(stands).unwrap_or(self.link)),
                Block::Challenge(_) => stands = None,
                Block::Prose(_) | Block::Predict(_) => {}
            }
        }
        match self.steps.get(block.step).and_then(|step| step.blocks.get(block.block)) {
            Some(Block::Lab(lab)) => lab.link.or(stands).unwrap_or(self.link),
            Some(Block::Challenge(challenge)) => challenge.link.unwrap_or(self.link),
            Some(Block::Prose(_) | Block::Predict(_)) | None => self.link,
        }
    }

    /// Whether a call in it speaks IPv6: by its protocol, or by an address.
    #[must_use]
    pub fn uses_ipv6(&self) -> bool {
        self.lines().any(|line| matches!(&line.verb, Verb::Call(line) if speaks_ipv6(&line.call)))
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.opening.iter().chain(self.steps.iter().flat_map(|step| &step.blocks))
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.blocks().flat_map(Block::lines)
    }
}

fn speaks_ipv6(call: &Call) -> bool {
    let (family, address): (Option<Family>, Option<&Address>) = match call {
        Call::Socket { family, .. } => (Some(*family), None),
        Call::Bind { make, to } | Call::Connect { make, to } | Call::SendTo { make, to, .. } => {
            (make.map(|(_, family)| family), Some(to))
        }
        Call::Listen { open: Some((family, address)), .. } => (Some(*family), Some(address)),
        Call::SetOption { value: OptionValue::Address(group), .. } => (None, Some(group)),
        _ => (None, None),
    };
    let literal = address.is_some_and(|address| matches!(address.host, HostPart::Literal(ip) if ip.is_ipv6()));
    family == Some(Family::V6) || literal
}

/// What the front matter asks for that the lesson has no use for, or that cannot be had. `hosts` is where the front
/// matter names the hosts.
pub(super) fn complaints(lesson: &Lesson, settings: &[Setting], hosts: &[Span]) -> Vec<Diagnostic> {
    if !lesson.uses_wire() {
        return settings.iter().map(without_wire).collect();
    }
    let mut complaints = Vec::new();
    if let [alone] = hosts {
        let lonely = Diagnostic::at(alone.clone(), "a wire joins at least two hosts").label("the only one");
        complaints.push(lonely.help("declare another one: `[hosts.NAME]`"));
    }
    complaints.extend(settings.iter().filter(|setting| setting.key == "path_mtu").filter_map(|setting| {
        let own = lesson.hosts.iter().find(|host| Some(&host.name) == setting.host.as_ref())?;
        let is_behind_router = lesson.hosts.iter().any(|host| host.forwards) && !own.forwards;
        (!is_behind_router).then(|| without_router(setting))
    }));
    if lesson.uses_ipv6() {
        complaints.extend(settings.iter().filter(|setting| is_too_small(lesson, setting)).map(|setting| {
            let small = Diagnostic::at(setting.span.clone(), "IPv6 needs an MTU of 1280 or more (RFC 8200 §5)");
            small.label("a call of this lesson speaks IPv6")
        }));
    }
    complaints
}

fn without_wire(setting: &Setting) -> Diagnostic {
    let idle =
        Diagnostic::at(setting.span.clone(), format!("`{}` needs a wire, and this lesson has none", setting.key));
    let idle = idle.label("hosts on a loopback have no settings of their own");
    idle.help("write `link = \"wire\"`, or take the setting away")
}

fn without_router(setting: &Setting) -> Diagnostic {
    let direct = Diagnostic::at(setting.span.clone(), "only the way behind a router can be narrower than its ends");
    let direct = direct.label("no router leads to this host");
    direct.help("give another host `forwards = true`; what the host itself takes is its `mtu`")
}

fn is_too_small(lesson: &Lesson, setting: &Setting) -> bool {
    let host = lesson.hosts.iter().find(|host| Some(&host.name) == setting.host.as_ref());
    let mtu = match setting.key {
        "mtu" => host.and_then(|host| host.mtu),
        "path_mtu" => host.and_then(|host| host.path_mtu),
        _ => None,
    };
    mtu.is_some_and(|mtu| mtu < LEAST_MTU_OF_IPV6)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::lesson::{
        diagnostic::render_all,
        model::{Lesson, LinkKind, Source},
        parse,
    };

    fn lesson(front: &str, body: &str) -> Lesson {
        let text = format!("+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n{front}+++\n\n## Step\n\n{body}");
        let source = Arc::new(Source { path: "l.md".into(), text });
        parse(source.clone(), "l", "p").unwrap_or_else(|wrong| panic!("{}", render_all(&wrong, &source)))
    }

    fn lab(line: &str) -> String {
        format!("```lab\n{line}\n```\n")
    }

    fn challenge(fence: &str, answer: &str) -> String {
        format!("```{fence}\nGoal.\n\nhint: one\nanswer:\n    {answer}\nexpect:\n    silent so far\n```\n")
    }

    #[test]
    fn a_wire_is_used_where_the_front_matter_or_any_fence_says_so() {
        let listen = "server listen tcp 80";
        assert!(!lesson("", &(lab(listen) + &challenge("challenge", listen))).uses_wire());
        assert!(lesson("link = \"wire\"\n", "").uses_wire());
        assert!(lesson("", &(lab(listen) + "\n```lab wire\nwire down\n```\n")).uses_wire());
        assert!(lesson("", &challenge("challenge wire", listen)).uses_wire());
    }

    #[test]
    fn a_lab_without_a_link_goes_on_with_the_hosts_that_stand() {
        let listen = "server listen tcp 80";
        let over_there = format!("```lab loopback\n{listen}\n```\n");
        let body = [lab(listen), over_there, lab(listen), challenge("challenge", listen), lab(listen)].join("\n");
        let lesson = lesson("link = \"wire\"\n", &body);
        let links: Vec<_> = lesson.numbered_blocks().map(|(place, _)| lesson.link_of(place)).collect();
        use LinkKind::{Loopback, Wire};
        assert_eq!(links, [Wire, Loopback, Loopback, Wire, Wire]);
    }

    #[test]
    fn ipv6_is_used_where_a_call_names_it() {
        for call in [
            "client socket tcp6",
            "server bind udp6 53",
            "server bind tcp6 [::1]:80",
            "server listen tcp6 80",
            "server listen tcp6 [::1]:80",
            "client connect tcp6 server:80",
            "client connect [::1]:80",
            "client sendto udp6 server:53 \"x\"",
            "client setsockopt IP_ADD_MEMBERSHIP ff02::1",
        ] {
            assert!(lesson("", &lab(call)).uses_ipv6(), "{call}");
        }
        assert!(lesson("", &challenge("challenge", "client socket udp6")).uses_ipv6());
        for call in ["client socket tcp", "server listen tcp 80", "client connect 127.0.0.1:80"] {
            assert!(!lesson("", &lab(call)).uses_ipv6(), "{call}");
        }
    }
}
