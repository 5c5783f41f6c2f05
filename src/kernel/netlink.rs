//! Netlink: the envelope of questions to the kernel and of its answers.
//!
//! Only the envelope: who asks what is left to [`super::sock_diag`] and to the room that sets interfaces up. Answers
//! are read with suspicion, because a length that is taken on trust is how parsers of this format crash.

use std::{io, os::fd::OwnedFd};

use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, netlink::SOCK_DIAG, recv, send, socket_with,
};

/// `struct nlmsghdr`: length (4), type (2), flags (2), sequence (4), port (4).
const HEADER: usize = 16;
/// `struct nlattr`: length (2), type (2).
const ATTRIBUTE_HEADER: usize = 4;
/// The kernel fills at most 32 KiB at a time.
const BUFFER: usize = 64 * 1024;
/// A dump that other sockets keep disturbing is begun anew this often; after that its last form has to do.
const DUMPS: usize = 8;

/// A request's flags.
pub mod flags {
    pub const REQUEST: u16 = libc::NLM_F_REQUEST as u16;
    pub const ACK: u16 = libc::NLM_F_ACK as u16;
    pub const DUMP: u16 = libc::NLM_F_DUMP as u16;
    pub const CREATE: u16 = (libc::NLM_F_CREATE | libc::NLM_F_EXCL) as u16;
}

/// A netlink socket. It belongs to the network namespace in which it was opened, whichever thread uses it.
#[derive(Debug)]
pub struct Netlink {
    socket: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

/// One message of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    pub kind: u16,
    pub flags: u16,
    pub sequence: u32,
    pub body: &'a [u8],
}

/// How far an answer has come after one datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    More,
    Done,
}

impl Netlink {
    /// To interfaces, addresses and routes: `NETLINK_ROUTE`, protocol 0.
    pub fn route() -> io::Result<Self> {
        Self::open(None)
    }

    /// To the table of sockets.
    pub fn sock_diag() -> io::Result<Self> {
        Self::open(Some(SOCK_DIAG))
    }

    fn open(protocol: Option<Protocol>) -> io::Result<Self> {
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
        Ok(Self { socket, sequence: 0, buffer: vec![0; BUFFER] })
    }

    /// Asks for everything of a kind. Begins anew when the kernel says that its tables changed meanwhile.
    pub fn dump<T>(&mut self, kind: u16, body: &[u8], read: impl Fn(&Message<'_>) -> Option<T>) -> io::Result<Vec<T>> {
        let mut dumps = 1;
        loop {
            let (found, torn) = self.exchange(kind, flags::DUMP, body, &read)?;
            if !torn || dumps == DUMPS {
                return Ok(found);
            }
            dumps += 1;
        }
    }

    /// Asks one question, and waits until the kernel says that it is dealt with.
    pub fn ask<T>(&mut self, kind: u16, body: &[u8], read: impl Fn(&Message<'_>) -> Option<T>) -> io::Result<Vec<T>> {
        self.exchange(kind, flags::ACK, body, &read).map(|(found, _)| found)
    }

    /// Asks for something that must not be there yet.
    pub fn create(&mut self, kind: u16, body: &Body) -> io::Result<()> {
        self.exchange(kind, flags::ACK | flags::CREATE, &body.0, &|_| None::<()>).map(drop)
    }

    /// Asks for a change of what is there.
    pub fn change(&mut self, kind: u16, body: &Body) -> io::Result<()> {
        self.ask(kind, &body.0, |_| None::<()>).map(drop)
    }

    /// Sends one request and reads its whole answer. The flag says whether the answer contradicts itself.
    fn exchange<T>(
        &mut self,
        kind: u16,
        how: u16,
        body: &[u8],
        read: &impl Fn(&Message<'_>) -> Option<T>,
    ) -> io::Result<(Vec<T>, bool)> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = request(kind, flags::REQUEST | how, self.sequence, body)?;
        retry(|| send(&self.socket, &request, SendFlags::empty()))?;
        let (mut found, mut torn) = (Vec::new(), false);
        loop {
            let datagram = receive(&self.socket, &mut self.buffer)?;
            let progress = walk(datagram, self.sequence, |message| {
                torn |= message.flags & libc::NLM_F_DUMP_INTR as u16 != 0;
                found.extend(read(message));
            })?;
            if progress == Progress::Done {
                return Ok((found, torn));
            }
        }
    }
}

/// What a request says after its header: a fixed part, and attributes.
#[derive(Clone, Debug)]
pub struct Body(Vec<u8>);

impl Body {
    /// The fixed part is that of the message's kind; the attributes of a nest may have none.
    #[must_use]
    pub fn new(fixed: &[u8]) -> Self {
        Self(fixed.to_vec())
    }

    #[must_use]
    pub fn with(mut self, kind: u16, value: &[u8]) -> Self {
        // A value of 64 KiB would not fit; the kernel refuses a length that is not true.
        let length = u16::try_from(ATTRIBUTE_HEADER + value.len()).unwrap_or(u16::MAX);
        self.0.extend(length.to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(aligned(self.0.len()), 0);
        self
    }

    /// An attribute that is made of attributes.
    #[must_use]
    pub fn with_nest(self, kind: u16, nest: &Self) -> Self {
        self.with(kind | libc::NLA_F_NESTED as u16, &nest.0)
    }
}

fn receive<'a>(socket: &OwnedFd, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    // With TRUNC the kernel tells the real length of a datagram that did not fit.
    let (_, length) = retry(|| recv(socket, &mut *buffer, RecvFlags::TRUNC))?;
    buffer.get(..length).ok_or_else(|| malformed("an answer longer than the buffer"))
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    rustix::io::retry_on_intr(&mut call).map_err(Into::into)
}

/// Gives each message of the answer numbered `sequence` to `each`. What is left over from an earlier answer that
/// was given up carries another number and is skipped.
fn walk(datagram: &[u8], sequence: u32, mut each: impl FnMut(&Message<'_>)) -> io::Result<Progress> {
    for message in messages(datagram) {
        let message = message?;
        if message.sequence != sequence {
            continue;
        }
        match i32::from(message.kind) {
            libc::NLMSG_NOOP => {}
            libc::NLMSG_ERROR => {
                let code = result_code(message.body).ok_or_else(|| malformed("an error without its number"))?;
                return refused(code);
            }
            // A dump that fails on its way says so in its last message; older kernels leave the number out.
            libc::NLMSG_DONE => {
                each(&Message { body: &[], ..message });
                return refused(result_code(message.body).unwrap_or(0));
            }
            _ => each(&message),
        }
    }
    Ok(Progress::More)
}

fn refused(code: i32) -> io::Result<Progress> {
    if code >= 0 { Ok(Progress::Done) } else { Err(io::Error::from_raw_os_error(code.saturating_neg())) }
}

fn result_code(body: &[u8]) -> Option<i32> {
    body.first_chunk().copied().map(i32::from_ne_bytes)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("netlink: {what}"))
}

fn request(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(HEADER + body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend(0u32.to_ne_bytes());
    bytes.extend(body);
    Ok(bytes)
}

/// The messages of a datagram. One that claims to be longer than what is there, or shorter than its own header, is
/// an error and the last.
pub fn messages(mut datagram: &[u8]) -> impl Iterator<Item = io::Result<Message<'_>>> {
    std::iter::from_fn(move || {
        if datagram.is_empty() {
            return None;
        }
        let Some((message, length)) = first_message(datagram) else {
            datagram = &[];
            return Some(Err(malformed("a message cut short")));
        };
        datagram = datagram.get(aligned(length)..).unwrap_or(&[]);
        Some(Ok(message))
    })
}

fn first_message(datagram: &[u8]) -> Option<(Message<'_>, usize)> {
    let (length, rest) = datagram.split_first_chunk().map(|(bytes, rest)| (u32::from_ne_bytes(*bytes), rest))?;
    let (kind, rest) = rest.split_first_chunk().map(|(bytes, rest)| (u16::from_ne_bytes(*bytes), rest))?;
    let (flags, rest) = rest.split_first_chunk().map(|(bytes, rest)| (u16::from_ne_bytes(*bytes), rest))?;
    let sequence = rest.first_chunk().copied().map(u32::from_ne_bytes)?;
    let length = usize::try_from(length).ok()?;
    let body = datagram.get(HEADER..length)?;
    Some((Message { kind, flags, sequence, body }, length))
}

/// The attributes that follow a message's fixed part, up to the first that is malformed.
pub fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk().map(|(b, rest)| (u16::from_ne_bytes(*b), rest))?;
        let kind = rest.first_chunk().copied().map(u16::from_ne_bytes)?;
        let length = usize::from(length);
        let value = bytes.get(ATTRIBUTE_HEADER..length)?;
        bytes = bytes.get(aligned(length)..).unwrap_or(&[]);
        Some((kind & !(libc::NLA_F_NESTED | libc::NLA_F_NET_BYTEORDER) as u16, value))
    })
}

const fn aligned(length: usize) -> usize {
    (length + 3) & !3
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(kind: i32, sequence: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = request(u16::try_from(kind).unwrap(), 0, sequence, body).unwrap();
        bytes.resize(aligned(bytes.len()), 0);
        bytes
    }

    #[test]
    fn an_answer_may_come_in_parts() {
        let mut bodies = Vec::new();
        let mut datagram = message(20, 7, b"odd");
        datagram.extend(message(20, 7, b"even"));
        let progress = walk(&datagram, 7, |message| bodies.push(message.body.to_vec())).unwrap();
        assert_eq!((progress, bodies), (Progress::More, vec![b"odd".to_vec(), b"even".to_vec()]));
        let progress = walk(&message(libc::NLMSG_DONE, 7, &0i32.to_ne_bytes()), 7, |_| {}).unwrap();
        assert_eq!(progress, Progress::Done);
    }

    #[test]
    fn an_answer_to_an_earlier_question_is_skipped() {
        let progress = walk(&message(libc::NLMSG_DONE, 6, &[]), 7, |_| panic!("not ours")).unwrap();
        assert_eq!(progress, Progress::More);
    }

    #[test]
    fn a_refusal_is_an_error_with_its_number() {
        for kind in [libc::NLMSG_ERROR, libc::NLMSG_DONE] {
            let body = (-libc::EPERM).to_ne_bytes();
            let error = walk(&message(kind, 7, &body), 7, |_| {}).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        }
    }

    #[test]
    fn a_message_cut_short_is_an_error() {
        let whole = message(20, 7, b"body");
        for length in 1..whole.len() {
            let error = walk(&whole[..length], 7, |_| {}).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{length} bytes");
        }
    }

    #[test]
    fn attributes_end_at_one_that_is_too_short() {
        let bytes = [8u16.to_ne_bytes(), 2u16.to_ne_bytes(), [1, 2], [3, 4], 3u16.to_ne_bytes(), [9, 0]].concat();
        assert_eq!(attributes(&bytes).collect::<Vec<_>>(), [(2, &[1, 2, 3, 4][..])]);
    }

    #[test]
    fn a_body_reads_back_as_it_was_written() {
        let nest = Body::new(&[]).with(7, b"odd").with(8, &[]);
        let body = Body::new(&[1, 2, 3, 4]).with_nest(5, &nest).with(6, b"last");
        let (fixed, rest) = body.0.split_at(4);
        let read: Vec<_> = attributes(rest).collect();
        assert_eq!((fixed, read.len(), read[1]), (&[1, 2, 3, 4][..], 2, (6, &b"last"[..])));
        assert_eq!(read[0].0, 5);
        assert_eq!(attributes(read[0].1).collect::<Vec<_>>(), [(7, &b"odd"[..]), (8, &[][..])]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_run_for_ever(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(messages(&bytes).count() <= bytes.len());
            prop_assert!(attributes(&bytes).count() <= bytes.len());
        }
    }
}
