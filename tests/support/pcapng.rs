//! Just enough of pcapng to hand frames to other tools: one interface, nanoseconds.

const ETHERNET: u16 = 1;
/// `if_tsresol`: the times count in units of 10 to the power of minus this.
const RESOLUTION: (u16, u8) = (9, 9);

/// A file with these frames, each with its time in nanoseconds since 1970.
pub(crate) fn file<'f>(frames: impl IntoIterator<Item = (u64, &'f [u8])>) -> Vec<u8> {
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &u64::MAX.to_le_bytes()].concat();
    let (option, value) = RESOLUTION;
    let options = [&option.to_le_bytes()[..], &1u16.to_le_bytes(), &[value, 0, 0, 0], &[0; 4]].concat();
    let interface = [&ETHERNET.to_le_bytes()[..], &[0, 0], &0u32.to_le_bytes(), &options].concat();
    let mut file = [block(0x0a0d_0d0a, &section), block(1, &interface)].concat();
    for (at, bytes) in frames {
        let length = u32::try_from(bytes.len()).expect("a frame is short").to_le_bytes();
        let (high, low) = ((at >> 32) as u32, at as u32);
        let padding = vec![0; bytes.len().next_multiple_of(4) - bytes.len()];
        let head = [0u32.to_le_bytes(), high.to_le_bytes(), low.to_le_bytes(), length, length].concat();
        file.extend(block(6, &[&head[..], bytes, &padding].concat()));
    }
    file
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 12).expect("a block is short").to_le_bytes();
    [&kind.to_le_bytes()[..], &length, body, &length].concat()
}
