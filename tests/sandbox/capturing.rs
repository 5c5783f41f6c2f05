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
    Scene::anybody("capturing::a_stream_arrives_whole_and_each_frame_once", a_stream),
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
    let already = frames_counted_by_lo();
    let listener = TcpListener::bind(if ipv6 { "[::1]:0" } else { "127.0.0.1:0" }).unwrap();
    let server = listener.local_addr().unwrap();
    let writer = thread::spawn(move || {
        let bytes: Vec<u8> = (0..LENGTH).map(|i| (i % 253) as u8).collect();
        TcpStream::connect(server).unwrap().write_all(&bytes).unwrap();
    });
    let mut read = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut read).unwrap();
    writer.join().unwrap();
    let frames = frames(capture, received);
    assert_eq!(frames.len(), frames_counted_by_lo() - already, "each once");
    let to_server: Vec<Segment<'_>> =
        frames.iter().map(|frame| segment(frame, ipv6)).filter(|segment| segment.to == server.port()).collect();
    let first = to_server.iter().find(|segment| segment.syn).unwrap().sequence.wrapping_add(1);
    // By sequence number, because TCP may have sent some of it twice.
    let mut carried = vec![0; LENGTH];
    for segment in to_server.iter().filter(|segment| !segment.payload.is_empty()) {
        let begin = segment.sequence.wrapping_sub(first) as usize;
        carried[begin..begin + segment.payload.len()].copy_from_slice(segment.payload);
    }
    assert!(carried == read, "the bytes that the program read");
    let largest = frames.iter().map(|frame| frame.bytes.len()).max().unwrap();
    assert!((60_000..=65_550).contains(&largest), "{largest}");
    Ok(())
}

/// The kernel's own count of what `lo` received: the second number of its line.
fn frames_counted_by_lo() -> usize {
    let counts = std::fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    let lo = counts.lines().find_map(|line| line.trim().strip_prefix("lo:")).unwrap();
    lo.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

struct Segment<'a> {
    to: u16,
    sequence: u32,
    syn: bool,
    payload: &'a [u8],
}

/// By hand, so that the decoder is not its own judge.
fn segment(frame: &Captured, ipv6: bool) -> Segment<'_> {
    let tcp = &frame.bytes[14 + if ipv6 { 40 } else { 20 }..];
    Segment {
        to: u16::from_be_bytes([tcp[2], tcp[3]]),
        sequence: u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]),
        syn: tcp[13] & 2 != 0,
        payload: &tcp[usize::from(tcp[12] >> 4) * 4..],
    }
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
