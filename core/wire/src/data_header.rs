use thiserror::Error;

/// The keepalive that goes through the data channel as a payload of its own: 16 fixed bytes (OpenVPN 2.6, `ping.c`).
pub const PING: [u8; 16] = [
    0x2a, 0x18, 0x7b, 0xf3, 0x64, 0x1e, 0xb4, 0xcb, 0x07, 0xed, 0x2d, 0x0a, 0x98, 0x1f, 0xc7, 0x48,
];

/// The prefix of the in-band option messages (OpenVPN 2.6, `occ.c`); one byte follows that says which.
pub const OCC_MAGIC: [u8; 16] = [
    0x28, 0x7f, 0x34, 0x6b, 0xd4, 0xef, 0x7a, 0x81, 0x2d, 0x56, 0xb8, 0xd3, 0xaf, 0xc5, 0x45, 0x9c,
];

/// "I am leaving", sent through the data channel where the control message `EXIT` was not agreed on.
pub const OCC_EXIT: [u8; 17] = [
    0x28, 0x7f, 0x34, 0x6b, 0xd4, 0xef, 0x7a, 0x81, 0x2d, 0x56, 0xb8, 0xd3, 0xaf, 0xc5, 0x45, 0x9c,
    0x06,
];

const DATA_V1: u8 = 6;
const DATA_V2: u8 = 9;

/// What a decrypted data packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// An IP packet (or at least nothing of OpenVPN's own).
    Ip,
    /// The keepalive.
    Ping,
    /// The peer leaves.
    Exit,
    /// Another in-band option message; safe to ignore.
    Occ(u8),
    /// Nothing at all.
    Empty,
}

impl Payload {
    /// Tells OpenVPN's own payloads from the user's.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        if payload.is_empty() {
            return Self::Empty;
        }
        if payload == PING {
            return Self::Ping;
        }
        match payload.strip_prefix(&OCC_MAGIC) {
            Some([6, ..]) => Self::Exit,
            Some([kind, ..]) => Self::Occ(*kind),
            _ => Self::Ip,
        }
    }
}

/// The clear start of a data packet. The packet id follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataHeader {
    /// One byte; for peers that were not given a peer id.
    V1 {
        /// Which key sealed the packet, 0 to 7.
        key_id: u8,
    },
    /// Four bytes, with the number that the server gave to the client.
    V2 {
        /// Which key sealed the packet, 0 to 7.
        key_id: u8,
        /// 24 bits; [`DataHeader::NO_PEER_ID`] when none was given.
        peer_id: u32,
    },
}

impl DataHeader {
    /// The 24-bit number that stands for "no peer id" in a version 2 header.
    pub const NO_PEER_ID: u32 = 0x00ff_ffff;

    /// Reads the header; gives it and what follows it.
    ///
    /// # Errors
    /// When the packet is shorter than its header, or is no data packet.
    pub fn parse(packet: &[u8]) -> Result<(Self, &[u8]), DataHeaderError> {
        let (first, rest) = packet
            .split_first()
            .ok_or(DataHeaderError::Short { needed: 1, seen: 0 })?;
        let key_id = first & 0x07;
        match first >> 3 {
            DATA_V1 => Ok((Self::V1 { key_id }, rest)),
            DATA_V2 => match rest {
                [high, middle, low, rest @ ..] => {
                    let peer_id = u32::from_be_bytes([0, *high, *middle, *low]);
                    Ok((Self::V2 { key_id, peer_id }, rest))
                }
                _ => Err(DataHeaderError::Short {
                    needed: 4,
                    seen: packet.len(),
                }),
            },
            opcode => Err(DataHeaderError::NotData { opcode }),
        }
    }

    /// The bytes of the header and how many of the four count.
    #[must_use]
    pub fn encode(&self) -> ([u8; 4], usize) {
        match *self {
            Self::V1 { key_id } => ([DATA_V1 << 3 | key_id & 7, 0, 0, 0], 1),
            Self::V2 { key_id, peer_id } => {
                let [_, high, middle, low] = peer_id.to_be_bytes();
                ([DATA_V2 << 3 | key_id & 7, high, middle, low], 4)
            }
        }
    }

    /// Which key sealed the packet.
    #[must_use]
    pub const fn key_id(&self) -> u8 {
        match self {
            Self::V1 { key_id } | Self::V2 { key_id, .. } => *key_id,
        }
    }

    /// Whether the first byte of a packet says that it is data, so that it goes to an opener and not to the session.
    #[must_use]
    pub const fn is_data(first_byte: u8) -> bool {
        matches!(first_byte >> 3, DATA_V1 | DATA_V2)
    }
}

/// Why bytes are no data packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DataHeaderError {
    /// The packet ends inside its header.
    #[error("data packet of {seen} bytes, its header alone needs {needed}")]
    Short {
        /// Bytes that the header needs.
        needed: usize,
        /// Bytes that were there.
        seen: usize,
    },
    /// The opcode is not one of the two data opcodes.
    #[error("opcode {opcode} is no data packet")]
    NotData {
        /// The upper five bits of the first byte.
        opcode: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn payloads_of_openvpn_are_told_from_the_users() {
        assert_eq!(Payload::of(&PING), Payload::Ping);
        assert_eq!(Payload::of(&OCC_EXIT), Payload::Exit);
        assert_eq!(
            Payload::of(&[&OCC_MAGIC[..], &[0]].concat()),
            Payload::Occ(0)
        );
        assert_eq!(Payload::of(&PING[..15]), Payload::Ip);
        assert_eq!(Payload::of(&[0x45, 0, 0, 20]), Payload::Ip);
        assert_eq!(Payload::of(&[]), Payload::Empty);
    }

    #[test]
    fn short_and_foreign_packets_are_refused() {
        assert_eq!(
            DataHeader::parse(&[]),
            Err(DataHeaderError::Short { needed: 1, seen: 0 })
        );
        assert_eq!(
            DataHeader::parse(&[0x48, 1, 2]),
            Err(DataHeaderError::Short { needed: 4, seen: 3 })
        );
        assert_eq!(
            DataHeader::parse(&[0x38, 1, 2, 3]),
            Err(DataHeaderError::NotData { opcode: 7 })
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(v2: bool, key_id in 0u8..8, peer_id in 0u32..0x0100_0000, tail: [u8; 3]) {
            let header = if v2 { DataHeader::V2 { key_id, peer_id } } else { DataHeader::V1 { key_id } };
            let (bytes, len) = header.encode();
            let packet = [&bytes[..len], &tail].concat();
            prop_assert!(DataHeader::is_data(packet[0]));
            prop_assert_eq!(DataHeader::parse(&packet), Ok((header, &tail[..])));
        }
    }
}
