use crate::cursor::Cursor;
use crate::tls_auth::{HEAD, REPLAY, head, too_short};
use crate::{FirstByte, SessionId, WrapError};

/// Bytes of the tag of tls-crypt: one HMAC-SHA256.
pub const TLS_CRYPT_TAG: usize = 32;

/// The fields of one tls-crypt packet, undeciphered and unverified:
/// `first byte | own session id | packet-id | time | tag | sealed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsCryptFields<'a> {
    /// Opcode and key-id.
    pub first: FirstByte,
    /// The sender's session id.
    pub sender: SessionId,
    /// Replay counter; a new value for every transmission.
    pub packet_id: u32,
    /// Seconds since 1970 when the sender started to count.
    pub time: u32,
    /// HMAC over the head and the clear text of `sealed`; its first half is also the cipher's initial counter.
    pub tag: [u8; TLS_CRYPT_TAG],
    /// What [`crate::Control`] reads, once deciphered.
    pub sealed: &'a [u8],
}

impl<'a> TlsCryptFields<'a> {
    /// How many bytes the wrapping adds to an unwrapped packet.
    pub const OVERHEAD: usize = REPLAY + TLS_CRYPT_TAG;

    /// Splits a wrapped packet, without verifying anything.
    ///
    /// # Errors
    /// When it is too short, of unknown kind, or names session id zero.
    pub fn split(packet: &'a [u8]) -> Result<Self, WrapError> {
        let first = FirstByte::of(packet)?;
        let short = too_short(packet, HEAD + Self::OVERHEAD);
        let mut cursor = Cursor::new(packet);
        let sender = head(&mut cursor).ok_or(short)??;
        let mut fields = || Some((cursor.u32()?, cursor.u32()?, cursor.array()?));
        let (packet_id, time, tag) = fields().ok_or(short)?;
        Ok(Self {
            first,
            sender,
            packet_id,
            time,
            tag,
            sealed: cursor.rest(),
        })
    }

    /// What the tag covers before the clear text: `first byte | session id | packet-id | time`.
    #[must_use]
    pub fn authenticated_head(&self) -> [u8; HEAD + REPLAY] {
        let mut out = [0; HEAD + REPLAY];
        let pieces = [self.first.to_byte()]
            .into_iter()
            .chain(*self.sender.bytes())
            .chain(self.packet_id.to_be_bytes())
            .chain(self.time.to_be_bytes());
        for (to, from) in out.iter_mut().zip(pieces) {
            *to = from;
        }
        out
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn join(&self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(HEAD + Self::OVERHEAD + self.sealed.len());
        packet.extend_from_slice(&self.authenticated_head());
        packet.extend_from_slice(&self.tag);
        packet.extend_from_slice(self.sealed);
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strangers_bytes_never_panic_and_survive_a_round_trip(bytes: Vec<u8>) {
            if let Ok(fields) = TlsCryptFields::split(&bytes) {
                prop_assert_eq!(fields.join(), bytes);
            }
        }
    }

    #[test]
    fn a_packet_that_ends_in_its_tag_is_too_short() {
        let mut packet = vec![1; 48];
        packet[0] = 0x20;
        let (length, needed) = (48, 49);
        let error = WrapError::TooShort { length, needed };
        assert_eq!(TlsCryptFields::split(&packet), Err(error));
        packet.push(1);
        assert_eq!(TlsCryptFields::split(&packet).unwrap().sealed, b"");
    }
}
