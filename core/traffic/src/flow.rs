use crate::checksum::Sum;
use crate::layout::{
    IPV4_ADDRESSES, IPV4_CHECKSUM, IPV4_FRAGMENT, IPV4_HEADER, IPV4_PROTOCOL, IPV6_ADDRESSES,
    IPV6_HEADER, IPV6_NEXT, TCP, UDP, double, put, word,
};

/// "More fragments" and the offset of a fragment (RFC 791).
const IS_FRAGMENT: u16 = 0x3fff;
/// The two bits of ECN in IPv4's type of service, and where they are in IPv6's second byte
/// (RFC 3168).
const CONGESTION_EXPERIENCED: u8 = 0x03;
const IPV6_SHIFT: u32 = 4;

/// A number that is the same for all packets of one flow, and most often another for
/// those of others.
#[must_use]
pub fn flow_of(packet: &[u8]) -> u32 {
    name(packet).unwrap_or_default()
}

fn name(packet: &[u8]) -> Option<u32> {
    let (addresses, header, protocol) = match packet.first()? >> 4 {
        4 => {
            let fragment = word(packet, IPV4_FRAGMENT)? & IS_FRAGMENT != 0;
            // Only the first fragment has ports, and all belong together.
            let protocol = *packet.get(IPV4_PROTOCOL)?;
            let protocol = if fragment { 0 } else { protocol };
            let header = usize::from(packet.first()? & 0x0f) * 4;
            (IPV4_ADDRESSES..IPV4_HEADER, header, protocol)
        }
        6 => {
            let protocol = *packet.get(IPV6_NEXT)?;
            (IPV6_ADDRESSES..IPV6_HEADER, IPV6_HEADER, protocol)
        }
        _ => return None,
    };
    let ports = match protocol {
        TCP | UDP => double(packet, header)?,
        _ => 0,
    };
    let mut mixed = ports ^ u32::from(protocol);
    for address in packet.get(addresses)?.as_chunks().0 {
        mixed = mixed.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ u32::from_be_bytes(*address);
    }
    // The upper bits are the mixed ones.
    Some(mixed.wrapping_mul(0x9e37_79b1) >> 16)
}

/// Tells the receiver that the way is congested (RFC 3168), so that it tells the sender.
/// Answers whether the packet's flow understands that; if not, it understands only loss.
pub fn mark_congestion(packet: &mut [u8]) -> bool {
    let (at, shift) = match packet.first().map(|first| first >> 4) {
        Some(4) => (1, 0),
        Some(6) => (1, IPV6_SHIFT),
        _ => return false,
    };
    let Some(field) = packet.get_mut(at) else {
        return false;
    };
    let mask = CONGESTION_EXPERIENCED << shift;
    if *field & mask == 0 {
        return false;
    }
    *field |= mask;
    if shift == 0 {
        let header = usize::from(packet.first().copied().unwrap_or_default() & 0x0f) * 4;
        put(packet, IPV4_CHECKSUM, [0, 0]);
        let sum = Sum::default().bytes(packet.get(..header).unwrap_or_default());
        put(packet, IPV4_CHECKSUM, sum.checksum());
    }
    true
}
