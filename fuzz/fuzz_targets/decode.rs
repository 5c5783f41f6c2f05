//! Any bytes are a packet: decoding, explaining and adding up never panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretutor::packet::{LinkType, decode_from, fields_from};

fuzz_target!(|bytes: &[u8]| {
    for link in LinkType::ALL {
        let packet = decode_from(link, bytes);
        for found in packet.faults.iter() {
            assert!(found.at.end() <= bytes.len(), "{found:?}");
            assert!(!found.fault.to_string().is_empty());
        }
        assert!(packet.payload.end() <= bytes.len());
        let _ = (packet.checksums(bytes), packet.source(), packet.destination());
        let end = fields_from(link, bytes).iter().map(|field| field.range.end).max();
        assert_eq!(end.unwrap_or_default(), bytes.len(), "bytes without a field");
    }
});
