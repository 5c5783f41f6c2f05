//! What the wire carries, held against tshark: every checksum is right, and what we call a retransmission tshark calls
//! so too.
//!
//! tshark reads the capture that the program writes. Where it is not installed the tests are reported as ignored.

#![expect(clippy::expect_used, reason = "a test that can not go on has failed")]

#[path = "support/signs.rs"]
mod signs;
mod support;
#[path = "support/tshark.rs"]
mod tshark;

use libtest_mimic::Failed;
use signs::{SIGNS, Says};
use support::{LessonFile, conclude, ensure, lab_test, why_no_lab};
use tshark::Captured;

/// A connection whose SYN is lost, then a segment in the middle, then the last one, and then its FIN. The server closes when
/// its ACK of that has come: a delayed ACK that leaves just then may be overtaken by the FIN, and then what the client
/// answers to it brings about a RST, which ends TIME-WAIT (RFC 1337).
const LOSSES: &str = "server listen tcp 8080\nwire drop client > server SYN\nclient socket tcp\n\
    client setsockopt TCP_MAXSEG 512\nclient connect server:8080\nclient returned connect\nserver accept as peer\n\
    kernel server ESTABLISHED\nsyn: client > server SYN\nwire drop client > server len=500 seq=syn.seq+1001\n\
    client send 5000 bytes\nclient > server len=500 seq=syn.seq+1001 times 2\nkernel client ESTABLISHED in_flight=0\n\
    wire drop client > server len=7\nclient send \"the end\"\nclient > server len=7 times 2\n\
    kernel client ESTABLISHED in_flight=0\nserver.peer recv 5007\nwire drop client > server FIN\nclient close\n\
    client > server FIN times 2\nkernel client FIN-WAIT-2\nserver.peer close\nkernel client TIME-WAIT\n";

/// Every way that a frame can go wrong without being lost.
const TROUBLES: &str = "server listen tcp 8080\nclient connect server:8080\nserver accept as peer\n\
    kernel server ESTABLISHED\nclient setsockopt TCP_NODELAY 1\nwire duplicate client > server len>0\nclient send \"one\"\n\
    data: client > server len=3\nkernel client ESTABLISHED in_flight=0\nwire corrupt client > server len>0\n\
    client send \"two\"\nclient > server payload \"two\" times 2\nkernel client ESTABLISHED in_flight=0\n\
    wire reorder client > server payload \"three\"\nclient send \"three\"\nclient send \"four\"\n\
    kernel client ESTABLISHED in_flight=0\n";

fn captured(script: &str) -> Result<Captured, Failed> {
    Captured::of(&LessonFile::with_front("link = \"wire\"\n", script).path, &[])
}

fn every_checksum_is_right() -> Result<(), Failed> {
    for script in [LOSSES, TROUBLES] {
        let captured = captured(script)?;
        let wrong = captured.wrong_checksums()?;
        ensure(wrong.len() > 10 && wrong.iter().all(Option::is_none), || format!("{wrong:#?}"))?;
    }
    Ok(())
}

fn tshark_names_the_same() -> Result<(), Failed> {
    for (script, at_least) in [(LOSSES, 4), (TROUBLES, 1)] {
        let captured = captured(script)?;
        for found in signs::differences(&captured)? {
            ensure(found.are_none(), || {
                let (theirs, ours) = (&found.only_they, &found.only_we);
                format!("{}: only they {theirs:?}, only we {ours:?}: {:#?}", found.sign.name, captured.events)
            })?;
        }
        let count = SIGNS[0].ours(&captured.events).into_iter().filter(|says| *says == Says::Yes).count();
        ensure(count >= at_least, || format!("only {count} retransmissions"))?;
    }
    Ok(())
}

/// What tshark takes for a fast retransmission is the one that we lost in the middle.
fn tshark_sees_the_fast_retransmission() -> Result<(), Failed> {
    let fast = captured(LOSSES)?.fields(&["tcp.seq"], &["-Y", "tcp.analysis.fast_retransmission"])?;
    ensure(fast.iter().any(|fields| fields[0] == "1001"), || format!("{fast:?}"))
}

type Test = (&'static str, fn() -> Result<(), Failed>);

fn main() {
    let reason = why_no_lab().or_else(tshark::missing);
    let tests: [Test; 3] = [
        ("every checksum is right", every_checksum_is_right),
        ("tshark names the same packets as we do", tshark_names_the_same),
        ("tshark sees the fast retransmission", tshark_sees_the_fast_retransmission),
    ];
    conclude(tests.into_iter().map(|(name, test)| lab_test(name, &reason, test)).collect());
}
