//! The eleven states, read from both kernels between two frames.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr},
    time::{Duration, Instant},
};

use socket2::Socket;
use wiretutor::{
    kernel::{socket::TimerKind, state::TcpState},
    link::wire::Decision,
};

use super::hands::{
    CLIENT, Lab, PATIENCE, SERVER, address_of, call, close, endpoint, hold, hold_patiently, plan, server_ip, tcp,
};
use crate::stage::{Played, Scene};

pub(crate) const SCENES: &[Scene] = &[
    Scene::anybody("wire::a_connection_opens_state_by_state", opening),
    Scene::anybody("wire::a_connection_closes_state_by_state", closing),
    Scene::anybody("wire::two_crossing_fins_reach_closing", crossing_fins),
    Scene::anybody("wire::two_crossing_syns_make_one_connection", crossing_syns),
    Scene::anybody("wire::a_held_syn_is_repeated_and_folded", folded_syns),
    Scene::anybody("wire::a_lost_final_ack_starts_time_wait_anew", lost_final_ack),
];

/// Opens a connection frame by frame.
pub(crate) fn open(lab: &mut Lab, port: u16) -> (Socket, Socket, (SocketAddr, SocketAddr)) {
    let (listener, caller) = (lab.listen(port), lab.caller(0));
    let server = address_of(&listener);
    assert_eq!(lab.view(SERVER, server, None).unwrap().state, TcpState::Listen);
    call(&caller, server);
    let ends = (address_of(&caller), server);

    let syn = lab.expect(CLIENT, "SYN");
    lab.expect_state(CLIENT, ends, Some(TcpState::SynSent));
    lab.expect_state(SERVER, (ends.1, ends.0), None);
    lab.let_go(&syn);
    let syn_ack = lab.expect(SERVER, "SYN+ACK");
    lab.expect_states(ends, TcpState::SynSent, TcpState::SynRecv);
    lab.let_go(&syn_ack);
    let ack = lab.expect(CLIENT, "ACK");
    lab.expect_states(ends, TcpState::Established, TcpState::SynRecv);
    lab.let_go(&ack);
    lab.expect_states(ends, TcpState::Established, TcpState::Established);

    caller.set_nonblocking(false).unwrap();
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    accepted.set_read_timeout(Some(PATIENCE)).unwrap();
    (caller, accepted, ends)
}

fn opening() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (mut caller, mut accepted, _) = open(&mut lab, 80);
    caller.write_all(b"question").unwrap();
    let data = lab.expect(CLIENT, "PSH+ACK");
    accepted.set_nonblocking(true).unwrap();
    assert!(accepted.read(&mut [0; 9]).is_err(), "it is still in our hands");
    accepted.set_nonblocking(false).unwrap();
    lab.let_go(&data);
    let mut read = [0; 8];
    accepted.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"question");
    Ok(())
}

fn closing() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (caller, mut accepted, ends) = open(&mut lab, 80);

    close(caller);
    let fin = lab.expect(CLIENT, "FIN+ACK");
    lab.expect_states(ends, TcpState::FinWait1, TcpState::Established);
    lab.let_go(&fin);
    assert_eq!(accepted.read(&mut [0; 1]).unwrap(), 0);
    let ack = lab.expect(SERVER, "ACK");
    lab.expect_states(ends, TcpState::FinWait1, TcpState::CloseWait);
    lab.let_go(&ack);
    lab.expect_states(ends, TcpState::FinWait2, TcpState::CloseWait);
    close(accepted);
    let fin = lab.expect(SERVER, "FIN+ACK");
    lab.expect_states(ends, TcpState::FinWait2, TcpState::LastAck);
    lab.let_go(&fin);
    let ack = lab.expect(CLIENT, "ACK");
    lab.expect_states(ends, TcpState::TimeWait, TcpState::LastAck);
    lab.let_go(&ack);
    lab.expect_state(CLIENT, ends, Some(TcpState::TimeWait));
    lab.expect_state(SERVER, (ends.1, ends.0), None);
    Ok(())
}

fn crossing_fins() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (caller, accepted, ends) = open(&mut lab, 80);
    caller.shutdown(Shutdown::Write).unwrap();
    let first = lab.expect(CLIENT, "FIN+ACK");
    accepted.shutdown(Shutdown::Write).unwrap();
    let second = lab.expect(SERVER, "FIN+ACK");
    lab.expect_states(ends, TcpState::FinWait1, TcpState::FinWait1);
    lab.let_go(&first);
    let from_server = lab.expect(SERVER, "ACK");
    lab.expect_states(ends, TcpState::FinWait1, TcpState::Closing);
    lab.let_go(&second);
    let from_client = lab.expect(CLIENT, "ACK");
    lab.expect_states(ends, TcpState::Closing, TcpState::Closing);
    lab.let_go(&from_server);
    lab.expect_states(ends, TcpState::TimeWait, TcpState::Closing);
    lab.let_go(&from_client);
    lab.expect_states(ends, TcpState::TimeWait, TcpState::TimeWait);
    Ok(())
}

fn crossing_syns() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let caller = lab.caller(1111);
    let other = lab.on(SERVER, || {
        let socket = Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&endpoint(server_ip(), 2222).into()).unwrap();
        socket
    });
    let ends = (address_of(&caller), address_of(&other));
    call(&caller, ends.1);
    let first = lab.expect(CLIENT, "SYN");
    call(&other, ends.0);
    let second = lab.expect(SERVER, "SYN");
    lab.let_go(&first);
    let from_server = lab.expect(SERVER, "SYN+ACK");
    lab.expect_states(ends, TcpState::SynSent, TcpState::SynRecv);
    lab.let_go(&second);
    let from_client = lab.expect(CLIENT, "SYN+ACK");
    lab.expect_states(ends, TcpState::SynRecv, TcpState::SynRecv);
    lab.let_go(&from_server);
    lab.let_go(&from_client);
    lab.expect_states(ends, TcpState::Established, TcpState::Established);
    Ok(())
}

fn folded_syns() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (listener, caller) = (lab.listen(80), lab.caller(0));
    let server = address_of(&listener);
    call(&caller, server);
    let ends = (address_of(&caller), server);
    let syn = lab.expect(CLIENT, "SYN");
    // At the kernel's own pace: a second apart.
    for retries in 1..=2 {
        let again = lab.entered();
        assert_eq!(tcp(&again), tcp(&syn));
        assert_eq!(lab.decided(again.id), Decision::TwinOf(syn.id));
        let timer = lab.view(CLIENT, ends.0, Some(ends.1)).unwrap().timer.unwrap();
        assert_eq!(timer.kind, TimerKind::Retransmit);
        assert!(timer.retries >= retries, "{timer:?}, and it has been sent again {retries} times");
    }
    lab.let_go(&syn);
    let syn_ack = lab.expect(SERVER, "SYN+ACK");
    lab.let_go(&syn_ack);
    let ack = lab.expect(CLIENT, "ACK");
    lab.let_go(&ack);
    lab.expect_states(ends, TcpState::Established, TcpState::Established);
    Ok(())
}

fn lost_final_ack() -> Played {
    let mut lab = Lab::begin(plan(), hold_patiently())?;
    let (caller, accepted, ends) = open(&mut lab, 80);
    close(caller);
    let fin = lab.expect(CLIENT, "FIN+ACK");
    lab.let_go(&fin);
    let ack = lab.expect(SERVER, "ACK");
    lab.let_go(&ack);
    close(accepted);
    let fin = lab.expect(SERVER, "FIN+ACK");
    lab.let_go(&fin);
    let ack = lab.expect(CLIENT, "ACK");
    // From now on what is sent again counts.
    lab.follow(hold);
    lab.decide(ack.id, Decision::Drop);
    let (before, since) = (time_wait(&lab, ends), Instant::now());
    let again = lab.expect(SERVER, "FIN+ACK");
    assert_eq!(tcp(&again), tcp(&fin), "sent once more");
    lab.let_go(&again);
    let ack = lab.held_from(CLIENT);
    let after = time_wait(&lab, ends) + since.elapsed();
    // The server waited for 200 ms at least before it sent again.
    assert!(after > before + Duration::from_millis(100), "it began anew: {before:?}, {after:?}");
    lab.let_go(&ack);
    lab.expect_state(SERVER, (ends.1, ends.0), None);
    Ok(())
}

fn time_wait(lab: &Lab, ends: (SocketAddr, SocketAddr)) -> Duration {
    lab.expect_state(CLIENT, ends, Some(TcpState::TimeWait));
    lab.view(CLIENT, ends.0, Some(ends.1)).unwrap().timer.unwrap().remaining
}
