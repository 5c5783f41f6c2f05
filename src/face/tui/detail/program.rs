//! The lines of the block that stands at the position, and how each of them turned out.
//!
//! Of a challenge only what sets its stage is shown: its answer and what it expects are the learner's to find.

use std::collections::BTreeMap;

use super::{
    super::reel::{Mark, Marks},
    Subject,
    sheet::Sheet,
};
use crate::{
    face::{
        tally::Failure,
        text::{Line, Style, line::Ink},
    },
    lesson::{
        eval::display,
        model::{Block, Lesson, LinkKind, plain_text},
        script::Line as ScriptLine,
    },
    timeline::event::{BlockRef, Outcome, TYPED, Value, What},
};

/// A line, and what is known of it.
#[derive(Debug, Default)]
struct Entry<'s> {
    text: &'s str,
    comment: Option<&'s str>,
    is_typed: bool,
    has_begun: bool,
    outcome: Option<&'s Outcome>,
    bound: Vec<(&'s str, &'s Value)>,
}

/// What became of a line, as it is marked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    NotYet,
    Current,
    Done,
    Held,
    Failed,
    Unwatched,
}

pub(super) fn sheet(subject: &Subject<'_>, width: usize) -> Sheet {
    let Some((place, block)) = block_at(subject) else {
        let mut sheet = Sheet::default();
        sheet.faint("No line of a script stands here: nothing is run any more.", width);
        return sheet;
    };
    let mut entries = entries(subject, place, block);
    let to_come = entries.iter().filter(|entry| subject.is_for_class && !entry.has_begun).count();
    entries.retain(|entry| !subject.is_for_class || entry.has_begun);
    let current = entries.iter().rposition(|entry| entry.has_begun);
    let mut sheet = Sheet::about((place.step * 1_000 + place.block, current.map_or(0, |at| at + 1)));
    head(subject, place, block, &mut sheet, width);
    let lead = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| mark(subject, standing(subject, place, entry, current == Some(at))).0.chars().count());
    let lead = lead.max().unwrap_or(1);
    for (at, entry) in entries.iter().enumerate() {
        let begin = sheet.lines.len();
        let standing = standing(subject, place, entry, current == Some(at));
        put_entry(subject, entry, standing, lead, &mut sheet, width);
        if current == Some(at) {
            sheet.focus = begin..sheet.lines.len();
        }
    }
    if to_come > 0 {
        sheet.faint(&format!("{to_come} more to come."), width);
    }
    sheet
}

/// The block that runs or ran last in this step; before it has begun, the one that comes next.
fn block_at<'s>(subject: &Subject<'s>) -> Option<(BlockRef, &'s Block)> {
    let lesson = subject.lesson;
    let last = subject.reel.marks().before(subject.position).find_map(|(_, mark)| match mark {
        Mark::Lab(block) | Mark::LabEnd(block) => Some(Ok(block)),
        Mark::Step(step) => Some(Err(step)),
        Mark::Line(_) | Mark::LessonEnd => None,
    });
    match last {
        Some(Ok(place)) => block(lesson, place).map(|block| (place, block)),
        Some(Err(step)) => next_run(lesson, step),
        None => next_run(lesson, 0),
    }
}

fn block(lesson: &Lesson, place: BlockRef) -> Option<&Block> {
    lesson.steps.get(place.step)?.blocks.get(place.block)
}

fn next_run(lesson: &Lesson, step: usize) -> Option<(BlockRef, &Block)> {
    let runs = |block: &Block| matches!(block, Block::Lab(_) | Block::Challenge(_));
    lesson.numbered_blocks().find(|(place, block)| place.step >= step && runs(block))
}

/// The lines of the block in their order, those that a person typed behind the one after which they were.
fn entries<'s>(subject: &Subject<'s>, place: BlockRef, block: &'s Block) -> Vec<Entry<'s>> {
    let mut entries: Vec<Entry<'s>> = written(block).iter().map(entry).collect();
    let numbers = written(block).iter().enumerate().map(|(at, line)| (line.number, at));
    let mut places: BTreeMap<usize, usize> = numbers.collect();
    let Some(begin) = subject.reel.marks().beginning_of(place) else { return entries };
    let end = end_of(subject.reel.marks(), place, begin).min(subject.position);
    let mut at = None;
    for event in subject.reel.script_in(begin..end) {
        match subject.event(*event).map(|event| &event.what) {
            Some(What::Line { line: TYPED, text }) => {
                let behind = at.map_or(0, |at: usize| at + 1).min(entries.len());
                entries.insert(behind, Entry { text, is_typed: true, has_begun: true, ..Entry::default() });
                places.values_mut().filter(|place| **place >= behind).for_each(|place| *place += 1);
                at = Some(behind);
            }
            Some(What::Line { line, .. }) => {
                at = places.get(line).copied();
                if let Some(entry) = at.and_then(|at| entries.get_mut(at)) {
                    entry.has_begun = true;
                }
            }
            Some(What::Claim { line, outcome, .. }) => {
                let of = if *line == TYPED { at } else { places.get(line).copied() };
                if let Some(entry) = of.and_then(|at| entries.get_mut(at)) {
                    entry.outcome = Some(outcome);
                }
            }
            Some(What::Bound { name, value }) => {
                if let Some(entry) = at.and_then(|at| entries.get_mut(at)) {
                    entry.bound.push((name, value));
                }
            }
            _ => {}
        }
    }
    entries
}

fn written(block: &Block) -> &[ScriptLine] {
    match block {
        Block::Lab(lab) => &lab.lines,
        Block::Challenge(challenge) => &challenge.setup,
        Block::Prose(_) | Block::Predict(_) => &[],
    }
}

fn entry(line: &ScriptLine) -> Entry<'_> {
    Entry { text: &line.text, comment: line.comment.as_deref(), ..Entry::default() }
}

/// Behind the last event of a block.
fn end_of(marks: &Marks, place: BlockRef, begin: usize) -> usize {
    marks.from(begin).find(|(_, mark)| *mark == Mark::LabEnd(place)).map_or(usize::MAX, |(at, _)| at + 1)
}

fn standing(subject: &Subject<'_>, place: BlockRef, entry: &Entry<'_>, is_last: bool) -> Standing {
    use super::super::reel::Stage;
    match entry.outcome {
        Some(Outcome::Held { .. }) => Standing::Held,
        Some(Outcome::Failed { .. }) => Standing::Failed,
        Some(Outcome::NotWatched) => Standing::Unwatched,
        None if !entry.has_begun => Standing::NotYet,
        None if is_last && subject.reel.marks().stage_of(place, subject.position) != Stage::Done => Standing::Current,
        None => Standing::Done,
    }
}

fn mark(subject: &Subject<'_>, standing: Standing) -> (&'static str, Style) {
    let marks = subject.theme.marks();
    match standing {
        Standing::NotYet => ("", Style::PLAIN),
        Standing::Current => (if subject.theme.is_ascii() { ">" } else { "▶" }, Style::of(Ink::Waits).bold()),
        Standing::Done => (if subject.theme.is_ascii() { "." } else { "·" }, Style::PLAIN),
        Standing::Held => (marks.held, Style::GOOD),
        Standing::Failed => (marks.failed, Style::BAD),
        Standing::Unwatched => (marks.unwatched, Style::FAINT),
    }
}

/// The step, and on what the block runs.
fn head(subject: &Subject<'_>, place: BlockRef, block: &Block, sheet: &mut Sheet, width: usize) {
    let lesson = subject.lesson;
    let title = lesson.steps.get(place.step).map(|step| plain_text(&step.title)).unwrap_or_default();
    let what = match block {
        Block::Challenge(_) => "A challenge: what sets its stage, and what you type",
        Block::Lab(_) => "What the lab runs",
        Block::Prose(_) | Block::Predict(_) => "",
    };
    let on = match lesson.link_of(place) {
        LinkKind::Loopback => "on the loopback",
        LinkKind::Wire => "on a wire",
    };
    sheet.paragraph(&Line::styled(&title, Style::of(Ink::Heading).bold()), width);
    sheet.faint(&format!("{what}, {on}:"), width);
    if written(block).is_empty() && subject.reel.marks().beginning_of(place).is_none_or(|at| at >= subject.position) {
        sheet.faint("nothing yet", width);
    }
}

fn put_entry(
    subject: &Subject<'_>,
    entry: &Entry<'_>,
    standing: Standing,
    lead: usize,
    sheet: &mut Sheet,
    width: usize,
) {
    let (sign, style) = mark(subject, standing);
    let lead = Line::styled(&format!("{sign:<lead$} "), style);
    let mut content = values(entry, text_style(standing));
    if entry.is_typed {
        content.push("  (typed)", Style::FAINT);
    }
    let comment = entry.comment.map(|comment| Line::styled(&format!("# {comment}"), Style::FAINT));
    let fits = |comment: &Line| lead.width() + content.width() + 3 + comment.width() <= width;
    let (beside, below) = match comment {
        Some(comment) if fits(&comment) => (Some(comment), None),
        other => (None, other),
    };
    if let Some(comment) = beside {
        content.push("   ", Style::PLAIN);
        content.append(&comment);
    }
    let indent = Line::spaces(lead.width() + 2);
    sheet.hanging_at(&lead, indent.width(), &content, width);
    if let Some(comment) = below {
        sheet.hanging(&indent, &comment, width);
    }
    found(entry, &indent, sheet, width);
}

const fn text_style(standing: Standing) -> Style {
    match standing {
        Standing::NotYet => Style::FAINT,
        Standing::Current => Style::STRONG,
        Standing::Failed => Style::BAD,
        Standing::Done | Standing::Held | Standing::Unwatched => Style::PLAIN,
    }
}

/// The line with its values: `seq=?j (4004779870)`.
fn values(entry: &Entry<'_>, style: Style) -> Line {
    let mut line = Line::new();
    let mut rest = entry.text;
    while let Some(at) = rest.find('?') {
        let name = &rest[at + 1..];
        let end = name.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(name.len());
        let (before, after) = rest.split_at(at + 1 + end);
        line.push(before, style);
        if let Some((_, value)) = entry.bound.iter().find(|(bound, _)| *bound == &name[..end]) {
            line.push(&format!(" ({})", display(value, crate::kernel::clock::Stamp::default())), Style::of(Ink::Live));
        }
        rest = after;
    }
    line.with(rest, style)
}

/// What was found when the line was checked.
fn found(entry: &Entry<'_>, indent: &Line, sheet: &mut Sheet, width: usize) {
    match entry.outcome {
        Some(Outcome::Held { detail, .. }) if !detail.is_empty() => {
            sheet.hanging(indent, &Line::styled(detail, Style::FAINT), width);
        }
        Some(Outcome::Failed { message, report }) => {
            let failure = Failure { line: 0, text: String::new(), message: message.clone(), report: report.clone() };
            failure.drawn().lines().for_each(|line| drawn(line, sheet, width));
        }
        Some(Outcome::NotWatched) => {
            sheet.hanging(indent, &Line::styled("Its packets are not watched.", Style::FAINT), width);
        }
        _ => {}
    }
}

/// A line of a report. One that is drawn below the lesson's own keeps its place: carets point at what is above them.
fn drawn(line: &str, sheet: &mut Sheet, width: usize) {
    let line = format!("  {}", line.replace('\t', "    "));
    let words = line.trim_start();
    if ["error: ", "= "].iter().any(|beginning| words.starts_with(beginning)) {
        let indent = line.len() - words.len();
        return sheet.hanging_at(&Line::spaces(indent), indent + 2, &Line::plain(words), width);
    }
    sheet.line(Line::plain(&line));
}
