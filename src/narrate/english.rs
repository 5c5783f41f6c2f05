//! Every sentence in English: the words on the screen, in one place.
//!
//! Short, exact, true on Linux, and kind to whoever reads them for the first time.

pub mod account;
pub mod packet;

use std::fmt::{self, Display, Write};

use super::sentence::Sentence::{self, *};
use crate::{
    conversation::{Reception, Why},
    lesson::eval::duration,
    packet::Layer,
    timeline::event::DropReason,
};

/// Sentences one behind the other.
#[must_use]
pub fn say_all(sentences: &[Sentence]) -> String {
    sentences.iter().map(say).collect::<Vec<_>>().join(" ")
}

/// The sentence as a learner reads it.
#[must_use]
pub fn say(sentence: &Sentence) -> String {
    let mut text = String::new();
    write(&mut text, sentence);
    text
}

/// Adds it to a text.
pub fn write(text: &mut String, sentence: &Sentence) {
    // Writing to a `String` can not fail.
    let _ = speak(text, sentence);
}

#[rustfmt::skip]
fn speak(out: &mut String, sentence: &Sentence) -> fmt::Result {
    match sentence {
        AsksToOpen { first } => write!(out, "May I talk to you? My first number is {first}."),
        AgreesToOpen { got, expects, first, bytes: 1.. } => write!(out, "Yes: I have everything up to your number {got} and expect {expects} next. My own first number is {first}."),
        AgreesToOpen { got, expects, first, .. } => write!(out, "Yes: I got your number {got} and expect {expects} next. My own first number is {first}."),
        AgreesMutually { got, expects, first } => write!(out, "We both asked: I got your number {got} and expect {expects} next. My own first number is still {first}."),
        CompletesOpening { got, expects, bytes: 1.. } => write!(out, "I have everything up to your number {got}, and expect {expects} next."),
        CompletesOpening { got, expects, .. } => write!(out, "I got your number {got} too, and expect {expects} next."),

        CarriesData { first, bytes: 1, .. } => write!(out, "Here is 1 byte, number {first}."),
        CarriesData { first, last, bytes } => write!(out, "Here are {bytes} bytes, numbers {first} to {last}."),
        WasOvertaken { first, bytes: 1 } => write!(out, "Here is 1 byte, number {first}: what I sent later has come before it."),
        WasOvertaken { first, bytes } => write!(out, "Here are {bytes} bytes, from number {first} on: what I sent later has come before them."),
        Acknowledges { bytes, got, expects } => write!(out, "I got {} more, up to number {got}; I expect {expects} next.", Bytes(bytes)),
        AcknowledgesUpTo { got, expects } => write!(out, "I have everything up to number {got}; I expect {expects} next."),

        Closes { with_data: true } => out.write_str("This is the last that I send."),
        Closes { .. } => out.write_str("I have nothing more to send."),
        ClosesToo { with_data: true } => out.write_str("This is the last that I send, too."),
        ClosesToo { .. } => out.write_str("I have nothing more to send either."),
        ClosesAndGotFin { with_data: true } => out.write_str("I got your FIN, and this is the last that I send."),
        ClosesAndGotFin { .. } => out.write_str("I got your FIN, and I have nothing more to send either."),
        AcknowledgesFin { fin } => write!(out, "I got everything up to your FIN, which is number {fin}."),

        RepeatsSyn { first, is_refused: true } => write!(out, "I ask again, though I was refused; my first number is still {first}."),
        RepeatsSyn { first, .. } => write!(out, "I ask again, with the same first number {first}: I have heard no answer."),
        RepeatsSynAck { first } => write!(out, "I still wait for the opening to be completed: here is my answer again, with the same first number {first}."),
        RepeatsData { first, bytes, why } => write!(out, "Here {} again, from number {first} on{}.", Are(bytes), reason(*why)),
        RepeatsFin { fin } => write!(out, "Here is my FIN again, with the same number {fin}: I have heard no acknowledgement of it."),
        MissesBytes { expects } => write!(out, "Something came, but not number {expects}: that one I still expect."),
        MissesUpTo { expects, last, beyond } if expects == last => write!(out, "I have something from number {beyond} on, but number {expects} is missing."),
        MissesUpTo { expects, last, beyond } => write!(out, "I have something from number {beyond} on, but numbers {expects} to {last} are missing."),
        HadBytes { expects } => write!(out, "I had these bytes already; I expect {expects} next."),
        HadFin { fin } => write!(out, "I had your FIN already: I have everything up to it, number {fin}."),
        AnswersProbe { expects } => write!(out, "I am here, and expect {expects} next."),
        AnswersWindowProbe { expects } => write!(out, "I got your probe, and still expect {expects} next."),
        StillHasNoRoom { expects } => write!(out, "I have no room for it; I still expect {expects}."),
        ExpectedThen { expects } => write!(out, "I expected {expects} then: something that I sent later has come before this."),
        IsConnected { expects } => write!(out, "I have a connection with you already, and expect {expects} next."),
        HasAnOlderConnection { expects } => write!(out, "I still have an older connection with you, and expect {expects} there."),
        DoubtsReset { expects } => write!(out, "Your reset is not at number {expects}, which I expect: if you mean it, send it there."),
        DoubtsAcknowledgement { expects } => write!(out, "You acknowledge what I never sent; I expect {expects} from you."),
        NothingNew { expects } => write!(out, "Nothing new: I still expect {expects}."),

        HasRoom { bytes, before } => write!(out, "I have room for {} now; before, it was {before}.", Bytes(bytes)),
        HasUnscaledRoom { window, before } => write!(out, "My window is {window} now; before, it was {before}."),
        HasNoRoom => out.write_str("I have no room left: send nothing for now."),
        ProbesWindow => out.write_str("Do you have room again?"),
        ProbesPeer => out.write_str("Are you still there?"),

        Refuses { port } => write!(out, "No: nobody listens on port {port} here."),
        Aborts => out.write_str("I break this connection off, at once."),
        Withdraws => out.write_str("I want no connection: forget it."),
        GivesUp => out.write_str("You do not answer: I give this connection up."),
        NobodyReads => out.write_str("I have closed: nobody here will read what you sent."),
        HasNoConnection => out.write_str("I have no connection with you that this belongs to."),
        NeverAsked => out.write_str("I never sent what you acknowledge: forget it."),

        Datagram { bytes: 0 } => out.write_str("Here is an empty datagram: a header, and no byte behind it."),
        Datagram { bytes: 1 } => out.write_str("Here is 1 byte, in one datagram."),
        Datagram { bytes } => write!(out, "Here are {bytes} bytes, in one datagram."),
        PortUnreachable { to, port, by_its_host: true } => write!(out, "Your packet to {to} was dropped: its host says that nobody waits on port {port}."),
        PortUnreachable { to, port, .. } => write!(out, "Your packet to {to} was refused on the way, or by a firewall (port {port} unreachable)."),
        Undelivered { to, why } => write!(out, "Your packet to {to} was not delivered: {why}."),
        TooBig { to, mtu: 0 } => write!(out, "Your packet to {to} was too large for the next link; how much it takes is not told."),
        TooBig { to, mtu } => write!(out, "Your packet to {to} was too large: the next link takes {mtu} bytes at most."),
        Remarks { to, what } => write!(out, "About your packet to {to}: {what}."),
        IcmpSays { what } => write!(out, "ICMP says: {what}."),
        AsksWhoHas { target, asker } => write!(out, "Who has the address {target}? Tell {asker}."),
        AsksWhetherAnybodyHas { target } => write!(out, "Does anybody have the address {target} already?"),
        TellsWhereIs { address, mac } => write!(out, "The address {address} is at {mac}."),
        SaysAnotherArp { operation } => write!(out, "ARP, operation {operation}: neither a question (1) nor an answer (2)."),
        PieceOf { first, bytes } => write!(out, "I am a piece of a larger packet: {} of it, from byte {first} on.", Bytes(bytes)),
        NotUnderstood => out.write_str("This program does not know what this packet is for."),

        SynTakesANumber { next } => write!(out, "A SYN takes one number, though it is no byte: the first byte will be number {next}."),
        SynCarries { bytes, is_welcome: true } => write!(out, "It already carries {}, before the connection is open, as TCP Fast Open does (RFC 7413).", Bytes(bytes)),
        SynCarries { bytes, .. } => write!(out, "It already carries {}, before the connection is open: without a Fast Open cookie it normally has to wait, or be sent again (RFC 7413).", Bytes(bytes)),
        AnswersAnOldSyn { got } => write!(out, "The other side's latest SYN had not number {got}: this answers an older one."),
        AskedAtTheSameTime => out.write_str("Both sides sent a SYN before they got the other's: a simultaneous open (RFC 9293 §3.5)."),
        IsItsOwnPeer => out.write_str("It is connected with itself."),
        LargestSegment { mss } => write!(out, "It takes at most {mss} bytes in one segment, TCP options included (MSS)."),
        WindowScale { shift } => write!(out, "After the SYNs its windows count in units of {}, if both sides have this option (window scale {shift}).", Bytes(1_u32 << shift.min(&14))),
        UnderstandsSack => out.write_str("It understands acknowledgements of separate pieces (SACK)."),
        OffersTimestamps => out.write_str("It offers timestamps: they measure round trips, and tell old segments from new ones."),
        TellsThatItWasHeard { whom } => write!(out, "Once this arrives, {whom} knows that its number was heard."),

        AsksForCookie => out.write_str("It asks for a Fast Open cookie: whoever shows one may send data with its next SYN, for immediate use (RFC 7413 §4.1.1)."),
        ShowsCookie { bytes, has_data: true } => write!(out, "It shows a Fast Open cookie of {}, got from an earlier connection: data in this SYN may be used at once (RFC 7413 §4.2).", Bytes(bytes)),
        ShowsCookie { bytes, .. } => write!(out, "It shows a Fast Open cookie of {}, got from an earlier connection (RFC 7413 §4.2).", Bytes(bytes)),
        GivesCookie { bytes } => write!(out, "It gives a Fast Open cookie of {}, to be shown in the next SYN (RFC 7413 §4.1.2).", Bytes(bytes)),
        TookEarlyBytes { taken: 0, of } => write!(out, "Of the {} that came with the SYN it has taken none: they have to be sent again.", Bytes(of)),
        TookEarlyBytes { taken, of } if taken >= of => write!(out, "It has taken the {} that came with the SYN, too.", Bytes(of)),
        TookEarlyBytes { taken, of } => write!(out, "Of the {} that came with the SYN it has taken {taken}.", Bytes(of)),

        AsksToHandOver => out.write_str("PSH: the program should get these bytes without waiting for more. Linux hands over what has come in any case."),
        FinTakesANumber { fin } => write!(out, "A FIN takes one number, though it is no byte: this one is number {fin}."),
        OneDirectionOnly { from, to } => write!(out, "Only the direction from {from} to {to} is closed; the other one stays open until {to} closes it."),
        BothDirections => out.write_str("Once this FIN is acknowledged, both directions are closed."),
        FinsCross => out.write_str("The other side has sent its FIN too, and this side has not acknowledged it yet: both close at the same time."),

        OrderWasChanged => out.write_str("It was not seen before and comes soon after later ones: probably overtaken on the way."),
        GoesOnAlone { from, to } => write!(out, "{to} has sent its FIN, and {from} goes on sending: half-closed (RFC 9293 §3.6.1). If {to}'s program has closed altogether, its kernel answers with a reset."),

        SentSoOften { times: None, after_ns: None } => out.write_str("It was sent before."),
        SentSoOften { times: None, after_ns: Some(after) } => write!(out, "It was sent before, the last time {} ago.", Time(*after)),
        SentSoOften { times: Some(times), after_ns: None } => write!(out, "It has been sent {times} times by now."),
        SentSoOften { times: Some(times), after_ns: Some(after) } => write!(out, "It has been sent {times} times by now; the time before was {} ago.", Time(*after)),
        CameTooSoon { after_ns: 0 } => out.write_str("The same bytes as before, at the same moment: seen twice, or sent again."),
        CameTooSoon { after_ns } => write!(out, "The same bytes as before, {} later: seen twice, or sent again.", Time(*after_ns)),
        WaitedInVain => out.write_str("A timeout: nothing was acknowledged in time. After each timeout, TCP waits twice as long (RFC 6298 §5.5)."),
        WasAskedFor => out.write_str("Several duplicate acknowledgements showed that it is missing, so nobody waited for the timer: a fast retransmission (RFC 5681 §3.2)."),
        IsLeftOut => out.write_str("What has come behind it shows that it is missing; nobody waited for the long timer (RFC 8985 §6)."),
        RecoversTheRest => out.write_str("Another missing piece is sent again (RFC 6675 §5)."),
        WasUnderWay => out.write_str("It was under way when the first repetition was sent, and is still not acknowledged."),
        ProbesTheTail => out.write_str("Of several under way, the last is repeated and not the first: a tail loss probe, whose answer tells what is missing (RFC 8985 §7)."),
        ATimerRanOut => out.write_str("A timer ran out. While a single segment is under way, a tail loss probe and a timeout look alike (RFC 8985 §7)."),
        NothingWasMissing => out.write_str("The other side has it, and has said so: that acknowledgement was lost or is still on its way."),
        ListsPieces { count: 1 } => out.write_str("It tells of one piece that has come behind the missing bytes (SACK, RFC 2018)."),
        ListsPieces { count } => write!(out, "It tells of {count} pieces that have come behind the missing bytes (SACK, RFC 2018)."),
        DuplicateAcknowledgement { count } => write!(out, "Duplicate acknowledgement {count}: at the third, TCP's classic rule takes the missing bytes for lost (RFC 5681 §3.2)."),
        ChallengesReset => out.write_str("A forger can hardly guess the exact number, and does not see this answer. Whoever really wants to reset sends it again there: a challenge ACK (RFC 5961 §3.2)."),
        ByteAsksForAnAnswer => out.write_str("It sends one byte for which there may be no room: the answer tells whether there is (RFC 9293 §3.8.6.1)."),
        OldNumberAsksForAnAnswer { number, is_keep_alive } => {
            let section = if *is_keep_alive { "3.8.4" } else { "3.10.7.4" };
            write!(out, "Number {number} was acknowledged before. By the standard, whoever gets it again answers with an ACK (RFC 9293 §{section}).")
        }

        FillsWindow => out.write_str("With it all the room is used that the other side has told of: no more new bytes before it tells of more."),
        ScaleNotSeen => out.write_str("Its unit was told in the opening, which was not seen."),
        EndsConnect => out.write_str("Once this arrives, connect() fails (Linux: ECONNREFUSED). A firewall can answer like this, too."),
        ForgetsEverything => out.write_str("Whoever accepts a RST forgets the connection; what was under way is lost."),

        AskedOnlyToLook => out.write_str("It asked and gave up, only looked whether the port is open, or its kernel never asked at all (the SYN was forged, or built by a program)."),
        TriedInVain { times } => write!(out, "It had sent the same {times} times before; packets do not tell whether that is the reason."),
        CameAfterClose => out.write_str("Bytes came after this side's FIN; its program has closed and cannot get them."),

        PortsHadAnother => out.write_str("These two ports had another connection before: this is a new one."),
        BeganBefore => out.write_str("No opening was seen that it would belong to."),
        MissesBefore { numbers: 1 } => out.write_str("Before it, 1 number of this direction has not been seen so far."),
        MissesBefore { numbers } => write!(out, "Before it, {numbers} numbers of this direction have not been seen so far."),
        AcknowledgesUnseen { numbers: 1 } => out.write_str("It acknowledges 1 number that was not seen."),
        AcknowledgesUnseen { numbers } => write!(out, "It acknowledges {numbers} numbers that were not seen."),

        PromisesNothing => out.write_str("UDP acknowledges nothing and repeats nothing."),
        QuotesThePacket => out.write_str("It quotes the beginning of that packet: so its sender knows which one is meant."),
        PortsAreElsewhere => out.write_str("The ports are in the first piece only."),

        AlsoCarries { first, bytes: 1, .. } => write!(out, "It also carries 1 byte, number {first}."),
        AlsoCarries { first, last, bytes } => write!(out, "It also carries {bytes} bytes, numbers {first} to {last}."),
        AlsoRepeats { bytes } => write!(out, "It also carries {} that had been sent before.", Bytes(bytes)),
        AlsoAcknowledges { bytes, expects } => write!(out, "It also acknowledges {}: number {expects} is expected next.", Bytes(bytes)),
        AlsoAcknowledgesUpTo { expects } => write!(out, "It also acknowledges everything before number {expects}."),
        AlsoAcknowledgesFin { fin } => write!(out, "It also acknowledges the other side's FIN, number {fin}."),
        AlsoCloses => out.write_str("It also closes: no more will come from its side (FIN)."),
        AlsoHasNoRoom => out.write_str("Its window is 0: it has no room for more."),
        Fault { text } => write!(out, "Something is odd: {text}."),

        IsHeld { to } => write!(out, "Held: it is in our hands, and has not reached {to}."),
        IsSentAgain { times, after_ns, is_held: true } => write!(out, "Sent for the {} time, {} after the time before: folded into the one that is held.", Ordinal(*times), Time(*after_ns)),
        IsSentAgain { times, after_ns, is_held: false } => write!(out, "Sent for the {} time, {} after the time before: folded into the first one, and not delivered again.", Ordinal(*times), Time(*after_ns)),
        IsHandedOn { by } => write!(out, "{by} hands it on: the same packet, counted down by one (TTL or hop limit)."),
        IsOnlyCounted => out.write_str("More of these are only counted."),
        Arrives { after_ns, entered_ns } => write!(out, "Delivered, {} after it entered the wire{}.", Time(*after_ns), at(*entered_ns)),
        CopyArrives { copy, after_ns, entered_ns } => write!(out, "Copy {copy} delivered, {} after it entered the wire{}.", Time(*after_ns), at(*entered_ns)),
        StandsFor { times } => write!(out, "It was sent {times} times, and is delivered once."),
        IsReceived { to, reception } => write!(out, "{to}'s kernel {}.", received(*reception)),
        IsLost { why, to } => out.write_str(&lost("it", *why, to)),
        CopyIsLost { why, to } => out.write_str(&lost("one copy", *why, to)),
        IsDoubled { copies } => write!(out, "Duplicated: {copies} copies of it go on."),
        IsDelayed { by_ns } => write!(out, "Delayed: it goes on after {}.", Time(*by_ns)),
        IsOvertaken { to } => write!(out, "Reordered: it waits until the next packet to {to} has passed."),
        IsCorrupted { byte, field: Some((Layer::Payload | Layer::Trailer, field)) } => write!(out, "Corrupted: byte {byte} of the frame is changed, in the {field}. No checksum is adapted to it."),
        IsCorrupted { byte, field: Some((layer, field)) } => write!(out, "Corrupted: byte {byte} of the frame is changed, in the {layer} {field}. No checksum is adapted to it."),
        IsCorrupted { byte, field: None } => write!(out, "Corrupted: byte {byte} of the frame is changed. No checksum is adapted to it."),
        IsTruncated { length, of } => write!(out, "Truncated: of its {of} bytes, the first {length} go on."),
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
        Reception::Unreadable => "throws it away: it cannot be read any more",
    }
}

/// Why bytes are sent again, as their sender would say it.
const fn reason(why: Why) -> &'static str {
    match why {
        Why::Fast => ": you keep saying that you expect them",
        Why::LeftOut | Why::Recovery => ": you have later ones, and not these",
        Why::UnderWay => ": you have only what was before them",
        Why::Timeout => ": no acknowledgement came in time",
        Why::TailProbe => ": I have not heard of them, nor of those before them",
        Why::Spurious => ": I have not heard that you have them",
        Why::Refused => ": you did not take them with my SYN",
        Why::Timer | Why::Unknown => ": I have heard no acknowledgement of them",
        Why::TooSoon => "",
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration(i64::try_from(self.0).unwrap_or(i64::MAX)))
    }
}

/// A time as it stands in front of a packet.
struct Moment(u64);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0 / 1_000;
        write!(f, "{}.{:03} ms", micros / 1_000, micros % 1_000)
    }
}

/// `2nd`, `13th`.
struct Ordinal(usize);

impl Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.to_string();
        write!(f, "{count} {}", if count == "1" { "byte" } else { "bytes" })
    }
}

/// `is 1 byte`, `are 5 bytes`.
struct Are<T>(T);

impl<T: Display> Display for Are<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = Bytes(&self.0).to_string();
        write!(f, "{} {bytes}", if bytes == "1 byte" { "is" } else { "are" })
    }
}
