//! What `TCP_INFO` said along a transfer, as a small table at the end of the lab: each value's first, smallest,
//! largest and last. Everything else is in the JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Plain, wire::NARROW};
use crate::{
    face::text::{Line, Look, Style, line::hang, table::table},
    kernel::clock::Stamp,
    lesson::eval::{display, duration_of},
    timeline::event::{Fact, SocketRef, Value},
};

/// The values that are told, and what they are.
const TOLD: [(&str, &str); 5] = [
    ("cwnd", "congestion window, segments"),
    ("ssthresh", "slow start ends at, segments"),
    ("rtt", "round-trip time"),
    ("unacked", "in flight, segments"),
    ("total_retrans", "sent again, segments"),
];
/// As Linux says that slow start has no end yet (`TCP_INFINITE_SSTHRESH`).
const NO_THRESHOLD: i64 = 0x7fff_ffff;

#[derive(Debug, Default)]
pub(super) struct Samples(BTreeMap<(String, SocketRef), Course>);

/// The samples of one socket.
#[derive(Debug)]
struct Course {
    count: usize,
    began: Stamp,
    ended: Stamp,
    values: [Option<Range>; TOLD.len()],
}

#[derive(Clone, Debug)]
struct Range {
    first: Value,
    smallest: Value,
    largest: Value,
    last: Value,
}

impl Samples {
    pub(super) fn add(&mut self, at: Stamp, host: &str, socket: &SocketRef, facts: &[Fact]) {
        let begin = || Course { count: 0, began: at, ended: at, values: [const { None }; TOLD.len()] };
        let course = self.0.entry((host.to_owned(), socket.clone())).or_insert_with(begin);
        course.count += 1;
        course.ended = at;
        for ((name, _), range) in TOLD.iter().zip(&mut course.values) {
            let Some(fact) = facts.iter().find(|fact| fact.name == *name) else { continue };
            match range {
                Some(range) => range.widen(&fact.value),
                None => *range = Some(Range::at(&fact.value)),
            }
        }
    }
}

impl Range {
    fn at(value: &Value) -> Self {
        let [first, smallest, largest, last] = [(); 4].map(|()| value.clone());
        Self { first, smallest, largest, last }
    }

    fn widen(&mut self, value: &Value) {
        if size(value) < size(&self.smallest) {
            self.smallest = value.clone();
        }
        if size(value) > size(&self.largest) {
            self.largest = value.clone();
        }
        self.last = value.clone();
    }

    fn shown(&self, name: &str) -> [String; 4] {
        [&self.first, &self.smallest, &self.largest, &self.last].map(|value| shown(name, value))
    }
}

/// What values of one name are compared by.
const fn size(value: &Value) -> i64 {
    match value {
        Value::Number(number) | Value::Nanoseconds(number) => *number,
        Value::Sequence(_) | Value::Moment(_) | Value::Text(_) => 0,
    }
}

impl<W: Write> Plain<'_, W> {
    /// The samples of the lab that has ended.
    pub(super) fn sampled(&mut self) -> io::Result<()> {
        for ((host, socket), course) in std::mem::take(&mut self.samples).0 {
            self.page.gap()?;
            let mut head = self.host(&host).with(&format!("  {}", ends(&socket)), Style::FAINT);
            head.push(&format!("  {}", course.extent()), Style::PLAIN);
            self.page.hanging(&Line::spaces(2), &head)?;
            if self.page.look.width < NARROW {
                course.sentences().try_for_each(|line| self.page.hanging_at(&Line::spaces(4), 6, &line))?;
            } else {
                let lines = course.table(self.page.look);
                self.page.lines(&lines)?;
            }
        }
        Ok(())
    }
}

fn ends(socket: &SocketRef) -> String {
    let remote = socket.remote.map_or_else(String::new, |remote| format!(" > {remote}"));
    format!("{}{remote}", socket.local)
}

impl Course {
    fn extent(&self) -> String {
        match self.count {
            1 => "TCP_INFO was read once".into(),
            count => {
                format!("TCP_INFO was read {count} times in {}", duration_of(self.ended.since(self.began)))
            }
        }
    }

    /// The values that the kernel said something about, each with its name and what it is.
    fn told(&self) -> impl Iterator<Item = (&'static str, &'static str, &Range)> {
        TOLD.iter().zip(&self.values).filter_map(|((name, what), range)| Some((*name, *what, range.as_ref()?)))
    }

    /// For pages on which a table has no room.
    fn sentences(&self) -> impl Iterator<Item = Line> {
        self.told().map(|(name, _, range)| {
            let [first, smallest, largest, last] = range.shown(name);
            Line::styled(name, Style::CODE)
                .with(&format!(": first {first}, smallest {smallest}, largest {largest}, last {last}"), Style::PLAIN)
        })
    }

    fn table(&self, look: Look) -> Vec<Line> {
        let head = ["TCP_INFO", "first", "smallest", "largest", "last"].map(|name| Line::styled(name, Style::STRONG));
        let rows: Vec<Vec<Line>> = self.told().map(|(name, what, range)| row(name, what, range)).collect();
        let indent = Line::spaces(4);
        hang(table(&head, &rows, look.width.saturating_sub(indent.width())), &indent, &indent)
    }
}

fn row(name: &str, what: &str, range: &Range) -> Vec<Line> {
    let named = Line::styled(name, Style::CODE).with(&format!(" ({what})"), Style::FAINT);
    std::iter::once(named).chain(range.shown(name).map(|value| Line::plain(&value))).collect()
}

/// The value for a reader: slow start without an end is no large number.
pub(in crate::face) fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Number(NO_THRESHOLD) if name == "ssthresh" => "never".into(),
        value => display(value, Stamp::default()),
    }
}
