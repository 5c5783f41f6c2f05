//! How a capture file ends, and what can be wrong with it, in plain words.

use std::fmt;

/// How far a file could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// To its end.
    Whole,
    /// Up to this byte, and why not further.
    Stops { at: u64, flaw: Flaw },
}

/// Why a file can not be read, or not any further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    Empty,
    /// Its first bytes are those of no capture file.
    NoCapture {
        begins: [u8; 4],
    },
    /// Compressed, by this program.
    Compressed {
        with: &'static str,
    },
    /// Of another kind of capture file, which this program does not read.
    OtherFormat {
        name: &'static str,
    },
    /// It ends within its own header.
    HeaderCut,
    UnknownVersion {
        major: u16,
        minor: u16,
    },
    /// It ends before a packet has all the bytes that its header announces.
    PacketCut {
        has: u64,
        of: u64,
    },
    /// It ends within something else than a packet.
    BlockCut {
        has: u64,
        of: u64,
    },
    /// It ends within the header of a packet or a block.
    RecordHeaderCut,
    /// No packet is that long.
    AbsurdPacket {
        length: u64,
    },
    /// A block's length can not be right.
    AbsurdBlock {
        length: u32,
    },
    /// The length is written at both ends of a block.
    LengthsDiffer {
        first: u32,
        last: u32,
    },
    /// A block's parts do not fit into it.
    BlockTooShort {
        length: u32,
    },
    /// A section begins with the mark of its byte order.
    NoByteOrder {
        found: u32,
    },
    TooManyInterfaces,
    UndescribedInterface {
        number: u32,
    },
    /// The system's own words.
    Unreadable {
        why: String,
    },
    /// It became shorter while it was read.
    Shrank,
    /// It was removed while more was awaited.
    Removed,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the file is empty"),
            Self::NoCapture { begins: [a, b, c, d] } => {
                write!(f, "this is neither pcap nor pcapng: it begins with the bytes {a:02x} {b:02x} {c:02x} {d:02x}")
            }
            Self::Compressed { with } => write!(f, "the file is compressed with {with}"),
            Self::OtherFormat { name } => write!(f, "this is a capture file of another kind ({name})"),
            Self::HeaderCut => write!(f, "the file ends before its own header does"),
            Self::UnknownVersion { major, minor } => {
                write!(f, "the file says that it has version {major}.{minor} of its format, which is not known")
            }
            Self::PacketCut { has, of } => {
                write!(f, "the file ends in the middle of a packet: {has} of its {of} bytes are there")
            }
            Self::BlockCut { has, of } => {
                write!(f, "the file ends in the middle of a block: {has} of its {of} bytes are there")
            }
            Self::RecordHeaderCut => write!(f, "the file ends in the middle of a header"),
            Self::AbsurdPacket { length } => {
                write!(f, "here a packet is said to have {length} bytes: no packet is that long")
            }
            Self::AbsurdBlock { length } => {
                write!(f, "here a block is said to have {length} bytes: no block has that length")
            }
            Self::LengthsDiffer { first, last } => {
                write!(f, "here a block is said to have {first} bytes where it begins, and {last} where it ends")
            }
            Self::BlockTooShort { length } => write!(f, "here a block has {length} bytes: too few for what it holds"),
            Self::NoByteOrder { found } => {
                write!(f, "here a section begins, and its byte order cannot be told from {found:#010x}")
            }
            Self::TooManyInterfaces => write!(f, "the file describes more than 65536 interfaces"),
            Self::UndescribedInterface { number } => {
                write!(f, "here a packet comes from interface {number}, which the file has not described")
            }
            Self::Unreadable { why } => write!(f, "it could not be read any further: {why}"),
            Self::Removed => write!(f, "the file was removed while it was followed"),
            Self::Shrank => write!(f, "the file became shorter while it was read"),
        }
    }
}

impl Flaw {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Compressed { with } => Some(format!("unpack it on the way: `{with} -dc FILE | wiretutor open -`")),
            Self::OtherFormat { .. } => Some("convert it first: `editcap FILE new.pcapng`".into()),
            Self::Empty | Self::NoCapture { .. } => {
                Some("`tcpdump -w FILE` and Wireshark write files that can be opened here".into())
            }
            _ => None,
        }
    }

    /// Whether the file is none that can be read at all, rather than one that breaks off.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        matches!(
            self,
            Self::Empty
                | Self::NoCapture { .. }
                | Self::Compressed { .. }
                | Self::OtherFormat { .. }
                | Self::HeaderCut
                | Self::UnknownVersion { .. }
        )
    }
}
