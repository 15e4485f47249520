use crate::aead::AeadOpener;
use crate::cbc::{CbcOpener, CbcSlots};
use crate::channel::DataChannel;
use crate::cipher::{Cipher, Mode};
use crate::epoch::{EpochOpener, PeerEpoch};
use crate::framing::Framing;
use crate::keys::{KeyError, Slots};
use crate::replay_window::ReplayError;
use spoke_wire::{DataHeader, DataHeaderError};
use thiserror::Error;

/// So many forgeries under one key are borne (OpenVPN 2.7 renegotiates at 2^35 and stops at 2^36).
const FORGERIES_NEAR: u64 = 1 << 35;
const FORGERIES_MOST: u64 = 1 << 36;

/// Checks and decrypts packets of one key, in place. Owns its key and its replay window, so it needs no lock.
///
/// The framing that both ends agreed on is taken off here: callers see payloads alone.
pub struct Opener {
    channel: DataChannel,
    framing: Framing,
    kind: Kind,
    forgeries: u64,
}

enum Kind {
    Aead(Box<AeadOpener>),
    Cbc(Box<CbcOpener>),
    Epoch(Box<EpochOpener>),
}

impl Opener {
    pub(crate) fn new(
        channel: &DataChannel,
        slots: Slots<'_>,
        peer: PeerEpoch,
    ) -> Result<Self, KeyError> {
        let cipher = channel.cipher;
        let kind = match (cipher.mode(), channel.epoch) {
            (Mode::Aead(algorithm), false) => {
                let key = slots.key(cipher);
                let opener = AeadOpener::new(cipher, algorithm, key, slots.hmac)?;
                Kind::Aead(Box::new(opener))
            }
            (Mode::Aead(algorithm), true) => {
                let epochs = EpochOpener::new(cipher, algorithm, slots.cipher, peer)?;
                Kind::Epoch(Box::new(epochs))
            }
            (Mode::Cbc(algorithm), false) => Kind::Cbc(Box::new(CbcOpener::new(CbcSlots {
                cipher,
                algorithm,
                digest: channel.auth,
                key: slots.cipher,
                hmac: slots.hmac,
            })?)),
            (Mode::Cbc(_), true) => return Err(KeyError::NoEpochs),
        };
        Ok(Self {
            channel: *channel,
            framing: Framing::new(channel.compression),
            kind,
            forgeries: 0,
        })
    }

    /// The key whose packets this opens.
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
        let worn = match &self.kind {
            Kind::Aead(opener) => opener.near_exhaustion(),
            Kind::Cbc(_) => false,
            Kind::Epoch(opener) => opener.near_exhaustion(),
        };
        worn || self.forgeries >= FORGERIES_NEAR
    }

    /// Opens one packet (without the length that goes before it on TCP) in place and gives its payload.
    ///
    /// A packet number counts as seen only once its packet proved genuine. After an error the packet's bytes mean nothing.
    ///
    /// # Errors
    /// When the packet is not for this key, too short, a repetition, too old, not genuine, or compressed.
    pub fn open<'packet>(
        &mut self,
        packet: &'packet mut [u8],
    ) -> Result<&'packet mut [u8], OpenError> {
        let (header, rest) = DataHeader::parse(packet)?;
        let header_len = packet.len() - rest.len();
        if header.key_id() != self.key_id() {
            return Err(OpenError::OtherKey {
                expected: self.key_id(),
                seen: header.key_id(),
            });
        }
        if self.forgeries >= FORGERIES_MOST {
            return Err(OpenError::Exhausted);
        }
        let opened = match &mut self.kind {
            Kind::Aead(opener) => opener.open(header_len, packet),
            Kind::Cbc(opener) => opener.open(header_len, packet),
            Kind::Epoch(opener) => opener.open(header_len, packet),
        };
        let unframed = match opened {
            Ok(framed) => self.framing.unframe(framed),
            Err(error) => Err(error),
        };
        if matches!(unframed, Err(OpenError::Forged)) {
            self.forgeries += 1;
        }
        unframed
    }

    #[cfg(test)]
    pub(crate) fn pretend_forgeries(&mut self, forgeries: u64) {
        self.forgeries = forgeries;
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// Why a packet was not opened. On UDP it is dropped; on TCP none of this happens with an honest peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is no data packet.
    #[error(transparent)]
    Header(#[from] DataHeaderError),
    /// It was sealed with another key.
    #[error("a data packet of key {seen}, this is key {expected}")]
    OtherKey {
        /// The key of this opener.
        expected: u8,
        /// The key that the packet names.
        seen: u8,
    },
    /// It was sealed in an epoch that is over, or too far ahead.
    #[error("a data packet of epoch {epoch}, which is over or too far ahead")]
    OtherEpoch {
        /// The epoch that the packet names.
        epoch: u16,
    },
    /// It ends before its payload, or (with CBC) within a block.
    #[error("a data packet of {seen} bytes, which is no whole packet; the smallest has {needed}")]
    Short {
        /// Length of the smallest packet.
        needed: usize,
        /// Length of this one.
        seen: usize,
    },
    /// Its number makes it a repetition, or too old.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// It is not genuine.
    #[error("a data packet is not genuine")]
    Forged,
    /// It is genuine, but what was encrypted has no number, no payload or no padding.
    #[error("a data packet is genuine but has nothing in it, or its padding is wrong")]
    Padding,
    /// It is compressed, which was not agreed on, and nothing here decompresses.
    #[error(
        "a data packet is compressed, which was not agreed on; switch compression off on the gateway"
    )]
    Compressed,
    /// It does not have the framing that was agreed on.
    #[error(
        "a data packet begins with {first:#04x} inside, which is not the compression framing agreed on"
    )]
    Unframed {
        /// The byte where the framing begins.
        first: u8,
    },
    /// Too many forged packets came in under this key.
    #[error("too many forged data packets under one key; it has to be replaced")]
    Exhausted,
}

impl OpenError {
    pub(crate) const fn short(needed: usize, seen: usize) -> Self {
        Self::Short { needed, seen }
    }
}
