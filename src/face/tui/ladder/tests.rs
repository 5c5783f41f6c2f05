//! Pictures of the ladder, and that it shows what was at a position and nothing more.

use super::*;
use crate::{
    face::{sample::wire, snapshot},
    timeline::event::{Fate, FrameId},
};

fn reel() -> Reel {
    let mut reel = Reel::default();
    wire::events().into_iter().for_each(|event| reel.push(event));
    reel
}

fn drawn(reel: &Reel, position: usize, (width, height): (usize, usize), marks: &'static Marks) -> String {
    let world = reel.world(position);
    let clock = reel.events().get(position.saturating_sub(1)).map_or(Stamp(0), |event| event.at);
    let view = View { reel, position, world: &world, rung: None, clock, marks, is_wide: false };
    let head = head(&world, marks, width);
    let rows = rows(&view, width, height).into_iter().map(|row| row.line);
    head.into_iter().chain(rows).map(|line| line.text().trim_end().to_owned() + "\n").collect()
}

#[test]
fn everything_that_can_become_of_a_packet_has_its_own_shape() {
    let reel = reel();
    snapshot::check("ladder-80", &drawn(&reel, reel.len(), (78, 60), &Marks::UNICODE));
    snapshot::check("ladder-120-ascii", &drawn(&reel, reel.len(), (118, 60), &Marks::ASCII));
}

#[test]
fn in_ascii_everything_is_ascii() {
    let reel = reel();
    assert!(drawn(&reel, reel.len(), (100, 60), &Marks::ASCII).is_ascii());
}

#[test]
fn a_held_packet_ends_at_a_wall_in_the_middle_of_its_way() {
    let reel = reel();
    let is_held = |event: &Event| matches!(event.what, What::Fate { fate: Fate::Held, .. });
    let position = reel.events().iter().position(is_held).unwrap() + 1;
    let picture = drawn(&reel, position, (78, 20), &Marks::UNICODE);
    assert!(picture.contains('▌') && picture.contains("held"), "{picture}");
}

#[test]
fn a_notice_is_told_whole_on_as_many_rows_as_it_needs() {
    let mut reel = reel();
    let text = "What is left of these lines is not run, because a claim does not hold. The step can be run again.";
    let at = reel.events().last().unwrap().at;
    reel.push(Event { seq: 0, at, what: What::Notice { text: text.into() } });
    for width in [40, 78, 200] {
        let picture = drawn(&reel, reel.len(), (width, 12), &Marks::UNICODE);
        let words: Vec<&str> = picture.split_whitespace().filter(|word| *word != "│").collect();
        assert!(words.join(" ").contains(text), "{picture}");
    }
}

#[test]
fn what_comes_later_is_not_seen() {
    let reel = reel();
    let first: FrameId = 0;
    let before = reel.frames()[usize::try_from(first).unwrap()].event;
    assert!(!drawn(&reel, before, (78, 20), &Marks::UNICODE).contains("SYN "));
}

#[test]
fn every_size_and_every_position_can_be_drawn() {
    let reel = reel();
    for size in [(0, 0), (1, 1), (9, 3), (10, 1), (20, 5), (400, 120)] {
        for position in 0..=reel.len() {
            let picture = drawn(&reel, position, size, &Marks::UNICODE);
            assert!(picture.lines().skip(2).count() <= size.1, "{size:?}");
        }
    }
}

#[test]
fn the_chosen_rung_is_in_sight_wherever_it_is() {
    let reel = reel();
    let world = reel.world(reel.len());
    for rung in 0..reel.rungs().len() {
        let view = View {
            reel: &reel,
            position: reel.len(),
            world: &world,
            rung: Some(rung),
            clock: Stamp(0),
            marks: &Marks::UNICODE,
            is_wide: false,
        };
        let painter = Painter::new(&view, 80);
        if !painter.rung(rung).is_empty() {
            assert!(rows(&view, 80, 5).iter().any(|row| row.rung == rung), "rung {rung}");
        }
    }
}
