use crate::channel::Clear;
use crate::cipher::Cipher;
use crate::keys::KeyError;
use crate::opener::OpenError;
use crate::replay_window::ReplayWindow;
use crate::sealer::SealError;
use crate::usage::Usage;
use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

pub(crate) const TAG: usize = 16;
const PACKET_ID: usize = 4;

/// Where OpenVPN 2.6 asks for a new key; the packet id itself ends at 2^32 - 1.
pub(crate) const NEARLY_ALL_IDS: u32 = 0xff00_0000;

/// The key and implicit nonce of one direction.
struct AeadKey {
    key: LessSafeKey,
    nonce_tail: Zeroizing<[u8; 8]>,
}

/// Seals `header | packet id | tag | ciphertext`.
pub(crate) struct AeadSealer {
    key: AeadKey,
    last_id: u32,
    usage: Usage,
}

/// Opens what an [`AeadSealer`] sealed.
pub(crate) struct AeadOpener {
    key: AeadKey,
    window: ReplayWindow,
    usage: Usage,
}

impl AeadKey {
    fn new(
        cipher: Cipher,
        algorithm: &'static Algorithm,
        key: &[u8],
        nonce: &[u8; 64],
    ) -> Result<Self, KeyError> {
        let unbound = UnboundKey::new(algorithm, key).map_err(|_| KeyError::Refused(cipher))?;
        let [a, b, c, d, e, f, g, h, ..] = *nonce;
        Ok(Self {
            key: LessSafeKey::new(unbound),
            nonce_tail: Zeroizing::new([a, b, c, d, e, f, g, h]),
        })
    }

    /// The nonce of one packet: its id, then the eight secret bytes.
    fn nonce(&self, packet_id: [u8; PACKET_ID]) -> Nonce {
        let mut nonce = [0; 12];
        let (head, tail) = nonce.split_at_mut(PACKET_ID);
        head.copy_from_slice(&packet_id);
        tail.copy_from_slice(&self.nonce_tail[..]);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// What the tag covers beside the ciphertext: all that is clear, but for the header of version 1.
fn authenticated(header: usize, clear: &[u8]) -> Aad<&[u8]> {
    let from = if header == 1 { 1 } else { 0 };
    Aad::from(clear.get(from..).unwrap_or_default())
}

impl AeadSealer {
    pub(crate) fn new(
        cipher: Cipher,
        algorithm: &'static Algorithm,
        key: &[u8],
        nonce: &[u8; 64],
    ) -> Result<Self, KeyError> {
        Ok(Self {
            key: AeadKey::new(cipher, algorithm, key, nonce)?,
            last_id: 0,
            usage: Usage::new(cipher.usage_limit()),
        })
    }

    /// Bytes before the plaintext.
    pub(crate) const fn head(header: Clear) -> usize {
        header.len() + PACKET_ID + TAG
    }

    pub(crate) const fn near_exhaustion(&self) -> bool {
        self.last_id >= NEARLY_ALL_IDS || self.usage.is_nearly_spent()
    }

    /// Turns `head ++ plaintext` into a packet.
    pub(crate) fn seal(&mut self, header: Clear, packet: &mut [u8]) -> Result<(), SealError> {
        if !self.usage.has_room(packet.len()) {
            return Err(SealError::Exhausted);
        }
        let id = self.last_id.checked_add(1).ok_or(SealError::Exhausted)?;
        // The number is spent before it is used, so that no way out of here can use it twice.
        self.last_id = id;
        let packet_id = id.to_be_bytes();
        let (clear, rest) = packet
            .split_at_mut_checked(header.len() + PACKET_ID)
            .ok_or(SealError::Refused)?;
        let (tag_place, payload) = rest
            .split_first_chunk_mut::<TAG>()
            .ok_or(SealError::Refused)?;
        header.put(clear);
        if let Some(place) = clear.last_chunk_mut() {
            *place = packet_id;
        }
        let tag = self
            .key
            .key
            .seal_in_place_separate_tag(
                self.key.nonce(packet_id),
                authenticated(header.len(), clear),
                payload,
            )
            .map_err(|_| SealError::Refused)?;
        tag_place.copy_from_slice(tag.as_ref());
        self.usage.count(payload.len());
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn pretend(&mut self, last_id: u32, used: u64) {
        self.last_id = last_id;
        self.usage.pretend(used);
    }
}

impl AeadOpener {
    pub(crate) fn new(
        cipher: Cipher,
        algorithm: &'static Algorithm,
        key: &[u8],
        nonce: &[u8; 64],
    ) -> Result<Self, KeyError> {
        Ok(Self {
            key: AeadKey::new(cipher, algorithm, key, nonce)?,
            window: ReplayWindow::default(),
            usage: Usage::new(cipher.usage_limit()),
        })
    }

    pub(crate) const fn near_exhaustion(&self) -> bool {
        self.usage.is_nearly_spent()
    }

    pub(crate) fn open<'packet>(
        &mut self,
        header: usize,
        packet: &'packet mut [u8],
    ) -> Result<&'packet mut [u8], OpenError> {
        let head = header + PACKET_ID + TAG;
        let short = OpenError::short(head + 1, packet.len());
        let (clear, rest) = packet
            .split_at_mut_checked(header + PACKET_ID)
            .ok_or(short)?;
        let (tag, payload) = rest.split_first_chunk_mut::<TAG>().ok_or(short)?;
        if payload.is_empty() {
            return Err(short);
        }
        let packet_id = *clear.last_chunk().ok_or(short)?;
        let number = u32::from_be_bytes(packet_id).into();
        self.window.check(number)?;
        let payload = self
            .key
            .key
            .open_in_place_separate_tag(
                self.key.nonce(packet_id),
                authenticated(header, clear),
                &*tag,
                payload,
            )
            .map_err(|_| OpenError::Forged)?;
        self.window.mark(number);
        self.usage.count(payload.len());
        Ok(payload)
    }
}
