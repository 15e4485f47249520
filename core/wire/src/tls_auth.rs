use crate::cursor::Cursor;
use crate::{FirstByte, FirstByteError, SESSION_ID_LENGTH, SessionId};
use thiserror::Error;

/// Bytes of first byte and session id, which stand before any wrapping.
pub(crate) const HEAD: usize = 1 + SESSION_ID_LENGTH;

/// Bytes of replay packet-id and time.
pub(crate) const REPLAY: usize = 8;

/// Why the outside of a control packet cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WrapError {
    /// The first byte is unknown.
    #[error(transparent)]
    FirstByte(#[from] FirstByteError),
    /// Too short for its wrapping.
    #[error(
        "a control packet of {length} bytes is shorter than the {needed} that its wrapping needs"
    )]
    TooShort {
        /// What came.
        length: usize,
        /// The least that makes sense.
        needed: usize,
    },
    /// The sender's session id is all zero.
    #[error("the sender's session id is zero")]
    ZeroSessionId,
}

/// The layout of a control packet without wrapping: `first byte | own session id | rest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainLayout<'a> {
    /// Opcode and key-id.
    pub first: FirstByte,
    /// The sender's session id.
    pub sender: SessionId,
    /// What [`crate::Control`] reads.
    pub rest: &'a [u8],
}

impl<'a> PlainLayout<'a> {
    /// Splits an unwrapped packet.
    ///
    /// # Errors
    /// When it is too short, of unknown kind, or names session id zero.
    pub fn split(packet: &'a [u8]) -> Result<Self, WrapError> {
        let first = FirstByte::of(packet)?;
        let mut cursor = Cursor::new(packet);
        let sender = head(&mut cursor).ok_or(too_short(packet, HEAD))??;
        let rest = cursor.rest();
        Ok(Self {
            first,
            sender,
            rest,
        })
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn join(&self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(HEAD + self.rest.len());
        packet.push(self.first.to_byte());
        packet.extend_from_slice(self.sender.bytes());
        packet.extend_from_slice(self.rest);
        packet
    }
}

/// Where things stand in a tls-auth packet with a digest of this length (20 SHA1, 32 SHA256, 64 SHA512):
/// `first byte | own session id | HMAC | packet-id | time | rest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsAuthLayout {
    digest: usize,
}

/// The fields of one tls-auth packet, unverified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsAuthFields<'a> {
    /// Opcode and key-id.
    pub first: FirstByte,
    /// The sender's session id.
    pub sender: SessionId,
    /// The HMAC as received.
    pub hmac: &'a [u8],
    /// Replay counter; a new value for every transmission.
    pub packet_id: u32,
    /// Seconds since 1970 when the sender started to count.
    pub time: u32,
    /// What [`crate::Control`] reads.
    pub rest: &'a [u8],
}

impl TlsAuthLayout {
    /// The layout for an HMAC of `digest` bytes.
    #[must_use]
    pub const fn new(digest: usize) -> Self {
        Self { digest }
    }

    /// How many bytes the wrapping adds to an unwrapped packet.
    #[must_use]
    pub const fn overhead(self) -> usize {
        self.digest + REPLAY
    }

    /// Splits a wrapped packet, without verifying anything.
    ///
    /// # Errors
    /// When it is too short, of unknown kind, or names session id zero.
    pub fn split(self, packet: &[u8]) -> Result<TlsAuthFields<'_>, WrapError> {
        let first = FirstByte::of(packet)?;
        let needed = HEAD + self.digest + REPLAY;
        let mut cursor = Cursor::new(packet);
        let sender = head(&mut cursor).ok_or(too_short(packet, needed))??;
        let mut fields = || {
            let hmac = cursor.bytes(self.digest)?;
            Some((hmac, cursor.u32()?, cursor.u32()?))
        };
        let (hmac, packet_id, time) = fields().ok_or(too_short(packet, needed))?;
        let rest = cursor.rest();
        Ok(TlsAuthFields {
            first,
            sender,
            hmac,
            packet_id,
            time,
            rest,
        })
    }
}

impl TlsAuthFields<'_> {
    /// The pieces that the HMAC is computed over, in its own order:
    /// `packet-id | time | first byte | session id`, then `rest`.
    #[must_use]
    pub fn authenticated_head(&self) -> [u8; REPLAY + HEAD] {
        let mut out = [0; REPLAY + HEAD];
        let pieces = self
            .packet_id
            .to_be_bytes()
            .into_iter()
            .chain(self.time.to_be_bytes())
            .chain([self.first.to_byte()])
            .chain(*self.sender.bytes());
        for (to, from) in out.iter_mut().zip(pieces) {
            *to = from;
        }
        out
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn join(&self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(HEAD + self.hmac.len() + REPLAY + self.rest.len());
        packet.push(self.first.to_byte());
        packet.extend_from_slice(self.sender.bytes());
        packet.extend_from_slice(self.hmac);
        packet.extend_from_slice(&self.packet_id.to_be_bytes());
        packet.extend_from_slice(&self.time.to_be_bytes());
        packet.extend_from_slice(self.rest);
        packet
    }
}

pub(crate) fn head(cursor: &mut Cursor<'_>) -> Option<Result<SessionId, WrapError>> {
    cursor.u8()?;
    let bytes = cursor.array::<SESSION_ID_LENGTH>()?;
    Some(SessionId::new(bytes).ok_or(WrapError::ZeroSessionId))
}

pub(crate) const fn too_short(packet: &[u8], needed: usize) -> WrapError {
    let length = packet.len();
    WrapError::TooShort { length, needed }
}
