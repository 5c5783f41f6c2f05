//! TCP's header (RFC 9293 §3.1); its options are in `tcp_options`.

use pnet::packet::tcp::TcpPacket;

use super::{
    fault::{Fault, Faults, count},
    field::{FieldMap, Header, Said, said},
    flags::TcpFlags,
    layer::Layer,
    names::{port, port_meaning},
    span::Span,
    tcp_options::{self, TcpOptions},
};

pub(super) const LEAST: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// The bytes of the header, options included.
    pub header: Span,
    pub source: u16,
    pub destination: u16,
    pub sequence: u32,
    /// Means something only if the ACK flag is set.
    pub acknowledgement: u32,
    pub flags: TcpFlags,
    /// As it is on the wire: not scaled.
    pub window: u16,
    pub checksum: u16,
    /// Means something only if the URG flag is set.
    pub urgent: u16,
    pub options: TcpOptions,
}

/// The header at the start of `at`; otherwise the bytes that are left of it.
pub(super) fn decode(bytes: &[u8], at: Span, faults: &mut Faults) -> Result<Tcp, Span> {
    let Some(view) = TcpPacket::new(at.of(bytes)) else {
        faults.add(Fault::HeaderCut { layer: Layer::Tcp, needs: 20, has: count(at.len()) }, at);
        return Err(at);
    };
    let length = usize::from(view.get_data_offset()) * 4;
    if let Some(fault) = length_fault(length, at.len()) {
        faults.add(fault, at.part(12, 1));
    }
    let mut tcp = value(&view, at.first(length.max(LEAST)));
    check(&tcp, view.get_reserved(), faults);
    let is_syn = tcp.flags.contains(TcpFlags::SYN);
    tcp.options = tcp_options::decode(bytes, tcp.header.after(LEAST), is_syn, faults);
    Ok(tcp)
}

fn value(view: &TcpPacket<'_>, header: Span) -> Tcp {
    let accurate = u16::from(view.get_reserved() & 1) << 8;
    Tcp {
        header,
        source: view.get_source(),
        destination: view.get_destination(),
        sequence: view.get_sequence(),
        acknowledgement: view.get_acknowledgement(),
        flags: TcpFlags::from_word(accurate | u16::from(view.get_flags())),
        window: view.get_window(),
        checksum: view.get_checksum(),
        urgent: view.get_urgent_ptr(),
        options: TcpOptions::default(),
    }
}

fn length_fault(length: usize, has: usize) -> Option<Fault> {
    let layer = Layer::Tcp;
    if length < LEAST {
        return Some(Fault::HeaderTooShort { layer, says: count(length), least: 20 });
    }
    (length > has).then(|| Fault::HeaderTooLong { layer, says: count(length), has: count(has) })
}

fn check(tcp: &Tcp, reserved: u8, faults: &mut Faults) {
    let (flags, place) = (tcp.flags, tcp.header.part(13, 1));
    if flags.contains(TcpFlags::SYN) && flags.intersects(TcpFlags::FIN | TcpFlags::RST) {
        let flags = flags & (TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST);
        faults.add(Fault::FlagsContradict { flags }, place);
    }
    if !flags.intersects(TcpFlags::SYN | TcpFlags::RST | TcpFlags::ACK) {
        faults.add(Fault::FlagsMissing { flags }, place);
    }
    if reserved & 0b1110 != 0 {
        faults.add(Fault::ReservedBits { layer: Layer::Tcp }, tcp.header.part(12, 1));
    }
    for (number, offset) in [(tcp.source, 0), (tcp.destination, 2)] {
        if number == 0 {
            faults.add(Fault::PortZero { layer: Layer::Tcp }, tcp.header.part(offset, 2));
        }
    }
}

/// The fields of the header that fills `at`, of a segment that carries `payload` bytes.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span, payload: usize) {
    let mut header = map.header(Layer::Tcp, at);
    // A quoted segment may end before its flags: then nothing is said that depends on them.
    let flags = match *header.bytes() {
        [_, _, _, _, _, _, _, _, _, _, _, _, high, low, ..] => {
            Some(TcpFlags::from_word(u16::from_be_bytes([high, low])))
        }
        _ => None,
    };
    header.number("source port", 0..2, |number| said(port(number), port_meaning(number, "sending")));
    header.number("destination port", 2..4, |number| said(port(number), port_meaning(number, "receiving")));
    header.number("sequence number", 4..8, |number| said(number, sequence_meaning(number, flags, payload)));
    header.number("acknowledgement number", 8..12, |number| said(number, acknowledgement_meaning(number, flags)));
    header.bits("data offset", 12, 0..4, offset_field);
    header.bits("reserved bits", 12, 4..7, |bits| said(format!("{bits:03b}"), "Have to be 0 (RFC 9293 §3.1)."));
    flag_fields(&mut header);
    // Where the window is there, the flags before it are, too.
    let flags = flags.unwrap_or_default();
    header.number("window", 14..16, |window| said(window, window_meaning(window, flags)));
    header.number("checksum", 16..18, |sum| {
        said(format!("{sum:#06x}"), "Guards header, payload and both addresses (RFC 9293 §3.1).")
    });
    let is_urgent = flags.contains(TcpFlags::URG);
    header.number("urgent pointer", 18..20, |pointer| said(pointer, urgent_meaning(is_urgent)));
    tcp_options::fields(map, at.after(LEAST), flags.contains(TcpFlags::SYN));
}

fn sequence_meaning(number: u32, flags: Option<TcpFlags>, payload: usize) -> String {
    let end = number.wrapping_add(count(payload)).wrapping_sub(1);
    match flags {
        Some(flags) if flags.contains(TcpFlags::SYN) => {
            let first = number.wrapping_add(1);
            format!(
                "The initial sequence number: the SYN itself takes it, the first byte gets {first} (RFC 9293 §3.4.1)."
            )
        }
        Some(_) if payload > 0 => format!("The number of the first byte carried here; the last one is {end}."),
        Some(flags) if flags.contains(TcpFlags::FIN) => "The number that the FIN itself takes (RFC 9293 §3.4).".into(),
        Some(flags) if flags.contains(TcpFlags::RST) => {
            "A reset counts only if its receiver expects this number, or if it answers a SYN (RFC 9293 §3.10.7).".into()
        }
        Some(_) => "No byte is carried: as a rule the number that the sender's next byte will get.".into(),
        None => "The number of the first byte that this segment carried.".into(),
    }
}

fn acknowledgement_meaning(number: u32, flags: Option<TcpFlags>) -> String {
    match flags {
        Some(flags) if flags.contains(TcpFlags::ACK) => {
            format!(
                "Everything up to {} has arrived; {number} is expected next (RFC 9293 §3.4).",
                number.wrapping_sub(1)
            )
        }
        Some(_) => "Means nothing, as the ACK flag is not set (RFC 9293 §3.1).".into(),
        None => "The number that the sender expected next, if its ACK flag was set.".into(),
    }
}

fn offset_field(words: u32) -> Said {
    let meaning = match words {
        0..5 => "Impossible: the header has at least 5 words of 4 bytes (RFC 9293 §3.1).".into(),
        5 => "5 words of 4 bytes: the header has no options (RFC 9293 §3.1).".into(),
        _ => format!("{words} words of 4 bytes, {} bytes of them options (RFC 9293 §3.1).", words * 4 - 20),
    };
    said(format!("{} bytes", words * 4), meaning)
}

/// Each flag as a field: its name, its bit behind the start of byte 12, its meaning if it is set.
const FLAG_FIELDS: [(&str, u8, &str); 9] = [
    ("AE flag", 7, "Accurate ECN: a bit of the counter of congestion marks, or of its negotiation (RFC 9768)."),
    (
        "CWR flag",
        8,
        "The sender has reduced its congestion window after a mark; on a SYN it offers ECN (RFC 3168 §6.1).",
    ),
    ("ECE flag", 9, "A congestion mark has arrived; on a SYN it offers ECN, on a SYN+ACK it accepts (RFC 3168 §6.1)."),
    ("URG flag", 10, "The urgent pointer counts (RFC 9293 §3.8.5)."),
    (
        "ACK flag",
        11,
        "The acknowledgement number counts; only the very first SYN and some RSTs come without (RFC 9293 §3.1).",
    ),
    ("PSH flag", 12, "The receiver is to hand the data to its program without waiting for more (RFC 9293 §3.9.1)."),
    ("RST flag", 13, "The connection is over at once, without goodbye (RFC 9293 §3.5.3)."),
    ("SYN flag", 14, "Opens a direction: synchronises the sequence numbers, and takes one of them (RFC 9293 §3.5)."),
    (
        "FIN flag",
        15,
        "The sender has no more data: closes its direction, and takes one sequence number (RFC 9293 §3.6).",
    ),
];

fn flag_fields(header: &mut Header<'_, '_>) {
    for (name, bit, meaning) in FLAG_FIELDS {
        header.bits(name, 12, bit..bit + 1, |set| match set {
            0 => said("0", "Not set."),
            _ => said("1", meaning),
        });
    }
}

fn window_meaning(window: u32, flags: TcpFlags) -> String {
    if flags.contains(TcpFlags::RST) {
        return "Means nothing on a reset: nobody will send to it any more.".into();
    }
    if flags.contains(TcpFlags::SYN) {
        return format!("The sender has room for {window} bytes; on a SYN this is never scaled (RFC 7323 §2.2).");
    }
    if window == 0 {
        return "The sender has no room: until it opens its window, no data but probes may be sent to it (RFC 9293 §3.8.6)."
            .into();
    }
    format!(
        "The sender has room for {window} units. A unit is 2 to the power of its window scale in bytes, if both SYNs told \
         one, and otherwise a byte (RFC 7323 §2.2)."
    )
}

fn urgent_meaning(is_urgent: bool) -> &'static str {
    if is_urgent {
        "How far behind the sequence number the urgent data ends (RFC 9293 §3.8.5)."
    } else {
        "Means nothing, as the URG flag is not set (RFC 9293 §3.1)."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYN_ACK: [u8; 24] = [
        0, 80, 0xc0, 0, 0, 0, 0, 10, 0, 0, 0, 20, 0x60, 0x12, 1, 0, 0xab, 0xcd, 0, 0, // the header
        2, 4, 5, 180,
    ];

    /// The decoded `SYN_ACK`, with some bytes of it replaced, and its faults.
    fn with(changes: &[(usize, u8)]) -> (Tcp, Vec<Fault>) {
        let (mut bytes, mut faults) = (SYN_ACK, Faults::default());
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        let tcp = decode(&bytes, Span::all(&bytes), &mut faults).unwrap();
        (tcp, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn a_good_header_is_read() {
        let (tcp, faults) = with(&[]);
        assert_eq!((tcp.source, tcp.destination, tcp.sequence, tcp.acknowledgement), (80, 49152, 10, 20));
        assert_eq!((tcp.flags, tcp.window, tcp.checksum), (TcpFlags::SYN_ACK, 256, 0xabcd));
        assert_eq!((tcp.options.mss, tcp.header.len()), (Some(1460), 24));
        assert_eq!(faults, []);
    }

    #[test]
    fn header_lengths_that_lie_are_told() {
        let layer = Layer::Tcp;
        assert_eq!(with(&[(12, 0x40)]).1, [Fault::HeaderTooShort { layer, says: 16, least: 20 }]);
        assert_eq!(with(&[(12, 0xf0)]).1, [Fault::HeaderTooLong { layer, says: 60, has: 24 }]);
    }

    #[test]
    fn flags_that_no_tcp_sends_are_told() {
        let contradict = |flags| vec![Fault::FlagsContradict { flags }];
        assert_eq!(with(&[(13, 0x13)]).1, contradict(TcpFlags::SYN | TcpFlags::FIN));
        assert_eq!(with(&[(13, 0x16)]).1, contradict(TcpFlags::SYN | TcpFlags::RST));
        let only_on_syn = Fault::OptionOutsideSyn { kind: 2 };
        assert_eq!(with(&[(13, 0)]).1, [Fault::FlagsMissing { flags: TcpFlags::NONE }, only_on_syn]);
        assert_eq!(with(&[(13, 1)]).1, [Fault::FlagsMissing { flags: TcpFlags::FIN }, only_on_syn]);
        assert_eq!(with(&[(13, 4)]).1, [only_on_syn], "a RST needs no ACK");
    }

    #[test]
    fn reserved_bits_and_ports_are_told() {
        let layer = Layer::Tcp;
        assert_eq!(with(&[(12, 0x68), (1, 0)]).1, [Fault::ReservedBits { layer }, Fault::PortZero { layer }]);
        let (tcp, faults) = with(&[(12, 0x61)]);
        assert_eq!((tcp.flags, faults), (TcpFlags::SYN_ACK | TcpFlags::AE, vec![]));
    }

    #[test]
    fn numbers_are_explained_with_what_they_count() {
        let ack = Some(TcpFlags::ACK);
        assert!(sequence_meaning(u32::MAX, ack, 3).contains("the last one is 1."));
        assert!(sequence_meaning(7, Some(TcpFlags::SYN), 0).contains("the first byte gets 8 "));
        assert!(acknowledgement_meaning(0, ack).contains("up to 4294967295 has arrived"));
        assert!(window_meaning(0, TcpFlags::ACK).contains("no data but probes"));
        assert!(window_meaning(0, TcpFlags::RST).contains("Means nothing on a reset"));
        assert!(window_meaning(512, TcpFlags::SYN_ACK).contains("never scaled"));
        assert!(window_meaning(512, TcpFlags::ACK).contains("room for 512 units"));
    }
}
