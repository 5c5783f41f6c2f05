//! What a whole conversation came to, in English.

use super::{Bytes, Time};
use crate::{
    conversation::account::{Account, Closing, Opening, Party},
    narrate::account::Clause,
};

/// The clauses as one sentence.
#[must_use]
pub fn sentence(clauses: &[Clause]) -> String {
    let text = clauses.iter().map(say).collect::<Vec<_>>().join(", ");
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(std::iter::once('.')).collect()
}

#[rustfmt::skip]
fn say(clause: &Clause) -> String {
    match clause {
        Clause::Opened { by, after_ns: Some(after_ns) } => format!("opened by {by} in {}", Time(*after_ns)),
        Clause::Opened { by, after_ns: None } => format!("opened by {by}, though not all of that was captured"),
        Clause::OnlyAsked { by } => format!("asked for by {by}, and never opened"),
        Clause::BeganBefore => "its beginning was not captured".into(),
        Clause::FirstDatagram { by } => format!("begun by {by}"),
        Clause::Carried { there, back } => format!("{} there and {} back", Bytes(there), Bytes(back)),
        Clause::SentAgain { packets: 1 } => "1 packet sent again".into(),
        Clause::SentAgain { packets } => format!("{packets} packets sent again"),
        Clause::HasGaps => "with gaps in the capture".into(),
        Clause::Refused { port } => format!("refused: nobody listens on port {port}"),
        Clause::Unreachable { whom } => format!("what was sent to {whom} did not arrive: an ICMP error says so"),
        Clause::ResetBy { whom } => format!("broken off by {whom}"),
        Clause::HalfClosed { by } => format!("closed by {by} only: the other direction is still open"),
        Clause::Closed { by, waits: true } => format!("closed by {by}, which then waits in TIME-WAIT"),
        Clause::Closed { by, waits: false } => format!("closed by {by}"),
        Clause::NotClosed => "not closed as far as the capture goes".into(),
    }
}

/// How it stands with a conversation at the end of the capture, in as few words as fit into a table.
#[must_use]
pub const fn standing(account: &Account) -> &'static str {
    match (account.closing, account.opening) {
        (Closing::Refused, _) => "refused",
        (Closing::Unreachable { .. }, _) => "unreachable",
        (Closing::Reset { .. }, _) => "reset",
        (Closing::Half { .. }, _) => "half-closed",
        (Closing::Both { .. }, _) => "closed",
        (Closing::Open, Opening::Datagram) => "",
        (Closing::Open, Opening::Asked) if account.parties[1].packets > 0 => "answered",
        (Closing::Open, Opening::Asked) => "asked",
        (Closing::Open, _) => "open",
    }
}

/// The heads of the table of conversations.
pub const HEADS: [&str; 9] = ["#", "", "from", "to", "packets", "bytes", "began", "lasted", "now"];

/// What a capture file holds.
#[must_use]
pub fn capture(name: &str, packets: u64, strays: u64, lasted_ns: u64, conversations: u64) -> String {
    let counted = |count: u64, one: &str, many: &str| match count {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    let packets_in_words = counted(packets, "packet", "packets");
    let conversations = counted(conversations, "conversation", "conversations");
    match packets {
        0 => format!("{name} holds no packet."),
        _ if strays == 0 => format!("{name}: {packets_in_words} in {}, {conversations}.", Time(lasted_ns)),
        _ => format!(
            "{name}: {packets_in_words} in {}, {conversations}; {strays} of the packets belong to none.",
            Time(lasted_ns)
        ),
    }
}

/// How far a file is read.
#[must_use]
pub fn reading(bytes: u64, size: Option<u64>, packets: u64, conversations: u64) -> String {
    let megabytes = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000);
    let how_far = match size.filter(|size| *size > 0) {
        Some(size) => format!("{} % of {}", bytes.min(size) * 100 / size, megabytes(size)),
        None => megabytes(bytes),
    };
    format!("reading, {how_far}: {packets} packets, {conversations} conversations so far")
}

/// What one end of a conversation has sent.
#[must_use]
pub fn sent(party: &Party) -> String {
    let Party { packets, bytes, repeated, .. } = *party;
    let counted = format!("{packets} {}, {}", if packets == 1 { "packet" } else { "packets" }, Bytes(bytes));
    if repeated == 0 { counted } else { format!("{counted}, {repeated} sent again") }
}

/// How many packets of a conversation are worth a look.
#[must_use]
pub fn notes(count: u64, is_whole: bool) -> String {
    let so_far = if is_whole { "" } else { " so far" };
    match count {
        0 => format!("Nothing out of the ordinary{so_far}."),
        1 => format!("1 packet is out of the ordinary{so_far}."),
        _ => format!("{count} packets are out of the ordinary{so_far}."),
    }
}

/// What stands above a conversation.
#[must_use]
pub fn heading(id: u64, account: &Account) -> String {
    let [opener, other] = &account.parties;
    format!("Conversation {id} ({}): {} with {}", account.proto, opener.socket, other.socket)
}

/// When it began, and how what follows is to be read.
#[must_use]
pub fn guide(since_ns: u64, is_tcp: bool, counted: bool) -> String {
    let (seconds, micros) = (since_ns / 1_000_000_000, since_ns / 1_000 % 1_000_000);
    let began = format!("It began {seconds}.{micros:06} s after the capture did.");
    if !is_tcp {
        return began;
    }
    let numbers = match counted {
        true => "Once the connection is open, each side's numbers count from its SYN, which is 0",
        false => "Numbers are those in the packets",
    };
    format!("{began} {numbers}; a state in parentheses is concluded from the packets.")
}

/// What somebody wrote in the file.
#[must_use]
pub fn remark(comment: &str) -> String {
    const MOST: usize = 500;
    match comment.char_indices().nth(MOST) {
        None => format!("In the file: {comment}"),
        Some((end, _)) => format!("In the file: {}…", &comment[..end]),
    }
}
