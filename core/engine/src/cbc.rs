use crate::aead::NEARLY_ALL_IDS;
use crate::channel::Clear;
use crate::cipher::Cipher;
use crate::digest::Digest;
use crate::keys::KeyError;
use crate::opener::OpenError;
use crate::replay_window::ReplayWindow;
use crate::sealer::SealError;
use aws_lc_rs::cipher::{
    AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

const BLOCK: usize = 16;
const PACKET_ID: usize = 4;

/// The bytes of one direction that a CBC cipher needs.
#[derive(Clone, Copy)]
pub(crate) struct CbcSlots<'a> {
    pub(crate) cipher: Cipher,
    pub(crate) algorithm: &'static Algorithm,
    pub(crate) digest: Digest,
    /// The cipher's slot of the key block.
    pub(crate) key: &'a [u8; 64],
    /// The HMAC's slot.
    pub(crate) hmac: &'a [u8; 64],
}

/// Seals `header | HMAC | IV | CBC(packet id, plaintext, padding)`; the HMAC is over IV and ciphertext.
pub(crate) struct CbcSealer {
    key: EncryptingKey,
    hmac: hmac::Key,
    ivs: IvStream,
    digest: usize,
    last_id: u32,
}

/// Opens what a [`CbcSealer`] sealed.
pub(crate) struct CbcOpener {
    key: DecryptingKey,
    hmac: hmac::Key,
    digest: usize,
    window: ReplayWindow,
}

/// The initialisation vectors of one key: the packet numbers under AES-256 with a key of their own.
///
/// CBC needs vectors that nobody can foretell and that do not repeat. The second half of the cipher's slot is as
/// secret and as random as the first, differs by direction, and no cipher uses it; AES is a permutation that cannot
/// be told from a random one, so its images of different numbers are different and say nothing about the next
/// (NIST SP 800-38A, appendix C, with a key apart). No chance has to be drawn for each packet.
struct IvStream(EncryptingKey);

impl IvStream {
    fn new(slot: &[u8; 64]) -> Option<Self> {
        let (_, unused) = slot.split_at(32);
        let key = UnboundCipherKey::new(&AES_256, unused).ok()?;
        Some(Self(EncryptingKey::ecb(key).ok()?))
    }

    fn iv(&self, number: u32) -> Option<[u8; BLOCK]> {
        let mut block = u128::from(number).to_be_bytes();
        let done = self
            .0
            .less_safe_encrypt(&mut block, EncryptionContext::None);
        done.is_ok().then_some(block)
    }
}

impl CbcSlots<'_> {
    fn unbound(&self) -> Result<UnboundCipherKey, KeyError> {
        let refused = KeyError::Refused(self.cipher);
        let key = self.key.get(..self.cipher.key_len()).ok_or(refused)?;
        UnboundCipherKey::new(self.algorithm, key).map_err(|_| refused)
    }

    fn hmac(&self) -> Result<hmac::Key, KeyError> {
        let key = self.hmac.get(..self.digest.length());
        let key = key.ok_or(KeyError::Refused(self.cipher))?;
        Ok(hmac::Key::new(self.digest.algorithm(), key))
    }
}

impl CbcSealer {
    pub(crate) fn new(slots: CbcSlots<'_>) -> Result<Self, KeyError> {
        let refused = KeyError::Refused(slots.cipher);
        Ok(Self {
            key: EncryptingKey::cbc(slots.unbound()?).map_err(|_| refused)?,
            hmac: slots.hmac()?,
            ivs: IvStream::new(slots.key).ok_or(refused)?,
            digest: slots.digest.length(),
            last_id: 0,
        })
    }

    /// Bytes before the plaintext.
    pub(crate) const fn head(&self, header: Clear) -> usize {
        header.len() + self.digest + BLOCK + PACKET_ID
    }

    /// Bytes that may be needed behind it.
    pub(crate) const TAIL: usize = BLOCK;

    /// The longest plaintext whose packet has at most `space` bytes.
    pub(crate) const fn longest(&self, header: Clear, space: usize) -> usize {
        let clear = header.len() + self.digest + BLOCK;
        let blocks = space.saturating_sub(clear) / BLOCK * BLOCK;
        // At least one byte of the last block is padding.
        blocks.saturating_sub(1 + PACKET_ID)
    }

    pub(crate) const fn near_exhaustion(&self) -> bool {
        self.last_id >= NEARLY_ALL_IDS
    }

    /// Turns the first `len` bytes of `packet`, which are `head ++ plaintext`, and as many behind them as the padding
    /// needs, into a packet; gives its length.
    pub(crate) fn seal(
        &mut self,
        header: Clear,
        packet: &mut [u8],
        len: usize,
    ) -> Result<usize, SealError> {
        let id = self.last_id.checked_add(1).ok_or(SealError::Exhausted)?;
        self.last_id = id;
        let clear = header.len() + self.digest;
        let plain = len.checked_sub(clear + BLOCK).ok_or(SealError::Refused)?;
        let padding = BLOCK - plain % BLOCK;
        let packet = packet.get_mut(..len + padding).ok_or(SealError::Refused)?;
        let sealed = packet.len();
        header.put(packet);
        let (clear, body) = packet.split_at_mut(clear);
        let (iv_place, plain) = body
            .split_first_chunk_mut::<BLOCK>()
            .ok_or(SealError::Refused)?;
        let id_place = plain.first_chunk_mut().ok_or(SealError::Refused)?;
        *id_place = id.to_be_bytes();
        let pad = u8::try_from(padding).unwrap_or_default();
        for byte in plain.iter_mut().rev().take(padding) {
            *byte = pad;
        }
        *iv_place = self.ivs.iv(id).ok_or(SealError::Refused)?;
        let iv = EncryptionContext::Iv128(FixedLength::from(*iv_place));
        self.key
            .less_safe_encrypt(plain, iv)
            .map_err(|_| SealError::Refused)?;
        let tag = hmac::sign(&self.hmac, body);
        for (place, byte) in clear.iter_mut().skip(header.len()).zip(tag.as_ref()) {
            *place = *byte;
        }
        Ok(sealed)
    }

    #[cfg(test)]
    pub(crate) fn pretend(&mut self, last_id: u32) {
        self.last_id = last_id;
    }
}

impl CbcOpener {
    pub(crate) fn new(slots: CbcSlots<'_>) -> Result<Self, KeyError> {
        let refused = KeyError::Refused(slots.cipher);
        Ok(Self {
            key: DecryptingKey::cbc(slots.unbound()?).map_err(|_| refused)?,
            hmac: slots.hmac()?,
            digest: slots.digest.length(),
            window: ReplayWindow::default(),
        })
    }

    pub(crate) fn open<'packet>(
        &mut self,
        header: usize,
        packet: &'packet mut [u8],
    ) -> Result<&'packet mut [u8], OpenError> {
        let clear = header + self.digest;
        let short = OpenError::short(clear + 2 * BLOCK, packet.len());
        let (clear, body) = packet.split_at_mut_checked(clear).ok_or(short)?;
        if body.len() < 2 * BLOCK || !body.len().is_multiple_of(BLOCK) {
            return Err(short);
        }
        let tag = clear.get(header..).unwrap_or_default();
        hmac::verify(&self.hmac, body, tag).map_err(|_| OpenError::Forged)?;
        let (iv, sealed) = body.split_first_chunk_mut::<BLOCK>().ok_or(short)?;
        let iv = DecryptionContext::Iv128(FixedLength::from(*iv));
        let plain = self
            .key
            .decrypt(sealed, iv)
            .map_err(|_| OpenError::Forged)?;
        // What is genuine may be looked at: nobody learns from the padding of what is not.
        let plain = unpad(plain).ok_or(OpenError::Padding)?;
        let (id, payload) = plain
            .split_first_chunk_mut::<PACKET_ID>()
            .filter(|(_, payload)| !payload.is_empty())
            .ok_or(OpenError::Padding)?;
        let number = u32::from_be_bytes(*id).into();
        self.window.check(number)?;
        self.window.mark(number);
        Ok(payload)
    }
}

/// Takes off the padding (RFC 5652, section 6.3).
fn unpad(plain: &mut [u8]) -> Option<&mut [u8]> {
    let padding = *plain.last()?;
    let len = usize::from(padding);
    let rest = plain.len().checked_sub(len)?;
    let (rest, pad) = plain.split_at_mut(rest);
    let whole = (1..=BLOCK).contains(&len) && pad.iter().all(|byte| *byte == padding);
    whole.then_some(rest)
}
