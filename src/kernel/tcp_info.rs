//! `TCP_INFO`: what the kernel says about one TCP connection.
//!
//! The kernel's struct grows at its end with almost every release, and each C library knows another length. So it
//! is read by offset from however many bytes the kernel gave; a field beyond them is `None`. What the numbers mean
//! is written beside them; which of them a lesson shows is left to others.

use std::{io, os::fd::AsFd};

use serde::{Deserialize, Serialize};

use super::{state::TcpState, sys};

/// Longer than the struct of any kernel so far (248 bytes in Linux 6.12).
const LONGEST: usize = 512;

/// In what a field is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Number,
    Segments,
    Bytes,
    BytesPerSecond,
    Microseconds,
    Milliseconds,
}

/// One table: the field, its type, its offset in `struct tcp_info` (`include/uapi/linux/tcp.h`), its unit.
macro_rules! tcp_info {
    ($( $(#[$doc:meta])* $name:ident: $type:ty, $offset:literal, $unit:ident; )+) => {
        /// What `TCP_INFO` says, each field as the kernel counts it. `None`: this kernel does not tell.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct TcpInfo {
            $( $(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$type>, )+
            /// The shift that the peer asked for: its announced windows are to be multiplied by 2 to this power.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub snd_wscale: Option<u8>,
            /// The shift that we asked for, of the windows that we announce.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub rcv_wscale: Option<u8>,
        }

        impl TcpInfo {
            /// From the bytes of a `struct tcp_info`, of whatever length.
            #[must_use]
            pub fn parse(bytes: &[u8]) -> Self {
                let scales = number::<1>(bytes, 6).map(|[both]| window_scales(both));
                Self {
                    $( $name: number(bytes, $offset).map(<$type>::from_ne_bytes), )+
                    snd_wscale: scales.map(|(snd, _)| snd),
                    rcv_wscale: scales.map(|(_, rcv)| rcv),
                }
            }

            /// The fields that this kernel told, by name, in the kernel's order.
            pub fn fields(&self) -> impl Iterator<Item = (&'static str, u64, Unit)> + use<> {
                [
                    $( (stringify!($name), self.$name.map(u64::from), Unit::$unit), )+
                    ("snd_wscale", self.snd_wscale.map(u64::from), Unit::Number),
                    ("rcv_wscale", self.rcv_wscale.map(u64::from), Unit::Number),
                ]
                .into_iter()
                .filter_map(|(name, value, unit)| Some((name, value?, unit)))
            }
        }
    };
}

tcp_info! {
    /// The state's number; [`TcpInfo::tcp_state`] gives its name.
    state: u8, 0, Number;
    /// Of congestion control: 0 open, 1 disorder, 2 window reduced (CWR), 3 recovery, 4 loss.
    ca_state: u8, 1, Number;
    /// Timeouts in a row that the oldest unacknowledged segment has seen.
    retransmits: u8, 2, Number;
    /// Probes in a row (closed window or keep-alive) without an answer.
    probes: u8, 3, Number;
    /// How often the timeout has been doubled.
    backoff: u8, 4, Number;
    /// Negotiated options, as bits: 1 timestamps, 2 SACK, 4 window scale, 8 ECN, 16 ECN seen, 32 SYN data.
    options: u8, 5, Number;
    /// The retransmission timeout.
    rto: u32, 8, Microseconds;
    /// The timeout of a delayed acknowledgement.
    ato: u32, 12, Microseconds;
    /// The most data that goes into one segment out.
    snd_mss: u32, 16, Bytes;
    /// The largest segment that the peer has sent, as estimated.
    rcv_mss: u32, 20, Bytes;
    /// Sent and not yet acknowledged. Of a listener: connections that wait for `accept`.
    unacked: u32, 24, Segments;
    /// Acknowledged selectively. Of a listener: the most that may wait (the backlog).
    sacked: u32, 28, Segments;
    /// Believed lost.
    lost: u32, 32, Segments;
    /// Sent again and not yet acknowledged.
    retrans: u32, 36, Segments;
    /// No longer counted by Linux: zero.
    fackets: u32, 40, Segments;
    /// Since we last sent data.
    last_data_sent: u32, 44, Milliseconds;
    /// Never filled in by Linux: zero.
    last_ack_sent: u32, 48, Milliseconds;
    /// Since data last came.
    last_data_recv: u32, 52, Milliseconds;
    /// Since an acknowledgement last came.
    last_ack_recv: u32, 56, Milliseconds;
    /// The path's MTU, as far as known.
    pmtu: u32, 60, Bytes;
    /// To what the announced window may grow at present.
    rcv_ssthresh: u32, 64, Bytes;
    /// The smoothed round-trip time.
    rtt: u32, 68, Microseconds;
    /// Its mean deviation.
    rttvar: u32, 72, Microseconds;
    /// Where slow start ends. 2147483647: not known yet.
    snd_ssthresh: u32, 76, Segments;
    /// The congestion window.
    snd_cwnd: u32, 80, Segments;
    /// The MSS that we announced.
    advmss: u32, 84, Bytes;
    /// How far segments may arrive out of order before one is believed lost.
    reordering: u32, 88, Segments;
    /// The receiver's own estimate of the round-trip time.
    rcv_rtt: u32, 92, Microseconds;
    /// The room that the receiver keeps for one round trip's data.
    rcv_space: u32, 96, Bytes;
    /// Retransmissions since the beginning.
    total_retrans: u32, 100, Segments;
    pacing_rate: u64, 104, BytesPerSecond;
    max_pacing_rate: u64, 112, BytesPerSecond;
    /// Data that the peer has acknowledged. It counts the SYN as one.
    bytes_acked: u64, 120, Bytes;
    /// Data that has arrived in order. It counts the FIN as one.
    bytes_received: u64, 128, Bytes;
    segs_out: u32, 136, Segments;
    segs_in: u32, 140, Segments;
    /// In the send queue, not yet sent for the first time.
    notsent_bytes: u32, 144, Bytes;
    /// The least round-trip time seen. 4294967295: none yet.
    min_rtt: u32, 148, Microseconds;
    data_segs_in: u32, 152, Segments;
    data_segs_out: u32, 156, Segments;
    delivery_rate: u64, 160, BytesPerSecond;
    /// For how long there was something to send.
    busy_time: u64, 168, Microseconds;
    /// For how long the peer's window was what stopped us.
    rwnd_limited: u64, 176, Microseconds;
    /// For how long our send buffer was what stopped us.
    sndbuf_limited: u64, 184, Microseconds;
    /// Known to have arrived.
    delivered: u32, 192, Segments;
    /// Known to have arrived marked "congestion experienced".
    delivered_ce: u32, 196, Segments;
    /// Data sent, retransmissions included.
    bytes_sent: u64, 200, Bytes;
    /// Data sent again.
    bytes_retrans: u64, 208, Bytes;
    /// Times that the peer said a segment had come twice (DSACK).
    dsack_dups: u32, 216, Segments;
    /// Times that reordering was seen.
    reord_seen: u32, 220, Number;
    /// Segments that came out of order.
    rcv_ooopack: u32, 224, Segments;
    /// The window that the peer has announced, scaled.
    snd_wnd: u32, 228, Bytes;
    /// The window that we have announced, scaled (Linux 6.2).
    rcv_wnd: u32, 232, Bytes;
    /// Times that another path was tried after timeouts.
    rehash: u32, 236, Number;
    /// Timeouts since the beginning (Linux 6.7).
    total_rto: u16, 240, Number;
    /// How often the connection recovered from timeouts.
    total_rto_recoveries: u16, 242, Number;
    /// How long those recoveries took together.
    total_rto_time: u32, 244, Milliseconds;
}

impl TcpInfo {
    /// Asks about a socket that this process has open. One that is closed already answers through `sock_diag` only.
    pub fn of(socket: impl AsFd) -> io::Result<Self> {
        let mut bytes = [0; LONGEST];
        let length = sys::get_option(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut bytes)?;
        Ok(Self::parse(bytes.get(..length).unwrap_or(&bytes)))
    }

    #[must_use]
    pub fn tcp_state(&self) -> Option<TcpState> {
        self.state.and_then(TcpState::from_kernel)
    }
}

fn number<const WIDTH: usize>(bytes: &[u8], offset: usize) -> Option<[u8; WIDTH]> {
    bytes.get(offset..)?.first_chunk().copied()
}

/// Two fields of four bits in one byte; a compiler puts the first where the machine's numbers begin.
const fn window_scales(both: u8) -> (u8, u8) {
    let (low, high) = (both & 0x0f, both >> 4);
    if cfg!(target_endian = "little") { (low, high) } else { (high, low) }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
    };

    use proptest::prelude::*;

    use super::*;

    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    #[test]
    fn the_kernel_tells_of_a_real_connection() {
        let (mut client, mut server) = connection();
        client.write_all(b"four").unwrap();
        server.read_exact(&mut [0; 4]).unwrap();
        let info = TcpInfo::of(&server).unwrap();
        assert_eq!(info.tcp_state(), Some(TcpState::Established));
        assert_eq!(info.bytes_received, Some(4));
        assert_eq!(info.data_segs_in, Some(1));
        let info = TcpInfo::of(&client).unwrap();
        assert_eq!(info.bytes_sent, Some(4));
        assert!(info.snd_cwnd >= Some(2), "{info:?}");
        assert!(info.rto >= Some(200_000), "{info:?}");
    }

    /// libc's own struct as the oracle of the offsets.
    #[test]
    fn offsets_agree_with_the_c_library() {
        macro_rules! same {
            ($($ours:ident = $theirs:ident),+) => {
                $( {
                    let mut bytes = [0u8; LONGEST];
                    let offset = std::mem::offset_of!(libc::tcp_info, $theirs);
                    bytes[offset] = 7;
                    let found = TcpInfo::parse(&bytes);
                    let field = found.fields().find(|(name, ..)| *name == stringify!($ours)).unwrap();
                    assert_ne!(field.1, 0, "{} is not at {offset}", stringify!($ours));
                } )+
            };
        }
        same!(
            state = tcpi_state,
            ca_state = tcpi_ca_state,
            retransmits = tcpi_retransmits,
            probes = tcpi_probes,
            backoff = tcpi_backoff,
            options = tcpi_options,
            rto = tcpi_rto,
            ato = tcpi_ato,
            snd_mss = tcpi_snd_mss,
            rcv_mss = tcpi_rcv_mss,
            unacked = tcpi_unacked,
            sacked = tcpi_sacked,
            lost = tcpi_lost,
            retrans = tcpi_retrans,
            fackets = tcpi_fackets,
            last_data_sent = tcpi_last_data_sent,
            last_ack_sent = tcpi_last_ack_sent,
            last_data_recv = tcpi_last_data_recv,
            last_ack_recv = tcpi_last_ack_recv,
            pmtu = tcpi_pmtu,
            rcv_ssthresh = tcpi_rcv_ssthresh,
            rtt = tcpi_rtt,
            rttvar = tcpi_rttvar,
            snd_ssthresh = tcpi_snd_ssthresh,
            snd_cwnd = tcpi_snd_cwnd,
            advmss = tcpi_advmss,
            reordering = tcpi_reordering,
            rcv_rtt = tcpi_rcv_rtt,
            rcv_space = tcpi_rcv_space,
            total_retrans = tcpi_total_retrans
        );
    }

    #[test]
    fn a_short_answer_leaves_the_rest_unknown() {
        let info = TcpInfo::parse(&[1; 84]);
        assert_eq!(info.snd_cwnd, Some(0x0101_0101));
        assert_eq!(info.advmss, None);
        assert_eq!(TcpInfo::parse(&[]), TcpInfo::default());
        assert_eq!(TcpInfo::parse(&[]).fields().count(), 0);
    }

    #[test]
    fn the_two_window_scales_share_a_byte() {
        let info = TcpInfo::parse(&[0, 0, 0, 0, 0, 0, if cfg!(target_endian = "little") { 0x9a } else { 0xa9 }]);
        assert_eq!((info.snd_wscale, info.rcv_wscale), (Some(10), Some(9)));
    }

    proptest! {
        #[test]
        fn any_bytes_parse_and_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..LONGEST)) {
            let info = TcpInfo::parse(&bytes);
            let text = serde_json::to_string(&info).unwrap();
            prop_assert_eq!(serde_json::from_str::<TcpInfo>(&text).unwrap(), info);
        }
    }
}
