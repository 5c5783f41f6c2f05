//! What our hands can do to a frame, and what the two kernels make of it.

use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

use socket2::Socket;
use wiretutor::{
    kernel::clock::Stamp,
    link::wire::{Alteration, Decision, Delivery, Rate, Why, WireReport},
    packet::Checksum,
};

use super::hands::{CLIENT, Lab, SERVER, Wish, deliver, hold, nth_with_data, packet, plan, tcp};
use crate::stage::{Played, Scene};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("wire::a_dropped_segment_is_sent_again", dropped),
    Scene::anybody("wire::one_dropped_of_ten_is_sent_again_before_the_timeout", fast_retransmission),
    Scene::anybody("wire::a_duplicate_arrives_and_is_read_once", duplicated),
    Scene::anybody("wire::a_corrupted_segment_is_not_read_and_is_sent_again", corrupted),
    Scene::anybody("wire::a_truncated_segment_is_not_read_and_is_sent_again", truncated),
    Scene::anybody("wire::a_delayed_frame_leaves_later", delayed),
    Scene::anybody("wire::the_next_one_goes_first", swapped),
    Scene::anybody("wire::a_swap_waits_only_so_long", swap_alone),
    Scene::anybody("wire::a_limited_rate_is_kept_and_its_queue_is_bounded", limited),
    Scene::anybody("wire::what_is_down_loses_frames_until_it_is_up", down_and_up),
    Scene::anybody("wire::what_is_held_goes_on_in_order", all_in_order),
    Scene::anybody("wire::only_what_is_held_can_be_decided_about", not_held),
    Scene::anybody("wire::an_order_is_obeyed_before_the_next_frame", obeyed_in_time),
    Scene::anybody("wire::a_mark_comes_after_what_was_before_it", a_mark),
    Scene::anybody("wire::every_frame_has_right_checksums", right_checksums),
];

const HELLO: &[u8] = b"hello";

/// Sends five bytes over an open connection, of which the first segment meets this fate; they must be read once and
/// unharmed. What was reported is returned.
fn say_hello(lab: &mut Lab, decision: Decision) -> Vec<WireReport> {
    let (mut caller, mut accepted, _) = lab.connection(80);
    lab.follow(nth_with_data(0, decision));
    caller.write_all(HELLO).unwrap();
    expect_hello(&mut accepted);
    lab.settle()
}

fn expect_hello(accepted: &mut Socket) {
    let mut read = [0; 99];
    let length = accepted.read(&mut read).unwrap();
    assert_eq!(&read[..length], HELLO);
    accepted.set_nonblocking(true).unwrap();
    assert!(accepted.read(&mut read).is_err(), "there is more");
}

/// How often the client sent data.
fn times_sent(reports: &[WireReport]) -> usize {
    let is_data = |report: &&WireReport| match report {
        WireReport::Entered(frame) => frame.from == CLIENT && tcp(frame).is_some_and(|(_, _, payload)| payload > 0),
        _ => false,
    };
    reports.iter().filter(is_data).count()
}

fn copies(decision: &[Delivery]) -> Decision {
    Decision::Copies(decision.to_vec())
}

fn altered(alteration: Alteration) -> Decision {
    copies(&[Delivery { alteration: Some(alteration), ..Delivery::default() }])
}

fn dropped() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let reports = say_hello(&mut lab, Decision::Drop);
    assert!(times_sent(&reports) >= 2, "{reports:#?}");
    assert!(lab.count(CLIENT, "snmp", "Tcp", "RetransSegs") >= 1);
    Ok(())
}

/// At the kernels' own pace: nothing is held.
fn fast_retransmission() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let (mut caller, mut accepted, _) = lab.connection(80);
    lab.follow(nth_with_data(2, Decision::Drop));
    let sent: Vec<u8> = (0..14_480u32).map(|i| (i % 251) as u8).collect();
    caller.write_all(&sent).unwrap();
    let mut read = vec![0; sent.len()];
    accepted.read_exact(&mut read).unwrap();
    assert!(read == sent);
    let reports = lab.settle();
    let frames = reports.iter().filter_map(|report| match report {
        WireReport::Entered(frame) => Some(frame),
        _ => None,
    });
    let (from_client, from_server): (Vec<_>, Vec<_>) = frames.partition(|frame| frame.from == CLIENT);
    let lost = tcp(from_client[2]).unwrap();
    let again = from_client.iter().skip(3).find(|frame| tcp(frame).unwrap().1 == lost.1).expect("sent again");
    let selective = from_server.iter().filter(|frame| {
        let tcp = *packet(frame).tcp().unwrap();
        frame.at < again.at && tcp.acknowledgement == lost.1 && !tcp.options.sack.as_slice().is_empty()
    });
    // Three at the kernel's leisure; it also judges by the time that has passed since (RFC 8985).
    assert!(selective.count() >= 1);
    assert_eq!(lab.count(CLIENT, "netstat", "TcpExt", "TCPTimeouts"), 0);
    assert_eq!(lab.count(CLIENT, "netstat", "TcpExt", "TCPFastRetrans"), 1);
    Ok(())
}

fn duplicated() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let reports = say_hello(&mut lab, copies(&[Delivery::default(); 3]));
    let twice = reports.iter().filter(|report| matches!(report, WireReport::Left { copy: 2, altered: None, .. }));
    assert_eq!((times_sent(&reports), twice.count()), (1, 1));
    assert_eq!(lab.count(SERVER, "netstat", "TcpExt", "TCPDSACKOldSent"), 2, "both were seen to be old");
    Ok(())
}

fn corrupted() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    // Behind Ethernet's, IP's and TCP's headers, with time stamps: the first byte of the data.
    let reports = say_hello(&mut lab, altered(Alteration::Flip { offset: 14 + 20 + 32, bits: 0x20 }));
    let bytes = reports.iter().find_map(|report| match report {
        WireReport::Left { altered, .. } => altered.clone(),
        _ => None,
    });
    let bytes = bytes.expect("the bytes as they left");
    assert!(bytes.ends_with(b"Hello"));
    let packet = wiretutor::packet::decode(&bytes);
    assert!(matches!(packet.checksums(&bytes).transport, Some(Checksum::Wrong { .. })));
    assert_eq!(lab.count(SERVER, "snmp", "Tcp", "InCsumErrors"), 1);
    assert!(times_sent(&reports) >= 2);
    Ok(())
}

fn truncated() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let reports = say_hello(&mut lab, altered(Alteration::Truncate { length: 14 + 20 + 34 }));
    assert_eq!(lab.count(SERVER, "netstat", "IpExt", "InTruncatedPkts"), 1);
    assert!(times_sent(&reports) >= 2);
    Ok(())
}

fn delayed() -> Played {
    const DELAY: Duration = Duration::from_millis(60);
    let mut lab = Lab::begin(plan(), |_, _| copies(&[Delivery { delay: DELAY, alteration: None }]))?;
    let (from, to) = lab.udp_pair();
    for text in [b"one", b"two"] {
        from.send(text).unwrap();
    }
    for text in [b"one", b"two"] {
        let mut read = [0; 3];
        to.recv(&mut read).unwrap();
        let frame = lab.entered();
        let (_, left, _) = lab.left(frame.id);
        assert_eq!(&read, text);
        assert!(left.since(frame.at) >= DELAY, "{:?}", left.since(frame.at));
    }
    Ok(())
}

fn swapped() -> Played {
    let mut frames = 0;
    let first_only = move |_: &_, _: &_| {
        frames += 1;
        if frames == 1 { Decision::SwapWithNext { within: Duration::MAX } } else { Decision::Deliver }
    };
    let lab = Lab::begin(plan(), first_only)?;
    let (from, to) = lab.udp_pair();
    for text in [b"one", b"two", b"six"] {
        from.send(text).unwrap();
    }
    for text in [b"two", b"one", b"six"] {
        let mut read = [0; 3];
        to.recv(&mut read).unwrap();
        assert_eq!(&read, text);
    }
    Ok(())
}

fn swap_alone() -> Played {
    const WITHIN: Duration = Duration::from_millis(40);
    let mut lab = Lab::begin(plan(), |_, _| Decision::SwapWithNext { within: WITHIN })?;
    let (from, to) = lab.udp_pair();
    from.send(b"one").unwrap();
    to.recv(&mut [0; 3]).unwrap();
    let frame = lab.entered();
    let (_, left, _) = lab.left(frame.id);
    assert!(left.since(frame.at) >= WITHIN);
    Ok(())
}

fn limited() -> Played {
    // A datagram of 958 bytes is a frame of 1,000: 8 ms at a megabit a second.
    const STEP: Duration = Duration::from_millis(8);
    let mut lab = Lab::begin(plan(), hold)?;
    let (from, to) = lab.udp_pair();
    for number in 0..9 {
        from.send(&[number; 958]).unwrap();
    }
    lab.settle();
    lab.wire.limit(CLIENT, SERVER, Some(Rate { bits_per_second: 1_000_000, queue: 5 })).unwrap();
    let begin = Stamp::now();
    lab.wire.order(Wish::DeliverAll).unwrap();
    let lost: Vec<_> = (0..4).map(|_| lab.discarded()).collect();
    assert_eq!(lost, [5, 6, 7, 8].map(|id| (id, Why::QueueFull)));
    for id in 0..5 {
        // A machine that has no time makes it late, and what is late does not make the next one late.
        let after = lab.left(id).1.since(begin);
        assert!(after >= STEP * (id as u32 + 1), "frame {id} after {after:?}");
    }
    for number in 0..5 {
        let mut read = [9; 958];
        assert_eq!((to.recv(&mut read).unwrap(), read[0]), (958, number));
    }
    lab.wire.limit(CLIENT, SERVER, None).unwrap();
    lab.wire.limit(CLIENT, 2, None).unwrap_err();
    Ok(())
}

fn down_and_up() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let (mut caller, mut accepted, _) = lab.connection(80);
    lab.wire.set_up(false).unwrap();
    caller.write_all(HELLO).unwrap();
    let frame = lab.entered();
    assert_eq!(lab.discarded(), (frame.id, Why::Down));
    lab.wire.set_up(true).unwrap();
    expect_hello(&mut accepted);
    Ok(())
}

fn all_in_order() -> Played {
    const FRAMES: u8 = 100;
    let mut lab = Lab::begin(plan(), hold)?;
    let (from, to) = lab.udp_pair();
    for number in 0..FRAMES {
        from.send(&[number]).unwrap();
    }
    lab.settle();
    to.set_nonblocking(true).unwrap();
    assert!(to.recv(&mut [0]).is_err());
    to.set_nonblocking(false).unwrap();
    lab.decide(7, Decision::Drop);
    lab.wire.order(Wish::DeliverAll).unwrap();
    for number in (0..FRAMES).filter(|number| *number != 7) {
        let mut read = [255];
        to.recv(&mut read).unwrap();
        assert_eq!(read, [number]);
    }
    Ok(())
}

fn not_held() -> Played {
    let mut lab = Lab::begin(plan(), hold)?;
    let (from, _to) = lab.udp_pair();
    from.send(b"one").unwrap();
    let frame = lab.held();
    let not_held = |report: &WireReport| match report {
        WireReport::NotHeld { id, .. } => Some(*id),
        _ => None,
    };
    lab.let_go(&frame);
    lab.decide(frame.id, Decision::Drop);
    assert_eq!(lab.wait("complaint", not_held), frame.id);
    lab.decide(77, Decision::Hold);
    assert_eq!(lab.wait("complaint", not_held), 77);
    Ok(())
}

fn obeyed_in_time() -> Played {
    let mut lab = Lab::begin(plan(), hold)?;
    let (from, _to) = lab.udp_pair();
    for round in 0..1_000 {
        let wanted = if round % 2 == 0 { Decision::Drop } else { Decision::Deliver };
        let decision = wanted.clone();
        lab.follow(move |_, _| decision.clone());
        from.send(b"next").unwrap();
        let frame = lab.entered();
        assert_eq!(lab.decided(frame.id), wanted, "round {round}");
    }
    Ok(())
}

fn a_mark() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let (from, to) = lab.udp_pair();
    for _ in 0..300 {
        from.send(b"one").unwrap();
        let reports = lab.settle();
        let left = reports.iter().filter(|report| matches!(report, WireReport::Left { .. }));
        assert_eq!((left.count(), reports.len()), (1, 3), "{reports:?}");
        to.recv(&mut [0; 3]).unwrap();
    }
    Ok(())
}

fn right_checksums() -> Played {
    let mut lab = Lab::begin(plan(), deliver)?;
    let (mut caller, mut accepted, _) = lab.connection(80);
    let (from, to) = lab.udp_pair();
    from.send(b"datagram").unwrap();
    to.recv(&mut [0; 8]).unwrap();
    let writer = thread::spawn(move || {
        caller.write_all(&[7; 100_000]).unwrap();
        caller
    });
    accepted.read_exact(&mut vec![0; 100_000]).unwrap();
    drop(writer.join().unwrap());
    let reports = lab.settle();
    let mut frames = 0;
    for report in reports {
        let WireReport::Entered(frame) = report else { continue };
        let checksums = packet(&frame).checksums(&frame.bytes);
        assert_eq!((checksums.net, checksums.transport), (Some(Checksum::Good), Some(Checksum::Good)));
        frames += 1;
    }
    assert!(frames > 69, "{frames}");
    assert_eq!(lab.count(SERVER, "snmp", "Tcp", "InCsumErrors"), 0);
    Ok(())
}
