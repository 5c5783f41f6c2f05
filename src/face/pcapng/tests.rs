use super::*;
use crate::{
    face::{
        explain::{Explained, Names},
        narrator::Narrator,
        sample::{self, BEGIN, Run, wire},
        snapshot,
    },
    timeline::event::{BlockRef, Fate},
};

fn face<'l>(lesson: &'l Lesson, origin: Origin, events: &[Event]) -> Pcapng<'l> {
    let mut face = Pcapng::new(lesson, origin, &Marks::UNICODE, Box::new(Narrator::new()));
    events.iter().for_each(|event| face.event(event));
    face
}

/// What Wireshark would show, packet by packet.
fn told(mut face: Pcapng<'_>) -> String {
    let about = face.close();
    let mut told: String = about.iter().map(|line| format!("{line}\n")).collect();
    for (number, packet) in face.packets.iter().enumerate() {
        let host = &face.interfaces[packet.interface];
        let at = packet.at.since(BEGIN).as_nanos();
        told +=
            &format!("\n{}  {} {:?}  +{at} ns  {} bytes\n", number + 1, host.name, host.addresses, packet.bytes.len());
        packet.own.iter().chain(&packet.around).for_each(|comment| told += &format!("  {comment}\n"));
    }
    told
}

#[test]
fn everything_that_can_become_of_a_packet_is_with_the_packet() {
    let lesson = wire::lesson();
    snapshot::check("pcapng-wire", &told(face(&lesson, Origin::Live, &wire::events())));
}

#[test]
fn what_was_recorded_says_so() {
    let lesson = sample::lesson();
    let events = sample::events(&lesson, Run::OneFails);
    snapshot::check("pcapng-recorded", &told(face(&lesson, Origin::Recorded, &events)));
}

#[test]
fn a_lesson_without_a_packet_is_told_by_the_file_itself() {
    let lesson = sample::lesson();
    let mut events = sample::events(&lesson, Run::AllHolds);
    events.retain(|event| !matches!(event.what, What::Frame { .. } | What::State { .. }));
    if let What::Lesson { watch, .. } = &mut events[0].what {
        *watch = Watch::Unwatched;
    }
    let mut face = face(&lesson, Origin::Live, &events);
    let about = face.close().join("\n");
    for words in ["were not watched", "listen(5, 128) = 0", "claims checked, all hold"] {
        assert!(about.contains(words), "no {words:?} in {about}");
    }
}

/// Says nothing of its own.
#[derive(Debug)]
struct Silent;

impl Explain for Silent {
    fn explain(&mut self, _: Stamp, _: &[u8], _: Names) -> Explained {
        Explained { says: "a\x1b[31m\nb".into(), ..Explained::default() }
    }

    fn entered(&mut self, at: Stamp, bytes: &[u8], names: Names) -> Explained {
        self.explain(at, bytes, names)
    }

    fn handed_on(&self, _: &str, _: &[u8]) -> Explained {
        Explained::default()
    }

    fn left(&mut self, _: Stamp, _: &[u8], _: &[u8]) -> crate::conversation::Reception {
        crate::conversation::Reception::Taken
    }

    fn start_over(&mut self) {}
}

#[test]
fn nothing_of_a_foreign_recording_is_obeyed_and_nothing_of_it_does_harm() {
    let lesson = sample::lesson();
    let name = "ho\x1b[2Jst\n".to_owned();
    let host = Host { name: name.clone(), addresses: vec![] };
    let lab =
        What::Lab { block: BlockRef { step: 99, block: 9 }, fresh: true, link: LinkKind::Wire, hosts: vec![host] };
    let (from, to, bytes) = (name.clone(), name, vec![1]);
    let whats = [
        What::Step { step: 77, title: "nowhere".into() },
        What::Fate { frame: 9, fate: Fate::Held },
        lab,
        What::Frame { frame: 1, from, to, bytes },
        What::Fate { frame: 1, fate: Fate::Twin { of: 5 } },
        What::Fate { frame: 1, fate: Fate::Twin { of: 1 } },
        What::Notice { text: "bell\x07".into() },
        What::CallWaits { call: 3 },
    ];
    let mut face = Pcapng::new(&lesson, Origin::Recorded, &Marks::ASCII, Box::new(Silent));
    for (seq, what) in (0..).zip(whats) {
        face.event(&Event { seq, at: Stamp(seq), what });
    }
    let told = told(face);
    assert!(told.contains(r"bell\x07") && told.contains(r"ho\x1b[2Jst\n > "), "{told}");
    let comments = told.lines().filter(|line| line.starts_with("  "));
    comments.for_each(|line| assert!(!line.contains(char::is_control), "{line:?}"));
}
