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

/// A packet inside the tunnel, behind the longest that one may be: it keeps its length and
/// all but the two bytes of the segment size, which becomes smaller, and those of the
/// checksum, which is as right or wrong as before.
pub fn clamp_mss(data: &[u8]) {
    let Some((longest, packet)) = data.split_first_chunk() else {
        return;
    };
    let longest = u16::from_be_bytes(*longest);
    let mut clamped = packet.to_vec();
    let changed = spoke_wire::clamp_mss(&mut clamped, longest);
    assert_eq!(clamped.len(), packet.len());
    assert_eq!(changed, clamped != packet);
    let header = match packet.first().map_or(0, |first| first >> 4) {
        4 => usize::from(packet[0] & 0x0f) * 4,
        _ => 40,
    };
    if !changed {
        return;
    }
    let (before, after) = (&packet[header..], &clamped[header..]);
    assert_eq!(packet[..header], clamped[..header]);
    assert_eq!(sum(before), sum(after));
    let options = usize::from(before[12] >> 4) * 4;
    let other = (0..before.len()).filter(|at| ![16, 17].contains(at));
    let different: Vec<_> = other.filter(|at| before[*at] != after[*at]).collect();
    assert!(!different.is_empty(), "the checksum alone was changed");
    let first = different.first().copied().unwrap_or_default();
    let last = different.last().copied().unwrap_or_default();
    assert!(last - first < 2 && first >= 22 && last < options);
    // The option's kind and length stand before its value, of which one byte may be as before.
    let begins = |at: &usize| before[at - 2..*at] == [2, 4];
    let value = [first, first - 1].into_iter().find(begins);
    let size = |tcp: &[u8]| value.map(|at| u16::from_be_bytes([tcp[at], tcp[at + 1]]));
    assert!(size(after) < size(before));
    assert!(!spoke_wire::clamp_mss(&mut clamped, longest));
}

/// The sum of an Internet checksum, in which nothing and all ones are the same (RFC 1071).
fn sum(bytes: &[u8]) -> u32 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    bytes.chunks(2).map(word).sum::<u32>() % 0xffff
}
