//! What a lab waits for while a line runs, in words for somebody who has never seen the lesson language.

use super::in_short::{lines, round, some, the_one};
use crate::lesson::{
    model::Lesson,
    script::{FieldTest, HoldsLine, KernelLine, Line, Seen, Verb, Wanted, WhichSocket, Window},
};

/// What is waited for while the line with these words runs. A line that is not of the lesson was typed by the learner,
/// who knows its words.
pub(super) fn awaited(lesson: &Lesson, text: &str) -> String {
    lines(lesson).find(|line| line.in_words() == text).map_or_else(|| text.to_owned(), |line| of(lesson, line))
}

fn of(lesson: &Lesson, line: &Line) -> String {
    match &line.verb {
        Verb::Packet(packet) => {
            let words = some(&packet.pattern, packet.times);
            format!("{words}{}", with(line, &packet.pattern.fields))
        }
        Verb::Kernel(kernel) => format!("{}{}", state(kernel), with(line, &kernel.fields)),
        Verb::Saw(saw) => format!("{} to read {}", saw.actor.host, seen(&saw.what)),
        Verb::Returned(returned) => format!("{} to return", call(&returned.actor.host, returned.call.as_deref())),
        Verb::Waits(waits) => format!("{} to sleep in the kernel", call(&waits.actor.host, waits.call.as_deref())),
        Verb::Call(called) => format!("{} to return", call(&called.actor.host, Some(line.told()))),
        // How often a packet came again is another way to say that it will.
        Verb::Holds(HoldsLine { label, .. }) => format!("{} to be sent again", the_one(lesson, label)),
        Verb::Never(never) => watched(never.window, &format!(" without {}", some(&never.pattern, 1))),
        Verb::Silent(silent) => watched(silent.window, " of silence"),
        Verb::Wire(_) | Verb::Sample(_) => line.text.clone(),
    }
}

/// What is asked of a header's or a socket's fields, as the lesson writes it; what is only taken note of is not asked.
fn with(line: &Line, fields: &[FieldTest]) -> String {
    let asks = |word: &&str| {
        let of_word = |test: &FieldTest| {
            let test_of = word.strip_prefix(test.field.name);
            !matches!(test.value, Wanted::Bind(_)) && test_of.is_some_and(|rest| rest.starts_with(['=', '!', '<', '>']))
        };
        !word.contains("=?") && fields.iter().any(of_word)
    };
    let asked: Vec<&str> = line.text.split_whitespace().filter(asks).collect();
    if asked.is_empty() { String::new() } else { format!(", {}", asked.join(" ")) }
}

/// `client's socket to be CLOSED`
fn state(kernel: &KernelLine) -> String {
    let which = match &kernel.which {
        WhichSocket::Conversation => "socket".to_owned(),
        WhichSocket::Listener => "listener".to_owned(),
        WhichSocket::Named(name) => format!("socket \"{name}\""),
    };
    format!("{}'s {which} to be {}", kernel.host, kernel.state)
}

fn seen(what: &Seen) -> String {
    match what {
        Seen::Text(text) => format!("\"{}\"", text.escape_ascii()),
        Seen::Count(1) => "1 byte".to_owned(),
        Seen::Count(count) => format!("{count} bytes"),
        Seen::End => "the end".to_owned(),
    }
}

/// `client's connect()`
fn call(host: &str, name: Option<&str>) -> String {
    name.map_or_else(|| format!("{host}'s call"), |name| format!("{host}'s {name}()"))
}

fn watched(window: Window, what: &str) -> String {
    match window {
        Window::For(time) => format!("{}{what}", round(time)),
        Window::SoFar => "a look back at this step".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{face::snapshot, lesson::catalog::Catalog};

    #[test]
    fn every_line_of_every_lesson_is_waited_for_in_plain_words() {
        let mut table = String::new();
        for entry in Catalog::embedded().entries() {
            let lesson = entry.lesson().unwrap();
            table += &format!("{}\n", entry.name);
            let waits = |line: &&Line| !matches!(line.verb, Verb::Wire(_) | Verb::Sample(_));
            for line in lines(&lesson).filter(waits) {
                table += &format!("  {}\n      {}\n", line.in_words(), awaited(&lesson, &line.in_words()));
            }
        }
        snapshot::check("awaited", &table);
    }
}
