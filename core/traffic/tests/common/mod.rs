//! Packets made and judged by plain means, apart from the code under test.

#![allow(dead_code, reason = "each test file uses some of it")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use spoke_traffic::{Coalescer, Split, VirtioHeader};

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;
pub(crate) const CWR: u8 = 0x80;

/// A packet to be made.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) ipv6: bool,
    pub(crate) tcp: bool,
    /// Its host and port, which tell flows apart.
    pub(crate) flow: u8,
    pub(crate) id: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    /// TCP options, a multiple of four bytes.
    pub(crate) options: Vec<u8>,
    /// Extension headers of IPv6: so many, of eight bytes each.
    pub(crate) extensions: u8,
    pub(crate) payload: Vec<u8>,
}

impl Draft {
    pub(crate) fn tcp(flow: u8, sequence: u32, payload: &[u8]) -> Self {
        Self {
            ipv6: false,
            tcp: true,
            flow,
            id: 7,
            sequence,
            acknowledgement: 99,
            flags: ACK,
            options: Vec::new(),
            extensions: 0,
            payload: payload.to_vec(),
        }
    }

    pub(crate) fn ip(&self) -> usize {
        match self.ipv6 {
            true => 40 + 8 * usize::from(self.extensions),
            false => 20,
        }
    }

    pub(crate) fn headers(&self) -> usize {
        self.ip() + if self.tcp { 20 + self.options.len() } else { 8 }
    }

    /// The packet with the pseudo-header's sum in the place of its checksum.
    fn unfinished(&self) -> Vec<u8> {
        let protocol: u8 = if self.tcp { 6 } else { 17 };
        let mut transport = vec![0x12, self.flow, 0x01, 0xbb];
        if self.tcp {
            transport.extend(self.sequence.to_be_bytes());
            transport.extend(self.acknowledgement.to_be_bytes());
            let words = (20 + self.options.len()) / 4;
            transport.extend([(words << 4) as u8, self.flags, 0x20, 0, 0, 0, 0, 0]);
            transport.extend(&self.options);
        } else {
            transport.extend(((8 + self.payload.len()) as u16).to_be_bytes());
            transport.extend([0, 0]);
        }
        transport.extend(&self.payload);
        let mut packet = if self.ipv6 {
            let behind = 8 * usize::from(self.extensions) + transport.len();
            let next = if self.extensions > 0 { 60 } else { protocol };
            let mut ip = vec![0x60, 0x20, 0, 0];
            ip.extend((behind as u16).to_be_bytes());
            ip.extend([next, 64]);
            ip.extend([0xfd; 15]);
            ip.extend([self.flow]);
            ip.extend([0xfc; 16]);
            for left in (0..self.extensions).rev() {
                let next = if left > 0 { 60 } else { protocol };
                ip.extend([next, 0, 1, 4, 0, 0, 0, 0]);
            }
            ip
        } else {
            let mut ip = vec![0x45, 0];
            ip.extend(((20 + transport.len()) as u16).to_be_bytes());
            ip.extend(self.id.to_be_bytes());
            ip.extend([
                0x40, 0, 64, protocol, 0, 0, 10, 0, 0, self.flow, 10, 0, 0, 2,
            ]);
            let sum = !slow_sum(&[&ip]);
            ip[10..12].copy_from_slice(&sum.to_be_bytes());
            ip
        };
        let at = packet.len();
        packet.extend(transport);
        let pseudo = slow_sum(&[&pseudo_header(&packet, at, protocol)]);
        let field = at + if self.tcp { 16 } else { 6 };
        packet[field..field + 2].copy_from_slice(&pseudo.to_be_bytes());
        packet
    }

    /// The packet as it goes on the wire.
    pub(crate) fn packet(&self) -> Vec<u8> {
        let mut packet = self.unfinished();
        let at = self.ip();
        let sum = !slow_sum(&[&packet[at..]]);
        let sum = if sum == 0 && !self.tcp { 0xffff } else { sum };
        let field = at + if self.tcp { 16 } else { 6 };
        packet[field..field + 2].copy_from_slice(&sum.to_be_bytes());
        packet
    }

    /// The same as a tun device gives it, to be cut into segments of this size.
    pub(crate) fn super_packet(&self, segment: u16) -> (VirtioHeader, Vec<u8>) {
        let header = VirtioHeader {
            flags: VirtioHeader::NEEDS_CHECKSUM,
            kind: match (self.tcp, self.ipv6) {
                (true, false) => VirtioHeader::TCP_V4,
                (true, true) => VirtioHeader::TCP_V6,
                (false, _) => VirtioHeader::UDP,
            },
            header_len: self.headers() as u16,
            segment,
            checksum_start: self.ip() as u16,
            checksum_offset: if self.tcp { 16 } else { 6 },
        };
        (header, self.unfinished())
    }
}

/// The Internet checksum's sum, word by word.
pub(crate) fn slow_sum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u64;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn pseudo_header(packet: &[u8], at: usize, protocol: u8) -> Vec<u8> {
    let addresses = match packet[0] >> 4 {
        4 => &packet[12..20],
        _ => &packet[8..40],
    };
    let mut words = addresses.to_vec();
    words.extend([0, protocol]);
    words.extend(((packet.len() - at) as u16).to_be_bytes());
    words
}

/// Whether lengths and checksums of a packet are right.
pub(crate) fn is_right(packet: &[u8]) -> bool {
    let (mut at, mut protocol) = match packet[0] >> 4 {
        4 => {
            let told = u16::from_be_bytes([packet[2], packet[3]]);
            if usize::from(told) != packet.len() || slow_sum(&[&packet[..20]]) != 0xffff {
                return false;
            }
            (20, packet[9])
        }
        _ => {
            let told = u16::from_be_bytes([packet[4], packet[5]]);
            if usize::from(told) + 40 != packet.len() {
                return false;
            }
            (40, packet[6])
        }
    };
    while protocol == 60 {
        protocol = packet[at];
        at += 8;
    }
    if protocol == 17 {
        let told = u16::from_be_bytes([packet[at + 4], packet[at + 5]]);
        if usize::from(told) != packet.len() - at || packet[at + 6..at + 8] == [0, 0] {
            return false;
        }
    }
    slow_sum(&[&pseudo_header(packet, at, protocol), &packet[at..]]) == 0xffff
}

/// What the header and packet are on the wire.
pub(crate) fn cut(header: &VirtioHeader, packet: &[u8]) -> Vec<Vec<u8>> {
    let mut packet = packet.to_vec();
    let mut split = Split::new(header, &mut packet).unwrap();
    let mut pieces = Vec::new();
    while let Some(length) = split.next_len() {
        let mut place = vec![0xee; length + 3];
        assert_eq!(split.write_next(&mut place), Some(length));
        assert_eq!(place.split_off(length), [0xee; 3]);
        pieces.push(place);
    }
    pieces
}

/// What is written to the device when these packets come in one batch.
pub(crate) fn join(coalescer: &mut Coalescer, packets: &[Vec<u8>]) -> Vec<(VirtioHeader, Vec<u8>)> {
    let mut buffer = Vec::new();
    let mut places = Vec::new();
    for packet in packets {
        // Something between them, as headers are.
        buffer.extend([0xaa; 5]);
        places.push(buffer.len()..buffer.len() + packet.len());
        buffer.extend(packet);
    }
    coalescer.clear();
    for place in places {
        coalescer.push(&buffer, place);
    }
    let mut written = Vec::new();
    for number in 0..coalescer.len() {
        // A device that was full is offered the same again.
        coalescer.joined(number, &mut buffer).unwrap();
        let joined = coalescer.joined(number, &mut buffer).unwrap();
        let (header, first, pieces) = (joined.header, joined.first, joined.pieces.to_vec());
        let mut whole = buffer[first].to_vec();
        for piece in pieces {
            whole.extend(&buffer[piece]);
        }
        written.push((header, whole));
    }
    written
}
