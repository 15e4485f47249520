use crate::cipher::Cipher;
use crate::keys::DirectionKey;
use crate::usage::Usage;
use aws_lc_rs::aead::Aad;
use spoke_wire::DataHeader;
use thiserror::Error;

const PACKET_ID: usize = 4;
pub(crate) const TAG: usize = 16;

/// Where OpenVPN 2.6 asks for a new key; the packet id itself ends at 2^32 - 1.
const NEARLY_ALL_IDS: u32 = 0xff00_0000;

/// Encrypts packets of one key, in place. Owns its key and its packet numbers, so it needs no lock.
pub struct Sealer {
    key: DirectionKey,
    header: [u8; 4],
    header_len: usize,
    key_id: u8,
    last_id: u32,
    usage: Usage,
}

impl Sealer {
    pub(crate) fn new(key: DirectionKey, header: DataHeader) -> Self {
        let (bytes, header_len) = header.encode();
        Self {
            usage: Usage::new(key.cipher),
            key,
            header: bytes,
            header_len,
            key_id: header.key_id(),
            last_id: 0,
        }
    }

    /// Bytes that must be free before the payload: 24 with a peer id, 21 without.
    #[must_use]
    pub const fn headroom(&self) -> usize {
        self.header_len + PACKET_ID + TAG
    }

    /// The key that packets are sealed with.
    #[must_use]
    pub const fn key_id(&self) -> u8 {
        self.key_id
    }

    /// The cipher in use.
    #[must_use]
    pub const fn cipher(&self) -> Cipher {
        self.key.cipher
    }

    /// Whether a new key should be negotiated now, while this one still works.
    #[must_use]
    pub const fn near_exhaustion(&self) -> bool {
        self.last_id >= NEARLY_ALL_IDS || self.usage.is_nearly_spent()
    }

    /// Turns `headroom ++ payload` into a packet, in place.
    ///
    /// # Errors
    /// When there is no payload behind the headroom, or the key has been used up. A used-up key stays so: sealing
    /// two packets under one number would give the key away.
    pub fn seal(&mut self, buffer: &mut [u8]) -> Result<(), SealError> {
        if buffer.len() <= self.headroom() {
            return Err(SealError::Empty {
                headroom: self.headroom(),
                seen: buffer.len(),
            });
        }
        if self.usage.is_spent() {
            return Err(SealError::Exhausted);
        }
        let id = self.last_id.checked_add(1).ok_or(SealError::Exhausted)?;
        // The number is spent before it is used, so that no way out of here can use it twice.
        self.last_id = id;
        let packet_id = id.to_be_bytes();

        let header_len = self.header_len;
        let (head, payload) = buffer.split_at_mut(self.headroom());
        let (clear, tag_place) = head.split_at_mut(header_len + PACKET_ID);
        let (header_place, id_place) = clear.split_at_mut(header_len);
        for (place, byte) in header_place.iter_mut().zip(self.header) {
            *place = byte;
        }
        id_place.copy_from_slice(&packet_id);
        let authenticated = if header_len == 1 { &*id_place } else { &*clear };

        let nonce = self.key.nonce(packet_id);
        let tag = self
            .key
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(authenticated), payload)
            .map_err(|_| SealError::Refused)?;
        tag_place.copy_from_slice(tag.as_ref());
        self.usage.count(payload.len());
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn pretend_last_id(&mut self, id: u32) {
        self.last_id = id;
    }

    #[cfg(test)]
    pub(crate) fn pretend_used(&mut self, used: u64) {
        self.usage.pretend(used);
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer")
            .field("cipher", &self.key.cipher)
            .field("key_id", &self.key_id)
            .field("last_id", &self.last_id)
            .finish_non_exhaustive()
    }
}

/// Why a packet was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// The buffer has no payload behind its headroom; OpenVPN needs at least one byte.
    #[error("nothing to seal: a buffer of {seen} bytes, of which {headroom} are headroom")]
    Empty {
        /// Bytes that are not payload.
        headroom: usize,
        /// Bytes of the buffer.
        seen: usize,
    },
    /// The key may not be used any more.
    #[error("the data key has sealed as many packets as it may; it has to be replaced")]
    Exhausted,
    /// The cipher did not do it.
    #[error("the data cipher failed")]
    Refused,
}
