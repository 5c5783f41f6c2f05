//! What stands behind each form of `wire`.

use std::time::Duration;

use super::measure;
use crate::lesson::{
    diagnostic::Diagnostic,
    fields::HELD,
    parser::{LineParser, Parsed, value::number_within},
    script::{Deed, EndRef, Handed, HoldsLine, Treatment, Verb},
};

/// The Ethernet header.
const LEAST_FRAME: i64 = 14;
/// The same and the largest packet behind it.
const LONGEST_FRAME: i64 = LEAST_FRAME + 65_535;
/// How many frames wait before a limited rate when nobody says.
const QUEUE: usize = 100;
const LONGEST_QUEUE: i64 = 10_000;

/// `[A > B …]`.
pub(super) fn hold(parser: &mut LineParser) -> Parsed<Deed> {
    if parser.cursor.is_done() {
        return Ok(Deed::Hold(None));
    }
    if parser.begins_pattern() {
        return parser.wire_pattern().map(|pattern| Deed::Hold(Some(pattern)));
    }
    let word = parser.cursor.peek_word();
    let wrong = Diagnostic::at(word.span(), format!("`wire hold` cannot take `{}`", word.text));
    Err(match word.text {
        "every" => wrong.label("it holds every one").help("leave out `every`"),
        _ => wrong
            .label("expected `A > B …`, or nothing")
            .help("`wire hold` is for frames that are still to come: `wire hold client > server SYN`"),
    })
}

/// `[all | LABEL | A > B …]`; what may stand behind it is read by the caller.
pub(super) fn deliver(parser: &mut LineParser) -> Parsed<Deed> {
    if parser.begins_pattern() {
        parser.want_something_held();
        return parser.wire_pattern().map(|pattern| Deed::Deliver(Handed::Matching(pattern)));
    }
    let word = parser.cursor.peek_word();
    Ok(Deed::Deliver(match word.text {
        "" | "within" => {
            parser.want_something_held();
            Handed::First
        }
        "all" => {
            parser.want_something_held();
            parser.cursor.word();
            Handed::All
        }
        "every" => {
            let every = Diagnostic::at(word.span(), "what is delivered is held already").label("expected `all`");
            return Err(every.help("did you mean `wire deliver all`?"));
        }
        _ => Handed::Labelled(parser.label_of_frame()),
    }))
}

pub(super) fn drop(parser: &mut LineParser) -> Parsed<Deed> {
    treat(parser, Treatment::Drop)
}

pub(super) fn duplicate(parser: &mut LineParser) -> Parsed<Deed> {
    treat(parser, Treatment::Duplicate)
}

pub(super) fn reorder(parser: &mut LineParser) -> Parsed<Deed> {
    treat(parser, Treatment::Reorder)
}

/// `[byte N]`.
pub(super) fn corrupt(parser: &mut LineParser) -> Parsed<Deed> {
    let mut byte = None;
    if parser.cursor.eat_word("byte") {
        let place = number_within(parser.cursor.word(), 0, LONGEST_FRAME - 1, "a byte of a frame")?;
        byte = u32::try_from(place).ok();
    }
    treat(parser, Treatment::Corrupt { byte })
}

/// `[to] N [bytes]`.
pub(super) fn truncate(parser: &mut LineParser) -> Parsed<Deed> {
    parser.cursor.eat_word("to");
    let word = parser.cursor.word();
    let length =
        number_within(word, LEAST_FRAME, LONGEST_FRAME, "a length to which a frame is cut").map_err(|wrong| {
            let misplaced = !word.text.starts_with(|c: char| c.is_ascii_digit());
            if misplaced { wrong.help("the length stands first: `wire truncate 60 client > server`") } else { wrong }
        })?;
    parser.cursor.eat_word("bytes");
    treat(parser, Treatment::Truncate { length: u32::try_from(length).unwrap_or(u32::MAX) })
}

/// `TIME`; alone, for every frame.
pub(super) fn delay(parser: &mut LineParser) -> Parsed<Deed> {
    let word = parser.cursor.peek_word();
    let time = measure::some_time(&mut parser.cursor, Duration::ZERO, "this delays nothing").map_err(|wrong| {
        let misplaced = !word.text.starts_with(|c: char| c.is_ascii_digit()) && !word.is_empty();
        if misplaced { wrong.help("the time stands first: `wire delay 100ms client > server`") } else { wrong }
    })?;
    if parser.cursor.is_done() {
        return Ok(Deed::Treat { treatment: Treatment::Delay(time), which: crate::lesson::script::Which::Every(None) });
    }
    treat(parser, Treatment::Delay(time))
}

fn treat(parser: &mut LineParser, treatment: Treatment) -> Parsed<Deed> {
    parser.which().map(|which| Deed::Treat { treatment, which })
}

/// `RATE [queue N] [A > B]`.
pub(super) fn rate(parser: &mut LineParser) -> Parsed<Deed> {
    let bits_per_second = measure::rate(&mut parser.cursor)?;
    let mut queue = QUEUE;
    if parser.cursor.eat_word("queue") {
        let length = number_within(parser.cursor.word(), 1, LONGEST_QUEUE, "a length of a queue, in frames")?;
        queue = usize::try_from(length).unwrap_or(QUEUE);
        parser.cursor.eat_word("frames");
    }
    let between = if parser.begins_pattern() { Some(parser.direction()?) } else { None };
    Ok(Deed::Rate { bits_per_second, queue, between })
}

/// `N% seed S [A > B …]`.
pub(super) fn loss(parser: &mut LineParser) -> Parsed<Deed> {
    let millionths = measure::percentage(&mut parser.cursor)?;
    if !parser.cursor.eat_word("seed") {
        let chance = Diagnostic::at(parser.cursor.here(), "a loss without a seed").label("expected `seed S`");
        return Err(chance.help(
            "the same seed loses the same frames in every run, so that the lesson can be checked: `wire loss 10% seed 7`",
        ));
    }
    let seed = number_within(parser.cursor.word(), 0, i64::MAX, "a seed")?;
    let pattern = if parser.begins_pattern() { Some(parser.wire_pattern()?) } else { None };
    Ok(Deed::Loss { millionths, seed: seed.unsigned_abs(), pattern })
}

pub(super) fn forget(parser: &mut LineParser) -> Parsed<Deed> {
    let after = measure::some_time(&mut parser.cursor, Duration::ZERO, "nothing could ever be said")?;
    Ok(Deed::Forget { after })
}

pub(super) fn down(parser: &mut LineParser) -> Parsed<Deed> {
    let complaint = parser.scope.hands().check_down(parser.behind_wire()).err();
    parser.complaints.extend(complaint);
    Ok(Deed::Down)
}

pub(super) fn up(parser: &mut LineParser) -> Parsed<Deed> {
    let complaint = parser.scope.hands().check_up(parser.behind_wire()).err();
    parser.complaints.extend(complaint);
    Ok(Deed::Up)
}

pub(super) fn free(_: &mut LineParser) -> Parsed<Deed> {
    Ok(Deed::Free)
}

/// `LABEL [twins>=N] [within TIME]`.
pub(super) fn holds(parser: &mut LineParser) -> Parsed<Verb> {
    if parser.cursor.is_done() || parser.begins_pattern() {
        let unnamed = Diagnostic::at(parser.cursor.here(), "which frame?").label("expected a packet's label");
        return Err(unnamed.help("a packet line names it: `syn: client > server SYN`, and below it `wire holds syn`"));
    }
    let label = parser.label_of_frame();
    let mut fields = Vec::new();
    while !parser.cursor.is_done() && parser.cursor.peek_word().text != "within" {
        let before = parser.cursor;
        match parser.field_test(HELD, None) {
            Ok(test) => fields.push(test),
            Err(complaint) => parser.skip_fault(complaint, before),
        }
    }
    let within = parser.within()?;
    let span = parser.start..parser.cursor.at();
    Ok(Verb::Holds(HoldsLine { label, fields, within, span }))
}

impl LineParser<'_, '_> {
    /// The word behind `wire`, which was just read.
    fn behind_wire(&self) -> crate::lesson::model::Span {
        self.start..self.cursor.at()
    }

    fn want_something_held(&mut self) {
        let complaint = self.scope.hands().check_any_held(self.behind_wire()).err();
        self.complaints.extend(complaint);
    }

    /// `A > B`, for hosts as a whole.
    fn direction(&mut self) -> Parsed<(EndRef, EndRef)> {
        let from = self.end_ref()?;
        self.arrow()?;
        let to = self.end_ref()?;
        if let Some(end) = [&from, &to].into_iter().find(|end| end.which.is_some()) {
            let fine = Diagnostic::at(end.span.clone(), "a rate is the same for all that goes from host to host");
            return Err(fine.label("too exact").help(format_args!("write `{}`", end.host)));
        }
        self.check_apart(&from, &to);
        Ok((from, to))
    }
}
