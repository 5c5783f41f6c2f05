//! A lesson as plain text, told while it happens: for a terminal, a pipe and a screen reader.
//!
//! Nothing moves the cursor, nothing is drawn over, and each line can be understood by itself. Packets are explained
//! by whoever implements [`Explain`]; the claims were judged by the lab.

pub(super) mod calls;
pub(super) mod claims;
pub(super) mod closing;
pub(super) mod ends;
mod fates;
pub(super) mod guide;
mod journeys;
pub(super) mod page;
pub(super) mod samples;
mod story;
#[cfg(test)]
mod tests;
pub(super) mod wire;

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
    net::SocketAddr,
};

use self::{
    calls::Calls,
    claims::Waiting,
    ends::{Beside, Ends, Known},
    journeys::Journeys,
    page::Page,
    samples::Samples,
    story::Story,
};
use super::{
    explain::Explain,
    prose::{self, Live},
    tally::Tally,
    text::{Line, Look, Style, line::Ink},
};
use crate::{
    kernel::clock::Stamp,
    lesson::{
        eval::{display, eval},
        model::Lesson,
        script::Expr,
    },
    timeline::event::{BlockRef, Ending, Event, Host, LinkKind, Value, What},
};

/// Whether what is told happens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Live,
    /// The events come from a recording, and so does every number.
    Recorded,
}

/// The plain face of one run.
#[derive(Debug)]
pub struct Plain<'l, W> {
    lesson: &'l Lesson,
    origin: Origin,
    page: Page<W>,
    explain: Box<dyn Explain + 'l>,
    story: Story<'l>,
    tally: Tally,
    values: HashMap<String, Value>,
    calls: Calls,
    ends: Ends,
    hosts: Vec<Host>,
    /// Who sent from where. Over IPv6 all hosts share an address.
    places: HashMap<SocketAddr, String>,
    lab_began: Stamp,
    link: LinkKind,
    journeys: Journeys,
    samples: Samples,
    /// Details of packets that were told already, by sender.
    told: HashSet<(String, String)>,
    /// Written, but without the states of its ends.
    beside: Option<Beside>,
    /// A claim whose outcome is not known.
    waiting: Option<Waiting>,
    /// It was said what parentheses around a state mean.
    legend_said: bool,
    /// It was said how a lab is read.
    guide_said: bool,
    /// It was said how a wire is read.
    wire_guide_said: bool,
}

/// What stands behind the label of what was recorded.
pub(super) const RECORDED: &str =
    ": this was recorded earlier. Nothing of it happens now, and every number is the recording's.";
/// Cells before what belongs to a line of the script.
const CALL_INDENT: usize = 7;

impl<'l, W: Write> Plain<'l, W> {
    pub fn new(lesson: &'l Lesson, origin: Origin, out: W, look: Look, explain: Box<dyn Explain + 'l>) -> Self {
        Self {
            lesson,
            origin,
            page: Page::new(out, look),
            explain,
            story: Story::new(lesson),
            tally: Tally::default(),
            values: HashMap::new(),
            calls: Calls::default(),
            ends: Ends::default(),
            hosts: Vec::new(),
            places: HashMap::new(),
            lab_began: Stamp::default(),
            link: LinkKind::default(),
            journeys: Journeys::default(),
            samples: Samples::default(),
            told: HashSet::new(),
            beside: None,
            waiting: None,
            legend_said: false,
            guide_said: false,
            wire_guide_said: false,
        }
    }

    /// What the run has come to so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Shows the next event, and sends everything on its way.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.tally.add(event);
        self.show(event)?;
        self.page.flush()
    }

    /// Nothing happens for the moment: shows what was kept back for the sake of the event after it.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn idle(&mut self) -> io::Result<()> {
        self.settle()?;
        self.page.flush()
    }

    fn show(&mut self, event: &Event) -> io::Result<()> {
        match &event.what {
            What::Lesson { .. } => self.begin(),
            What::Step { step, .. } => self.step(*step),
            What::Lab { block, fresh, link, hosts } => self.lab(event.at, *block, *fresh, *link, hosts),
            What::Line { line, text } => self.line(*line, text),
            What::CallEntered { call, host, name, text, .. } => {
                self.packets()?;
                self.calls.entered(*call, self.host(host), name, text);
                Ok(())
            }
            What::CallWaits { call } => {
                self.entered()?;
                let lines = self.calls.waits(*call, self.page.look.palette.marks);
                self.call_lines(&lines)
            }
            What::CallReturned { call, took_ns, result } => {
                self.entered()?;
                let lines = self.calls.returned(*call, *took_ns, result, self.page.look.palette.marks);
                self.call_lines(&lines)
            }
            What::Frame { frame, from, to, bytes } => match self.link {
                LinkKind::Loopback => self.frame(event.at, from, to, bytes),
                LinkKind::Wire => self.enters(event.at, *frame, from, to, bytes),
            },
            What::Fate { frame, fate } => self.fate(event.at, *frame, fate),
            What::Hand { text, .. } => {
                self.settle()?;
                self.page.by_hand(text)
            }
            What::State { host, socket, from, to, basis } => {
                self.state(host, socket, *from, Known { state: *to, basis: *basis })
            }
            // Everything that the kernel said is more than fits beside a packet; claims quote what matters.
            What::Reading { .. } | What::UdpSockets { .. } => Ok(()),
            What::Sample { host, socket, facts } => {
                self.samples.add(event.at, host, socket, facts);
                Ok(())
            }
            What::CaptureLost { frames } => self.capture_lost(*frames),
            What::Claim { line, text, outcome } => {
                self.settle()?;
                let waiting = self.waiting.take();
                self.page.claim(waiting, *line, text, outcome)
            }
            What::Bound { name, value } => self.bound(name, value),
            What::Challenge { outcome, .. } => self.challenge_over(*outcome),
            What::LabEnd { .. } => self.lab_end(),
            What::Notice { text } => self.notice(text),
            What::LessonEnd { .. } => self.end(),
        }
    }

    /// What was kept back of packets goes out.
    fn packets(&mut self) -> io::Result<()> {
        self.entered()?;
        self.states_beside()
    }

    /// What was kept back goes out before the next thing is shown.
    fn settle(&mut self) -> io::Result<()> {
        self.packets()?;
        let lines = self.calls.announce(self.page.look.palette.marks);
        self.call_lines(&lines)
    }

    fn begin(&mut self) -> io::Result<()> {
        self.page.hanging(&Line::new(), &Line::styled(&self.lesson.title, Style::HEADING))?;
        self.page.hanging(&Line::new(), &Line::plain(&self.lesson.summary))?;
        if self.origin == Origin::Recorded {
            let what = Line::styled("RECORDED", Style::WARNING.bold()).with(RECORDED, Style::PLAIN);
            self.page.hanging(&Line::new(), &what)?;
        }
        self.page.gap()?;
        self.tell(Story::opening)
    }

    fn step(&mut self, step: usize) -> io::Result<()> {
        self.settle()?;
        self.page.gap()?;
        let total = self.lesson.steps.len();
        let title = self
            .lesson
            .steps
            .get(step)
            .map_or_else(String::new, |step| self.with_live(|look, live| prose::plain(&step.title, look, live)));
        let lead = format!("Step {} of {total} {} ", step + 1, self.page.look.palette.marks.dot);
        self.page.hanging_at(&Line::styled(&lead, Style::STRONG), 2, &Line::styled(&title, Style::HEADING))?;
        self.page.gap()?;
        self.tell(|story, look, live| story.step(step, look, live))
    }

    fn lab(&mut self, at: Stamp, block: BlockRef, fresh: bool, link: LinkKind, hosts: &[Host]) -> io::Result<()> {
        self.settle()?;
        self.lab_began = at;
        self.link = link;
        self.hosts = hosts.to_vec();
        if fresh {
            self.ends.clear();
            self.beside = None;
            self.journeys = Journeys::default();
            self.places.clear();
            self.explain.start_over();
        }
        let challenge = self.story.is_challenge(block.block);
        self.tell(|story, look, live| story.lab(block.block, look, live))?;
        self.how_to_read()?;
        self.lab_head(challenge, fresh)
    }

    fn lab_end(&mut self) -> io::Result<()> {
        self.abandon()?;
        self.settle()?;
        self.sampled()?;
        self.page.gap()?;
        self.tell(Story::lab_end)
    }

    fn line(&mut self, number: usize, text: &str) -> io::Result<()> {
        self.abandon()?;
        self.settle()?;
        self.waiting = self.page.script_line(self.lesson, number, text)?;
        Ok(())
    }

    /// A claim that the script has left behind without an outcome.
    fn abandon(&mut self) -> io::Result<()> {
        self.waiting.take().map_or(Ok(()), |waiting| self.page.abandoned(&waiting))
    }

    fn call_lines(&mut self, lines: &[Line]) -> io::Result<()> {
        if !lines.is_empty() {
            self.packets()?;
        }
        self.page.calls(lines)
    }

    fn bound(&mut self, name: &str, value: &Value) -> io::Result<()> {
        self.values.insert(name.into(), value.clone());
        // `syn.at` and its like come with every packet; only a name that the lesson gave is worth a word.
        if name.contains('.') {
            return Ok(());
        }
        let shown = display(value, self.lab_began);
        match &mut self.waiting {
            Some(waiting) => {
                waiting.bind(name, &shown);
                Ok(())
            }
            None => {
                self.settle()?;
                self.page.faint(&format!("{name} = {shown}"), 6)
            }
        }
    }

    fn capture_lost(&mut self, frames: u64) -> io::Result<()> {
        self.notice(&missed(frames))
    }

    fn notice(&mut self, text: &str) -> io::Result<()> {
        self.settle()?;
        let lead = Line::styled(self.page.look.palette.marks.notice, Style::WARNING.bold()).with(" ", Style::PLAIN);
        self.page.hanging(&lead, &Line::styled(text, Style::WARNING))
    }

    fn challenge_over(&mut self, outcome: Ending) -> io::Result<()> {
        self.settle()?;
        let marks = self.page.look.palette.marks;
        let (mark, style, words) = match outcome {
            Ending::Solved => (marks.held, Style::GOOD, "Solved."),
            Ending::Skipped => (marks.dot, Style::FAINT, "Skipped."),
        };
        self.page.hanging(&Line::styled(mark, style).with(" ", Style::PLAIN), &Line::styled(words, style))
    }

    /// Writes a part of the story with the values that are known now.
    fn tell(&mut self, part: impl FnOnce(&mut Story<'l>, Look, Live) -> Vec<Line>) -> io::Result<()> {
        let value = value_of(&self.values);
        let live = Live { value: &value, origin: self.lab_began };
        let lines = part(&mut self.story, self.page.look, live);
        if lines.is_empty() {
            return Ok(());
        }
        self.page.lines(&lines)?;
        self.page.gap()
    }

    fn with_live<T>(&self, part: impl FnOnce(Look, Live) -> T) -> T {
        let value = value_of(&self.values);
        part(self.page.look, Live { value: &value, origin: self.lab_began })
    }

    /// The place of a host in the lesson.
    fn rank(&self, host: &str) -> usize {
        self.lesson.hosts.iter().position(|spec| spec.name == host).unwrap_or(usize::MAX)
    }

    /// A host's name in its colour.
    fn host(&self, name: &str) -> Line {
        let ink = match self.rank(name) {
            0 => Ink::Client,
            1 => Ink::Server,
            _ => Ink::Plain,
        };
        Line::styled(name, Style::of(ink).bold())
    }
}

pub(super) fn value_of(values: &HashMap<String, Value>) -> impl Fn(&Expr) -> Option<Value> {
    |expr| eval(expr, &|name| values.get(name).cloned())
}

/// Frames that were not captured.
pub(super) fn missed(frames: u64) -> String {
    let (packets, them) = if frames == 1 { ("packet was", "it") } else { ("packets were", "them") };
    format!("{frames} {packets} not captured. The network did not lose {them}: this program missed {them}.")
}

/// The text of a line of the lesson's script.
#[cfg(test)]
pub(crate) fn script_text(lesson: &Lesson, number: usize) -> String {
    claims::find(lesson, number).unwrap().text.clone()
}
