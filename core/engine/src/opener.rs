use crate::cipher::Cipher;
use crate::keys::DirectionKey;
use crate::replay_window::{ReplayError, ReplayWindow};
use crate::sealer::TAG;
use crate::usage::Usage;
use aws_lc_rs::aead::Aad;
use spoke_wire::{DataHeader, DataHeaderError};
use thiserror::Error;

const PACKET_ID: usize = 4;

/// So many forgeries under one key are borne (OpenVPN 2.7 renegotiates at 2^35 and stops at 2^36).
const FORGERIES_NEAR: u64 = 1 << 35;
const FORGERIES_MOST: u64 = 1 << 36;

/// Checks and decrypts packets of one key, in place. Owns its key and its replay window, so it needs no lock.
pub struct Opener {
    key: DirectionKey,
    key_id: u8,
    window: ReplayWindow,
    usage: Usage,
    forgeries: u64,
}

impl Opener {
    pub(crate) fn new(key: DirectionKey, key_id: u8) -> Self {
        Self {
            usage: Usage::new(key.cipher),
            key,
            key_id,
            window: ReplayWindow::default(),
            forgeries: 0,
        }
    }

    /// The key whose packets this opens.
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
        self.usage.is_nearly_spent() || self.forgeries >= FORGERIES_NEAR
    }

    /// Opens one packet (without the length that goes before it on TCP) in place and gives its payload.
    ///
    /// A packet number counts as seen only once its packet proved genuine. After an error the packet's bytes mean nothing.
    ///
    /// # Errors
    /// When the packet is not for this key, too short, a repetition, too old, or not genuine.
    pub fn open<'packet>(
        &mut self,
        packet: &'packet mut [u8],
    ) -> Result<&'packet mut [u8], OpenError> {
        let seen = packet.len();
        let (header, rest) = DataHeader::parse(packet)?;
        if header.key_id() != self.key_id {
            return Err(OpenError::OtherKey {
                expected: self.key_id,
                seen: header.key_id(),
            });
        }
        if self.forgeries >= FORGERIES_MOST {
            return Err(OpenError::Exhausted);
        }
        let header_len = seen - rest.len();
        let head_len = header_len + PACKET_ID + TAG;
        if seen <= head_len {
            return Err(OpenError::Short {
                needed: head_len + 1,
                seen,
            });
        }
        let (head, payload) = packet.split_at_mut(head_len);
        let (clear, tag) = head.split_at(header_len + PACKET_ID);
        let (_, id) = clear.split_at(header_len);
        let mut packet_id = [0; PACKET_ID];
        packet_id.copy_from_slice(id);
        let number = u32::from_be_bytes(packet_id);
        self.window.check(number)?;
        let authenticated = if header_len == 1 { id } else { clear };
        let opened = self.key.key.open_in_place_separate_tag(
            self.key.nonce(packet_id),
            Aad::from(authenticated),
            tag,
            payload,
        );
        match opened {
            Ok(payload) => {
                self.window.mark(number);
                self.usage.count(payload.len());
                Ok(payload)
            }
            Err(_) => {
                self.forgeries += 1;
                Err(OpenError::Forged)
            }
        }
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener")
            .field("cipher", &self.key.cipher)
            .field("key_id", &self.key_id)
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
    /// It ends before its payload.
    #[error("a data packet of {seen} bytes, the smallest has {needed}")]
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
    /// Too many forged packets came in under this key.
    #[error("too many forged data packets under one key; it has to be replaced")]
    Exhausted,
}
