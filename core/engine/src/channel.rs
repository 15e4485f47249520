use crate::cipher::Cipher;
use crate::digest::Digest;
use spoke_wire::{Compression, DataHeader};

/// What both ends agreed on about their data packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataChannel {
    /// The cipher.
    pub cipher: Cipher,
    /// Digest of the HMAC; of no consequence with an AEAD cipher.
    pub auth: Digest,
    /// The clear start of each packet: it names the key.
    pub header: DataHeader,
    /// Whether packets carry an epoch (OpenVPN 2.7's `aead-epoch`). Needs an AEAD cipher and a version 2 header.
    pub epoch: bool,
    /// Framing of what is encrypted; nothing is ever compressed.
    pub compression: Option<Compression>,
}

impl DataChannel {
    /// Classic packets without a framing.
    #[must_use]
    pub const fn new(cipher: Cipher, header: DataHeader) -> Self {
        Self {
            cipher,
            auth: Digest::Sha1,
            header,
            epoch: false,
            compression: None,
        }
    }
}

/// The encoded [`DataHeader`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clear {
    bytes: [u8; 4],
    len: usize,
}

impl Clear {
    pub(crate) fn new(header: DataHeader) -> Self {
        let (bytes, len) = header.encode();
        Self { bytes, len }
    }

    pub(crate) const fn len(self) -> usize {
        self.len
    }

    /// Writes it to the start of `packet`.
    pub(crate) fn put(self, packet: &mut [u8]) {
        for (place, byte) in packet.iter_mut().zip(self.bytes).take(self.len) {
            *place = byte;
        }
    }
}
