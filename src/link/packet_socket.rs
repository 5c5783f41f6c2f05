//! A packet socket on one interface, read through pnet.
//!
//! It is a capture's ear, or a port of the wire. pnet reads and sends; the socket itself is made here, because four things must be said before pnet has it: that
//! frames are wanted once (not also as they leave), that the queue is to be large, that each frame be stamped by the
//! kernel, and that no frame of another interface comes in before it is bound.

use std::{
    fmt, io,
    os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd},
    thread,
    time::{Duration, Instant},
};

use pnet::datalink::{self, Channel, Config, DataLinkReceiver, DataLinkSender, NetworkInterface};
use rustix::{
    io::Errno,
    net::{
        AddressFamily, SocketFlags, SocketType,
        netdevice::name_to_index,
        socket_with,
        sockopt::{
            set_socket_recv_buffer_size, set_socket_recv_buffer_size_force, socket_error, socket_recv_buffer_size,
        },
    },
};

use crate::kernel::{clock::Stamp, sys};

/// Longer than any frame that Linux makes: `GSO_MAX_SIZE` is 524,280. Memory that no frame reaches is never touched.
const READ_BUFFER: usize = 1 << 20;
/// What we ask the kernel to queue for us. It gives as much of it as the machine allows (`net.core.rmem_max`).
const QUEUE: usize = 64 << 20;
/// What a frame takes of the queue at the least, its bookkeeping included.
const LEAST_CHARGE: usize = 512;
/// How long a frame may wait until the receiver's kernel has taken those before it.
const SENDING: Duration = Duration::from_secs(1);
/// How long the kernel may take until it stamps frames.
const PATIENCE: Duration = Duration::from_secs(2);

/// A frame that we send to ourselves: to no address, of the type that is set aside for experiments (0x88b5), with
/// a text for whoever meets it in a capture of their own.
const QUESTION: &[u8] = b"\0\0\0\0\0\0\0\0\0\0\0\0\x88\xb5wiretutor: does the kernel stamp frames by now? ";

/// A frame, and the kernel's own time of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    pub at: Stamp,
    pub bytes: Vec<u8>,
}

/// What one look into the queue found.
#[derive(Debug)]
pub(super) enum Next<Frame> {
    Frame(Frame),
    /// A frame that is not wanted.
    Skipped,
    Empty,
}

pub(super) struct PacketSocket {
    /// The same socket that pnet holds, for what pnet cannot ask.
    socket: OwnedFd,
    receiver: Box<dyn DataLinkReceiver>,
    sender: Box<dyn DataLinkSender>,
}

impl fmt::Debug for PacketSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketSocket").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl PacketSocket {
    /// Opens one in the calling thread's namespace, on an interface that gives back what is sent into it. From its
    /// return on, every frame is queued and stamped.
    pub(super) fn open(interface: &str) -> io::Result<Self> {
        let mut opened = Self::open_port(interface)?;
        opened.await_stamps()?;
        opened.lost()?;
        Ok(opened)
    }

    /// Opens one from which nothing comes back. Whether its frames are stamped from the first on, it can not find
    /// out: they are if another socket is open already whose frames are, in whatever namespace.
    pub(super) fn open_port(interface: &str) -> io::Result<Self> {
        let socket = deaf_socket()?;
        let index = name_to_index(&socket, interface)?;
        sys::set_option(&socket, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1i32.to_ne_bytes())?;
        enlarge_queue(&socket)?;
        // The first question switches stamping on, and has no answer yet.
        let _ = sys::last_frame_stamp(&socket);
        let (sender, receiver) = channel(interface, index, socket.try_clone()?)?;
        Ok(Self { socket, receiver, sender })
    }

    /// Takes the next frame out of the queue, without waiting for one, and hands it to `make` if it is wanted.
    pub(super) fn next<Frame>(
        &mut self,
        keep: impl Fn(&[u8]) -> bool,
        make: impl FnOnce(Stamp, &[u8]) -> Frame,
    ) -> io::Result<Next<Frame>> {
        let bytes = match self.receiver.next() {
            Ok(bytes) => bytes,
            Err(error) => return nothing(error),
        };
        if bytes.len() >= READ_BUFFER {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame was longer than 1 MiB, and was cut"));
        }
        if bytes == QUESTION || !keep(bytes) {
            return Ok(Next::Skipped);
        }
        Ok(Next::Frame(make(sys::last_frame_stamp(&self.socket)?, bytes)))
    }

    /// Sends a frame out of the interface. That it is sent says that the kernel has it, not that it has arrived.
    pub(super) fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.sender.send_to(frame, None).ok_or(io::ErrorKind::InvalidInput)?
    }

    /// How many frames found the queue full since this was last asked. It counts frames of other traffic too: the
    /// kernel does not look into what it drops.
    pub(super) fn lost(&self) -> io::Result<u64> {
        // `struct tpacket_stats`: packets, drops.
        let mut counts = [0; 8];
        sys::get_option(&self.socket, libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut counts)?;
        let [_, _, _, _, drops @ ..] = counts;
        Ok(u64::from(u32::from_ne_bytes(drops)))
    }

    /// More frames than the queue can hold. After as many, all that were in it have been taken out.
    pub(super) fn most_queued(&self) -> usize {
        socket_recv_buffer_size(&self.socket).unwrap_or(QUEUE) / LEAST_CHARGE + 1
    }

    /// Takes the error that the socket has stored, which pnet calls an unexpected event.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        socket_error(&self.socket).ok()?.err().map(Into::into)
    }

    /// Stamping begins a moment after it was asked for: a worker of the kernel has to patch it in. A frame that came
    /// before is given the time at which we ask, which looks the same. So frames are sent to ourselves until one
    /// bears a time from before it was read.
    fn await_stamps(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.send(QUESTION)?;
            let sent = Stamp::now();
            while self.discard()? {
                if sys::last_frame_stamp(&self.socket)? <= sent {
                    return Ok(());
                }
            }
            thread::sleep(Duration::from_micros(50));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the kernel does not stamp the frames of this interface"))
    }

    /// Takes a frame out of the queue unseen. False: there was none.
    fn discard(&mut self) -> io::Result<bool> {
        self.next(|_| false, |_, _| ()).map(|next| !matches!(next, Next::Empty))
    }
}

/// Whether a packet socket may be opened here at all.
///
/// It asks for one of a type that there is not. The kernel checks everything else first, so that complaint means yes,
/// and spares us a socket: to close a packet socket takes the kernel some 10 ms, an RCU grace period.
pub(super) fn may_open() -> io::Result<()> {
    match socket_with(AddressFamily::PACKET, SocketType::STREAM, SocketFlags::CLOEXEC, None) {
        Ok(_) | Err(Errno::SOCKTNOSUPPORT | Errno::PROTONOSUPPORT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A packet socket that hears nothing until it is bound: its protocol is 0.
fn deaf_socket() -> io::Result<OwnedFd> {
    Ok(socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None)?)
}

fn enlarge_queue(socket: &OwnedFd) -> io::Result<()> {
    // Past the machine's limit only with a right that a sandbox does not have.
    set_socket_recv_buffer_size_force(socket, QUEUE).or_else(|_| set_socket_recv_buffer_size(socket, QUEUE))?;
    Ok(())
}

/// Lets pnet bind the socket and take it over.
fn channel(
    interface: &str,
    index: u32,
    socket: OwnedFd,
) -> io::Result<(Box<dyn DataLinkSender>, Box<dyn DataLinkReceiver>)> {
    let interface = NetworkInterface {
        name: interface.to_owned(),
        description: String::new(),
        index,
        mac: None,
        ips: Vec::new(),
        flags: 0,
    };
    let config = Config {
        read_buffer_size: READ_BUFFER,
        read_timeout: Some(Duration::ZERO), // never wait: whoever reads has polled
        write_timeout: Some(SENDING),
        promiscuous: false,
        socket_fd: Some(socket.into_raw_fd()), // pnet closes it, also when it fails
        ..Config::default()
    };
    match datalink::channel(&interface, config)? {
        Channel::Ethernet(sender, receiver) => Ok((sender, receiver)),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// pnet says "nothing there" in three ways.
fn nothing<Frame>(error: io::Error) -> io::Result<Next<Frame>> {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Ok(Next::Empty),
        io::ErrorKind::Interrupted => Ok(Next::Skipped),
        _ => Err(error),
    }
}
