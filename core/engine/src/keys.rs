use crate::cipher::Cipher;
use crate::opener::Opener;
use crate::prf::tls1_prf;
use crate::sealer::Sealer;
use aws_lc_rs::aead::{LessSafeKey, UnboundKey};
use spoke_wire::DataHeader;
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

    /// The two ends of the data channel for `side`. `header` goes before each sealed packet and names the key.
    ///
    /// # Errors
    /// When a key is all zeros, which no derivation gives by chance.
    pub fn data_channel(
        &self,
        cipher: Cipher,
        side: Side,
        header: DataHeader,
    ) -> Result<(Sealer, Opener), KeyError> {
        let [client_key, client_nonce, server_key, server_nonce] = &**self.0;
        let client = DirectionKey::new(cipher, client_key, client_nonce)?;
        let server = DirectionKey::new(cipher, server_key, server_nonce)?;
        let (send, receive) = match side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        let opener = Opener::new(receive, header.key_id());
        Ok((Sealer::new(send, header), opener))
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
}

/// The key and implicit nonce of one direction.
pub(crate) struct DirectionKey {
    pub(crate) cipher: Cipher,
    pub(crate) key: LessSafeKey,
    pub(crate) nonce_tail: Zeroizing<[u8; 8]>,
}

impl DirectionKey {
    fn new(cipher: Cipher, key: &[u8; 64], nonce: &[u8; 64]) -> Result<Self, KeyError> {
        let key = key
            .get(..cipher.key_len())
            .ok_or(KeyError::Refused(cipher))?;
        if key.iter().fold(0, |all, byte| all | byte) == 0 {
            return Err(KeyError::Zero);
        }
        let unbound = UnboundKey::new(cipher.algorithm(), key);
        let unbound = unbound.map_err(|_| KeyError::Refused(cipher))?;
        let [a, b, c, d, e, f, g, h, ..] = *nonce;
        Ok(Self {
            cipher,
            key: LessSafeKey::new(unbound),
            nonce_tail: Zeroizing::new([a, b, c, d, e, f, g, h]),
        })
    }

    /// The nonce of one packet: its id, then the eight secret bytes.
    pub(crate) fn nonce(&self, packet_id: [u8; 4]) -> aws_lc_rs::aead::Nonce {
        let mut nonce = [0; 12];
        let (head, tail) = nonce.split_at_mut(4);
        head.copy_from_slice(&packet_id);
        tail.copy_from_slice(&self.nonce_tail[..]);
        aws_lc_rs::aead::Nonce::assume_unique_for_key(nonce)
    }
}
