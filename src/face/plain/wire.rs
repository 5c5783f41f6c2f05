//! Packets as they are sent, with their explanation below and the states of both ends beside it.

use std::{
    collections::HashMap,
    io::{self, Write},
    net::SocketAddr,
};

use super::{
    CALL_INDENT, Plain,
    ends::{self, Beside, Known, When},
};
use crate::{
    face::{
        explain::Explained,
        text::{Line, Style},
    },
    kernel::{clock::Stamp, state::TcpState},
    timeline::event::{Basis, Host, SocketRef},
};

/// Cells before a packet's explanation: below its direction, or below almost nothing where lines are short.
const PACKET_INDENT: usize = 13;
pub(super) const NARROW: usize = 60;
pub(in crate::face) const LEGEND: &str =
    "A state in parentheses is concluded from the packets. The others were read from the kernel.";

impl<W: Write> Plain<'_, W> {
    /// A packet that arrived at once.
    pub(super) fn frame(&mut self, at: Stamp, from: &str, to: &str, bytes: &[u8]) -> io::Result<()> {
        self.settle()?;
        let explained = self.explain.explain(at, bytes, &|addr| name_of(&self.hosts, &self.places, addr));
        self.packet(at, from, to, &explained)?;
        if let Some(flow) = explained.flow {
            self.places.extend([(flow.from, from.to_owned()), (flow.to, to.to_owned())]);
        }
        self.beside = explained.flow.map(|flow| Beside { from: from.into(), to: to.into(), flow, when: When::Now });
        Ok(())
    }

    /// The line of a packet and what it means.
    pub(super) fn packet(&mut self, at: Stamp, from: &str, to: &str, explained: &Explained) -> io::Result<()> {
        let mut what = self.direction(from, to);
        what.push(&explained.summary, Style::STRONG);
        self.page.hanging_at(&self.time(at), self.packet_indent(), &what)?;
        self.meaning(from, explained)
    }

    /// `client > server  `
    pub(super) fn direction(&self, from: &str, to: &str) -> Line {
        let mut line = self.host(from).with(" > ", Style::PLAIN);
        line.append(&self.host(to));
        line.with("  ", Style::PLAIN)
    }

    /// The time since the lab began, in its column.
    pub(super) fn time(&self, at: Stamp) -> Line {
        Line::styled(&format!("{:>11}  ", moment(self.lab_began, at)), Style::FAINT)
    }

    /// What the packet says, and what there is to know besides. What was told once of a sender is not told again.
    fn meaning(&mut self, from: &str, explained: &Explained) -> io::Result<()> {
        let lead = Line::spaces(self.packet_indent());
        if !explained.says.is_empty() {
            self.page.hanging(&lead, &Line::plain(&format!("\"{}\"", explained.says)))?;
        }
        let mut is_news = |detail: &String| self.told.insert((from.to_owned(), detail.clone()));
        let news: Vec<&str> = explained.details.iter().filter(|detail| is_news(detail)).map(String::as_str).collect();
        if news.is_empty() { Ok(()) } else { self.page.hanging(&lead, &Line::plain(&news.join(" "))) }
    }

    pub(super) const fn packet_indent(&self) -> usize {
        if self.page.look.width < NARROW { 4 } else { PACKET_INDENT }
    }

    /// A state that comes right behind a packet stands beside it; any other is news of its own.
    pub(super) fn state(
        &mut self,
        host: &str,
        socket: &SocketRef,
        from: Option<TcpState>,
        known: Known,
    ) -> io::Result<()> {
        if let Some(beside) = self.beside.as_mut().filter(|beside| beside.concerns(host, socket)) {
            beside.hear();
            self.ends.set(host, socket, known);
            return Ok(());
        }
        self.settle()?;
        let before = self.ends.set(host, socket, known);
        if let Some(before) = before.filter(|before| before.state == known.state) {
            return self.confirmed(host, before, known);
        }
        let line = ends::change(&self.host(host), from, known, socket, self.page.look.palette.marks);
        self.page.hanging(&Line::spaces(CALL_INDENT), &line)?;
        self.legend(known.basis == Basis::Inferred)
    }

    /// The state was known. That is news only where the kernel now says what we had concluded.
    fn confirmed(&mut self, host: &str, before: Known, known: Known) -> io::Result<()> {
        match ends::confirmation(&self.host(host), before, known) {
            Some(line) => self.page.hanging(&Line::spaces(CALL_INDENT), &line),
            None => Ok(()),
        }
    }

    /// The states of both ends, below the packet that they are beside.
    pub(super) fn states_beside(&mut self) -> io::Result<()> {
        let Some(beside) = self.beside.take_if(|beside| beside.is_due()) else { return Ok(()) };
        let states = beside.states(&self.ends, |host| self.rank(host));
        let mut line = Line::new();
        for (host, known) in &states {
            if !line.is_blank() {
                line.push(&format!(" {} ", self.page.look.palette.marks.dot), Style::FAINT);
            }
            line.append(&self.host(host).with(" ", Style::PLAIN));
            line.append(&ends::state(*known));
        }
        let inferred = states.iter().any(|(_, known)| known.basis == Basis::Inferred);
        // On the wire there may be more to be heard of them.
        let again = (beside.when != When::Now).then(|| beside.again());
        if !line.is_blank() {
            let follows = beside.when == When::Now || self.journeys.is_last(self.page.written());
            let indent = if follows { self.packet_indent() } else { CALL_INDENT };
            self.page.hanging(&Line::spaces(indent), &line)?;
        }
        self.beside = again;
        self.legend(inferred)
    }

    /// Says once what parentheses mean.
    fn legend(&mut self, inferred: bool) -> io::Result<()> {
        if !inferred || std::mem::replace(&mut self.legend_said, true) {
            return Ok(());
        }
        self.page.faint(&format!("({LEGEND})"), self.packet_indent())
    }
}

/// The host that was met at this place, or the one that has its address to itself; otherwise the address.
pub(in crate::face) fn name_of(hosts: &[Host], places: &HashMap<SocketAddr, String>, addr: SocketAddr) -> String {
    let mut owners = hosts.iter().filter(|host| host.addresses.contains(&addr.ip())).map(|host| &host.name);
    let only = || owners.next().filter(|_| owners.next().is_none());
    places.get(&addr).or_else(only).cloned().unwrap_or_else(|| addr.to_string())
}

/// A time of a lab that began then: `1.204 ms`.
pub(in crate::face) fn moment(began: Stamp, at: Stamp) -> String {
    let micros = at.since(began).as_micros();
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_hosts_share_names_nobody_until_somebody_was_met_there() {
        let host = |name: &str, address: &str| Host {
            name: name.into(),
            addresses: vec![address.parse().unwrap(), "::1".parse().unwrap()],
        };
        let hosts = [host("client", "127.0.0.1"), host("server", "127.0.0.2")];
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let mut places = HashMap::new();
        assert_eq!(name_of(&hosts, &places, at("127.0.0.2:80")), "server");
        assert_eq!(name_of(&hosts, &places, at("[::1]:80")), "[::1]:80");
        places.insert(at("[::1]:80"), "server".to_owned());
        assert_eq!(name_of(&hosts, &places, at("[::1]:80")), "server");
    }
}
