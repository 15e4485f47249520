use crate::checksum::Sum;
use crate::layout::{
    CWR, FIN, IPV4_CHECKSUM, IPV4_HEADER, IPV4_ID, IPV4_LENGTH, IPV6_HEADER, IPV6_LENGTH, PSH,
    TCP_CHECKSUM, TCP_FLAGS, TCP_HEADER, TCP_LENGTH, TCP_SEQUENCE, UDP_CHECKSUM, UDP_HEADER,
    UDP_LENGTH, double, length, put, word,
};
use crate::virtio::VirtioHeader;
use thiserror::Error;

/// A packet from a tun device, given out as the packets that go on the wire: one with
/// its checksum completed, or the segments of a super-packet, as the kernel would cut
/// it for a network card that cannot.
///
/// Each piece is written where the caller wants it: [`Split::next_len`] says how long
/// it is, [`Split::write_next`] writes it.
#[derive(Clone, Debug)]
pub struct Split<'a> {
    packet: &'a [u8],
    cut: Option<Cut>,
    /// Payload bytes given out.
    done: usize,
    /// Pieces given out.
    pieces: u16,
}

/// How a super-packet is cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    ipv6: bool,
    tcp: bool,
    /// Where TCP or UDP begins.
    transport: usize,
    /// Bytes of all headers.
    headers: usize,
    /// Payload bytes of each piece but the last.
    size: usize,
    /// The sum of the pseudo-header without its length.
    pseudo: Sum,
    id: u16,
    sequence: u32,
    flags: u8,
}

/// Why bytes cannot be cut into packets. They are dropped, as a network card would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SplitError {
    /// There is nothing.
    #[error("a tun device gave an empty packet")]
    Empty,
    /// The packet ends inside its headers.
    #[error("a packet of {seen} bytes, its headers alone need {needed}")]
    Short {
        /// Bytes that the headers need.
        needed: usize,
        /// Bytes of the packet.
        seen: usize,
    },
    /// It is no super-packet that this is known for.
    #[error("a super-packet of the kind {kind:#04x} with segments of {segment} bytes")]
    Kind {
        /// The kind in the header before it.
        kind: u8,
        /// Its segment size.
        segment: u16,
    },
}

impl<'a> Split<'a> {
    /// A packet and the header that came before it.
    ///
    /// # Errors
    /// When the header does not fit the packet.
    pub fn new(header: &VirtioHeader, packet: &'a mut [u8]) -> Result<Self, SplitError> {
        if packet.is_empty() {
            return Err(SplitError::Empty);
        }
        let cut = match header.kind & !VirtioHeader::ECN {
            VirtioHeader::WHOLE => {
                if header.flags & VirtioHeader::NEEDS_CHECKSUM != 0 {
                    complete(header, packet)?;
                }
                None
            }
            _ => Some(Cut::new(header, packet)?),
        };
        Ok(Self {
            packet,
            cut,
            done: 0,
            pieces: 0,
        })
    }

    /// The packet, when it is one as it is. A super-packet has no such thing.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.cut.is_none()
    }

    /// Length of the next piece.
    #[must_use]
    pub fn next_len(&self) -> Option<usize> {
        let Some(cut) = &self.cut else {
            return (self.pieces == 0).then_some(self.packet.len());
        };
        let payload = self.packet.len().saturating_sub(cut.headers);
        let left = payload.saturating_sub(self.done);
        // One without a payload is still one packet.
        let any = left > 0 || self.pieces == 0;
        any.then(|| cut.headers + left.min(cut.size))
    }

    /// Leaves the next piece out, as if it was lost on its way.
    pub fn skip(&mut self) {
        if let (Some(length), Some(cut)) = (self.next_len(), &self.cut) {
            self.done += length - cut.headers;
        }
        self.pieces = self.pieces.saturating_add(1);
    }

    /// Writes the next piece to the front of `place`, which has [`Split::next_len`]
    /// bytes at least; answers how long it is.
    pub fn write_next(&mut self, place: &mut [u8]) -> Option<usize> {
        let length = self.next_len()?;
        let place = place.get_mut(..length)?;
        match self.cut {
            None => place.copy_from_slice(self.packet),
            Some(cut) => {
                let from = cut.headers + self.done;
                let payload = length - cut.headers;
                let last = from + payload == self.packet.len();
                let (head, body) = place.split_at_mut_checked(cut.headers)?;
                head.copy_from_slice(self.packet.get(..cut.headers)?);
                body.copy_from_slice(self.packet.get(from..from + payload)?);
                cut.address(head, body, self.done, self.pieces, last);
                self.done += payload;
            }
        }
        self.pieces = self.pieces.saturating_add(1);
        Some(length)
    }
}

impl Cut {
    fn new(header: &VirtioHeader, packet: &[u8]) -> Result<Self, SplitError> {
        let seen = packet.len();
        let refused = SplitError::Kind {
            kind: header.kind,
            segment: header.segment,
        };
        let short = |needed| SplitError::Short { needed, seen };
        let ipv6 = packet.first().is_some_and(|first| first >> 4 == 6);
        let tcp = match (header.kind & !VirtioHeader::ECN, ipv6) {
            (VirtioHeader::TCP_V4, false) | (VirtioHeader::TCP_V6, true) => true,
            (VirtioHeader::UDP, _) => false,
            _ => return Err(refused),
        };
        let transport = usize::from(header.checksum_start);
        let least = if ipv6 {
            IPV6_HEADER
        } else {
            packet.first().map_or(IPV4_HEADER, |first| {
                IPV4_HEADER.max(usize::from(first & 0x0f) * 4)
            })
        };
        let unfinished = header.flags & VirtioHeader::NEEDS_CHECKSUM != 0;
        if header.segment == 0 || !unfinished || transport < least {
            return Err(refused);
        }
        let fixed = if tcp { TCP_HEADER } else { UDP_HEADER };
        let headers = match tcp {
            true => {
                let words = packet.get(transport + TCP_LENGTH).map(|byte| byte >> 4);
                let words = words.ok_or(short(transport + fixed))?;
                transport + fixed.max(usize::from(words) * 4)
            }
            false => transport + fixed,
        };
        if seen < headers {
            return Err(short(headers));
        }
        let at = transport + if tcp { TCP_CHECKSUM } else { UDP_CHECKSUM };
        let seed = word(packet, at).ok_or(short(headers))?;
        Ok(Self {
            ipv6,
            tcp,
            transport,
            headers,
            size: usize::from(header.segment),
            // What the kernel left there has the length of the whole in it, and with
            // it the right destination, even behind a routing header (RFC 8200, 8.1).
            pseudo: Sum::default().word(seed).without(length(seen - transport)),
            id: word(packet, IPV4_ID).unwrap_or_default(),
            sequence: double(packet, transport + TCP_SEQUENCE).unwrap_or_default(),
            flags: packet
                .get(transport + TCP_FLAGS)
                .copied()
                .unwrap_or_default(),
        })
    }

    /// Makes the copied headers those of the piece that begins `done` bytes into the
    /// payload.
    fn address(&self, head: &mut [u8], body: &[u8], done: usize, pieces: u16, last: bool) {
        let whole = head.len() + body.len();
        let Some((ip, transport)) = head.split_at_mut_checked(self.transport) else {
            return;
        };
        if self.ipv6 {
            let behind = length(whole - IPV6_HEADER);
            put(ip, IPV6_LENGTH, behind.to_be_bytes());
        } else {
            put(ip, IPV4_LENGTH, length(whole).to_be_bytes());
            let id = self.id.wrapping_add(pieces);
            put(ip, IPV4_ID, id.to_be_bytes());
            put(ip, IPV4_CHECKSUM, [0, 0]);
            put(ip, IPV4_CHECKSUM, Sum::default().bytes(ip).checksum());
        }
        let behind = length(whole - self.transport);
        let sum = self.pseudo.word(behind);
        if self.tcp {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a packet has less than 2^32 bytes"
            )]
            let sequence = self.sequence.wrapping_add(done as u32);
            put(transport, TCP_SEQUENCE, sequence.to_be_bytes());
            let mut flags = self.flags;
            if !last {
                flags &= !(FIN | PSH);
            }
            if pieces > 0 {
                flags &= !CWR;
            }
            put(transport, TCP_FLAGS, [flags]);
            put(transport, TCP_CHECKSUM, [0, 0]);
            let checksum = sum.bytes(transport).bytes(body).checksum();
            put(transport, TCP_CHECKSUM, checksum);
        } else {
            put(transport, UDP_LENGTH, behind.to_be_bytes());
            put(transport, UDP_CHECKSUM, [0, 0]);
            let checksum = sum.bytes(transport).bytes(body).checksum();
            put(transport, UDP_CHECKSUM, not_none(checksum));
        }
    }
}

/// Completes the checksum of a packet that is sent as it is.
fn complete(header: &VirtioHeader, packet: &mut [u8]) -> Result<(), SplitError> {
    let start = usize::from(header.checksum_start);
    let offset = usize::from(header.checksum_offset);
    let seen = packet.len();
    let needed = start + offset + 2;
    if seen < needed {
        return Err(SplitError::Short { needed, seen });
    }
    if let Some(counted) = packet.get_mut(start..) {
        let checksum = Sum::default().bytes(counted).checksum();
        let checksum = match offset {
            UDP_CHECKSUM => not_none(checksum),
            _ => checksum,
        };
        put(counted, offset, checksum);
    }
    Ok(())
}

/// To UDP a checksum of zero means that there is none; zero itself is sent as its
/// other name (RFC 768).
const fn not_none(checksum: [u8; 2]) -> [u8; 2] {
    match checksum {
        [0, 0] => [0xff, 0xff],
        other => other,
    }
}
