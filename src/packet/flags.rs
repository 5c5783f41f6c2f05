//! The flags of a TCP segment, and how they are written: `SYN+ACK`.

use std::{
    fmt,
    ops::{BitAnd, BitOr},
    str::FromStr,
};

/// The nine flags that have a meaning (RFC 9293 §3.1, RFC 9768 for `AE`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TcpFlags(u16);

impl TcpFlags {
    pub const NONE: Self = Self(0);
    pub const FIN: Self = Self(0x001);
    pub const SYN: Self = Self(0x002);
    pub const RST: Self = Self(0x004);
    pub const PSH: Self = Self(0x008);
    pub const ACK: Self = Self(0x010);
    pub const URG: Self = Self(0x020);
    pub const ECE: Self = Self(0x040);
    pub const CWR: Self = Self(0x080);
    pub const AE: Self = Self(0x100);
    pub const SYN_ACK: Self = Self(Self::SYN.0 | Self::ACK.0);

    /// Each flag and its name, in the order in which they are spoken.
    pub const NAMES: [(Self, &'static str); 9] = [
        (Self::SYN, "SYN"),
        (Self::FIN, "FIN"),
        (Self::RST, "RST"),
        (Self::PSH, "PSH"),
        (Self::ACK, "ACK"),
        (Self::URG, "URG"),
        (Self::ECE, "ECE"),
        (Self::CWR, "CWR"),
        (Self::AE, "AE"),
    ];

    /// From the sixteen bits that hold the data offset, the reserved bits and the flags.
    #[must_use]
    pub const fn from_word(word: u16) -> Self {
        Self(word & 0x1ff)
    }

    /// The flags as a number, `AE` being bit 8.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether any of `flags` is set.
    #[must_use]
    pub const fn intersects(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    /// These flags but `flags`.
    #[must_use]
    pub const fn without(self, flags: Self) -> Self {
        Self(self.0 & !flags.0)
    }
}

impl BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for TcpFlags {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// As people write them, `NONE` where there are none.
impl TcpFlags {
    /// Adds the names to a text.
    pub fn write(self, text: &mut impl fmt::Write) -> fmt::Result {
        // Nearly all segments have one of these.
        if self == Self::ACK {
            return text.write_str("ACK");
        }
        if self.is_empty() {
            return text.write_str("NONE");
        }
        let mut between = "";
        for (_, name) in Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag)) {
            text.write_str(between)?;
            text.write_str(name)?;
            between = "+";
        }
        Ok(())
    }
}

impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads what `Display` writes, in any order.
impl FromStr for TcpFlags {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "NONE" {
            return Ok(Self::NONE);
        }
        text.split('+').try_fold(Self::NONE, |flags, name| {
            let flag = Self::NAMES.iter().find(|(_, known)| *known == name);
            flag.map(|(flag, _)| flags | *flag).ok_or(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_written_as_they_are_spoken() {
        let written = |flags: TcpFlags| flags.to_string();
        assert_eq!(written(TcpFlags::ACK | TcpFlags::SYN), "SYN+ACK");
        assert_eq!(written(TcpFlags::ACK | TcpFlags::FIN), "FIN+ACK");
        assert_eq!(written(TcpFlags::ACK | TcpFlags::PSH), "PSH+ACK");
        assert_eq!(written(TcpFlags::ACK | TcpFlags::RST), "RST+ACK");
        assert_eq!(written(TcpFlags::NONE), "NONE");
    }

    #[test]
    fn every_combination_reads_back() {
        for bits in 0..0x200 {
            let flags = TcpFlags::from_word(bits);
            assert_eq!(flags.to_string().parse(), Ok(flags));
        }
        assert_eq!("SYN+ACKS".parse::<TcpFlags>(), Err(()));
        assert_eq!("".parse::<TcpFlags>(), Err(()));
    }

    #[test]
    fn the_data_offset_is_no_flag() {
        assert_eq!(TcpFlags::from_word(0xf002), TcpFlags::SYN);
    }
}
