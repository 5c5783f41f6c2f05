//! Whoever only looks at the frames concludes what the kernels say, whatever becomes of the frames: each state that
//! is expected here is asked of both.

use std::{io::Write, net::Shutdown};

use wiretutor::{
    conversation::{Meaning, RepeatCause, Repeated},
    kernel::state::TcpState,
    link::wire::{Alteration, Decision, Delivery, Frame},
};

use super::{
    hands::{CLIENT, Lab, SERVER, address_of, call, close, hold, hold_patiently, plan},
    states::open,
};
use crate::stage::{Played, Scene};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("wire::onlooker_a_lost_syn_ack", lost_syn_ack),
    Scene::anybody("wire::onlooker_a_doubled_syn", doubled_syn),
    Scene::anybody("wire::onlooker_a_doubled_syn_ack", doubled_syn_ack),
    Scene::anybody("wire::onlooker_doubled_data", doubled_data),
    Scene::anybody("wire::onlooker_a_doubled_last_ack", doubled_last_ack),
    Scene::anybody("wire::onlooker_a_fin_that_overtakes_data", overtaking_fin),
    Scene::anybody("wire::onlooker_a_corrupted_fin", corrupted_fin),
    Scene::anybody("wire::onlooker_twins_of_an_answered_syn", twins_of_an_answered_syn),
];

fn twice(lab: &mut Lab, frame: &Frame) {
    lab.decide(frame.id, Decision::Copies(vec![Delivery::default(); 2]));
    lab.left(frame.id);
    lab.left(frame.id);
}

/// The first meaning of a frame.
fn meaning(lab: &Lab, frame: &Frame) -> Meaning {
    lab.reading(frame).meanings[0]
}

fn lost_syn_ack() -> Played {
    let mut lab = Lab::begin(plan(), hold)?;
    let (listener, caller) = (lab.listen(80), lab.caller(0));
    let ends = (address_of(&caller), address_of(&listener));
    call(&caller, ends.1);
    let syn = lab.expect(CLIENT, "SYN");
    lab.let_go(&syn);
    let lost = lab.held_from(SERVER);
    lab.expect_states(ends, TcpState::SynSent, TcpState::SynRecv);
    lab.decide(lost.id, Decision::Drop);
    let again = lab.held_from(SERVER);
    assert!(matches!(meaning(&lab, &again), Meaning::Retransmits { what: Repeated::SynAck, copy: Some(2), .. }));
    lab.expect_states(ends, TcpState::SynSent, TcpState::SynRecv);
    lab.let_go(&again);
    let ack = lab.held_from(CLIENT);
    lab.expect_states(ends, TcpState::Established, TcpState::SynRecv);
    lab.let_go(&ack);
    Ok(())
}

fn doubled_syn() -> Played {
    let mut lab = Lab::begin(plan(), hold)?;
    let (listener, caller) = (lab.listen(80), lab.caller(0));
    let ends = (address_of(&caller), address_of(&listener));
    call(&caller, ends.1);
    let syn = lab.expect(CLIENT, "SYN");
    twice(&mut lab, &syn);
    let syn_ack = lab.expect(SERVER, "SYN+ACK");
    lab.expect_states(ends, TcpState::SynSent, TcpState::SynRecv);
    lab.let_go(&syn_ack);
    let ack = lab.held_from(CLIENT);
    lab.expect_states(ends, TcpState::Established, TcpState::SynRecv);
    lab.let_go(&ack);
    lab.expect_states(ends, TcpState::Established, TcpState::Established);
    Ok(())
}

fn doubled_syn_ack() -> Played {
    let mut lab = Lab::begin(plan(), hold)?;
    let (listener, caller) = (lab.listen(80), lab.caller(0));
    let ends = (address_of(&caller), address_of(&listener));
    call(&caller, ends.1);
    let syn = lab.expect(CLIENT, "SYN");
    lab.let_go(&syn);
    let syn_ack = lab.expect(SERVER, "SYN+ACK");
    twice(&mut lab, &syn_ack);
    let first = lab.expect(CLIENT, "ACK");
    assert!(matches!(meaning(&lab, &first), Meaning::CompletesOpening { .. }));
    // The policy folds it, as it looks the same: the answer to the second copy.
    let second = lab.entered();
    let again = meaning(&lab, &second);
    assert!(matches!(again, Meaning::RepeatsAck { cause: RepeatCause::Opening, .. }), "{again:?}");
    lab.expect_states(ends, TcpState::Established, TcpState::SynRecv);
    lab.let_go(&first);
    lab.expect_states(ends, TcpState::Established, TcpState::Established);
    Ok(())
}

fn doubled_data() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (mut caller, _accepted, ends) = open(&mut lab, 80);
    caller.write_all(b"hello").unwrap();
    let data = lab.expect(CLIENT, "PSH+ACK");
    twice(&mut lab, &data);
    let answers = [lab.expect(SERVER, "ACK"), lab.expect(SERVER, "ACK")];
    let [first, second] = answers.each_ref().map(|answer| meaning(&lab, answer));
    assert!(matches!(first, Meaning::Acknowledges { bytes: Some(5), .. }), "{first:?}");
    assert!(matches!(second, Meaning::RepeatsAck { cause: RepeatCause::OldData, .. }), "{second:?}");
    lab.expect_states(ends, TcpState::Established, TcpState::Established);
    Ok(())
}

fn doubled_last_ack() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (caller, accepted, ends) = open(&mut lab, 80);
    close(caller);
    for (from, flags) in [(CLIENT, "FIN+ACK"), (SERVER, "ACK")] {
        let frame = lab.expect(from, flags);
        lab.let_go(&frame);
    }
    close(accepted);
    let fin = lab.expect(SERVER, "FIN+ACK");
    lab.let_go(&fin);
    let last = lab.expect(CLIENT, "ACK");
    lab.expect_states(ends, TcpState::TimeWait, TcpState::LastAck);
    twice(&mut lab, &last);
    // The second copy is for nobody, and is told so; which ends the wait of the other end.
    let reset = lab.expect(SERVER, "RST");
    lab.expect_state(CLIENT, ends, Some(TcpState::TimeWait));
    lab.let_go(&reset);
    lab.expect_state(CLIENT, ends, None);
    lab.expect_state(SERVER, (ends.1, ends.0), None);
    Ok(())
}

fn overtaking_fin() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (mut caller, _accepted, ends) = open(&mut lab, 80);
    caller.write_all(b"hello").unwrap();
    let data = lab.expect(CLIENT, "PSH+ACK");
    caller.shutdown(Shutdown::Write).unwrap();
    let fin = lab.expect(CLIENT, "FIN+ACK");
    lab.let_go(&fin);
    let asks = lab.expect(SERVER, "ACK");
    assert!(matches!(meaning(&lab, &asks), Meaning::RepeatsAck { cause: RepeatCause::Gap, .. }));
    lab.expect_states(ends, TcpState::FinWait1, TcpState::Established);
    lab.let_go(&data);
    let ack = lab.expect(SERVER, "ACK");
    lab.expect_states(ends, TcpState::FinWait1, TcpState::CloseWait);
    lab.let_go(&ack);
    lab.expect_states(ends, TcpState::FinWait2, TcpState::CloseWait);
    Ok(())
}

fn corrupted_fin() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (caller, _accepted, ends) = open(&mut lab, 80);
    caller.shutdown(Shutdown::Write).unwrap();
    let fin = lab.expect(CLIENT, "FIN+ACK");
    let flip = Alteration::Flip { offset: fin.bytes.len() - 1, bits: 0xff };
    lab.follow(hold);
    lab.decide(fin.id, Decision::Copies(vec![Delivery { alteration: Some(flip), ..Delivery::default() }]));
    lab.left(fin.id);
    let again = lab.expect(CLIENT, "FIN+ACK");
    lab.expect_states(ends, TcpState::FinWait1, TcpState::Established);
    lab.let_go(&again);
    lab.expect_states(ends, TcpState::FinWait1, TcpState::CloseWait);
    Ok(())
}

/// The SYN has arrived, and the answer is held: both ends repeat what they have sent.
fn twins_of_an_answered_syn() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (listener, caller) = (lab.listen(80), lab.caller(0));
    let ends = (address_of(&caller), address_of(&listener));
    call(&caller, ends.1);
    let syn = lab.expect(CLIENT, "SYN");
    lab.let_go(&syn);
    let syn_ack = lab.expect(SERVER, "SYN+ACK");
    for _ in 0..2 {
        let again = lab.entered();
        let first = if again.from == CLIENT { &syn } else { &syn_ack };
        assert_eq!(lab.decided(again.id), Decision::TwinOf(first.id));
        assert!(matches!(meaning(&lab, &again), Meaning::Retransmits { .. }));
        lab.expect_states(ends, TcpState::SynSent, TcpState::SynRecv);
    }
    lab.let_go(&syn_ack);
    let ack = lab.held_from(CLIENT);
    assert!(matches!(meaning(&lab, &ack), Meaning::CompletesOpening { .. }));
    lab.expect_states(ends, TcpState::Established, TcpState::SynRecv);
    lab.let_go(&ack);
    lab.expect_states(ends, TcpState::Established, TcpState::Established);
    Ok(())
}
