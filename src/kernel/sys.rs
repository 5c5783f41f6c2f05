//! The few requests to the kernel that no safe crate offers, each audited here.
//!
//! Everything else in the house is safe code: what rustix, socket2 or the standard library can do is left to them.
//! A function stands here only when its request is missing there, and each is safe to call whatever its arguments.

#![expect(unsafe_code, reason = "the one place where the program talks to the kernel by hand")]

use std::{
    io::{self, Read, Write},
    os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind},
};

use rustix::{
    ioctl::{Getter, Opcode, ioctl, opcode},
    pipe::{PipeFlags, pipe_with},
    process::{Pid, Signal, WaitOptions, getpid, getppid, set_parent_process_death_signal, waitpid},
    thread::{UnshareFlags, unshare_unsafe},
};

use super::clock::Stamp;

/// Reads a socket option into `value` and returns how many bytes the kernel wrote.
pub fn get_option(socket: impl AsFd, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
    let mut length = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the kernel writes at most `length` bytes, and `value` is at least that long.
    let result = unsafe {
        libc::getsockopt(socket.as_fd().as_raw_fd(), level, name, value.as_mut_ptr().cast(), &raw mut length)
    };
    if result == 0 { Ok(length as usize) } else { Err(io::Error::last_os_error()) }
}

/// Sets a socket option to the bytes of `value`.
pub fn set_option(socket: impl AsFd, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(value.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: the kernel reads exactly `length` bytes of `value`.
    let result = unsafe { libc::setsockopt(socket.as_fd().as_raw_fd(), level, name, value.as_ptr().cast(), length) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `SIOCGSTAMPNS` in the form whose seconds have 64 bits on every machine (Linux 5.1).
const SIOCGSTAMPNS: Opcode = opcode::read::<[i64; 2]>(0x89, 7);

/// The kernel's time of the frame that was last read from a packet socket.
///
/// The first call on a socket fails with `ENOENT` and switches stamping on.
pub fn last_frame_stamp(socket: impl AsFd) -> io::Result<Stamp> {
    // SAFETY: this request writes a `struct __kernel_timespec`: two 64-bit numbers.
    let read = unsafe { Getter::<SIOCGSTAMPNS, [i64; 2]>::new() };
    // SAFETY: the opcode and the type it fills belong together, as said above.
    let [seconds, nanoseconds] = unsafe { ioctl(socket, read) }?;
    let (seconds, nanoseconds) = (u64::try_from(seconds).unwrap_or(0), u64::try_from(nanoseconds).unwrap_or(0));
    Ok(Stamp(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)))
}

/// Work on frames that a kernel leaves to the network card, by ethtool's number of the command that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Offload {
    /// Filling in checksums as frames leave.
    TxChecksum = 0x17,
    /// Frames that lie in memory in pieces.
    ScatterGather = 0x19,
    /// Cutting TCP's data into segments.
    TcpSegmentation = 0x1f,
    /// The same, late in the kernel and for every protocol.
    Segmentation = 0x24,
    /// Joining segments as they arrive.
    Joining = 0x2c,
}

/// `struct ethtool_value`.
#[repr(C)]
struct EthtoolValue {
    command: u32,
    value: u32,
}

/// Turns an offload of an interface on or off, in the network namespace of `socket`.
pub fn set_offload(socket: impl AsFd, interface: &str, offload: Offload, on: bool) -> io::Result<()> {
    let mut setting = EthtoolValue { command: offload as u32, value: u32::from(on) };
    let ifr_ifru = libc::__c_anonymous_ifr_ifru { ifru_data: (&raw mut setting).cast() };
    let mut request = libc::ifreq { ifr_name: interface_name(interface)?, ifr_ifru };
    // SAFETY: `request`, and the `setting` that it points to, live until the call returns; each command of
    // `Offload` reads a `struct ethtool_value` and writes nothing.
    let result = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), libc::SIOCETHTOOL as libc::Ioctl, &raw mut request) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A name with the zero that ends it.
fn interface_name(name: &str) -> io::Result<[libc::c_char; libc::IFNAMSIZ]> {
    let mut bytes = [0; libc::IFNAMSIZ];
    if name.len() >= bytes.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from.cast_signed() as libc::c_char;
    }
    Ok(bytes)
}

/// Closes a descriptor and tells what the kernel answered, which dropping it would hide.
pub fn close(descriptor: OwnedFd) -> io::Result<()> {
    // SAFETY: the descriptor was owned, and `into_raw_fd` gave that up: nobody else closes it.
    let result = unsafe { libc::close(descriptor.into_raw_fd()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Leaves the namespaces that `what` names for new ones.
///
/// Only namespaces: unsharing the table of descriptors (`CLONE_FILES`) would break other threads' descriptors.
pub fn unshare(what: UnshareFlags) -> io::Result<()> {
    if what.contains(UnshareFlags::FILES) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the table of descriptors stays shared, which is the only condition.
    unsafe { unshare_unsafe(what) }.map_err(Into::into)
}

/// Whether this process has only the calling thread.
pub fn has_one_thread() -> bool {
    match std::fs::read_dir("/proc/self/task") {
        Ok(threads) => threads.count() == 1,
        Err(_) => may_leave_thread_group(),
    }
}

/// The same question to the kernel itself, for where there is no `/proc`: unsharing the thread group is refused to
/// a process with several threads. It is the second choice, because a filter of system calls may kill who asks.
fn may_leave_thread_group() -> bool {
    // SAFETY: for a single thread `CLONE_THREAD` has no effect; otherwise the call fails and has none either.
    unsafe { libc::unshare(libc::CLONE_THREAD) == 0 }
}

/// A copy of this process that runs one closure and hands back bytes.
///
/// It is how something is tried whose effects must not stay: namespaces, users, capabilities.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    answer: std::fs::File,
}

impl Child {
    /// Forks. Refused where the process has other threads, because a lock that one of them held would stay locked
    /// in the copy for ever.
    pub fn start(work: impl FnOnce() -> Vec<u8>) -> io::Result<Self> {
        if !has_one_thread() {
            return Err(io::Error::other("a process with several threads cannot be copied safely"));
        }
        let (answer, to_parent) = pipe_with(PipeFlags::CLOEXEC)?;
        let parent = getpid();
        // SAFETY: there is one thread, so the copy is a whole process: it may do what any process may.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                drop(answer);
                run_in_child(parent, to_parent, work)
            }
            pid => {
                let pid = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidData)?;
                Ok(Self { pid, answer: answer.into() })
            }
        }
    }

    /// Waits for the end and returns what the closure returned. A child that was killed, or whose closure
    /// panicked, is an error that says so.
    pub fn wait(mut self) -> io::Result<Vec<u8>> {
        let mut answer = Vec::new();
        let read = self.answer.read_to_end(&mut answer);
        let status = loop {
            match waitpid(Some(self.pid), WaitOptions::empty()) {
                Err(rustix::io::Errno::INTR) => {}
                // Whoever started us may have said that nobody waits for children: then the answer has to do.
                Err(rustix::io::Errno::CHILD) | Ok(None) => break None,
                Err(error) => return Err(error.into()),
                Ok(Some((_, status))) => break Some(status),
            }
        };
        read?;
        match status {
            Some(status) if status.signaled() => {
                let signal = status.terminating_signal().unwrap_or_default();
                Err(io::Error::other(format!("the process that tried it was killed by signal {signal}")))
            }
            Some(status) if status.exit_status() != Some(0) => {
                Err(io::Error::other("the process that tried it ended before its time"))
            }
            _ => Ok(answer),
        }
    }
}

/// Runs `work` in a copy of this process and returns its answer.
pub fn in_child(work: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    Child::start(work)?.wait()
}

fn run_in_child(parent: Pid, to_parent: OwnedFd, work: impl FnOnce() -> Vec<u8>) -> ! {
    // The copy must not outlive its parent, however that dies: also when it died before this line.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let orphaned = getppid() != Some(parent);
    let answer = if orphaned { None } else { catch_unwind(AssertUnwindSafe(work)).ok() };
    let written = answer.is_some_and(|bytes| std::fs::File::from(to_parent).write_all(&bytes).is_ok());
    // SAFETY: leaves at once, without the parent's handlers at exit and without flushing its buffers twice.
    unsafe { libc::_exit(i32::from(!written)) }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn an_option_reads_back_as_it_was_set() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        set_option(&socket, libc::SOL_SOCKET, libc::SO_PRIORITY, &3i32.to_ne_bytes()).unwrap();
        let mut value = [0; 4];
        assert_eq!(get_option(&socket, libc::SOL_SOCKET, libc::SO_PRIORITY, &mut value).unwrap(), 4);
        assert_eq!(i32::from_ne_bytes(value), 3);
    }

    #[test]
    fn an_unknown_option_is_an_error() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let refused = get_option(&socket, libc::SOL_SOCKET, 9999, &mut [0; 4]).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOPROTOOPT));
    }

    #[test]
    fn closing_tells_the_answer() {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        close(write).unwrap();
        assert_eq!(rustix::io::read(&read, &mut [0; 1]), Ok(0), "the other end is closed");
    }

    #[test]
    fn a_process_with_threads_is_not_copied() {
        // A test runs beside the thread that started it.
        assert!(!has_one_thread() && !may_leave_thread_group());
        assert!(in_child(Vec::new).is_err());
    }

    #[test]
    fn the_table_of_descriptors_is_never_unshared() {
        assert_eq!(unshare(UnshareFlags::FILES).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
