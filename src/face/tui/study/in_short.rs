//! What a line of a lab does, in as many words as the bottom line has room for. They are for somebody who has never seen
//! the lesson language, and say no more than is so: what becomes of a packet is for the packet to show.

use std::time::Duration;

use crate::{
    lesson::{
        eval::duration_of,
        model::Lesson,
        script::{
            Compare, Deed, Expr, Handed, Labelled, Line, PacketProto, Pattern, Rhythm, Treatment, Verb, Wanted, Which,
            Window,
        },
    },
    packet::TcpFlags,
};

/// What this line does.
pub(super) fn in_short(lesson: &Lesson, line: &Line) -> String {
    match &line.verb {
        Verb::Call(call) => format!("{}: {}", call.actor.host, line.told()),
        Verb::Wire(wire) => deed(lesson, &wire.deed),
        Verb::Sample(sample) if sample.rhythm == Rhythm::Off => format!("stop watching {}", sample.host),
        Verb::Sample(sample) => format!("watch {}'s numbers", sample.host),
        Verb::Packet(_) => "see the packet".to_owned(),
        Verb::Kernel(_) => "ask the kernel".to_owned(),
        Verb::Saw(_) => "see what was read".to_owned(),
        Verb::Returned(_) | Verb::Waits(_) => "look at the call".to_owned(),
        Verb::Holds(_) => "look in our hands".to_owned(),
        Verb::Silent(silent) => watch(silent.window),
        Verb::Never(never) => watch(never.window),
    }
}

fn watch(window: Window) -> String {
    match window {
        Window::For(time) => format!("watch for {}", round(time)),
        Window::SoFar => "look at what was sent".to_owned(),
    }
}

/// A time that somebody has written down.
pub(super) fn round(time: Duration) -> String {
    duration_of(time).replace(".0 ", " ")
}

fn deed(lesson: &Lesson, deed: &Deed) -> String {
    match deed {
        Deed::Hold(None) => "hold every packet".to_owned(),
        Deed::Hold(Some(pattern)) => format!("hold {}", each(pattern)),
        Deed::Free => "let packets flow".to_owned(),
        Deed::Deliver(Handed::First) => "deliver the oldest".to_owned(),
        Deed::Deliver(Handed::All) => "deliver all of them".to_owned(),
        Deed::Deliver(Handed::Labelled(label)) => format!("deliver {}", the_one(lesson, label)),
        Deed::Deliver(Handed::Matching(pattern)) => format!("deliver {}", some(pattern, 1)),
        Deed::Treat { treatment, which } => {
            let done = treated(treatment);
            match which {
                Which::Labelled(label) => format!("{done} {}", the_one(lesson, label)),
                Which::Next { pattern, times } => format!("{done} {}", some(pattern, *times)),
                Which::Every(Some(pattern)) => format!("{done} {}", each(pattern)),
                Which::Every(None) => format!("{done} every packet"),
            }
        }
        Deed::Rate { .. } => "limit the wire's rate".to_owned(),
        Deed::Loss { .. } => "lose packets by chance".to_owned(),
        Deed::Forget { .. } => "forget who is idle".to_owned(),
        Deed::Down => "cut the wire".to_owned(),
        Deed::Up => "mend the wire".to_owned(),
    }
}

const fn treated(treatment: &Treatment) -> &'static str {
    match treatment {
        Treatment::Drop => "drop",
        Treatment::Duplicate => "double",
        Treatment::Reorder => "reorder",
        Treatment::Corrupt { .. } => "damage",
        Treatment::Truncate { .. } => "cut short",
        Treatment::Delay(_) => "delay",
    }
}

/// `a server FIN`, `2 client SYNs`
pub(super) fn some(pattern: &Pattern, times: u32) -> String {
    let (host, kind) = (&pattern.from.host, kind(pattern));
    match times {
        1 if host.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {host} {kind}"),
        1 => format!("a {host} {kind}"),
        times => format!("{times} {host} {kind}s"),
    }
}

/// `each server FIN`
fn each(pattern: &Pattern) -> String {
    format!("each {} {}", pattern.from.host, kind(pattern))
}

/// The packet that a line has named: by its flags, and by its name where that says something else.
pub(super) fn the_one(lesson: &Lesson, label: &Labelled) -> String {
    let named = lines(lesson).find_map(|line| match &line.verb {
        Verb::Packet(packet) if packet.label.as_ref() == Some(&label.name) => Some(packet),
        _ => None,
    });
    let kind = named.map_or_else(|| "packet".to_owned(), |packet| kind(&packet.pattern));
    let says_the_same = kind.replace('+', "").eq_ignore_ascii_case(&label.name);
    if says_the_same { format!("the {kind}") } else { format!("{kind} \"{}\"", label.name) }
}

pub(super) fn lines(lesson: &Lesson) -> impl Iterator<Item = &Line> {
    lesson.numbered_blocks().flat_map(|(_, block)| block.lines())
}

/// `SYN+ACK`, `packet`, `datagram`, as far as the pattern says it.
fn kind(pattern: &Pattern) -> String {
    let flags = pattern.flags.as_ref().map_or(TcpFlags::NONE, |test| TcpFlags::from_word(test.named.into()));
    let order = [("SYN", TcpFlags::SYN), ("FIN", TcpFlags::FIN), ("RST", TcpFlags::RST), ("ACK", TcpFlags::ACK)];
    let named: Vec<&str> = order.iter().filter(|(_, flag)| flags.contains(*flag)).map(|(name, _)| *name).collect();
    match pattern.proto {
        PacketProto::Udp => "datagram".to_owned(),
        PacketProto::Icmp => "ICMP packet".to_owned(),
        PacketProto::Arp => "ARP packet".to_owned(),
        // Every packet but the first is an ACK: where it brings bytes, that is not what it is for.
        PacketProto::Tcp if named == ["ACK"] && carries_data(pattern) => "packet".to_owned(),
        PacketProto::Tcp if !named.is_empty() => named.join("+"),
        PacketProto::Tcp => "packet".to_owned(),
    }
}

/// Whether bytes are asked for.
fn carries_data(pattern: &Pattern) -> bool {
    pattern.fields.iter().any(|test| {
        let is_nothing = test.compare == Compare::Equal && test.value == Wanted::Expr(Expr::Int(0));
        test.field.name == "payload" || (test.field.name == "len" && !is_nothing)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{face::snapshot, lesson::catalog::Catalog};

    /// The bottom line of 80 columns has room for it, and for the other keys.
    const ROOM: usize = 24;

    #[test]
    fn every_line_of_every_lesson_is_told_in_short_and_true_words() {
        let mut table = String::new();
        for entry in Catalog::embedded().entries() {
            let lesson = entry.lesson().unwrap();
            table += &format!("{}\n", entry.name);
            for line in lines(&lesson) {
                let words = in_short(&lesson, line);
                assert!(words.chars().count() <= ROOM, "{words}: {}", line.text);
                table += &format!("  {words:24}  {}\n", line.text);
            }
        }
        snapshot::check("offers-in-short", &table);
    }
}
