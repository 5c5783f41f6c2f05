//! The capture: each frame once, whole, stamped by the kernel, and nothing lost in silence.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::mpsc::{Receiver, channel},
    thread,
};

use wiretutor::{
    kernel::clock::Stamp,
    link::{
        Watch,
        capture::{Capture, CaptureReport, Captured},
        loopback,
        netns::enter_private as enter_network,
    },
};

use crate::stage::{Ignored, Played, Scene, enter_private};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("capturing::the_largest_datagrams_arrive_whole_and_once", largest_datagrams),
    Scene::anybody("capturing::a_stream_arrives_whole_and_in_order", a_stream),
    Scene::anybody("capturing::the_very_first_frame_has_the_kernels_time", first_frame),
    Scene::anybody("capturing::other_traffic_is_left_out", other_traffic),
    Scene::anybody("capturing::a_mark_comes_after_what_was_before_it", a_mark),
    Scene::anybody("capturing::what_is_lost_is_counted", losses_are_counted),
    Scene::anybody("capturing::an_interface_that_goes_down_is_reported", interface_down),
    Scene::anybody("capturing::an_unknown_interface_is_an_error", unknown_interface),
    Scene::anybody("capturing::stopping_leaves_no_thread", stopping),
];

/// A capture of everything on `lo`, in a network of our own.
fn watched(keep: impl Fn(&[u8]) -> bool + Send + 'static) -> Result<(Capture, Receiver<CaptureReport>, bool), Ignored> {
    enter_private()?;
    let (reports, received) = channel();
    let joined = loopback::join(Watch::Private, keep, move |report| drop(reports.send(report))).unwrap();
    Ok((joined.capture.unwrap(), received, joined.private.unwrap().ipv6))
}

/// Stops the capture and returns its frames; there must be nothing else.
fn frames(capture: Capture, received: Receiver<CaptureReport>) -> Vec<Captured> {
    capture.stop().unwrap();
    let frame = |report| match report {
        CaptureReport::Frame(frame) => frame,
        other => panic!("{other:?}"),
    };
    received.into_iter().map(frame).collect()
}

fn pair(address: &str) -> (UdpSocket, UdpSocket) {
    let (from, to) = (UdpSocket::bind(address).unwrap(), UdpSocket::bind(address).unwrap());
    from.connect(to.local_addr().unwrap()).unwrap();
    (from, to)
}

fn largest_datagrams() -> Played {
    let (capture, received, ipv6) = watched(|_| true)?;
    // What fits an IPv4 packet, and what fits the MTU of 65,536 with IPv6's and UDP's headers.
    let mut sizes = vec![("127.0.0.1:0", 65_507, 65_549)];
    if ipv6 {
        sizes.push(("[::1]:0", 65_488, 65_550));
    }
    let before = Stamp::now();
    for (address, payload, _) in &sizes {
        let (from, _to) = pair(address);
        let bytes: Vec<u8> = (0..*payload).map(|i| (i % 251) as u8).collect();
        assert_eq!(from.send(&bytes).unwrap(), *payload);
    }
    let after = Stamp::now();
    let frames = frames(capture, received);
    assert_eq!(frames.len(), sizes.len(), "each once");
    for (frame, (_, payload, length)) in frames.iter().zip(sizes) {
        assert_eq!(frame.bytes.len(), length);
        let sent = frame.bytes[length - payload..].iter().enumerate();
        assert!(sent.into_iter().all(|(i, byte)| *byte == (i % 251) as u8), "nothing is changed");
        assert!((before..=after).contains(&frame.at), "{before} <= {} <= {after}", frame.at);
    }
    Ok(())
}

fn a_stream() -> Played {
    const LENGTH: usize = 3_000_000;
    let (capture, received, ipv6) = watched(|_| true)?;
    let address = if ipv6 { "[::1]:0" } else { "127.0.0.1:0" };
    let listener = TcpListener::bind(address).unwrap();
    let server = listener.local_addr().unwrap();
    let writer = thread::spawn(move || {
        let bytes: Vec<u8> = (0..LENGTH).map(|i| (i % 253) as u8).collect();
        TcpStream::connect(server).unwrap().write_all(&bytes).unwrap();
    });
    let mut read = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut read).unwrap();
    writer.join().unwrap();
    let frames = frames(capture, received);
    assert!(frames.is_sorted_by_key(|frame| frame.at), "in the order of their times");
    let to_server = frames.iter().filter(|frame| port_at(frame, if ipv6 { 56 } else { 36 }) == server.port());
    let carried: Vec<u8> = to_server.flat_map(|frame| tcp_payload(frame, ipv6)).copied().collect();
    assert_eq!(carried.len(), LENGTH, "every byte once");
    assert!(carried == read, "the bytes that the program read");
    let largest = frames.iter().map(|frame| frame.bytes.len()).max().unwrap();
    assert!((60_000..=65_550).contains(&largest), "{largest}");
    Ok(())
}

fn port_at(frame: &Captured, at: usize) -> u16 {
    u16::from_be_bytes([frame.bytes[at], frame.bytes[at + 1]])
}

/// By hand, so that the decoder is not its own judge.
fn tcp_payload(frame: &Captured, ipv6: bool) -> &[u8] {
    let tcp = 14 + if ipv6 { 40 } else { 20 };
    let header = usize::from(frame.bytes[tcp + 12] >> 4) * 4;
    &frame.bytes[tcp + header..]
}

fn first_frame() -> Played {
    enter_private()?;
    for _ in 0..20 {
        let (reports, received) = channel();
        enter_network().unwrap();
        let capture = Capture::start("lo", |_| true, move |report| drop(reports.send(report))).unwrap();
        let (from, _to) = pair("127.0.0.1:0");
        let before = Stamp::now();
        from.send(b"first").unwrap();
        let after = Stamp::now();
        let frames = frames(capture, received);
        assert_eq!(frames.len(), 1);
        assert!((before..=after).contains(&frames[0].at), "{before} <= {} <= {after}", frames[0].at);
    }
    Ok(())
}

fn other_traffic() -> Played {
    let (capture, received, _) = watched(|frame| frame.ends_with(b"wanted"))?;
    let (from, _to) = pair("127.0.0.1:0");
    for text in ["other", "wanted", "unwanted, too"] {
        from.send(text.as_bytes()).unwrap();
    }
    let frames = frames(capture, received);
    assert_eq!(frames.len(), 1);
    assert!(frames[0].bytes.ends_with(b"wanted"));
    Ok(())
}

fn a_mark() -> Played {
    let (capture, received, _) = watched(|_| true)?;
    let (from, to) = pair("127.0.0.1:0");
    for token in 0..200 {
        from.send(&[7; 9]).unwrap();
        // It has been received, so it has been on the wire.
        to.recv(&mut [0; 9]).unwrap();
        capture.mark(token).unwrap();
        let first = received.recv().unwrap();
        let CaptureReport::Frame(frame) = first else { panic!("{first:?} before the frame") };
        match received.recv().unwrap() {
            CaptureReport::Drained { token: answered, at } => assert!(answered == token && at >= frame.at),
            other => panic!("{other:?} instead of the mark"),
        }
    }
    capture.stop().unwrap();
    assert!(received.recv().is_err(), "nothing after the end");
    Ok(())
}

fn losses_are_counted() -> Played {
    const SENT: u64 = 5_000;
    enter_private()?;
    enter_network().unwrap();
    let (reports, received) = channel();
    let (go_on, wait) = channel::<()>();
    // The first report takes until the flood is over: the queue must overflow.
    let slow = move |report| {
        let _ = wait.recv();
        drop(reports.send(report));
    };
    let capture = Capture::start("lo", |_| true, slow).unwrap();
    let (from, _to) = pair("127.0.0.1:0");
    for _ in 0..SENT {
        from.send(&[0; 60_000]).unwrap();
    }
    drop(go_on);
    capture.stop().unwrap();
    let (mut captured, mut lost) = (0, 0);
    for report in received {
        match report {
            CaptureReport::Frame(_) => captured += 1,
            CaptureReport::Lost(frames) => lost += frames,
            other => panic!("{other:?}"),
        }
    }
    assert!(lost > 0 && captured > 0, "{captured} captured, {lost} lost");
    assert_eq!(captured + lost, SENT);
    Ok(())
}

fn interface_down() -> Played {
    let (capture, received, _) = watched(|_| true)?;
    set_loopback(false);
    match received.recv().unwrap() {
        CaptureReport::Failed(error) => assert_eq!(error.raw_os_error(), Some(libc::ENETDOWN)),
        other => panic!("{other:?}"),
    }
    set_loopback(true);
    let (from, _to) = pair("127.0.0.1:0");
    from.send(b"back again").unwrap();
    assert_eq!(frames(capture, received).len(), 1);
    Ok(())
}

fn set_loopback(up: bool) {
    use wiretutor::kernel::netlink::Netlink;
    let (flags, change) = (if up { libc::IFF_UP } else { 0 }, libc::IFF_UP);
    let body = [[0; 4], 1i32.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat();
    Netlink::route().unwrap().ask(libc::RTM_NEWLINK, &body, |_| None::<()>).unwrap();
}

fn unknown_interface() -> Played {
    enter_private()?;
    enter_network().unwrap();
    let refused = Capture::start("nowhere0", |_| true, |_| {}).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::ENODEV));
    Ok(())
}

fn stopping() -> Played {
    let (capture, received, _) = watched(|_| true)?;
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    assert_eq!(threads(), 2);
    drop(capture);
    assert!(received.recv().is_err());
    // It has reported everything; its socket takes the kernel a moment to close.
    while threads() > 1 {
        thread::yield_now();
    }
    Ok(())
}
