use thiserror::Error;

/// The largest key-id: three bits of the first byte.
pub const MAX_KEY_ID: u8 = 7;

/// What a packet is: the upper five bits of its first byte.
///
/// Key method 1 (opcodes 1 and 2) is obsolete and not represented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// Starts a renegotiation; no payload.
    SoftResetV1 = 3,
    /// TLS bytes.
    ControlV1 = 4,
    /// Acknowledgements only, without a message id of its own.
    AckV1 = 5,
    /// Data with a header of one byte.
    DataV1 = 6,
    /// The client's first packet.
    HardResetClientV2 = 7,
    /// The server's first packet.
    HardResetServerV2 = 8,
    /// Data with a header of four bytes that holds a peer-id.
    DataV2 = 9,
    /// The client's first packet under tls-crypt-v2.
    HardResetClientV3 = 10,
    /// As [`Opcode::ControlV1`], with the wrapped client key appended.
    ControlWkcV1 = 11,
}

impl Opcode {
    /// The opcode with this number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            3 => Self::SoftResetV1,
            4 => Self::ControlV1,
            5 => Self::AckV1,
            6 => Self::DataV1,
            7 => Self::HardResetClientV2,
            8 => Self::HardResetServerV2,
            9 => Self::DataV2,
            10 => Self::HardResetClientV3,
            11 => Self::ControlWkcV1,
            _ => return None,
        })
    }

    /// Whether packets of this kind belong to the data channel.
    #[must_use]
    pub const fn is_data(self) -> bool {
        matches!(self, Self::DataV1 | Self::DataV2)
    }

    /// Whether this is a first packet of a connection (not of a renegotiation).
    #[must_use]
    pub const fn is_hard_reset(self) -> bool {
        matches!(
            self,
            Self::HardResetClientV2 | Self::HardResetServerV2 | Self::HardResetClientV3
        )
    }

    /// Whether the wrapped client key of tls-crypt-v2 follows, in clear, after a packet of this kind.
    #[must_use]
    pub const fn carries_client_key(self) -> bool {
        matches!(self, Self::HardResetClientV3 | Self::ControlWkcV1)
    }
}

/// The first byte of every packet: opcode and key-id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstByte {
    /// What the packet is.
    pub opcode: Opcode,
    /// Which key it belongs to, 0 to 7.
    pub key_id: u8,
}

/// The first byte names no packet that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FirstByteError {
    /// There is no first byte.
    #[error("the packet is empty")]
    Empty,
    /// The opcode is unknown or obsolete.
    #[error("opcode {0} is unknown or obsolete")]
    UnknownOpcode(u8),
}

impl FirstByte {
    /// Reads the first byte of `packet`.
    ///
    /// # Errors
    /// When the packet is empty or its opcode is not in [`Opcode`].
    pub fn of(packet: &[u8]) -> Result<Self, FirstByteError> {
        let byte = packet.first().copied().ok_or(FirstByteError::Empty)?;
        let number = byte >> 3;
        let opcode = Opcode::from_number(number).ok_or(FirstByteError::UnknownOpcode(number))?;
        let key_id = byte & MAX_KEY_ID;
        Ok(Self { opcode, key_id })
    }

    /// The byte on the wire; a key-id above 7 loses its upper bits.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        (self.opcode as u8) << 3 | (self.key_id & MAX_KEY_ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_decodes_to_itself_or_to_an_error() {
        for byte in 0..=u8::MAX {
            match FirstByte::of(&[byte]) {
                Ok(first) => assert_eq!(first.to_byte(), byte),
                Err(error) => assert_eq!(error, FirstByteError::UnknownOpcode(byte >> 3)),
            }
        }
        assert_eq!(FirstByte::of(&[]), Err(FirstByteError::Empty));
    }

    #[test]
    fn the_first_packet_of_a_client_starts_with_0x38() {
        let first = FirstByte {
            opcode: Opcode::HardResetClientV2,
            key_id: 0,
        };
        assert_eq!(first.to_byte(), 0x38);
    }
}
