//! Every sentence in English: the words on the screen, in one place.
//!
//! Short, exact, true on Linux, and kind to whoever reads them for the first time.

use std::fmt::Display;

use super::sentence::Sentence::{self, *};
use crate::{conversation::Reception, lesson::eval::duration, packet::Layer, timeline::event::DropReason};

/// Sentences one behind the other.
#[must_use]
pub fn say_all(sentences: &[Sentence]) -> String {
    sentences.iter().map(say).collect::<Vec<_>>().join(" ")
}

/// The sentence as a learner reads it.
#[must_use]
#[rustfmt::skip]
pub fn say(sentence: &Sentence) -> String {
    match sentence {
        AsksToOpen { first } => format!("May I talk to you? My first number is {first}."),
        AgreesToOpen { got, expects, first } => format!("Yes: I got your number {got} and expect {expects} next. My own first number is {first}."),
        AgreesMutually { got, expects, first } => format!("We both asked: I got your number {got} and expect {expects} next. My own first number is still {first}."),
        CompletesOpening { got, expects } => format!("I got your number {got} too, and expect {expects} next."),

        CarriesData { first, bytes: 1, .. } => format!("Here is 1 byte, number {first}."),
        CarriesData { first, last, bytes } => format!("Here are {bytes} bytes, numbers {first} to {last}."),
        Acknowledges { bytes, got, expects } => format!("I got {} more, up to number {got}; I expect {expects} next.", Bytes(bytes)),
        AcknowledgesUpTo { got, expects } => format!("I have everything up to number {got}; I expect {expects} next."),

        Closes => "I have nothing more to send.".into(),
        ClosesToo => "I have nothing more to send either.".into(),
        ClosesAndGotFin => "I got your FIN, and I have nothing more to send either.".into(),
        AcknowledgesFin { fin } => format!("I got everything up to your FIN, which is number {fin}."),

        RepeatsSyn { first } => format!("I ask again, with the same first number {first}: I have heard no answer."),
        RepeatsSynAck { first } => format!("I still wait for the opening to be completed: here is my answer again, with the same first number {first}."),
        RepeatsData { first, bytes } => format!("Here {} again, from number {first} on: not acknowledged so far.", Are(bytes)),
        RepeatsFin { fin } => format!("Here is my FIN again, with the same number {fin}: it is not acknowledged so far."),
        MissesBytes { expects } => format!("Something came, but not number {expects}: that one I still expect."),
        HadBytes { expects } => format!("I had these bytes already; I expect {expects} next."),
        HadFin { fin } => format!("I had your FIN already: I have everything up to it, number {fin}."),
        AnswersProbe { expects } => format!("I am here, and expect {expects} next."),
        IsConnected { expects } => format!("I have a connection with you already, and expect {expects} next."),
        DoubtsReset { expects } => format!("Your reset is not at number {expects}, which I expect: if you mean it, send it there."),
        DoubtsAcknowledgement { expects } => format!("You acknowledge what I never sent; I expect {expects} from you."),
        NothingNew { expects } => format!("Nothing new: I still expect {expects}."),

        HasRoom { bytes, before } => format!("I have room for {} now; before, it was {before}.", Bytes(bytes)),
        HasUnscaledRoom { window, before } => format!("My window is {window} now; before, it was {before}."),
        HasNoRoom => "I have no room left: send nothing for now.".into(),
        ProbesWindow => "Have you room again?".into(),
        ProbesPeer => "Are you still there?".into(),

        Refuses { port } => format!("No: nobody listens on port {port} here."),
        Aborts => "I break this connection off, at once.".into(),
        HasNoConnection => "I have no connection with you that this belongs to.".into(),
        NeverAsked => "I never sent what you acknowledge: forget it.".into(),

        Datagram { bytes: 0 } => "Here is an empty datagram: a header, and no byte behind it.".into(),
        Datagram { bytes: 1 } => "Here is 1 byte, in one datagram.".into(),
        Datagram { bytes } => format!("Here are {bytes} bytes, in one datagram."),
        PortUnreachable { to, port } => format!("Your packet to {to} was dropped: nobody waits on port {port}."),
        Undelivered { to, why } => format!("Your packet to {to} was not delivered: {why}."),
        TooBig { to, mtu: 0 } => format!("Your packet to {to} was too large for the next link; how much it takes is not told."),
        TooBig { to, mtu } => format!("Your packet to {to} was too large: the next link takes {mtu} bytes at most."),
        Remarks { to, what } => format!("About your packet to {to}: {what}."),
        IcmpSays { what } => format!("ICMP says: {what}."),
        AsksWhoHas { target, asker } => format!("Who has the address {target}? Tell {asker}."),
        TellsWhereIs { address, mac } => format!("The address {address} is at {mac}."),
        SaysAnotherArp { operation } => format!("ARP, operation {operation}: neither a question (1) nor an answer (2)."),
        PieceOf { first, bytes } => format!("I am a piece of a larger packet: {} of it, from byte {first} on.", Bytes(bytes)),
        NotUnderstood => "This program does not know what this packet is for.".into(),

        SynTakesANumber { next } => format!("A SYN takes one number, though it is no byte: the first byte will be number {next}."),
        SynCarries { bytes } => format!("It already carries {}, before the connection is open, as TCP Fast Open does (RFC 7413).", Bytes(bytes)),
        AnswersAnOldSyn { got } => format!("The other side's latest SYN had not number {got}: this answers an older one."),
        AskedAtTheSameTime => "Both sides sent a SYN before they got the other's: a simultaneous open (RFC 9293 §3.5).".into(),
        LargestSegment { mss } => format!("It takes at most {mss} bytes of data in one segment (MSS)."),
        WindowScale { shift } => format!("After the SYNs its windows count in units of {}, if both sides have this option (window scale {shift}).", Bytes(1_u32 << shift.min(&14))),
        UnderstandsSack => "It understands acknowledgements of separate pieces (SACK).".into(),
        OffersTimestamps => "It offers timestamps: they measure round trips, and tell old segments from new ones.".into(),
        TellsThatItWasHeard { whom } => format!("Once this arrives, {whom} knows that its number was heard."),

        AsksToHandOver => "PSH: the program should get these bytes without waiting for more. Linux hands over what has come in any case.".into(),
        FinTakesANumber { fin } => format!("A FIN takes one number, though it is no byte: this one is number {fin}."),
        OneDirectionOnly { from, to } => format!("Only the direction from {from} to {to} is closed; the other one stays open until {to} closes it."),
        BothDirections => "Once this FIN is acknowledged, both directions are closed.".into(),
        FinsCross => "The other side has sent its FIN too, and this side has not got it yet: both close at the same time.".into(),

        SentSoOften { times } => format!("It was sent {times} times by now."),
        DuplicateAcknowledgement { count } => format!("Duplicate acknowledgement {count}: at the third, TCP's classic rule takes the missing bytes for lost (RFC 5681 §3.2)."),
        ChallengesReset => "A reset that a stranger has forged will not come again at that number: a challenge ACK (RFC 5961 §3.2).".into(),
        OldNumberAsksForAnAnswer { number } => format!("Number {number} was acknowledged before. By the standard, whoever gets it again answers with an ACK (RFC 9293 §3.10.7.4)."),

        ScaleNotSeen => "Its unit was told in the opening, which was not seen.".into(),
        EndsConnect => "The connect() that asked fails with ECONNREFUSED.".into(),
        ForgetsEverything => "Whoever accepts a RST forgets the connection; what was under way is lost.".into(),

        PromisesNothing => "UDP acknowledges nothing and repeats nothing.".into(),
        QuotesThePacket => "It quotes the beginning of that packet: so its sender knows which one is meant.".into(),
        PortsAreElsewhere => "The ports are in the first piece only.".into(),

        AlsoCarries { first, bytes: 1, .. } => format!("It also carries 1 byte, number {first}."),
        AlsoCarries { first, last, bytes } => format!("It also carries {bytes} bytes, numbers {first} to {last}."),
        AlsoRepeats { bytes } => format!("It also carries {} that had been sent before.", Bytes(bytes)),
        AlsoAcknowledges { bytes, expects } => format!("It also acknowledges {}: number {expects} is expected next.", Bytes(bytes)),
        AlsoAcknowledgesUpTo { expects } => format!("It also acknowledges everything before number {expects}."),
        AlsoAcknowledgesFin { fin } => format!("It also acknowledges the other side's FIN, number {fin}."),
        AlsoCloses => "It also closes: no more will come from its side (FIN).".into(),
        AlsoHasNoRoom => "Its window is 0: it has no room for more.".into(),
        Fault { text } => format!("Something is odd: {text}."),

        IsHeld { to } => format!("Held: it is in our hands, and has not reached {to}."),
        IsSentAgain { times, after_ns, is_held: true } => format!("Sent for the {} time: no answer has come for {}. Folded into the one that is held.", Ordinal(*times), Time(*after_ns)),
        IsSentAgain { times, after_ns, is_held: false } => format!("Sent for the {} time: no answer has come for {}. Folded into the first one, and not delivered again.", Ordinal(*times), Time(*after_ns)),
        IsHandedOn { by } => format!("{by} hands it on: the same packet, counted down by one (TTL or hop limit)."),
        IsOnlyCounted => "More of these are only counted.".into(),
        Arrives { after_ns, entered_ns } => format!("Delivered, {} after it entered the wire{}.", Time(*after_ns), at(*entered_ns)),
        CopyArrives { copy, after_ns, entered_ns } => format!("Copy {copy} delivered, {} after it entered the wire{}.", Time(*after_ns), at(*entered_ns)),
        StandsFor { times } => format!("It was sent {times} times, and is delivered once."),
        IsReceived { to, reception } => format!("{to}'s kernel {}.", received(*reception)),
        IsLost { why, to } => lost("it", *why, to),
        CopyIsLost { why, to } => lost("one copy", *why, to),
        IsDoubled { copies } => format!("Duplicated: {copies} copies of it go on."),
        IsDelayed { by_ns } => format!("Delayed: it goes on after {}.", Time(*by_ns)),
        IsOvertaken { to } => format!("Reordered: it waits until the next packet to {to} has passed."),
        IsCorrupted { byte, field: Some((Layer::Payload | Layer::Trailer, field)) } => format!("Corrupted: byte {byte} of the frame is changed, in the {field}. The checksums stay as they were."),
        IsCorrupted { byte, field: Some((layer, field)) } => format!("Corrupted: byte {byte} of the frame is changed, in the {layer} {field}. The checksums stay as they were."),
        IsCorrupted { byte, field: None } => format!("Corrupted: byte {byte} of the frame is changed. The checksums stay as they were."),
        IsTruncated { length, of } => format!("Truncated: of its {of} bytes, the first {length} go on."),
    }
}

const fn received(reception: Reception) -> &'static str {
    match reception {
        Reception::Taken => "takes it: no checksum guards what was changed",
        Reception::WrongChecksum(layer) => match layer {
            Layer::Ipv4 => "throws it away: the checksum of its IPv4 header does not fit",
            Layer::Udp => "throws it away: its UDP checksum does not fit",
            Layer::Icmp | Layer::Icmp6 => "throws it away: its ICMP checksum does not fit",
            _ => "throws it away: its TCP checksum does not fit",
        },
        Reception::Cut => "throws it away: it is shorter than its own header says",
        Reception::ForAnother => "throws it away: it is addressed to another network card",
        Reception::Unreadable => "throws it away: it can not be read any more",
    }
}

/// ` at 1.204 ms`, where that can be said.
fn at(moment_ns: Option<u64>) -> String {
    moment_ns.map_or_else(String::new, |moment| format!(" at {}", Moment(moment)))
}

/// Whose loss it is: asked for, the network's, or this program's own.
fn lost(what: &str, why: DropReason, to: &str) -> String {
    match why {
        DropReason::Asked => format!("Dropped, as asked: {what} does not reach {to}."),
        DropReason::Chance => format!("Lost: {what} fell to the random loss of this wire."),
        DropReason::Down => format!("Lost: {what} came while the wire was down."),
        DropReason::Forgotten => {
            format!("Lost: the middlebox on the way has forgotten this conversation, and does not let {what} through.")
        }
        DropReason::QueueFull => format!("Lost: in the queue before the limited rate there was no room for {what}."),
        DropReason::TooLarge => format!("Lost: {what} is longer than the MTU of {to}'s network card."),
        DropReason::NoRoom => {
            format!(
                "Lost by this program, not by the network: it holds so many packets that it had no room for {what}."
            )
        }
        DropReason::Refused => {
            format!("Lost by this program, not by the network: {to}'s kernel did not take {what} from us.")
        }
    }
}

/// A length of time with three digits that matter.
struct Time(u64);

impl Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&duration(i64::try_from(self.0).unwrap_or(i64::MAX)))
    }
}

/// A time as it stands in front of a packet.
struct Moment(u64);

impl Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.0 / 1_000;
        write!(f, "{}.{:03} ms", micros / 1_000, micros % 1_000)
    }
}

/// `2nd`, `13th`.
struct Ordinal(usize);

impl Display for Ordinal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ending = match (self.0 % 10, self.0 % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        write!(f, "{}{ending}", self.0)
    }
}

/// `1 byte`, `5 bytes`.
struct Bytes<T>(T);

impl<T: Display> Display for Bytes<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.0.to_string();
        write!(f, "{count} {}", if count == "1" { "byte" } else { "bytes" })
    }
}

/// `is 1 byte`, `are 5 bytes`.
struct Are<T>(T);

impl<T: Display> Display for Are<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = Bytes(&self.0).to_string();
        write!(f, "{} {bytes}", if bytes == "1 byte" { "is" } else { "are" })
    }
}
