//! Packets that the kernel answers.

use std::net::Ipv4Addr;

/// An ICMP echo request, which the kernel behind the real server answers.
pub fn echo_request(from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0];
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&to.octets());
    packet.extend_from_slice(&[8, 0, 0, 0, 0, 1, 0, 1]);
    packet.extend_from_slice(&[0x5a; 1000]);
    let length = u16::try_from(packet.len()).unwrap_or_default();
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    for (start, end, at) in [(0, 20, 10), (20, packet.len(), 22)] {
        let sum = checksum(&packet[start..end]);
        packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    packet
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or_default();
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}
