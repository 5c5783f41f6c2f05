//! What each event adds to the comments.

use super::{Pcapng, Sent, scribe::Told};
use crate::{
    face::{
        explain::{Explained, Flow},
        journey::Journey,
        plain::{
            Origin,
            claims::find,
            closing::closing,
            ends::{self, Known},
            guide::lab_name,
            value_of,
            wire::{moment, name_of},
        },
        prose::{self, Live},
        text::{Line, escape::escape},
    },
    kernel::{clock::Stamp, state::TcpState},
    lesson::{eval::display, model::Block, script::Verb},
    narrate::english::{say, say_all},
    packet::decode,
    timeline::{
        event::{Basis, BlockRef, Fate, FrameId, Host, LineRef, LinkKind, Outcome, SocketRef, Value},
        hop::Hop,
    },
};

const NANOSECONDS_OF_A_DAY: u64 = 86_400 * 1_000_000_000;

impl Pcapng<'_> {
    pub(super) fn step(&mut self, at: Stamp, step: usize) {
        self.settle();
        let (total, value) = (self.lesson.steps.len(), value_of(&self.values));
        let live = Live { value: &value, origin: self.lab_began };
        let title = self.lesson.steps.get(step).map(|step| prose::plain(&step.title, self.scribe.look(), live));
        let (dot, title) = (self.scribe.marks.dot, title.unwrap_or_default());
        self.since.push(format!("at {}: Step {} of {total} {dot} {title}", time_of_day(at), step + 1));
    }

    pub(super) fn lab(&mut self, at: Stamp, block: BlockRef, fresh: bool, link: LinkKind, hosts: &[Host]) {
        self.settle();
        (self.lab_began, self.link, self.hosts) = (at, link, hosts.to_vec());
        if fresh {
            self.ends.clear();
            self.of_lab.clear();
            self.places.clear();
            self.beside = None;
            self.explain.start_over();
        }
        for host in hosts {
            self.interface(host);
        }
        let blocks = self.lesson.steps.get(block.step).map(|step| &step.blocks);
        let is_challenge = matches!(blocks.and_then(|blocks| blocks.get(block.block)), Some(Block::Challenge(_)));
        let recorded = if self.origin == Origin::Recorded { " (RECORDED)" } else { "" };
        let mut told = format!("at {}: {}{recorded}", time_of_day(at), lab_name(is_challenge, fresh, link));
        for host in hosts.iter().filter(|_| fresh) {
            let addresses: Vec<_> = host.addresses.iter().map(ToString::to_string).collect();
            told += &format!(" {} {} {}", self.scribe.marks.dot, escape(&host.name), addresses.join(" "));
        }
        self.since.push(told);
    }

    /// The interface of a host, with all addresses that it has ever had.
    fn interface(&mut self, host: &Host) -> usize {
        let Some(known) = self.interfaces.iter().position(|known| known.name == host.name) else {
            self.interfaces.push(host.clone());
            return self.interfaces.len() - 1;
        };
        let addresses = &mut self.interfaces[known].addresses;
        let news: Vec<_> = host.addresses.iter().filter(|address| !addresses.contains(address)).collect();
        addresses.extend(news);
        known
    }

    pub(super) fn line(&mut self, at: Stamp, number: LineRef, text: &str) {
        self.abandon(at);
        match self.scribe.script_line(self.lesson, number, text) {
            Ok(waiting) => self.waiting = Some(waiting),
            Err(told) => self.happens(at, &told),
        }
    }

    /// A claim that the script has left behind without an outcome.
    pub(super) fn abandon(&mut self, at: Stamp) {
        if let Some(waiting) = self.waiting.take() {
            let told = self.scribe.abandoned(&waiting);
            self.happens(at, &told);
        }
    }

    pub(super) fn hand(&mut self, at: Stamp, text: &str) {
        let told = self.scribe.by_hand(text);
        self.happens(at, &told);
    }

    pub(super) fn claim(&mut self, at: Stamp, line: LineRef, text: &str, outcome: &Outcome) {
        let waiting = self.waiting.take();
        let told = self.scribe.claim(waiting, line, text, outcome);
        self.happens(at, &told);
        if let Outcome::Held { frame: Some(frame), .. } = outcome {
            self.label(*frame, line);
        }
    }

    /// The lesson has given a packet a name.
    fn label(&mut self, frame: FrameId, line: LineRef) {
        let Some(Verb::Packet(packet)) = find(self.lesson, line).map(|line| &line.verb) else { return };
        if let (Some(label), Some(index)) = (&packet.label, self.of_lab.get(&frame)) {
            self.packets[*index].own.push(format!("the lesson calls it `{}`", escape(label)));
        }
    }

    pub(super) fn bound(&mut self, at: Stamp, name: &str, value: &Value) {
        self.values.insert(name.into(), value.clone());
        // `syn.at` and its like come with every packet.
        if name.contains('.') {
            return;
        }
        let shown = display(value, self.lab_began);
        match &mut self.waiting {
            Some(waiting) => waiting.bind(name, &shown),
            None => self.happens(at, &escape(&format!("{name} = {shown}"))),
        }
    }

    pub(super) fn notice(&mut self, at: Stamp, text: &str) {
        self.happens(at, &format!("{} {}", self.scribe.marks.notice, escape(text)));
    }

    pub(super) fn end(&mut self, at: Stamp) {
        let marks = self.scribe.marks;
        let mark = if self.tally.failures.is_empty() { marks.held } else { marks.failed };
        let told = format!("{mark} {}", closing(&self.tally, self.origin));
        self.happens(at, &told);
    }

    pub(super) fn frame(&mut self, at: Stamp, frame: FrameId, (from, to): (&str, &str), bytes: &[u8]) {
        self.settle();
        let hop = match self.link {
            LinkKind::Loopback => Hop { is_first: true, is_last: true },
            LinkKind::Wire => Hop::of(&self.hosts, from, to, &decode(bytes)),
        };
        let explained = self.explained(at, hop, from, bytes);
        if let (LinkKind::Loopback, Some(flow)) = (self.link, explained.flow) {
            self.places.extend([(flow.from, from.to_owned()), (flow.to, to.to_owned())]);
        }
        let interface = self.interface(&Host { name: from.into(), addresses: Vec::new() });
        let journey = Journey::new(at, from, to, hop.is_last, bytes, &explained);
        let around = self.since.drain(..).map(|told| format!("before it, {told}")).collect();
        let own = meaning(from, to, &explained);
        self.of_lab.insert(frame, self.packets.len());
        self.beside = Some(self.packets.len());
        let (lab_began, bytes) = (self.lab_began, bytes.into());
        self.packets.push(Sent { interface, at, lab_began, bytes, journey, own, around });
    }

    fn explained(&mut self, at: Stamp, hop: Hop, from: &str, bytes: &[u8]) -> Explained {
        let names = |addr| name_of(&self.hosts, &self.places, addr);
        match self.link {
            LinkKind::Loopback => self.explain.explain(at, bytes, &names),
            LinkKind::Wire if hop.is_first => self.explain.entered(at, bytes, &names),
            LinkKind::Wire => self.explain.handed_on(from, bytes),
        }
    }

    pub(super) fn fate(&mut self, at: Stamp, frame: FrameId, fate: &Fate) {
        let Some(&index) = self.of_lab.get(&frame) else { return };
        if let Fate::Twin { of } = fate {
            return self.twin(at, index, *of);
        }
        let packet = &mut self.packets[index];
        let Some(news) = packet.journey.meets(at, fate, None, &mut *self.explain) else { return };
        packet.say(at, &say_all(&news.sentences));
        if matches!(fate, Fate::Left { .. }) {
            self.beside = Some(index);
        }
    }

    /// It is that frame once more.
    fn twin(&mut self, at: Stamp, index: usize, of: FrameId) {
        let Some(&first) = self.of_lab.get(&of) else { return };
        let again = self.packets[index].at;
        let (_, sentence) = self.packets[first].journey.is_repeated(again);
        self.packets[index].say(at, &say(&sentence));
    }

    /// News of a packet's ends that comes right behind it belongs to it.
    pub(super) fn state(
        &mut self,
        at: Stamp,
        host: &str,
        socket: &SocketRef,
        from: Option<TcpState>,
        (state, basis): (TcpState, Basis),
    ) {
        let known = Known { state, basis };
        let (host_line, before) = (Line::plain(host), self.ends.set(host, socket, known));
        let line = match before.filter(|before| before.state == state) {
            Some(before) => ends::confirmation(&host_line, before, known),
            None => Some(ends::change(&host_line, from, known, socket, self.scribe.marks)),
        };
        let Some(told) = line.map(|line| line.text()) else { return };
        let is_an_end = |flow: Flow| flow.sender() == *socket || flow.receiver() == *socket;
        let beside = self.beside.filter(|index| self.packets[*index].journey.flow.is_some_and(is_an_end));
        match beside {
            Some(index) => self.packets[index].say(at, &told),
            None => self.happens(at, &told),
        }
    }

    pub(super) fn calls(&mut self, told: Vec<Told>) {
        told.into_iter().for_each(|(at, told)| self.tell(at, &told));
    }

    /// Calls that were entered and have not come back are told before what comes next.
    pub(super) fn settle(&mut self) {
        let pending = self.scribe.pending();
        self.calls(pending);
    }

    fn happens(&mut self, at: Stamp, told: &str) {
        self.settle();
        self.tell(at, told);
    }

    fn tell(&mut self, at: Stamp, told: &str) {
        self.beside = None;
        self.since.push(format!("{} into the lab: {told}", moment(self.lab_began, at)));
    }
}

/// What a packet says, and what there is to know besides.
fn meaning(from: &str, to: &str, explained: &Explained) -> Vec<String> {
    let details = explained.details.join(" ");
    let (first, second) = match &explained.says[..] {
        "" if details.is_empty() => (explained.summary.clone(), String::new()),
        "" => (details, String::new()),
        says => (format!("\"{says}\""), details),
    };
    let first = format!("{from} > {to}: {first}");
    [first, second].iter().filter(|text| !text.is_empty()).map(|text| escape(text).into_owned()).collect()
}

/// The time of day in UTC, as Wireshark can show it beside a packet.
fn time_of_day(at: Stamp) -> String {
    let micros = at.0 % NANOSECONDS_OF_A_DAY / 1_000;
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    format!("{:02}:{:02}:{:02}.{micros:06} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
