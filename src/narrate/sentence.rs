//! Every sentence that can be said about a packet, with the numbers that stand in it.
//!
//! A language is a function that says each of them: its `match` does not compile while one is missing. Headlines
//! are spoken by the packet, as its sender would say it to its receiver; details speak about the packet.

use std::net::Ipv4Addr;

use pnet::util::MacAddr;

use crate::{
    conversation::{Reception, Seq, Why},
    packet::Layer,
    timeline::event::DropReason,
};

#[derive(Clone, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub enum Sentence {
    // Headlines: opening.
    AsksToOpen { first: Seq },
    /// `bytes`: so many came with the SYN, and were taken.
    AgreesToOpen { got: Seq, expects: Seq, first: Seq, bytes: u32 },
    AgreesMutually { got: Seq, expects: Seq, first: Seq },
    CompletesOpening { got: Seq, expects: Seq, bytes: u32 },
    // Headlines: data.
    CarriesData { first: Seq, last: Seq, bytes: u32 },
    WasOvertaken { first: Seq, bytes: u32 },
    Acknowledges { bytes: u32, got: Seq, expects: Seq },
    AcknowledgesUpTo { got: Seq, expects: Seq },
    // Headlines: closing.
    /// `with_data`: the last bytes come along.
    Closes { with_data: bool },
    ClosesToo { with_data: bool },
    ClosesAndGotFin { with_data: bool },
    AcknowledgesFin { fin: Seq },
    // Headlines: once more.
    RepeatsSyn { first: Seq, is_refused: bool },
    RepeatsSynAck { first: Seq },
    RepeatsData { first: Seq, bytes: u32, why: Why },
    RepeatsFin { fin: Seq },
    MissesBytes { expects: Seq },
    MissesUpTo { expects: Seq, last: Seq, beyond: Seq },
    HadBytes { expects: Seq },
    HadFin { fin: Seq },
    AnswersProbe { expects: Seq },
    AnswersWindowProbe { expects: Seq },
    StillHasNoRoom { expects: Seq },
    ExpectedThen { expects: Seq },
    IsConnected { expects: Seq },
    HasAnOlderConnection { expects: Seq },
    DoubtsReset { expects: Seq },
    DoubtsAcknowledgement { expects: Seq },
    NothingNew { expects: Seq },
    // Headlines: windows and probes.
    HasRoom { bytes: u32, before: u32 },
    HasUnscaledRoom { window: u16, before: u16 },
    HasNoRoom,
    ProbesWindow,
    ProbesPeer,
    // Headlines: resets.
    Refuses { port: u16 },
    Aborts,
    Withdraws,
    GivesUp,
    NobodyReads,
    HasNoConnection,
    NeverAsked,
    // Headlines: other protocols.
    Datagram { bytes: usize },
    /// `by_its_host`: the very host says so to which the packet went, of UDP.
    PortUnreachable { to: String, port: u16, by_its_host: bool },
    Undelivered { to: String, why: &'static str },
    TooBig { to: String, mtu: u32 },
    Remarks { to: String, what: &'static str },
    IcmpSays { what: &'static str },
    AsksWhoHas { target: Ipv4Addr, asker: Ipv4Addr },
    AsksWhetherAnybodyHas { target: Ipv4Addr },
    TellsWhereIs { address: Ipv4Addr, mac: MacAddr },
    SaysAnotherArp { operation: u16 },
    PieceOf { first: u32, bytes: usize },
    NotUnderstood,
    // Details: opening.
    SynTakesANumber { next: Seq },
    SynCarries { bytes: u32, is_welcome: bool },
    AnswersAnOldSyn { got: Seq },
    AskedAtTheSameTime,
    IsItsOwnPeer,
    LargestSegment { mss: u16 },
    WindowScale { shift: u8 },
    UnderstandsSack,
    OffersTimestamps,
    TellsThatItWasHeard { whom: String },
    AsksForCookie,
    ShowsCookie { bytes: u8, has_data: bool },
    GivesCookie { bytes: u8 },
    TookEarlyBytes { taken: u32, of: u32 },
    // Details: data and closing.
    AsksToHandOver,
    FinTakesANumber { fin: Seq },
    OneDirectionOnly { from: String, to: String },
    BothDirections,
    FinsCross,
    OrderWasChanged,
    GoesOnAlone { from: String, to: String },
    // Details: once more.
    /// `times` is unknown where something was not seen.
    SentSoOften { times: Option<u16>, after_ns: Option<u64> },
    CameTooSoon { after_ns: u64 },
    WaitedInVain,
    WasAskedFor,
    IsLeftOut,
    RecoversTheRest,
    WasUnderWay,
    ProbesTheTail,
    ATimerRanOut,
    NothingWasMissing,
    ListsPieces { count: u8 },
    DuplicateAcknowledgement { count: u16 },
    ChallengesReset,
    ByteAsksForAnAnswer,
    OldNumberAsksForAnAnswer { number: Seq, is_keep_alive: bool },
    // Details: windows and resets.
    FillsWindow,
    ScaleNotSeen,
    EndsConnect,
    AskedOnlyToLook,
    TriedInVain { times: u16 },
    CameAfterClose,
    ForgetsEverything,
    // Details: what was not seen.
    PortsHadAnother,
    BeganBefore,
    MissesBefore { numbers: u32 },
    AcknowledgesUnseen { numbers: u32 },
    // Details: other protocols.
    PromisesNothing,
    QuotesThePacket,
    PortsAreElsewhere,
    // Details: what the packet does besides.
    AlsoCarries { first: Seq, last: Seq, bytes: u32 },
    AlsoRepeats { bytes: u32 },
    AlsoAcknowledges { bytes: u32, expects: Seq },
    AlsoAcknowledgesUpTo { expects: Seq },
    AlsoAcknowledgesFin { fin: Seq },
    AlsoCloses,
    AlsoHasNoRoom,
    /// Something is wrong with the packet: what the decoder found.
    Fault { text: String },
    // What becomes of a packet on the wire. Nobody in particular speaks.
    IsHeld { to: String },
    /// Sent so often, so long after the time before, while it is held itself; or else while the answer to it is.
    IsSentAgain { times: usize, after_ns: u64, is_held: bool },
    IsOnlyCounted,
    /// By a router.
    IsHandedOn { by: String },
    /// `entered_ns` is absent for one that entered before the lab that the times are counted from.
    Arrives { after_ns: u64, entered_ns: Option<u64> },
    /// One copy of several, counted from 1.
    CopyArrives { copy: usize, after_ns: u64, entered_ns: Option<u64> },
    StandsFor { times: usize },
    /// What the receiver's kernel does with a packet that was changed on its way.
    IsReceived { to: String, reception: Reception },
    IsLost { why: DropReason, to: String },
    CopyIsLost { why: DropReason, to: String },
    IsDoubled { copies: usize },
    IsDelayed { by_ns: u64 },
    IsOvertaken { to: String },
    /// The bytes of a frame are counted from 0.
    IsCorrupted { byte: usize, field: Option<(Layer, &'static str)> },
    IsTruncated { length: usize, of: usize },
}
