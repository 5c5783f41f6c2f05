//! The options of TCP: what a segment says beside its header.

use super::{
    fault::{Fault, Faults},
    field::{FieldMap, Header, Said, big_endian, hex, said},
    layer::Layer,
    options::{self, RawOption, Shape},
    span::Span,
};

/// The kinds that are read (IANA's TCP option kind numbers).
mod kind {
    pub(super) const MSS: u8 = 2;
    pub(super) const WINDOW_SCALE: u8 = 3;
    pub(super) const SACK_PERMITTED: u8 = 4;
    pub(super) const SACK: u8 = 5;
    pub(super) const TIMESTAMPS: u8 = 8;
    pub(super) const MD5: u8 = 19;
    pub(super) const USER_TIMEOUT: u8 = 28;
    pub(super) const AUTHENTICATION: u8 = 29;
    pub(super) const MULTIPATH: u8 = 30;
    pub(super) const FAST_OPEN: u8 = 34;
    pub(super) const ACCURATE_ECN_0: u8 = 172;
    pub(super) const ACCURATE_ECN_1: u8 = 174;
    pub(super) const EXPERIMENT_1: u8 = 253;
    pub(super) const EXPERIMENT_2: u8 = 254;
}

/// What marks Fast Open among the experiments (RFC 7413).
const FAST_OPEN_MAGIC: [u8; 2] = [0xf9, 0x89];

/// The options of one segment. Where a kind comes twice, the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TcpOptions {
    /// The largest segment that the sender wants to receive.
    pub mss: Option<u16>,
    pub window_scale: Option<u8>,
    pub sack_permitted: bool,
    pub sack: SackBlocks,
    pub timestamps: Option<Timestamps>,
    /// Where the Fast Open cookie is; empty where one is asked for.
    pub fast_open: Option<Span>,
    pub user_timeout: Option<UserTimeout>,
    /// Signed by MD5 (RFC 2385).
    pub md5: bool,
    /// Signed by the authentication option (RFC 5925).
    pub authenticated: bool,
    /// Multipath TCP (RFC 8684).
    pub multipath: bool,
    /// The counters of accurate ECN (RFC 9768).
    pub accurate_ecn: bool,
    /// How many options this program does not know.
    pub unknown: u8,
}

/// RFC 7323 §3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamps {
    /// The sender's clock.
    pub value: u32,
    /// The receiver's clock as the sender saw it last; means something only with ACK.
    pub echo: u32,
}

/// How long the sender will wait for an acknowledgement (RFC 5482).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserTimeout {
    pub seconds: u32,
}

/// Bytes that have arrived ahead of missing ones (RFC 2018), from the first to behind the last.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct SackBlocks {
    blocks: [(u32, u32); 4],
    count: u8,
}

impl SackBlocks {
    #[must_use]
    pub fn as_slice(&self) -> &[(u32, u32)] {
        self.blocks.get(..usize::from(self.count)).unwrap_or_default()
    }

    fn read(data: &[u8]) -> Self {
        let mut sack = Self::default();
        for (slot, edges) in sack.blocks.iter_mut().zip(data.chunks_exact(8)) {
            *slot = (big_endian(&edges[..4]), big_endian(&edges[4..]));
            sack.count += 1;
        }
        sack
    }
}

impl std::fmt::Debug for SackBlocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

/// The options that fill `at`.
pub(super) fn decode(bytes: &[u8], at: Span, is_syn: bool, faults: &mut Faults) -> TcpOptions {
    let mut options = TcpOptions::default();
    for option in options::walk(bytes, at) {
        let fault = match option.shape {
            Shape::Filler => continue,
            Shape::Whole => options.read(&option, bytes).or_else(|| misplaced(&option, &options, is_syn)),
            _ => option.fault(Layer::Tcp),
        };
        if let Some(fault) = fault {
            faults.add(fault, option.span);
        }
    }
    options
}

/// What is wrong with an option that was read well.
fn misplaced(option: &RawOption, options: &TcpOptions, is_syn: bool) -> Option<Fault> {
    match (option.kind, options.window_scale) {
        (kind @ (kind::MSS | kind::WINDOW_SCALE | kind::SACK_PERMITTED), _) if !is_syn => {
            Some(Fault::OptionOutsideSyn { kind })
        }
        (kind::WINDOW_SCALE, Some(scale @ 15..)) => Some(Fault::ScaleTooLarge { scale }),
        _ => None,
    }
}

impl TcpOptions {
    /// Takes in one option, or says what is wrong with its length.
    fn read(&mut self, option: &RawOption, bytes: &[u8]) -> Option<Fault> {
        let data = option.data().of(bytes);
        match (option.kind, data) {
            (kind::MSS, &[a, b]) => self.mss = Some(u16::from_be_bytes([a, b])),
            (kind::WINDOW_SCALE, &[scale]) => self.window_scale = Some(scale),
            (kind::SACK_PERMITTED, []) => self.sack_permitted = true,
            (kind::SACK, data) if matches!(data.len(), 8 | 16 | 24 | 32) => self.sack = SackBlocks::read(data),
            (kind::TIMESTAMPS, &[a, b, c, d, e, f, g, h]) => {
                let (value, echo) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
                self.timestamps = Some(Timestamps { value, echo });
            }
            _ => return self.read_rare(option, data),
        }
        None
    }

    fn read_rare(&mut self, option: &RawOption, data: &[u8]) -> Option<Fault> {
        match (option.kind, data) {
            (kind::MD5, data) if data.len() == 16 => self.md5 = true,
            (kind::USER_TIMEOUT, &[a, b]) => self.user_timeout = Some(UserTimeout::read(u16::from_be_bytes([a, b]))),
            (kind::AUTHENTICATION, [_, _, ..]) => self.authenticated = true,
            (kind::MULTIPATH, [_, ..]) => self.multipath = true,
            (kind::FAST_OPEN, cookie) if is_cookie(cookie) => self.fast_open = Some(option.data()),
            (kind::EXPERIMENT_1 | kind::EXPERIMENT_2, [a, b, cookie @ ..])
                if [*a, *b] == FAST_OPEN_MAGIC && is_cookie(cookie) =>
            {
                self.fast_open = Some(option.data().after(2));
            }
            (kind::ACCURATE_ECN_0 | kind::ACCURATE_ECN_1, data) if matches!(data.len(), 0 | 3 | 6 | 9) => {
                self.accurate_ecn = true;
            }
            (kind, data) if has_fixed_length(kind) => return Some(wrong_size(kind, data)),
            _ => self.unknown = self.unknown.saturating_add(1),
        }
        None
    }
}

/// None (one is asked for), or 4 to 16 bytes, an even number of them (RFC 7413 §4.1.1).
fn is_cookie(data: &[u8]) -> bool {
    matches!(data.len(), 0 | 4..=16) && data.len().is_multiple_of(2)
}

/// Whether the kind is known, so that a length that was not read is a wrong one.
const fn has_fixed_length(kind: u8) -> bool {
    use kind::{ACCURATE_ECN_0, ACCURATE_ECN_1, WINDOW_SCALE};
    use kind::{AUTHENTICATION, FAST_OPEN, MD5, MSS, MULTIPATH, SACK, SACK_PERMITTED, TIMESTAMPS, USER_TIMEOUT};
    matches!(kind, MSS | WINDOW_SCALE | SACK_PERMITTED | SACK | TIMESTAMPS | MD5 | USER_TIMEOUT | AUTHENTICATION)
        || matches!(kind, MULTIPATH | FAST_OPEN | ACCURATE_ECN_0 | ACCURATE_ECN_1)
}

fn wrong_size(kind: u8, data: &[u8]) -> Fault {
    let says = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    Fault::OptionWrongSize { layer: Layer::Tcp, kind, says }
}

impl UserTimeout {
    /// The highest bit says whether the others count minutes.
    fn read(word: u16) -> Self {
        let count = u32::from(word & 0x7fff);
        Self { seconds: if word & 0x8000 == 0 { count } else { count * 60 } }
    }
}

/// The fields of the options that fill `at`.
pub(super) fn fields(map: &mut FieldMap<'_>, at: Span, is_syn: bool) {
    for option in options::walk(map.bytes, at) {
        let mut header = map.header(Layer::Tcp, option.span);
        match option.shape {
            Shape::Padding => header.raw("padding", 0..option.span.len(), |bytes| {
                said(hex(bytes), "Zeros that fill the header up to a multiple of 4 bytes (RFC 9293 §3.1).")
            }),
            Shape::AfterEnd => header.raw("behind the end", 0..option.span.len(), |bytes| {
                said(hex(bytes), "Ignored, as the options ended before; but only zeros should be here.")
            }),
            _ => option_fields(&mut header, option, is_syn),
        }
    }
}

fn option_fields(header: &mut Header<'_, '_>, option: RawOption, is_syn: bool) {
    header.number("option kind", 0..1, |kind| kind_field(option.kind, kind));
    if matches!(option.shape, Shape::End | Shape::Filler | Shape::NoLength) {
        return;
    }
    header.number("option length", 1..2, |length| match option.shape {
        Shape::Whole => {
            said(format!("{length} bytes"), "Kind, length and data of this option together (RFC 9293 §3.1).")
        }
        _ => said(format!("{length} bytes"), "An impossible length: this option and those behind it cannot be read."),
    });
    if option.shape == Shape::Whole {
        data_fields(header, option.kind, option.span.len(), is_syn);
    } else {
        header.raw("option data", 2..option.span.len(), |bytes| said(hex(bytes), "Can not be read."));
    }
}

fn data_fields(header: &mut Header<'_, '_>, kind: u8, length: usize, is_syn: bool) {
    match (kind, length) {
        (kind::MSS, 4) => header.number("maximum segment size", 2..4, |size| {
            said(
                size,
                format!(
                    "Do not send me more than {size} bytes of payload and options in one segment (RFC 9293 §3.7.1)."
                ),
            )
        }),
        (kind::WINDOW_SCALE, 3) => {
            header.number("window scale", 2..3, |scale| said(scale, scale_meaning(scale, is_syn)));
        }
        (kind::SACK, 10 | 18 | 26 | 34) => sack_fields(header, length),
        (kind::TIMESTAMPS, 10) => {
            header.number("timestamp", 2..6, |value| {
                said(value, "The sender's clock; it comes back, and so tells the round-trip time (RFC 7323 §4).")
            });
            header.number("timestamp echo", 6..10, |echo| match echo {
                0 => said("0", "Nothing to send back yet, as on a first SYN (RFC 7323 §3.2)."),
                _ => said(echo, "The other side's clock, sent back as it was last seen (RFC 7323 §3.2)."),
            });
        }
        (kind::USER_TIMEOUT, 4) => header.number("user timeout", 2..4, |word| {
            let timeout = UserTimeout::read(u16::try_from(word).unwrap_or_default());
            said(format!("{} s", timeout.seconds), "How long the sender waits for an acknowledgement (RFC 5482).")
        }),
        _ => header.raw("option data", 2..length, |bytes| said(hex(bytes), data_meaning(kind, bytes))),
    }
}

fn scale_meaning(scale: u32, is_syn: bool) -> String {
    match scale {
        _ if !is_syn => "Ignored, as this is no SYN (RFC 7323 §2.2).".into(),
        15.. => "Impossible: 14 is the most, and is what a receiver takes instead (RFC 7323 §2.3).".into(),
        _ => format!(
            "Multiply the windows that I announce from now on by {}, if you send this option too (RFC 7323 §2.2).",
            1_u32 << scale
        ),
    }
}

fn sack_fields(header: &mut Header<'_, '_>, length: usize) {
    for at in (2..length).step_by(8) {
        header.raw("selective acknowledgement", at..at + 8, |edges| {
            let (first, behind) = edges.split_at(4);
            let (first, behind) = (big_endian(first), big_endian(behind));
            let bytes = behind.wrapping_sub(first);
            let last = behind.wrapping_sub(1);
            let meaning = format!(
                "These {bytes} bytes, {first} to {last}, have arrived, though earlier ones are missing (RFC 2018)."
            );
            said(format!("{first} to {behind}"), meaning)
        });
    }
}

fn kind_field(kind: u8, number: u32) -> Said {
    let (name, meaning) = match kind {
        0 => ("end", "No options from here on (RFC 9293 §3.2)."),
        1 => ("no operation", "Fills up, so that the next option begins where it should (RFC 9293 §3.2)."),
        kind::MSS => ("maximum segment size", "How large a segment the sender wants to receive (RFC 9293 §3.7.1)."),
        kind::WINDOW_SCALE => ("window scale", "Makes windows of more than 65535 bytes possible (RFC 7323 §2)."),
        kind::SACK_PERMITTED => ("SACK permitted", "I understand selective acknowledgements (RFC 2018 §2)."),
        kind::SACK => ("SACK", "Says what has arrived ahead of missing bytes (RFC 2018 §3)."),
        kind::TIMESTAMPS => {
            ("timestamps", "Two clocks, for the round-trip time and against old duplicates (RFC 7323 §3).")
        }
        kind::MD5 => ("MD5 signature", "Proves that the sender knows a shared secret; obsolete (RFC 2385)."),
        kind::USER_TIMEOUT => ("user timeout", "How long the sender waits for an acknowledgement (RFC 5482)."),
        kind::AUTHENTICATION => ("authentication", "Proves that the sender knows a shared key (RFC 5925)."),
        kind::MULTIPATH => ("multipath TCP", "One connection over several ways at once (RFC 8684)."),
        kind::FAST_OPEN => ("fast open", "Data on the SYN, for a client that proves it was here before (RFC 7413)."),
        69 => ("TCP-ENO", "Offers encryption (RFC 8547)."),
        kind::ACCURATE_ECN_0 | kind::ACCURATE_ECN_1 => {
            ("accurate ECN", "How many bytes arrived with each congestion mark (RFC 9768).")
        }
        kind::EXPERIMENT_1 | kind::EXPERIMENT_2 => ("experiment", "For trials; its first bytes name which (RFC 6994)."),
        _ => ("unknown", "This program does not know that option; a receiver skips it (RFC 9293 §3.1)."),
    };
    said(format!("{number} ({name})"), meaning)
}

fn data_meaning(kind: u8, bytes: &[u8]) -> &'static str {
    match kind {
        kind::FAST_OPEN => "A cookie: a server gives it to a client, which shows it on later visits (RFC 7413 §4.1).",
        kind::EXPERIMENT_1 | kind::EXPERIMENT_2 if bytes.starts_with(&FAST_OPEN_MAGIC) => {
            "Fast Open from before it had a number of its own: its mark, and the cookie (RFC 7413)."
        }
        kind::MD5 | kind::AUTHENTICATION => "The signature.",
        kind::MSS | kind::WINDOW_SCALE | kind::SACK | kind::TIMESTAMPS | kind::USER_TIMEOUT => {
            "Can not be read: this option never has that length."
        }
        _ => "What the option carries.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(bytes: &[u8], is_syn: bool) -> (TcpOptions, Vec<Fault>) {
        let mut faults = Faults::default();
        let options = decode(bytes, Span::all(bytes), is_syn, &mut faults);
        (options, faults.iter().map(|found| found.fault).collect())
    }

    #[test]
    fn the_options_of_a_linux_syn_are_read() {
        let bytes = [2, 4, 0xff, 0xd7, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7];
        let timestamps = Some(Timestamps { value: 9, echo: 0 });
        let expected = TcpOptions {
            mss: Some(65495),
            sack_permitted: true,
            timestamps,
            window_scale: Some(7),
            ..TcpOptions::default()
        };
        assert_eq!(options(&bytes, true), (expected, vec![]));
    }

    #[test]
    fn rare_options_are_known() {
        let (read, faults) = options(&[28, 4, 0x80, 2, 29, 4, 1, 2, 30, 3, 0, 172, 2, 77, 2, 34, 2], true);
        assert_eq!(read.user_timeout, Some(UserTimeout { seconds: 120 }));
        assert!(read.authenticated && read.multipath && read.accurate_ecn);
        assert_eq!((read.unknown, read.fast_open.map(Span::len)), (1, Some(0)));
        assert_eq!(faults, []);
    }

    #[test]
    fn a_fast_open_cookie_is_found_in_both_forms() {
        let cookie = |bytes: &[u8]| options(bytes, true).0.fast_open.map(Span::range);
        assert_eq!(cookie(&[34, 6, 1, 2, 3, 4]), Some(2..6));
        assert_eq!(cookie(&[254, 8, 0xf9, 0x89, 1, 2, 3, 4]), Some(4..8));
        assert_eq!(cookie(&[254, 6, 0xe2, 0xd4, 1, 2]), None);
        assert_eq!(
            options(&[34, 5, 1, 2, 3], true).1,
            [Fault::OptionWrongSize { layer: Layer::Tcp, kind: 34, says: 5 }]
        );
    }

    #[test]
    fn blocks_are_read_up_to_four() {
        let mut bytes = vec![5, 34];
        (1..=8_u32).for_each(|edge| bytes.extend((edge * 10).to_be_bytes()));
        assert_eq!(options(&bytes, false).0.sack.as_slice(), [(10, 20), (30, 40), (50, 60), (70, 80)]);
        assert_eq!(options(&[5, 3, 0], false).1, [Fault::OptionWrongSize { layer: Layer::Tcp, kind: 5, says: 3 }]);
    }

    #[test]
    fn options_of_a_syn_elsewhere_and_large_scales_are_told() {
        assert_eq!(options(&[3, 3, 15], true).1, [Fault::ScaleTooLarge { scale: 15 }]);
        assert_eq!(options(&[4, 2], false).1, [Fault::OptionOutsideSyn { kind: 4 }]);
    }
}
