use crate::cursor::Cursor;
use thiserror::Error;

/// The type of the flags (OpenVPN 2.6, `TLV_TYPE_EARLY_NEG_FLAGS`).
const FLAGS: u16 = 1;

/// The flag by which a server asks for the client key again (OpenVPN 2.6, `EARLY_NEG_FLAG_RESEND_WKC`).
const RESEND_CLIENT_KEY: u16 = 1;

/// What a server says in the payload of its hard reset: a list of `type (2) | length (2) | value`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EarlyNegotiation {
    /// The server has kept nothing of the first packet: the client's next message must carry its wrapped key again.
    pub resend_client_key: bool,
}

/// The payload of a server's hard reset is no such list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EarlyNegotiationError {
    /// It ends inside an entry.
    #[error("the list in the server's reset ends inside an entry")]
    Truncated,
    /// The flags have another length than two bytes.
    #[error("the flags in the server's reset have {0} bytes instead of 2")]
    FlagsLength(u16),
}

impl EarlyNegotiation {
    /// Reads the payload of a server's hard reset. Entries of unknown type are skipped.
    ///
    /// # Errors
    /// When the payload ends inside an entry, or the flags are not two bytes long.
    pub fn decode(payload: &[u8]) -> Result<Self, EarlyNegotiationError> {
        let mut cursor = Cursor::new(payload);
        let mut said = Self::default();
        while !cursor.rest().is_empty() {
            let mut entry = || {
                let (kind, length) = (cursor.u16()?, cursor.u16()?);
                Some((kind, length, cursor.bytes(length.into())?))
            };
            let (kind, length, value) = entry().ok_or(EarlyNegotiationError::Truncated)?;
            if kind == FLAGS {
                let flags = Cursor::new(value).u16().filter(|_| length == 2);
                let flags = flags.ok_or(EarlyNegotiationError::FlagsLength(length))?;
                said.resend_client_key = flags & RESEND_CLIENT_KEY != 0;
            }
        }
        Ok(said)
    }

    /// The payload to send; empty when there is nothing to say.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        if !self.resend_client_key {
            return Vec::new();
        }
        let fields = [FLAGS, 2, RESEND_CLIENT_KEY];
        fields.into_iter().flat_map(u16::to_be_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_entries_are_skipped_and_malformed_ones_are_not() {
        let asks = EarlyNegotiation {
            resend_client_key: true,
        };
        let cases: [(&[u8], _); 8] = [
            (&[], Ok(EarlyNegotiation::default())),
            (&[0, 1, 0, 2, 0, 1], Ok(asks)),
            (&[0, 1, 0, 2, 0xff, 0xfe], Ok(EarlyNegotiation::default())),
            (&[9, 9, 0, 1, 7, 0, 1, 0, 2, 0, 3], Ok(asks)),
            (&[0, 1, 0, 2, 0, 1, 9, 9, 0, 0], Ok(asks)),
            (&[0, 1, 0], Err(EarlyNegotiationError::Truncated)),
            (&[9, 9, 0, 2, 7], Err(EarlyNegotiationError::Truncated)),
            (&[0, 1, 0, 1, 1], Err(EarlyNegotiationError::FlagsLength(1))),
        ];
        for (payload, expected) in cases {
            assert_eq!(EarlyNegotiation::decode(payload), expected, "{payload:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_said_is_heard(resend_client_key: bool, noise: Vec<u8>) {
            let said = EarlyNegotiation { resend_client_key };
            prop_assert_eq!(EarlyNegotiation::decode(&said.encode()), Ok(said));
            let _ = EarlyNegotiation::decode(&noise);
        }
    }
}
