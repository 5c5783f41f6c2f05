//! The decoder against an independent one: etherparse builds random frames, and both have to read the same from them.

#![expect(clippy::unwrap_used, reason = "a test that can not make its frames has failed")]

use etherparse::{
    IpFragOffset, IpHeaders, IpNumber, Ipv4Extensions, Ipv4Header, Ipv4Options, Ipv6Extensions, Ipv6FlowLabel,
    Ipv6FragmentHeader, Ipv6Header, Ipv6RawExtHeader, NetSlice, PacketBuilder, SlicedPacket, TcpHeader,
    TcpOptionElement, TcpSlice, TransportSlice, UdpSlice, VlanId,
};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use wiretutor::packet::{Checksum, Net, Packet, Tcp, TcpFlags, Transport, decode};

/// What a random frame is made of.
#[derive(Clone, Debug)]
struct Recipe {
    tag: Option<u16>,
    ip: IpHeaders,
    transport: Making,
    payload: Vec<u8>,
    padding: usize,
}

#[derive(Clone, Debug)]
enum Making {
    Tcp(Box<TcpHeader>),
    Udp(u16, u16),
    Ping(u16, u16),
}

impl Recipe {
    fn frame(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        let ethernet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
        let ip = match self.tag {
            Some(id) => ethernet.single_vlan(VlanId::try_new(id).unwrap()).ip(self.ip.clone()),
            None => ethernet.ip(self.ip.clone()),
        };
        match (&self.transport, &self.ip) {
            (Making::Tcp(header), _) => ip.tcp_header((**header).clone()).write(&mut frame, &self.payload),
            (Making::Udp(source, destination), _) => ip.udp(*source, *destination).write(&mut frame, &self.payload),
            (Making::Ping(id, seq), IpHeaders::Ipv4(..)) => {
                ip.icmpv4_echo_request(*id, *seq).write(&mut frame, &self.payload)
            }
            (Making::Ping(id, seq), IpHeaders::Ipv6(..)) => {
                ip.icmpv6_echo_request(*id, *seq).write(&mut frame, &self.payload)
            }
        }
        .unwrap();
        frame.resize(frame.len() + self.padding, 0);
        frame
    }
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let ip = prop_oneof![ipv4(), ipv6()];
    let transport = prop_oneof![
        3 => tcp().prop_map(|header| Making::Tcp(Box::new(header))),
        1 => (any::<u16>(), 1_u16..).prop_map(|(source, destination)| Making::Udp(source, destination)),
        1 => any::<(u16, u16)>().prop_map(|(id, seq)| Making::Ping(id, seq)),
    ];
    (option::of(1_u16..4095), ip, transport, vec(any::<u8>(), 0..120), 0_usize..30)
        .prop_map(|(tag, ip, transport, payload, padding)| Recipe { tag, ip, transport, payload, padding })
}

fn ipv4() -> impl Strategy<Value = IpHeaders> {
    let options = prop::sample::select(vec![
        Ipv4Options::new(),
        Ipv4Options::from([148, 4, 0, 0]),
        Ipv4Options::from([1, 7, 7, 4, 10, 0, 0, 9, 0, 0, 0, 0]),
    ]);
    (any::<([u8; 4], [u8; 4])>(), any::<(u16, bool)>(), 1_u8.., options).prop_map(
        |((source, destination), (identification, dont_fragment), time_to_live, options)| {
            let header = Ipv4Header {
                source,
                destination,
                identification,
                dont_fragment,
                time_to_live,
                options,
                ..Ipv4Header::default()
            };
            IpHeaders::Ipv4(header, Ipv4Extensions::default())
        },
    )
}

fn ipv6() -> impl Strategy<Value = IpHeaders> {
    (any::<([u8; 16], [u8; 16])>(), any::<u8>(), 0_u32..1 << 20, 1_u8.., any::<(bool, bool, bool)>()).prop_map(
        |((source, destination), traffic_class, label, hop_limit, (hop_by_hop, options, fragment))| {
            let flow_label = Ipv6FlowLabel::try_new(label).unwrap();
            let header =
                Ipv6Header { source, destination, traffic_class, flow_label, hop_limit, ..Ipv6Header::default() };
            // Fillers: one of four bytes and one of two.
            let extension = || Ipv6RawExtHeader::new_raw(IpNumber::UDP, &[1, 2, 0, 0, 1, 0]).unwrap();
            let extensions = Ipv6Extensions {
                hop_by_hop_options: hop_by_hop.then(extension),
                destination_options: options.then(extension),
                fragment: fragment.then(|| Ipv6FragmentHeader::new(IpNumber::UDP, IpFragOffset::ZERO, false, label)),
                ..Ipv6Extensions::default()
            };
            IpHeaders::Ipv6(header, extensions)
        },
    )
}

fn tcp() -> impl Strategy<Value = TcpHeader> {
    (1_u16.., 1_u16.., any::<(u32, u32, u16, u16)>(), any::<[bool; 9]>(), vec(tcp_option(), 0..4)).prop_map(
        |(source, destination, (sequence, acknowledgement, window, urgent), flags, options)| {
            let mut header = TcpHeader::new(source, destination, sequence, window);
            header.acknowledgment_number = acknowledgement;
            header.urgent_pointer = urgent;
            let [fin, syn, rst, psh, ack, urg, ece, cwr, ns] = flags;
            (header.fin, header.syn, header.rst, header.psh, header.ack) = (fin, syn, rst, psh, ack);
            (header.urg, header.ece, header.cwr, header.ns) = (urg, ece, cwr, ns);
            // Where they do not fit, the segment goes without.
            let _ = header.set_options(&options);
            header
        },
    )
}

fn tcp_option() -> impl Strategy<Value = TcpOptionElement> {
    use TcpOptionElement as Element;
    prop_oneof![
        Just(Element::Noop),
        any::<u16>().prop_map(Element::MaximumSegmentSize),
        (0_u8..15).prop_map(Element::WindowScale),
        Just(Element::SelectiveAcknowledgementPermitted),
        any::<(u32, u32)>().prop_map(|(value, echo)| Element::Timestamp(value, echo)),
        any::<((u32, u32), Option<(u32, u32)>)>()
            .prop_map(|(first, second)| Element::SelectiveAcknowledgement(first, [second, None, None])),
    ]
}

/// Checks that both read the same.
fn compare(frame: &[u8], ours: &Packet, theirs: &SlicedPacket<'_>) {
    match (&ours.net, theirs.net.as_ref()) {
        (Net::V4(ipv4), Some(NetSlice::Ipv4(slice))) => {
            let header = slice.header();
            assert_eq!((ipv4.source, ipv4.destination), (header.source_addr(), header.destination_addr()));
            assert_eq!((ipv4.dscp, ipv4.ecn), (header.dcp().value(), header.ecn().value()));
            assert_eq!((ipv4.total_length, ipv4.identification), (header.total_len(), header.identification()));
            assert_eq!((ipv4.ttl, ipv4.protocol), (header.ttl(), header.protocol().0));
            assert_eq!((ipv4.dont_fragment, ipv4.more_fragments), (header.dont_fragment(), header.more_fragments()));
            assert_eq!(ipv4.fragment_offset, header.fragments_offset().value() * 8);
            assert_eq!(ipv4.options.of(frame), header.options());
        }
        (Net::V6(ipv6), Some(NetSlice::Ipv6(slice))) => {
            let header = slice.header();
            assert_eq!((ipv6.source, ipv6.destination), (header.source_addr(), header.destination_addr()));
            assert_eq!((ipv6.dscp, ipv6.ecn), (header.dscp().value(), header.ecn().value()));
            assert_eq!((ipv6.flow_label, ipv6.hop_limit), (header.flow_label().value(), header.hop_limit()));
            assert_eq!((ipv6.payload_length, ipv6.next_header), (header.payload_length(), header.next_header().0));
            // etherparse does not follow the chain behind these three headers, and does so behind a later piece's,
            // where there are no headers any more (RFC 8200 §4.5).
            let is_later_piece = matches!(ours.transport, Transport::Fragment(_));
            if is_later_piece || matches!(slice.payload().ip_number.0, 135 | 139 | 140) {
                return;
            }
            assert_eq!(ipv6.protocol, slice.payload().ip_number.0);
            assert_eq!(ipv6.extensions.of(frame), slice.extensions().slice());
        }
        (ours, theirs) => panic!("{ours:?} against {theirs:?}"),
    }
    match (&ours.transport, theirs.transport.as_ref()) {
        (Transport::Tcp(tcp), Some(TransportSlice::Tcp(slice))) => compare_tcp(frame, ours, tcp, slice),
        (Transport::Udp(udp), Some(TransportSlice::Udp(slice))) => {
            assert_eq!((udp.source, udp.destination), (slice.source_port(), slice.destination_port()));
            assert_eq!((udp.length, udp.checksum), (slice.length(), slice.checksum()));
            compare_payload(frame, ours, slice);
        }
        (Transport::Icmp(icmp), Some(TransportSlice::Icmpv4(slice))) => {
            assert_eq!((icmp.kind, icmp.code, icmp.checksum), (slice.type_u8(), slice.code_u8(), slice.checksum()));
        }
        (Transport::Icmp6(icmp), Some(TransportSlice::Icmpv6(slice))) => {
            assert_eq!((icmp.kind, icmp.code, icmp.checksum), (slice.type_u8(), slice.code_u8(), slice.checksum()));
        }
        (Transport::Fragment(_) | Transport::Unknown(_) | Transport::None, None) => {}
        // etherparse reads no transport from a piece, not even from the first.
        (_, None) => assert!(ours.is_piece, "{:?} was not read by etherparse", ours.transport),
        // etherparse follows an authentication header in IPv4, too.
        (Transport::Unknown(51), _) => {}
        (ours, theirs) => assert!(is_other_kind(theirs), "{ours:?} against {theirs:?}"),
    }
}

/// What etherparse reads and we do not: IGMP, and ICMP under the wrong version of IP.
fn is_other_kind(theirs: Option<&TransportSlice<'_>>) -> bool {
    matches!(theirs, Some(TransportSlice::Igmp(_) | TransportSlice::Icmpv4(_) | TransportSlice::Icmpv6(_)))
}

fn compare_payload(frame: &[u8], ours: &Packet, slice: &UdpSlice<'_>) {
    assert_eq!(ours.payload(frame), slice.payload());
}

fn compare_tcp(frame: &[u8], ours: &Packet, tcp: &Tcp, slice: &TcpSlice<'_>) {
    assert_eq!((tcp.source, tcp.destination), (slice.source_port(), slice.destination_port()));
    assert_eq!((tcp.sequence, tcp.acknowledgement), (slice.sequence_number(), slice.acknowledgment_number()));
    assert_eq!((tcp.window, tcp.urgent, tcp.checksum), (slice.window_size(), slice.urgent_pointer(), slice.checksum()));
    assert_eq!(ours.payload(frame), slice.payload());
    let flags = [
        (TcpFlags::FIN, slice.fin()),
        (TcpFlags::SYN, slice.syn()),
        (TcpFlags::RST, slice.rst()),
        (TcpFlags::PSH, slice.psh()),
        (TcpFlags::ACK, slice.ack()),
        (TcpFlags::URG, slice.urg()),
        (TcpFlags::ECE, slice.ece()),
        (TcpFlags::CWR, slice.cwr()),
        (TcpFlags::AE, slice.ns()),
    ];
    for (flag, set) in flags {
        assert_eq!(tcp.flags.contains(flag), set, "{flag}");
    }
    compare_options(tcp, slice);
}

/// etherparse stops at the first option that it does not know: only what it reads to the end is compared.
fn compare_options(tcp: &Tcp, slice: &TcpSlice<'_>) {
    let Ok(options) = slice.options_iterator().collect::<Result<Vec<_>, _>>() else { return };
    let last = |pick: fn(&TcpOptionElement) -> bool| options.iter().rfind(|option| pick(option)).cloned();
    use TcpOptionElement as Element;
    let mss = tcp.options.mss.map(Element::MaximumSegmentSize);
    assert_eq!(mss, last(|option| matches!(option, Element::MaximumSegmentSize(_))));
    let scale = tcp.options.window_scale.map(Element::WindowScale);
    assert_eq!(scale, last(|option| matches!(option, Element::WindowScale(_))));
    let permitted = tcp.options.sack_permitted.then_some(Element::SelectiveAcknowledgementPermitted);
    assert_eq!(permitted, last(|option| matches!(option, Element::SelectiveAcknowledgementPermitted)));
    let timestamps = tcp.options.timestamps.map(|times| Element::Timestamp(times.value, times.echo));
    assert_eq!(timestamps, last(|option| matches!(option, Element::Timestamp(..))));
    let sack = last(|option| matches!(option, Element::SelectiveAcknowledgement(..)));
    let blocks = sack.map_or(vec![], |sack| match sack {
        Element::SelectiveAcknowledgement(first, others) => {
            std::iter::once(first).chain(others.into_iter().flatten()).collect()
        }
        _ => vec![],
    });
    assert_eq!(tcp.options.sack.as_slice(), blocks);
}

/// Where etherparse refuses what is no fault to us: a question for the time that is too long, which a host answers, and
/// bad headers of protocols that we do not read: IGMP, and authentication in IPv4.
fn is_stricter(ours: &Packet) -> bool {
    ours.icmp().is_some_and(|icmp| matches!(icmp.kind, 13 | 14)) || matches!(ours.transport, Transport::Unknown(2 | 51))
}

/// What only a checksum or the meaning of flags could tell is no fault of the form.
fn has_fault_of_form(packet: &Packet) -> bool {
    use wiretutor::packet::Fault;
    packet.faults.len() > packet.faults.iter().count()
        || packet.faults.iter().any(|found| {
            !matches!(
                found.fault,
                Fault::FlagsContradict { .. }
                    | Fault::FlagsMissing { .. }
                    | Fault::OptionOutsideSyn { .. }
                    | Fault::ReservedBits { .. }
                    | Fault::PortZero { .. }
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_read_the_same_from_a_good_frame(recipe in recipe()) {
        let frame = recipe.frame();
        let ours = decode(&frame);
        let theirs = SlicedPacket::from_ethernet(&frame).expect("etherparse reads what it wrote");
        prop_assert!(!has_fault_of_form(&ours), "{:?}", ours.faults);
        compare(&frame, &ours, &theirs);
        prop_assert_eq!(ours.payload(&frame), &recipe.payload[..]);
        prop_assert_eq!(ours.trailer.len(), recipe.padding);
        prop_assert_eq!(ours.ether.and_then(|ether| ether.tags[0]).map(|tag| tag.id), recipe.tag);
    }

    #[test]
    fn the_checksums_that_etherparse_writes_are_good(recipe in recipe()) {
        let frame = recipe.frame();
        let checksums = decode(&frame).checksums(&frame);
        prop_assert_eq!(checksums.transport, Some(Checksum::Good));
        prop_assert_ne!(checksums.net, Some(Checksum::Wrong { expected: 0 }));
        prop_assert!(matches!(checksums.net, None | Some(Checksum::Good)));
    }

    #[test]
    fn a_damaged_frame_is_read_alike_or_has_a_fault(
        recipe in recipe(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
        cut in option::weighted(0.3, any::<Index>()),
    ) {
        let mut frame = recipe.frame();
        let length = frame.len();
        // The Ethernet header stays: what else there may be behind it is another matter.
        changes.iter().for_each(|(at, byte)| frame[18 + at.index(length - 18)] = *byte);
        if let Some(cut) = cut {
            frame.truncate(18 + cut.index(length - 18));
        }
        let ours = decode(&frame);
        match SlicedPacket::from_ethernet(&frame) {
            Ok(theirs) if !has_fault_of_form(&ours) => compare(&frame, &ours, &theirs),
            Ok(_) => {}
            Err(_) if is_stricter(&ours) => {}
            Err(error) => prop_assert!(!ours.faults.is_empty(), "{error} was not noticed in {ours:?}"),
        }
    }
}
