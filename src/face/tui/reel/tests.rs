//! The timeline of the app, with the events of a lesson on the wire.

use super::*;
use crate::face::sample::wire;

fn reel() -> Reel {
    let mut reel = Reel::default();
    wire::events().into_iter().for_each(|event| reel.push(event));
    reel
}

#[test]
fn the_world_at_a_position_is_the_one_that_folding_gives() {
    let reel = reel();
    for position in 0..=reel.len() {
        assert_eq!(reel.world(position), World::at(reel.events(), position), "at {position}");
    }
}

#[test]
fn after_a_cut_it_is_as_if_nothing_had_happened_since() {
    let mut cut = reel();
    let position = cut.len() / 2;
    cut.cut(position);
    let mut short = Reel::default();
    wire::events().into_iter().take(position).for_each(|event| short.push(event));
    assert_eq!(cut.events(), short.events());
    assert_eq!(cut.rungs(), short.rungs());
    assert_eq!(cut.now(), short.now());
}

#[test]
fn a_held_frame_is_held_until_it_is_let_go_and_counts_its_twins() {
    let reel = reel();
    let syn = &reel.frames()[0];
    let states: Vec<FrameNow> = (0..=reel.len()).map(|position| syn.at(position)).collect();
    assert!(states.iter().any(|now| matches!(now.place, Place::Held { .. }) && now.twins == 2), "{states:?}");
    let last = states.last().unwrap();
    assert_eq!((last.place, last.twins), (Place::Arrived, 2));
    assert!(last.held_ns.is_some());
}

#[test]
fn what_is_sent_again_after_it_has_arrived_does_not_count_for_the_time_in_our_hands() {
    let mut reel = reel();
    let before = reel.frames()[0].at(reel.len());
    let at = reel.events().last().unwrap().at;
    reel.push(Event { seq: 0, at, what: What::Fate { frame: 1, fate: Fate::Twin { of: 0 } } });
    let after = reel.frames()[0].at(reel.len());
    assert_eq!((after.twins, after.twins_since), (before.twins, before.twins_since + 1));
}

#[test]
fn a_twin_is_no_rung_of_its_own_once_it_is_known() {
    let reel = reel();
    let twins: Vec<_> = reel.frames().iter().filter(|frame| frame.is_twin.is_some()).collect();
    assert!(!twins.is_empty());
    for twin in twins {
        assert!(twin.is_twin_at(reel.len()) && !twin.is_twin_at(twin.event));
    }
}

#[test]
fn a_packet_gets_the_name_that_the_script_gives_it_when_it_does() {
    let mut reel = reel();
    let before = reel.len();
    let outcome = Outcome::Held { detail: String::new(), frame: Some(0) };
    let what = What::Claim { line: 3, text: "syn:    client > server  SYN seq=?j".into(), outcome };
    reel.push(Event { seq: 0, at: Stamp(0), what });
    let syn = &reel.frames()[0];
    assert_eq!(syn.label_at(before), None);
    assert_eq!(syn.label_at(reel.len()), Some("syn"));
}

#[test]
fn a_socket_keeps_its_states_and_the_hosts_that_come_next_have_none_of_them() {
    let mut reel = reel();
    let client = crate::face::sample::tcp("10.0.0.1:40000", Some("10.0.0.2:80"));
    let states = |reel: &Reel, position: usize| -> Vec<TcpState> {
        let events = reel.sockets().stage_at(position)..position;
        let track = reel.sockets().get("client", &client).unwrap();
        track.changes_in(events).iter().map(|change| change.to).collect()
    };
    assert_eq!(states(&reel, reel.len()), [TcpState::SynSent, TcpState::Established]);
    let end = reel.len();
    let fresh = reel.events().iter().find(|event| matches!(event.what, What::Lab { fresh: true, .. })).unwrap().clone();
    reel.push(fresh);
    assert_eq!(states(&reel, reel.len()), []);
    assert_eq!(reel.sockets().stage_around(end).end, end);
    reel.cut(end);
    assert_eq!(states(&reel, reel.len()), [TcpState::SynSent, TcpState::Established]);
}

#[test]
fn samples_become_one_series_a_name_without_the_threshold_that_is_none() {
    let reel = reel();
    let client = crate::face::sample::tcp("10.0.0.1:40000", Some("10.0.0.2:80"));
    let series = reel.sockets().get("client", &client).unwrap().series();
    let values = |name: &str| -> Vec<i64> {
        let found = series.iter().find(|series| series.name == name).unwrap();
        found.within(0..reel.len()).iter().map(|point| point.value).collect()
    };
    assert_eq!(values("cwnd"), [10, 14, 7, 9]);
    assert_eq!(values("ssthresh"), [7, 7]);
    assert_eq!(values("rtt")[0], 20_000_000);
}

#[test]
fn a_conversation_counts_each_side_from_its_first_number_and_knows_what_is_sent_again_and_lost() {
    let reel = reel();
    let [conversation] = reel.conversations() else { panic!("one conversation") };
    let first = conversation.points[0];
    assert_eq!((first.side, first.seq, first.takes, first.ack, first.is_again), (0, 0, 1, None, false));
    let again: Vec<_> = conversation.points.iter().filter(|point| point.is_again).collect();
    assert!(again.iter().any(|point| point.side == 1 && point.seq == 0), "the SYN+ACK that was dropped before");
    let lost: Vec<_> = conversation.points.iter().filter(|point| point.lost.is_some()).collect();
    assert_eq!(lost.len(), 5, "dropped, corrupted, cut, and two more: {lost:?}");
    assert_eq!(conversation.sent(0), 46, "a SYN and nine times five bytes");
}

#[test]
fn what_a_receiver_took_is_known_by_the_event_of_its_arrival() {
    let reel = reel();
    let taken = reel.taken_from(0);
    assert!(taken.windows(2).all(|pair| pair[0].event < pair[1].event));
    for taken in taken {
        let frame = &reel.frames()[taken.frame];
        assert!(frame.turns.iter().any(|turn| turn.event == taken.event && turn.is_taken));
    }
    let all = reel.frames().iter().flat_map(|frame| &frame.turns).filter(|turn| turn.is_taken).count();
    assert_eq!(taken.len(), all);
}

#[test]
fn what_a_receiver_does_with_a_damaged_packet_is_told_although_it_comes_at_once() {
    let reel = reel();
    let broken = reel.frames().iter().find(|frame| frame.at(reel.len()).is_corrupted).unwrap();
    assert_ne!(broken.turns.last().unwrap().says, "");
}
