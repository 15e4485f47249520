use crate::channel::DataChannel;
use crate::cipher::Cipher;
use crate::epoch::PeerEpoch;
use crate::opener::Opener;
use crate::prf::tls1_prf;
use crate::sealer::Sealer;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// The label under which TLS exports the data keys (OpenVPN 2.6, `ssl_backend.h`); 256 bytes, no context.
pub const EXPORTER_LABEL: &str = "EXPORTER-OpenVPN-datakeys";

/// Which end of the TLS session this is: it decides which half of the keys sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The TLS client, that is the VPN client.
    Client,
    /// The TLS server.
    Server,
}

/// The 256 bytes of key material of one key id: a slot of 64 bytes for the cipher key and one for the implicit
/// nonce, from client to server and then from server to client. Never printed, zeroed when dropped.
pub struct KeyBlock(Box<Zeroizing<[[u8; 64]; 4]>>);

/// What both ends have sent each other for the key derivation of key method 2.
#[derive(Clone, Copy)]
pub struct PrfInputs<'a> {
    /// The client's 48 secret bytes.
    pub pre_master: &'a [u8; 48],
    /// The client's first random number.
    pub client_random1: &'a [u8; 32],
    /// The client's second random number.
    pub client_random2: &'a [u8; 32],
    /// The server's first random number.
    pub server_random1: &'a [u8; 32],
    /// The server's second random number.
    pub server_random2: &'a [u8; 32],
    /// The client's session id of the control channel.
    pub client_session: [u8; 8],
    /// The server's session id of the control channel.
    pub server_session: [u8; 8],
}

impl KeyBlock {
    /// Takes the 256 bytes that TLS exported under [`EXPORTER_LABEL`].
    #[must_use]
    pub fn from_exporter(bytes: &[u8; 256]) -> Self {
        let mut block = Self::zero();
        block.0.as_flattened_mut().copy_from_slice(bytes);
        block
    }

    /// Derives the keys from the random numbers of both ends, for peers that did not agree on the exporter.
    #[must_use]
    pub fn from_prf(inputs: &PrfInputs<'_>) -> Self {
        let seed = [
            b"OpenVPN master secret".as_slice(),
            inputs.client_random1,
            inputs.server_random1,
        ];
        let mut master = Zeroizing::new([0; 48]);
        tls1_prf(
            inputs.pre_master,
            &Zeroizing::new(seed.concat()),
            &mut master[..],
        );
        let seed = [
            b"OpenVPN key expansion".as_slice(),
            inputs.client_random2,
            inputs.server_random2,
            &inputs.client_session,
            &inputs.server_session,
        ];
        let mut block = Self::zero();
        let out = block.0.as_flattened_mut();
        tls1_prf(&master[..], &Zeroizing::new(seed.concat()), out);
        block
    }

    /// The two ends of the data channel for `side`.
    ///
    /// # Errors
    /// When a key is all zeros, which no derivation gives by chance, or when epochs are asked for with a cipher or a
    /// header that cannot have them.
    pub fn data_channel(
        &self,
        channel: &DataChannel,
        side: Side,
    ) -> Result<(Sealer, Opener), KeyError> {
        let [client_key, client_hmac, server_key, server_hmac] = &**self.0;
        let client = Slots::new(channel.cipher, client_key, client_hmac)?;
        let server = Slots::new(channel.cipher, server_key, server_hmac)?;
        let (send, receive) = match side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        let peer = PeerEpoch::default();
        let opener = Opener::new(channel, receive, peer.clone())?;
        Ok((Sealer::new(channel, send, peer)?, opener))
    }

    fn zero() -> Self {
        Self(Box::new(Zeroizing::new([[0; 64]; 4])))
    }
}

impl PartialEq for KeyBlock {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_flattened().ct_eq(other.0.as_flattened()).into()
    }
}

impl std::fmt::Debug for KeyBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyBlock(hidden)")
    }
}

/// Why there are no data keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A derived key is all zeros.
    #[error("a derived data key is all zeros")]
    Zero,
    /// The cipher does not take the key.
    #[error("the data cipher {0} does not take its key")]
    Refused(Cipher),
    /// Epochs need an AEAD cipher and the header with a peer id.
    #[error("data packets with epochs need an AEAD cipher and a peer id")]
    NoEpochs,
}

/// The slots of one direction: the cipher's key, and the HMAC's key or the implicit nonce.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a> {
    pub(crate) cipher: &'a [u8; 64],
    pub(crate) hmac: &'a [u8; 64],
}

impl<'a> Slots<'a> {
    fn new(
        cipher: Cipher,
        cipher_slot: &'a [u8; 64],
        hmac_slot: &'a [u8; 64],
    ) -> Result<Self, KeyError> {
        let mut key = cipher_slot.iter().take(cipher.key_len());
        if key.all(|byte| *byte == 0) {
            return Err(KeyError::Zero);
        }
        Ok(Self {
            cipher: cipher_slot,
            hmac: hmac_slot,
        })
    }

    /// The key in the cipher's slot.
    pub(crate) fn key(&self, cipher: Cipher) -> &'a [u8] {
        let (key, _) = self.cipher.split_at(cipher.key_len().min(64));
        key
    }
}
