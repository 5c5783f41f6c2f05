//! The numbers of the pcapng format: kinds of blocks, and options in them.

pub(super) const SECTION: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
pub(super) const OLD_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const ENHANCED_PACKET: u32 = 6;

/// What a reader finds out the byte order by.
pub(super) const BYTE_ORDER: u32 = 0x1a2b_3c4d;

pub(super) mod option {
    /// In any block.
    pub(crate) const COMMENT: u16 = 1;
    // Of a section.
    pub(crate) const HARDWARE: u16 = 2;
    pub(crate) const OS: u16 = 3;
    pub(crate) const APPLICATION: u16 = 4;
    // Of an interface.
    pub(crate) const NAME: u16 = 2;
    pub(crate) const DESCRIPTION: u16 = 3;
    pub(crate) const RESOLUTION: u16 = 9;
    pub(crate) const OFFSET: u16 = 14;
    // Of a packet.
    pub(crate) const FLAGS: u16 = 2;
}
