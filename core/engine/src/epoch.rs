use crate::aead::TAG;
use crate::channel::Clear;
use crate::cipher::Cipher;
use crate::keys::KeyError;
use crate::opener::OpenError;
use crate::replay_window::ReplayWindow;
use crate::sealer::SealError;
use crate::usage::Usage;
use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use zeroize::Zeroizing;

/// Epoch and counter, which together are the packet id.
const PACKET_ID: usize = 8;
/// The counter's last value.
const LAST: u64 = (1 << 48) - 1;
/// The keys of so many epochs ahead are at hand, so that a peer may run ahead (OpenVPN 2.7 and 3).
const AHEAD: usize = 16;
/// From this epoch on new secrets are negotiated (OpenVPN 2.7); the last one is 2^16 - 1.
const NEARLY_ALL_EPOCHS: u16 = 0xf000;

/// The secret of one epoch, from which its key, its nonce and the next secret come.
struct Secret {
    bytes: Zeroizing<[u8; 32]>,
    epoch: u16,
    cipher: Cipher,
    algorithm: &'static Algorithm,
}

/// The key of one epoch.
struct EpochKey {
    epoch: u16,
    key: LessSafeKey,
    iv: Zeroizing<[u8; 12]>,
}

/// The highest epoch that the peer was seen to use. The opener raises it, the sealer follows: neither waits for the
/// other.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerEpoch(Arc<AtomicU16>);

/// Seals `header | epoch | counter | ciphertext | tag`.
pub(crate) struct EpochSealer {
    next: Secret,
    key: EpochKey,
    counter: u64,
    usage: Usage,
    peer: PeerEpoch,
}

/// Opens what an [`EpochSealer`] sealed.
pub(crate) struct EpochOpener {
    next: Secret,
    current: Receiving,
    previous: Option<Receiving>,
    future: VecDeque<EpochKey>,
    peer: PeerEpoch,
}

struct Receiving {
    key: EpochKey,
    window: ReplayWindow,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// `HKDF-Expand-Label` as TLS 1.3 has it (RFC 8446, section 7.1), with OpenVPN's prefix and no context.
fn expand(secret: &[u8; 32], label: &str, out: &mut [u8]) -> Option<()> {
    const PREFIX: &str = "ovpn ";
    let len = u16::try_from(out.len()).ok()?.to_be_bytes();
    let label_len = u8::try_from(PREFIX.len() + label.len()).ok()?;
    let info = [
        &len[..],
        &[label_len],
        PREFIX.as_bytes(),
        label.as_bytes(),
        &[0],
    ];
    Prk::new_less_safe(HKDF_SHA256, secret)
        .expand(&info, Length(out.len()))
        .and_then(|expanded| expanded.fill(out))
        .ok()
}

impl Secret {
    fn new(cipher: Cipher, algorithm: &'static Algorithm, slot: &[u8; 64]) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        let (first, _) = slot.split_at(32);
        bytes.copy_from_slice(first);
        Self {
            bytes,
            epoch: 1,
            cipher,
            algorithm,
        }
    }

    /// The key of this epoch; becomes the secret of the next.
    fn step(&mut self) -> Result<EpochKey, KeyError> {
        let refused = KeyError::Refused(self.cipher);
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..self.cipher.key_len()).ok_or(refused)?;
        expand(&self.bytes, "data_key", key).ok_or(refused)?;
        let unbound = UnboundKey::new(self.algorithm, key).map_err(|_| refused)?;
        let mut iv = Zeroizing::new([0; 12]);
        expand(&self.bytes, "data_iv", &mut iv[..]).ok_or(refused)?;
        let key = EpochKey {
            epoch: self.epoch,
            key: LessSafeKey::new(unbound),
            iv,
        };
        let mut next = Zeroizing::new([0; 32]);
        expand(&self.bytes, "datakey upd", &mut next[..]).ok_or(refused)?;
        self.bytes = next;
        self.epoch = self.epoch.saturating_add(1);
        Ok(key)
    }
}

impl EpochKey {
    fn nonce(&self, packet_id: [u8; PACKET_ID]) -> Nonce {
        let mut nonce = *self.iv;
        for (byte, id) in nonce.iter_mut().zip(packet_id) {
            *byte ^= id;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

impl PeerEpoch {
    fn raise(&self, epoch: u16) {
        self.0.fetch_max(epoch, Ordering::Relaxed);
    }

    fn highest(&self) -> u16 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bytes before the plaintext.
pub(crate) const fn head(header: Clear) -> usize {
    header.len() + PACKET_ID
}

impl EpochSealer {
    pub(crate) fn new(
        cipher: Cipher,
        algorithm: &'static Algorithm,
        slot: &[u8; 64],
        peer: PeerEpoch,
    ) -> Result<Self, KeyError> {
        let mut next = Secret::new(cipher, algorithm, slot);
        Ok(Self {
            key: next.step()?,
            next,
            counter: 0,
            usage: Usage::new(cipher.usage_limit()),
            peer,
        })
    }

    pub(crate) const fn near_exhaustion(&self) -> bool {
        self.key.epoch >= NEARLY_ALL_EPOCHS
    }

    /// Turns `head ++ plaintext ++ room for the tag` into a packet.
    pub(crate) fn seal(&mut self, header: Clear, packet: &mut [u8]) -> Result<(), SealError> {
        while self.key.epoch < self.peer.highest() {
            self.advance()?;
        }
        if self.usage.is_nearly_spent() || self.counter >= LAST {
            self.advance()?;
        }
        self.counter += 1;
        let packet_id = (u64::from(self.key.epoch) << 48 | self.counter).to_be_bytes();
        let (clear, rest) = packet
            .split_at_mut_checked(head(header))
            .ok_or(SealError::Refused)?;
        let (payload, tag_place) = rest
            .split_last_chunk_mut::<TAG>()
            .ok_or(SealError::Refused)?;
        header.put(clear);
        if let Some(place) = clear.last_chunk_mut() {
            *place = packet_id;
        }
        let tag = self
            .key
            .key
            .seal_in_place_separate_tag(self.key.nonce(packet_id), Aad::from(&*clear), payload)
            .map_err(|_| SealError::Refused)?;
        tag_place.copy_from_slice(tag.as_ref());
        self.usage.count(payload.len());
        Ok(())
    }

    /// To the next epoch; the key of this one is gone then.
    fn advance(&mut self) -> Result<(), SealError> {
        if self.key.epoch == u16::MAX {
            return Err(SealError::Exhausted);
        }
        self.key = self.next.step().map_err(|_| SealError::Refused)?;
        self.counter = 0;
        self.usage = Usage::new(self.next.cipher.usage_limit());
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn pretend(&mut self, counter: u64, used: u64) {
        self.counter = counter;
        self.usage.pretend(used);
    }

    #[cfg(test)]
    pub(crate) const fn epoch(&self) -> u16 {
        self.key.epoch
    }

    #[cfg(test)]
    pub(crate) fn force(&mut self) {
        self.advance().expect("another epoch");
    }
}

impl EpochOpener {
    pub(crate) fn new(
        cipher: Cipher,
        algorithm: &'static Algorithm,
        slot: &[u8; 64],
        peer: PeerEpoch,
    ) -> Result<Self, KeyError> {
        let mut next = Secret::new(cipher, algorithm, slot);
        let mut opener = Self {
            current: Receiving::new(next.step()?),
            next,
            previous: None,
            future: VecDeque::with_capacity(AHEAD),
            peer,
        };
        opener.look_ahead()?;
        Ok(opener)
    }

    pub(crate) const fn near_exhaustion(&self) -> bool {
        self.current.key.epoch >= NEARLY_ALL_EPOCHS
    }

    pub(crate) fn open<'packet>(
        &mut self,
        header: usize,
        packet: &'packet mut [u8],
    ) -> Result<&'packet mut [u8], OpenError> {
        let short = OpenError::short(header + PACKET_ID + 1 + TAG, packet.len());
        let (clear, rest) = packet
            .split_at_mut_checked(header + PACKET_ID)
            .ok_or(short)?;
        let (payload, tag) = rest.split_last_chunk_mut::<TAG>().ok_or(short)?;
        if payload.is_empty() {
            return Err(short);
        }
        let packet_id = *clear.last_chunk::<PACKET_ID>().ok_or(short)?;
        let [high, low, ..] = packet_id;
        let epoch = u16::from_be_bytes([high, low]);
        let number = u64::from_be_bytes(packet_id) & LAST;
        let ahead = self.check(epoch, number)?;
        let key = match ahead {
            Some(at) => self.future.get(at),
            None => self.receiving(epoch).map(|receiving| &receiving.key),
        };
        let key = key.ok_or(OpenError::OtherEpoch { epoch })?;
        let payload = key
            .key
            .open_in_place_separate_tag(key.nonce(packet_id), Aad::from(&*clear), &*tag, payload)
            .map_err(|_| OpenError::Forged)?;
        if let Some(at) = ahead {
            self.advance(at)?;
        }
        if let Some(receiving) = self.receiving(epoch) {
            receiving.window.mark(number);
        }
        Ok(payload)
    }

    /// Whether the packet may be looked at; gives its epoch's place among the future ones, if it is one of them.
    fn check(&mut self, epoch: u16, number: u64) -> Result<Option<usize>, OpenError> {
        if let Some(receiving) = self.receiving(epoch) {
            receiving.window.check(number)?;
            return Ok(None);
        }
        let other = OpenError::OtherEpoch { epoch };
        let future = self.future.iter().position(|key| key.epoch == epoch);
        let at = future.ok_or(other)?;
        ReplayWindow::default().check(number)?;
        Ok(Some(at))
    }

    fn receiving(&mut self, epoch: u16) -> Option<&mut Receiving> {
        if self.current.key.epoch == epoch {
            return Some(&mut self.current);
        }
        self.previous
            .as_mut()
            .filter(|previous| previous.key.epoch == epoch)
    }

    /// Makes the future epoch at this place the current one.
    fn advance(&mut self, at: usize) -> Result<(), OpenError> {
        let mut passed = self.future.drain(..=at);
        let Some(key) = passed.next_back() else {
            return Ok(());
        };
        drop(passed);
        self.peer.raise(key.epoch);
        let current = std::mem::replace(&mut self.current, Receiving::new(key));
        self.previous = Some(current);
        self.look_ahead().map_err(|_| OpenError::Exhausted)
    }

    fn look_ahead(&mut self) -> Result<(), KeyError> {
        let last = self
            .future
            .back()
            .map_or(self.current.key.epoch, |key| key.epoch);
        let room = AHEAD - self.future.len();
        for _ in 0..room.min(usize::from(u16::MAX - last)) {
            self.future.push_back(self.next.step()?);
        }
        Ok(())
    }
}

impl Receiving {
    fn new(key: EpochKey) -> Self {
        Self {
            key,
            window: ReplayWindow::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::Mode;
    use serde_json::Value;

    /// What a key makes of a packet of zeros, which no other key does.
    fn mark(key: &LessSafeKey) -> Vec<u8> {
        let mut packet = vec![0; 64];
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut packet)
            .expect("sealed");
        packet
    }

    #[test]
    fn the_schedule_is_the_one_of_real_sessions() {
        let all: Value = serde_json::from_str(include_str!("../tests/vectors/data-epoch.json"))
            .expect("vectors are JSON");
        let bytes = |value: &Value, name: &str| {
            hex::decode(value[name].as_str().expect("a text")).expect("hex")
        };
        let mut epochs = 0;
        for session in all["sessions"].as_array().expect("sessions") {
            let name = session["cipher"].as_str().expect("a name");
            let cipher: Cipher = name.parse().expect("a known cipher");
            let Mode::Aead(algorithm) = cipher.mode() else {
                panic!("{name} has no epochs");
            };
            let block = bytes(session, "key_block_256");
            for (at, direction) in [(0, "client_to_server"), (128, "server_to_client")] {
                let slot = block[at..].first_chunk().expect("a slot");
                let mut secret = Secret::new(cipher, algorithm, slot);
                let schedule = session["schedule"][direction].as_array();
                for (expected, number) in schedule.expect("a schedule").iter().zip(1_u16..) {
                    let place = format!("{name}, {direction}, epoch {number}");
                    assert_eq!(expected["epoch"], number, "{place}");
                    assert_eq!(bytes(expected, "E"), *secret.bytes, "{place}");
                    let key = secret.step().expect("another epoch");
                    assert_eq!(key.epoch, number, "{place}");
                    assert_eq!(bytes(expected, "data_iv"), *key.iv, "{place}");
                    let data_key = UnboundKey::new(algorithm, &bytes(expected, "data_key"));
                    let data_key = LessSafeKey::new(data_key.expect("a key"));
                    assert_eq!(mark(&key.key), mark(&data_key), "{place}");
                    epochs += 1;
                }
            }
        }
        assert_eq!(epochs, 20);
    }
}
