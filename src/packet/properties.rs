//! What holds of every packet, however broken: shown on arbitrary bytes, on damaged frames and on cut ones.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::{Field, LinkType, Net, TcpFlags, Transport, decode_from, fields_from, samples};

/// Walks through everything that can be asked about these bytes, and checks what must hold.
fn examine(link: LinkType, bytes: &[u8]) {
    let packet = decode_from(link, bytes);
    let spans = [packet.headers.link, packet.headers.net, packet.headers.transport, packet.payload, packet.trailer];
    for (before, after) in spans.iter().zip(&spans[1..]) {
        assert!(before.end() <= after.start() || before.is_empty() || after.is_empty(), "{spans:?} overlap");
    }
    for span in spans {
        assert!(span.start() <= span.end() && span.end() <= bytes.len(), "{span:?} of {}", bytes.len());
    }
    for found in packet.faults.iter() {
        assert!(found.at.end() <= bytes.len());
        let text = found.fault.to_string();
        assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
    }
    let _ = (packet.cooked(bytes), packet.checksums(bytes), packet.source(), packet.destination(), packet.quoted());
    check_fields(bytes, &fields_from(link, bytes));
}

/// Every bit of the frame belongs to exactly one field, and every field is explained.
fn check_fields(bytes: &[u8], fields: &[Field]) {
    let mut covered = vec![false; bytes.len() * 8];
    for field in fields {
        let Field { range, bits, .. } = field;
        assert!(range.start < range.end && range.end <= bytes.len(), "{field:?}");
        let (first, last) = bits.as_ref().map_or((0, range.len() * 8), |bits| (bits.start.into(), bits.end.into()));
        assert!(first < last && last <= range.len() * 8, "{field:?}");
        for bit in &mut covered[range.start * 8 + first..range.start * 8 + last] {
            assert!(!std::mem::replace(bit, true), "{field:?} overlaps another");
        }
        assert!(!field.value.is_empty() && field.meaning.ends_with(['.', ')']), "{field:?}");
    }
    let missing = covered.iter().position(|bit| !bit);
    assert_eq!(missing, None, "a bit without a field in {bytes:02x?}");
}

/// A good frame with some bytes changed, and cut somewhere.
fn damaged() -> impl Strategy<Value = (LinkType, Vec<u8>)> {
    let frames: Vec<_> = samples::everywhere().into_iter().map(|(_, link, frame)| (link, frame)).collect();
    let changes = vec((any::<Index>(), any::<u8>()), 0..6);
    (prop::sample::select(frames), changes, any::<Option<Index>>()).prop_map(|((link, mut frame), changes, cut)| {
        let length = frame.len();
        changes.iter().for_each(|(at, byte)| frame[at.index(length)] = *byte);
        if let Some(cut) = cut {
            frame.truncate(cut.index(length + 1));
        }
        (link, frame)
    })
}

/// What the inspector shows of a segment is what the packet says of it.
fn check_agreement(link: LinkType, frame: &[u8]) {
    let packet = decode_from(link, frame);
    let fields = fields_from(link, frame);
    let shown =
        |name: &str| fields.iter().find(|field| !field.quoted && field.name == name).map(|field| &field.value[..]);
    let Some(tcp) = packet.tcp() else { return };
    assert_eq!(shown("sequence number"), Some(&tcp.sequence.to_string()[..]));
    assert_eq!(shown("acknowledgement number"), Some(&tcp.acknowledgement.to_string()[..]));
    assert_eq!(shown("window"), Some(&tcp.window.to_string()[..]));
    for (flag, name) in TcpFlags::NAMES {
        let value = if tcp.flags.contains(flag) { "1" } else { "0" };
        assert_eq!(shown(&format!("{name} flag")), Some(value));
    }
    // Where a kind comes twice the packet has the last one, the list begins with the first.
    let mut sizes = fields.iter().filter(|field| field.name == "maximum segment size").map(|field| field.value.clone());
    assert_eq!(sizes.next_back(), tcp.options.mss.map(|size| size.to_string()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_a_packet(bytes in vec(any::<u8>(), 0..200)) {
        LinkType::ALL.iter().for_each(|link| examine(*link, &bytes));
    }

    #[test]
    fn arbitrary_content_of_a_known_kind_is_a_packet(
        kind in prop::sample::select(vec![[0x08, 0x00], [0x08, 0x06], [0x86, 0xdd], [0x81, 0x00]]),
        content in vec(any::<u8>(), 0..160),
    ) {
        examine(LinkType::Ethernet, &[&[0; 12][..], &kind, &content].concat());
    }

    #[test]
    fn damaged_frames_are_packets((link, frame) in damaged()) {
        check_agreement(link, &frame);
        examine(link, &frame);
        examine(LinkType::Ip, frame.get(14..).unwrap_or_default());
    }

    #[test]
    fn frames_of_another_link_are_packets((_, frame) in damaged(), link in prop::sample::select(&LinkType::ALL[..])) {
        examine(link, &frame);
    }

    #[test]
    fn other_bytes_than_the_decoded_ones_do_no_harm((link, frame) in damaged(), (_, other) in damaged()) {
        let packet = decode_from(link, &frame);
        prop_assert!(packet.payload(&other).len() <= other.len());
        let _ = (packet.cooked(&other), packet.checksums(&other));
    }
}

#[test]
fn good_frames_have_no_fault_and_no_unread_byte() {
    for (name, link, frame) in samples::everywhere() {
        let packet = decode_from(link, &frame);
        assert!(packet.faults.is_empty(), "{name}: {:?}", packet.faults);
        assert!(!matches!(packet.net, Net::None | Net::Unknown(_)), "{name}");
        assert!(!matches!(packet.transport, Transport::Unknown(_)), "{name}");
        examine(link, &frame);
        let fields = fields_from(link, &frame);
        let unread: Vec<_> = fields.iter().filter(|field| field.name == "unread" && !field.quoted).collect();
        assert!(unread.is_empty(), "{name}: {unread:?}");
    }
}

#[test]
fn a_frame_that_is_cut_anywhere_has_a_fault() {
    for (name, link, frame) in samples::everywhere() {
        for length in 0..frame.len() {
            let packet = decode_from(link, &frame[..length]);
            assert!(!packet.faults.is_empty(), "{name}, cut to {length} of {} bytes", frame.len());
            assert!(!packet.faults.only_remarks(), "{name}, cut to {length}: {:?}", packet.faults);
            examine(link, &frame[..length]);
        }
    }
}

#[test]
fn what_a_link_carries_is_the_same_behind_every_header() {
    for (name, link, frame) in samples::everywhere() {
        let packet = decode_from(link, &frame);
        let (header, rest) = frame.split_at(packet.headers.link.len());
        assert_eq!(header.is_empty(), matches!(link, LinkType::Ip | LinkType::Ipv4 | LinkType::Ipv6), "{name}");
        let is_cooked = matches!(link, LinkType::Cooked | LinkType::CookedTwo);
        assert_eq!(packet.cooked(&frame).map(|cooked| cooked.header), is_cooked.then_some(packet.headers.link));
        if packet.arp().is_some() {
            continue;
        }
        let alone = decode_from(LinkType::Ip, rest);
        assert_eq!((alone.addresses(), alone.ports()), (packet.addresses(), packet.ports()), "{name}");
        assert_eq!((alone.payload(rest), alone.checksums(rest)), (packet.payload(&frame), packet.checksums(&frame)));
    }
}

#[test]
fn what_is_left_to_the_network_card_fills_the_frame() {
    let mut frame = samples::tcp4(&[7; 3000]);
    frame[16..18].fill(0);
    let packet = decode_from(LinkType::Ethernet, &frame);
    assert_eq!((packet.payload(&frame), packet.trailer.len(), packet.complete), (&[7; 3000][..], 0, true));
    assert_eq!(packet.tcp().map(|tcp| tcp.sequence), Some(1000));
    assert!(packet.faults.only_remarks() && packet.faults.len() == 1, "{:?}", packet.faults);
}

#[test]
fn padding_is_no_payload() {
    let bare = samples::tcp4(b"");
    let mut padded = bare.clone();
    padded.resize(80, 0);
    let (without, with) = (decode_from(LinkType::Ethernet, &bare), decode_from(LinkType::Ethernet, &padded));
    assert_eq!((with.payload(&padded), with.trailer.len()), (&b""[..], 80 - bare.len()));
    assert_eq!((with.transport, with.checksums(&padded)), (without.transport, without.checksums(&bare)));
    examine(LinkType::Ethernet, &padded);
}

#[test]
fn an_error_leads_to_its_conversation() {
    for (frame, ports) in [
        (samples::unreachable4(), (5353, 53)),
        (samples::unreachable6(), (5353, 53)),
        (samples::too_large4(), (49152, 80)),
        (samples::extended_error4(), (5353, 53)),
    ] {
        let packet = decode_from(LinkType::Ethernet, &frame);
        let quoted = packet.quoted().expect("an error quotes a packet");
        assert_eq!(quoted.ports, Some(ports));
        assert_eq!(Some((quoted.source, quoted.destination)), packet.addresses());
        let fields = fields_from(LinkType::Ethernet, &frame);
        assert!(fields.iter().any(|field| field.quoted && field.name == "destination port"));
    }
}

#[test]
fn a_quote_within_a_quote_is_not_followed() {
    let mut frame = samples::unreachable4();
    let inner = frame[14..].to_vec();
    frame.truncate(42);
    (0..200).for_each(|_| frame.extend(&inner[..28]));
    examine(LinkType::Ethernet, &frame);
}
