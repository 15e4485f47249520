use spoke_traffic::{Coalescer, Joins, Split, VirtioHeader};

/// Bytes of a packet's length in the input.
const PREFIX: usize = 2;

/// A packet from a tun device with the header before it: the pieces have all of its bytes
/// behind the headers, once.
pub fn super_packet(data: &[u8]) {
    let Some((header, packet)) = data.split_first_chunk() else {
        return;
    };
    let header = VirtioHeader::from_bytes(*header);
    let mut packet = packet.to_vec();
    let whole = packet.len();
    for piece in cut(&header, &mut packet) {
        assert!(piece <= whole);
    }
}

/// A batch of packets that were received, each behind its length: what is written to the
/// device is, cut again, as many packets of as many bytes.
pub fn batch(data: &[u8]) {
    let mut buffer = data.to_vec();
    let mut coalescer = Coalescer::new(Joins {
        tcp: true,
        udp: true,
    })
    .without_thinning();
    let mut at = 0;
    let (mut count, mut bytes) = (0, 0);
    while let Some(prefix) = buffer.get(at..).and_then(|rest| rest.first_chunk()) {
        let start = at + PREFIX;
        let end = (start + usize::from(u16::from_be_bytes(*prefix))).min(buffer.len());
        if end == start {
            break;
        }
        coalescer.push(&buffer, start..end);
        (count, bytes) = (count + 1, bytes + end - start);
        at = end;
    }
    let (mut pieces, mut length) = (0, 0);
    let mut number = 0;
    while let Some(joined) = coalescer.joined(number, &mut buffer) {
        let places = [&[joined.first], joined.pieces].concat();
        let mut packet = Vec::new();
        for place in places {
            packet.extend_from_slice(buffer.get(place).unwrap_or_default());
        }
        for piece in cut(&joined.header, &mut packet) {
            (pieces, length) = (pieces + 1, length + piece);
        }
        number += 1;
    }
    assert_eq!((pieces, length), (count, bytes));
}

/// The lengths of the pieces.
fn cut(header: &VirtioHeader, packet: &mut [u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    if let Ok(mut split) = Split::new(header, packet) {
        while let Some(length) = split.next_len() {
            let mut place = vec![0; length];
            assert_eq!(split.write_next(&mut place), Some(length));
            lengths.push(length);
        }
    }
    lengths
}
