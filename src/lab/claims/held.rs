//! What is in our hands: `wire holds syn twins>=2`.

use super::{
    Verdict,
    fields::{self, Checked},
};
use crate::{
    lab::{frame::Seen, script::Run, values::Values},
    lesson::{diagnostic::Diagnostic, script::HoldsLine},
    timeline::event::Value,
};

/// Waits until the frame is held and the line's numbers are true of it.
pub fn check(run: &mut Run<'_, '_>, line: &HoldsLine) -> anyhow::Result<Verdict> {
    let mut limit = run.limit(line.within);
    run.drain()?;
    loop {
        let (stage, values, reading) = run.parts()?;
        let Some(seen) = reading.labelled(&line.label.name, stage) else {
            let message = format!("`{}` is no packet of these hosts", line.label.name);
            return Ok(Verdict::failed(Diagnostic::at(line.label.span.clone(), message)));
        };
        let difference = difference(line, seen, values);
        if seen.is_held() && difference.is_none() {
            let twins = seen.passage.twins;
            let detail = if line.fields.is_empty() { String::new() } else { format!("twins = {twins}") };
            return Ok(Verdict::Held { detail, frame: Some(seen.id) });
        }
        let label = difference.unwrap_or_else(|| (line.label.span.clone(), run.whereabouts(seen)));
        if run.has_passed(&mut limit) {
            let message = format!("`{}` was not so in our hands within {}", line.label.name, limit.in_words());
            return Ok(Verdict::failed(Diagnostic::at(label.0, message).label(label.1)));
        }
        run.wait_for(&mut limit)?;
    }
}

fn difference(line: &HoldsLine, seen: &Seen, values: &Values) -> Option<(crate::lesson::model::Span, String)> {
    line.fields.iter().find_map(|test| {
        let live = (test.field.name == "twins").then(|| Value::Number(seen.passage.twins.into()));
        match fields::check(test, live, values) {
            Checked::Holds { .. } => None,
            Checked::Differs(difference) => Some((difference.span, difference.words)),
        }
    })
}
