//! Captures of others for the tests of the screens, and somebody who answers what the screens ask for.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Capture,
    news::{CaptureEffect, CaptureNews, CourseNews, FileEnd, FileNews, Found, Progress, Sheet, is_noteworthy},
};
use crate::{
    conversation::{Tracker, account::Accounts, filter::Filter},
    face::{
        capture::Numbers,
        tui::{
            canvas::rows,
            theme::{Depth, Theme},
        },
    },
    kernel::state::TcpState,
    packet::{LinkType, decode_from},
    pcap::{Reader, Step},
};

pub(super) const MANY: &[u8] = include_bytes!("../../../../tests/captures/http-multi-conn.pcap");
pub(super) const TROUBLED: &[u8] = include_bytes!("../../../../tests/captures/retransmit-fast009.pcap");
pub(super) const GAPS: &[u8] = include_bytes!("../../../../tests/captures/ldap-gap.pcapng");

/// A capture, gone through.
pub(super) struct Sample {
    pub(super) found: Vec<(Option<u32>, Arc<Found>)>,
    pub(super) news: FileNews,
    /// The same in parts.
    pub(super) parts: Vec<FileNews>,
}

impl Sample {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::in_parts(bytes, usize::MAX)
    }

    /// The news come behind each so many packets.
    pub(super) fn in_parts(bytes: &[u8], every: usize) -> Self {
        let mut sample = Self { found: Vec::new(), news: FileNews::default(), parts: Vec::new() };
        let (mut reader, mut tracker, mut accounts) =
            (Reader::new(bytes), Tracker::remembering(1_000), Accounts::default());
        let mut changed = BTreeSet::new();
        loop {
            let record = match reader.step() {
                Step::Record(record) => record,
                Step::NeedsMore => {
                    reader.read_more();
                    continue;
                }
                Step::End => break,
            };
            let link = LinkType::numbered(record.link).unwrap();
            let packet = decode_from(link, record.bytes);
            let reading = tracker.observe(record.at, &packet);
            accounts.add(record.at, &packet, &reading);
            let stream = reading.conversation.map(|id| u32::try_from(id.0).unwrap());
            changed.extend(stream);
            let flow = reading.flow.or(reading.about);
            let states: Vec<(SocketAddr, Option<TcpState>)> = flow.map_or_else(Vec::new, |flow| {
                [(flow.from, flow.to), (flow.to, flow.from)].map(|(end, peer)| (end, tracker.state(end, peer))).into()
            });
            let found = Found {
                number: sample.found.len() as u64 + 1,
                at: record.at,
                interface: record.interface,
                place: record.place,
                direction: record.comments.direction(),
                bytes: record.bytes.to_vec(),
                link: Some(link),
                comments: record.comments.iter().collect(),
                packet,
                reading,
                states,
            };
            sample.progress(&found, &accounts);
            sample.found.push((stream, Arc::new(found)));
            if sample.found.len().is_multiple_of(every) {
                sample.part(&accounts, &mut changed);
            }
        }
        sample.part(&accounts, &mut changed);
        let end = Some(FileEnd::default());
        sample.parts.push(FileNews { accounts: Vec::new(), progress: sample.news.progress, end: end.clone() });
        sample.news.accounts = (0..).zip(accounts.all().iter().cloned()).collect();
        sample.news.end = end;
        sample
    }

    fn progress(&mut self, found: &Found, accounts: &Accounts) {
        let packets = found.number;
        let began = self.found.first().map_or(found.at, |(_, first)| first.at);
        let strays = packets - accounts.packets();
        let bytes = found.place.offset + u64::from(found.place.captured);
        self.news.progress = Progress { packets, strays, bytes, began, lasted_ns: found.at.0.saturating_sub(began.0) };
    }

    fn part(&mut self, accounts: &Accounts, changed: &mut BTreeSet<u32>) {
        let changed = std::mem::take(changed).into_iter().map(|id| (id, accounts.all()[id as usize].clone()));
        self.parts.push(FileNews { accounts: changed.collect(), progress: self.news.progress, end: None });
    }

    pub(super) fn of_stream(&self, stream: u32) -> Vec<Arc<Found>> {
        self.found.iter().filter(|(of, _)| *of == Some(stream)).map(|(_, found)| Arc::clone(found)).collect()
    }

    /// The screens, when the whole file is read.
    pub(super) fn capture(&self) -> Capture {
        let mut capture = Capture::new("web.pcap", Some(1_000), Filter::default(), Numbers::Relative);
        let effects = capture.hear(CaptureNews::File(self.news.clone()));
        self.answer(&mut capture, effects);
        capture
    }

    /// Answers until nothing is asked any more.
    pub(super) fn answer(&self, capture: &mut Capture, mut effects: Vec<CaptureEffect>) {
        while let Some(effect) = effects.pop() {
            let Some(news) = self.answer_to(effect) else { continue };
            effects.extend(capture.hear(CaptureNews::Course(news)));
        }
    }

    fn answer_to(&self, effect: CaptureEffect) -> Option<CourseNews> {
        Some(match effect {
            CaptureEffect::Open { stream } => {
                let packets = self.of_stream(stream);
                let notes = (0..).zip(&packets).filter(|(_, found)| is_noteworthy(&found.reading)).map(|(at, _)| at);
                CourseNews::Grown { stream, packets: packets.len(), notes: notes.collect(), is_whole: true }
            }
            CaptureEffect::Fetch { stream, from, count } => {
                let packets = self.of_stream(stream).into_iter().skip(from).take(count).collect();
                CourseNews::Sheet(Sheet { stream, from, packets })
            }
            CaptureEffect::Find { stream, number } => {
                let position = self.of_stream(stream).iter().position(|found| found.number >= number);
                CourseNews::Found { stream, position }
            }
            CaptureEffect::Close | CaptureEffect::Leave => return None,
        })
    }
}

pub(super) fn theme(ascii: bool) -> Theme {
    Theme::choose(None, Depth::None, None, ascii)
}

/// The screen as text, a row a line.
pub(super) fn picture(capture: &mut Capture, (width, height): (u16, u16), ascii: bool) -> String {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buf.area;
    capture.resize(area);
    capture.draw(&mut buf, &theme(ascii));
    rows(&buf).iter().map(|row| format!("{row}\n")).collect()
}
