//! Why nothing happens, or something is about to: what the lab waits for, as it says itself.

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Study, awaited::awaited, next::Lab};
use crate::{
    face::{
        text::{Line, Style},
        tui::{canvas, theme::Theme},
    },
    kernel::clock::Stamp,
    lab::{
        cue::Standing,
        wait::{Running, Wait},
    },
    timeline::event::{Event, What},
};

/// What takes less needs no words.
const BRIEF: Duration = Duration::from_millis(500);
/// So long before it a reader is told that the lab will go on by itself.
const NOTICE: Duration = Duration::from_secs(20);
/// Words that count seconds.
const SECOND: Duration = Duration::from_secs(1);

impl Study {
    /// The lab waits for this now. A line of the script is kept in plain words.
    pub fn awaits(&mut self, wait: Wait) {
        self.awaited = Some(match wait {
            Wait::Line { line, since, timer } => Wait::Line { line: awaited(&self.lesson, &line), since, timer },
            wait => wait,
        });
    }

    /// What keeps the lab from going on, as it has said: a line that waits, perhaps for a timer of a kernel, or a reader
    /// for whom it will not wait longer than this.
    #[must_use]
    pub const fn awaited(&self) -> Option<&Wait> {
        self.awaited.as_ref()
    }

    /// A claim that was waited with has come out, or another line runs. What happened before it was said may be told
    /// later.
    pub(super) fn note_going_on(&mut self, event: &Event) {
        let goes_on = matches!(event.what, What::Claim { .. } | What::Line { .. });
        if let Some(Wait::Line { since, .. }) = &self.awaited
            && goes_on
            && event.at > *since
        {
            self.awaited = None;
        }
    }

    /// While the wire is in the learner's hands, the lab leaves nowhere by itself.
    const fn stops_clock(&self) -> bool {
        self.switches.holds || self.switches.is_slow
    }

    /// The reason if it is one to be told now: what is waited for, and the words behind it.
    fn reason(&self) -> Option<(String, String)> {
        if !self.is_now() {
            return None;
        }
        match (self.awaited.as_ref()?, &self.lab) {
            (Wait::Line { line, since, timer }, Lab::Busy | Lab::Waits(Standing::Learner(_)))
                if self.clock >= later(*since, BRIEF) =>
            {
                let timer = timer.as_ref().map(|timer| format!(" ({})", timer.in_words(self.clock)));
                Some((format!("waiting for: {line}"), timer.unwrap_or_default()))
            }
            (Wait::Reader { goes_on, timer }, Lab::Waits(_))
                if !self.stops_clock() && later(self.clock, NOTICE) >= *goes_on =>
            {
                let left = goes_on.0.saturating_sub(self.clock.0).div_ceil(1_000_000_000);
                let Running { host, .. } = timer;
                Some((format!("goes on by itself in {left} s"), format!(": {host}'s TIME-WAIT is about to end")))
            }
            _ => None,
        }
    }

    /// When the words change although nothing happens.
    pub(super) fn why_changes(&self) -> Option<Stamp> {
        let begins = match (self.awaited.as_ref()?, &self.lab) {
            (Wait::Line { since, .. }, Lab::Busy | Lab::Waits(Standing::Learner(_))) => later(*since, BRIEF),
            (Wait::Reader { goes_on, .. }, Lab::Waits(_)) if !self.stops_clock() => {
                Stamp(goes_on.0.saturating_sub(nanoseconds(NOTICE)))
            }
            _ => return None,
        };
        Some(if begins > self.clock { begins } else { later(self.clock, SECOND) })
    }

    /// How many rows the reason takes.
    pub(super) fn rows_of_why(&self) -> u16 {
        self.reason().is_some().into()
    }

    /// In faint words, the reason.
    pub(super) fn why_line(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let Some((what, why)) = self.reason() else { return };
        let why = Line::styled(&why, Style::FAINT);
        let room = usize::from(area.width).saturating_sub(why.width() + 2);
        let mut line = canvas::elided(&Line::styled(&format!(" {what}"), Style::FAINT), room, theme);
        line.append(&why);
        canvas::put_elided(buf, area.x, area.y, area.width, &line, theme);
    }
}

fn later(at: Stamp, by: Duration) -> Stamp {
    Stamp(at.0.saturating_add(nanoseconds(by)))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
