use crate::aead::{AeadSealer, TAG};
use crate::cbc::{CbcSealer, CbcSlots};
use crate::channel::{Clear, DataChannel};
use crate::cipher::{Cipher, Mode};
use crate::epoch::{self, EpochSealer, PeerEpoch};
use crate::framing::Framing;
use crate::keys::{KeyError, Slots};
use spoke_wire::DataHeader;
use thiserror::Error;

/// Encrypts packets of one key, in place. Owns its key and its packet numbers, so it needs no lock.
///
/// The framing that both ends agreed on is put around each payload here: callers see payloads alone.
pub struct Sealer {
    channel: DataChannel,
    header: Clear,
    framing: Framing,
    kind: Kind,
}

enum Kind {
    Aead(AeadSealer),
    Cbc(Box<CbcSealer>),
    Epoch(Box<EpochSealer>),
}

impl Sealer {
    /// The most that [`Sealer::headroom`] ever is: a peer id, an HMAC of 64 bytes, IV, packet number and framing.
    pub const MOST_HEADROOM: usize = 4 + 64 + 16 + 4 + 1;

    pub(crate) fn new(
        channel: &DataChannel,
        slots: Slots<'_>,
        peer: PeerEpoch,
    ) -> Result<Self, KeyError> {
        let cipher = channel.cipher;
        let v2 = matches!(channel.header, DataHeader::V2 { .. });
        let kind = match (cipher.mode(), channel.epoch) {
            (Mode::Aead(algorithm), false) => {
                let key = slots.key(cipher);
                Kind::Aead(AeadSealer::new(cipher, algorithm, key, slots.hmac)?)
            }
            (Mode::Aead(algorithm), true) if v2 => {
                let epochs = EpochSealer::new(cipher, algorithm, slots.cipher, peer)?;
                Kind::Epoch(Box::new(epochs))
            }
            (Mode::Cbc(algorithm), false) => Kind::Cbc(Box::new(CbcSealer::new(CbcSlots {
                cipher,
                algorithm,
                digest: channel.auth,
                key: slots.cipher,
                hmac: slots.hmac,
            })?)),
            (_, true) => return Err(KeyError::NoEpochs),
        };
        Ok(Self {
            channel: *channel,
            header: Clear::new(channel.header),
            framing: Framing::new(channel.compression),
            kind,
        })
    }

    /// Bytes that must be free before the payload; 24 with AES-GCM and a peer id.
    #[must_use]
    pub fn headroom(&self) -> usize {
        self.head() + self.framing.headroom()
    }

    /// Bytes that must be free behind the payload; none with the classic AEAD format and no framing.
    #[must_use]
    pub const fn tailroom(&self) -> usize {
        let tail = match &self.kind {
            Kind::Aead(_) => 0,
            Kind::Cbc(_) => CbcSealer::TAIL,
            Kind::Epoch(_) => TAG,
        };
        tail + self.framing.tailroom()
    }

    /// The longest IP packet that makes a data packet of at most `space` bytes.
    #[must_use]
    pub fn longest_payload(&self, space: usize) -> usize {
        let plain = match &self.kind {
            Kind::Aead(_) => space.saturating_sub(self.head()),
            Kind::Cbc(sealer) => sealer.longest(self.header, space),
            Kind::Epoch(_) => space.saturating_sub(self.head() + TAG),
        };
        plain.saturating_sub(self.framing.growth())
    }

    /// The key that packets are sealed with.
    #[must_use]
    pub const fn key_id(&self) -> u8 {
        self.channel.header.key_id()
    }

    /// The cipher in use.
    #[must_use]
    pub const fn cipher(&self) -> Cipher {
        self.channel.cipher
    }

    /// Whether a new key should be negotiated now, while this one still works.
    #[must_use]
    pub const fn near_exhaustion(&self) -> bool {
        match &self.kind {
            Kind::Aead(sealer) => sealer.near_exhaustion(),
            Kind::Cbc(sealer) => sealer.near_exhaustion(),
            Kind::Epoch(sealer) => sealer.near_exhaustion(),
        }
    }

    /// Turns `headroom ++ payload ++ tailroom`, of which the payload has `len` bytes, into a packet in place. Gives the
    /// length of the packet, which begins where the buffer begins.
    ///
    /// # Errors
    /// When there is no payload, the buffer is too small for it, or the key has been used up. A used-up key stays so:
    /// sealing two packets under one number would give the key away.
    pub fn seal(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SealError> {
        let (head, seen) = (self.head(), buffer.len());
        let needed = self.headroom() + len + self.tailroom();
        if len == 0 {
            return Err(SealError::Empty);
        }
        if seen < needed {
            return Err(SealError::NoRoom { needed, seen });
        }
        let framed = buffer
            .get_mut(head..)
            .and_then(|room| self.framing.frame(room, len));
        let plain = head + framed.ok_or(SealError::NoRoom { needed, seen })?;
        let tail = match &self.kind {
            Kind::Aead(_) => 0,
            Kind::Cbc(_) => CbcSealer::TAIL,
            Kind::Epoch(_) => TAG,
        };
        let packet = buffer
            .get_mut(..plain + tail)
            .ok_or(SealError::NoRoom { needed, seen })?;
        match &mut self.kind {
            Kind::Aead(sealer) => sealer.seal(self.header, packet).map(|()| plain),
            Kind::Cbc(sealer) => sealer.seal(self.header, packet, plain),
            Kind::Epoch(sealer) => sealer.seal(self.header, packet).map(|()| plain + tail),
        }
    }

    /// As [`Sealer::seal`], with the payload copied into a packet of its own.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_copy(&mut self, payload: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut packet = vec![0; self.headroom()];
        packet.extend_from_slice(payload);
        packet.resize(packet.len() + self.tailroom(), 0);
        let len = self.seal(&mut packet, payload.len())?;
        packet.truncate(len);
        Ok(packet)
    }

    /// Bytes before what the cipher takes.
    fn head(&self) -> usize {
        match &self.kind {
            Kind::Aead(_) => AeadSealer::head(self.header),
            Kind::Cbc(sealer) => sealer.head(self.header),
            Kind::Epoch(_) => epoch::head(self.header),
        }
    }

    /// Continues with these numbers: the last packet's, and how much the key has been used.
    #[cfg(test)]
    pub(crate) fn pretend(&mut self, last: u64, used: u64) {
        let last_id = u32::try_from(last).unwrap_or(u32::MAX);
        match &mut self.kind {
            Kind::Aead(sealer) => sealer.pretend(last_id, used),
            Kind::Cbc(sealer) => sealer.pretend(last_id),
            Kind::Epoch(sealer) => sealer.pretend(last, used),
        }
    }

    #[cfg(test)]
    pub(crate) fn epochs(&mut self) -> Option<&mut EpochSealer> {
        match &mut self.kind {
            Kind::Epoch(sealer) => Some(sealer),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// Why a packet was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// There is no payload; OpenVPN needs at least one byte.
    #[error("there is no payload to seal")]
    Empty,
    /// The buffer has not the room that this key's packets need around the payload.
    #[error("a buffer of {seen} bytes for a packet that needs {needed}")]
    NoRoom {
        /// Headroom, payload and tailroom.
        needed: usize,
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
