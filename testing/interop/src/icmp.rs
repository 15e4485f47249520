//! Echo requests for the other end's kernel, and their answers.

use std::net::Ipv4Addr;

const REQUEST: u8 = 8;
const REPLY: u8 = 0;
const IP_HEADER: usize = 20;
const HEADERS: usize = IP_HEADER + 8;
/// Sizes of packets, from a few bytes to the tunnel's MTU of 1500.
const SIZES: [usize; 8] = [29, 64, 100, 333, 576, 1000, 1400, 1500];

/// The request with this number, of at most `largest` bytes. Its size and contents follow from the number.
#[must_use]
pub(crate) fn request(from: Ipv4Addr, to: Ipv4Addr, number: u16, largest: usize) -> Vec<u8> {
    let size = size(number).min(largest);
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0];
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&to.octets());
    packet.extend_from_slice(&[REQUEST, 0, 0, 0, 0x5e, 0x11]);
    packet.extend_from_slice(&number.to_be_bytes());
    packet.extend(contents(number).take(size - HEADERS));
    let length = u16::try_from(packet.len()).unwrap_or_default();
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    seal(&mut packet);
    packet
}

/// What a packet is to the one who gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// To be answered.
    Request,
    /// The answer to the request with this number, byte for byte.
    Reply(u16),
    /// An answer that was changed on the way.
    Damaged,
    /// Anything else; a kernel sends packets of its own.
    Other,
}

impl Echo {
    /// Reads an IP packet; `largest` as for the requests.
    #[must_use]
    pub(crate) fn of(packet: &[u8], largest: usize) -> Self {
        let is_icmp = packet.len() >= HEADERS && packet[0] == 0x45 && packet[9] == 1;
        if !is_icmp {
            return Self::Other;
        }
        match packet[IP_HEADER] {
            REQUEST => Self::Request,
            REPLY => {
                let number = u16::from_be_bytes([packet[26], packet[27]]);
                let size = size(number).min(largest);
                let same = packet.len() == size
                    && packet[HEADERS..]
                        .iter()
                        .copied()
                        .eq(contents(number).take(size - HEADERS));
                if same {
                    Self::Reply(number)
                } else {
                    Self::Damaged
                }
            }
            _ => Self::Other,
        }
    }
}

/// Turns a request into its answer, as a kernel would.
pub(crate) fn answer(packet: &mut [u8]) {
    let (from, to) = (packet[12..16].to_vec(), packet[16..20].to_vec());
    packet[12..16].copy_from_slice(&to);
    packet[16..20].copy_from_slice(&from);
    packet[IP_HEADER] = REPLY;
    seal(packet);
}

fn size(number: u16) -> usize {
    SIZES[usize::from(number) % SIZES.len()]
}

/// Bytes that differ from packet to packet and within one.
fn contents(number: u16) -> impl Iterator<Item = u8> {
    let seed = u32::from(number).wrapping_mul(0x9e37_79b9) | 1;
    (0u32..).map(move |at| {
        let mixed = seed.wrapping_mul(at | 1).rotate_left(at % 31);
        u8::try_from(mixed >> 24).unwrap_or_default()
    })
}

fn seal(packet: &mut [u8]) {
    packet[10..12].fill(0);
    packet[22..24].fill(0);
    let sum = checksum(&packet[..IP_HEADER]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    let sum = checksum(&packet[IP_HEADER..]);
    packet[22..24].copy_from_slice(&sum.to_be_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_its_number_and_a_changed_one_is_seen() {
        let (here, there) = (Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 1, 0, 2));
        for number in 0..16 {
            let mut packet = request(here, there, number, 1500);
            assert_eq!(Echo::of(&packet, 1500), Echo::Request);
            assert_eq!(checksum(&packet[IP_HEADER..]), 0);
            answer(&mut packet);
            assert_eq!(Echo::of(&packet, 1500), Echo::Reply(number));
            *packet.last_mut().unwrap() ^= 1;
            assert_eq!(Echo::of(&packet, 1500), Echo::Damaged);
        }
    }
}
