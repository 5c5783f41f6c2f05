//! What must not happen: `silent for 50ms`, `never server > client FIN so far`.

use std::time::Instant;

use super::Verdict;
use crate::{
    conversation::summary,
    kernel::clock::Stamp,
    lab::{
        frame::Seen,
        pattern::{self, Ends},
        script::Run,
        stage::Stage,
        values::Values,
    },
    lesson::{
        diagnostic::Diagnostic,
        eval,
        model::Span,
        script::{NeverLine, SilentLine, Window},
    },
    packet::Net,
};

/// No packet at all. What repeats a frame in our hands is no news, and ARP only finds the way.
pub fn silent(run: &mut Run<'_, '_>, line: &SilentLine, span: &Span) -> anyhow::Result<Verdict> {
    watch(run, line.window, span, "a packet came", |seen, _, _| {
        !seen.is_twin() && !matches!(seen.packet.net, Net::Arp(_))
    })
}

/// No packet like this one.
pub fn never(run: &mut Run<'_, '_>, line: &NeverLine) -> anyhow::Result<Verdict> {
    let span = line.pattern.span.clone();
    watch(run, line.window, &span, "the packet came that must not come", |seen, stage, values| {
        let ends = Ends::of(&line.pattern, stage);
        ends.is_some_and(|ends| pattern::is_meant(&line.pattern, &ends, seen))
            && pattern::compare(&line.pattern, seen, values).is_ok()
    })
}

fn watch(
    run: &mut Run<'_, '_>,
    window: Window,
    span: &Span,
    message: &str,
    forbidden: impl Fn(&Seen, &Stage, &Values) -> bool,
) -> anyhow::Result<Verdict> {
    if !run.stage()?.is_watched() {
        return Ok(Verdict::NotWatched);
    }
    let lost_before = match window {
        Window::SoFar => run.lost_before_step,
        Window::For(_) => run.stage()?.lost,
    };
    run.observe()?;
    let (since, until) = match window {
        Window::SoFar => (run.step_began, Instant::now()),
        Window::For(time) => (Stamp::now(), Instant::now() + time),
    };
    loop {
        let (stage, values, _) = run.parts()?;
        let seen = stage.frames.iter().find(|seen| seen.at >= since && forbidden(seen, stage, values));
        if let Some(seen) = seen {
            return Ok(Verdict::failed(explain(seen, stage, span, message, run.block_began)));
        }
        if Instant::now() >= until {
            break;
        }
        run.listen(until)?;
    }
    // What entered the link just before the end may still be on its way to us.
    run.drain()?;
    let (stage, values, _) = run.parts()?;
    let late = stage.frames.iter().find(|seen| seen.at >= since && forbidden(seen, stage, values));
    let missed = stage.lost - lost_before.min(stage.lost);
    Ok(match late {
        None if missed > 0 => {
            let message = format!("{missed} packets could not be captured, so nobody can say what was among them");
            let help = "help: a larger queue loses less: `wiretutor doctor` names the setting";
            Verdict::failed(Diagnostic::at(span.clone(), message).note(help))
        }
        Some(seen) => Verdict::failed(explain(seen, stage, span, message, run.block_began)),
        None => Verdict::held(""),
    })
}

fn explain(seen: &Seen, stage: &Stage, span: &Span, message: &str, began: Stamp) -> Diagnostic {
    let hosts = stage.book.hosts();
    let (from, to) = (hosts.name(seen.route.from), hosts.name(seen.route.to));
    let label = format!("{from} > {to}  {}", summary(&seen.packet, &seen.bytes));
    let note = format!("at +{}", eval::duration_of(seen.at.since(began)));
    Diagnostic::at(span.clone(), message).label(label).note(note)
}
