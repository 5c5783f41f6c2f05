//! `check --junit`: the results as JUnit XML, as build servers read it.
//!
//! A lesson is a test case, its part the class. There is no standard for this format; what is written is what all
//! readers agree on.

use std::{
    fmt::{self, Display},
    io::{self, Write},
};

use super::{
    check::{Checked, Standing, Verdict},
    text::escape::escape,
};

/// Writes the whole report.
///
/// # Errors
/// When it can not be written.
pub fn write(mut out: impl Write, lessons: &[Checked]) -> io::Result<()> {
    let count = |standing| lessons.iter().filter(|lesson| lesson.standing() == standing).count();
    let errors = lessons.iter().filter(|lesson| is_error(lesson)).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{}\" time=\"{}\"",
        lessons.len(),
        count(Standing::Failed) - errors,
        count(Standing::Skipped),
        seconds(lessons.iter().map(Checked::took).sum()),
    );
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"wiretutor\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"wiretutor check\" {counts}>")?;
    lessons.iter().try_for_each(|lesson| case(&mut out, lesson))?;
    writeln!(out, "  </testsuite>")?;
    writeln!(out, "</testsuites>")?;
    out.flush()
}

/// An error is a lesson that could not be judged; a failure is one that was.
fn is_error(lesson: &Checked) -> bool {
    lesson.standing() == Standing::Failed && lesson.failures().is_empty()
}

fn case(out: &mut impl Write, lesson: &Checked) -> io::Result<()> {
    let (class, name) = lesson.name.rsplit_once('/').unwrap_or(("lessons", &lesson.name));
    let time = seconds(lesson.took());
    write!(out, "    <testcase classname=\"{}\" name=\"{}\" time=\"{time}\"", Xml(class), Xml(name))?;
    if lesson.standing() == Standing::Passed {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    match &lesson.verdict {
        Verdict::Skipped(why) => writeln!(out, "      <skipped message=\"{}\"/>", Xml(why))?,
        Verdict::Broken(report) => complaint(out, "error", first_line(report), report)?,
        Verdict::Run(_) if is_error(lesson) => complaint(out, "error", "the run broke off", "")?,
        Verdict::Run(_) => failed(out, lesson)?,
    }
    writeln!(out, "    </testcase>")
}

/// One element for all that failed: more than one are not read by everybody.
fn failed(out: &mut impl Write, lesson: &Checked) -> io::Result<()> {
    let failures = lesson.failures();
    let messages: Vec<&str> = failures.iter().map(|(failure, _)| failure.message.as_str()).collect();
    let reports: Vec<&str> = failures.iter().map(|(failure, _)| failure.drawn()).collect();
    complaint(out, "failure", &messages.join("; "), &reports.join("\n"))
}

fn complaint(out: &mut impl Write, element: &str, message: &str, report: &str) -> io::Result<()> {
    writeln!(out, "      <{element} message=\"{}\">{}</{element}>", Xml(message), Xml(report))
}

fn first_line(report: &str) -> &str {
    report.lines().next().unwrap_or_default()
}

fn seconds(time: std::time::Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Text as it may stand in an element or an attribute. Characters that XML does not have in any form are written out.
struct Xml<'t>(&'t str);

impl Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['&', '<', '>', '"', '\n', '\u{fffe}', '\u{ffff}']) {
            let mut text = part.chars();
            let escaped = match text.next_back() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some('\n') => "&#10;",
                Some('\u{fffe}' | '\u{ffff}') => "\u{fffd}",
                _ => {
                    text = part.chars();
                    ""
                }
            };
            write!(f, "{}{escaped}", escape(text.as_str()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{
        sample::{Run, events, lesson},
        snapshot,
        tally::Tally,
    };

    #[test]
    fn a_report_of_every_kind_of_result() {
        let checked = |name: &str, verdict| Checked { name: name.into(), verdict };
        let run = |run| Tally::of(&events(&lesson(), run));
        let lessons = [
            checked("2-tcp/handshake", Verdict::Run(vec![run(Run::AllHolds)])),
            checked("3-udp/udp", Verdict::Run(vec![run(Run::OneFails); 3])),
            checked("2-tcp/window", Verdict::Skipped("no \"namespaces\" & no rights".into())),
            checked("broken.md", Verdict::Broken("error: <b>\x1b[1m\n  second line\n".into())),
            checked("cut.md", Verdict::Run(vec![Tally::default()])),
        ];
        let mut out = Vec::new();
        write(&mut out, &lessons).unwrap();
        snapshot::check("junit", &String::from_utf8(out).unwrap());
    }

    #[test]
    fn no_character_can_break_the_file() {
        let text: String = ('\0'..=char::MAX).filter(|c| u32::from(*c) < 0x300 || u32::from(*c) > 0xff00).collect();
        let xml = Xml(&text).to_string();
        assert!(xml.chars().all(|c| matches!(c, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)));
        assert!(!xml.contains(['<', '>', '"']));
        assert!(xml.contains(r"\x00") && xml.contains("&amp;"));
    }
}
