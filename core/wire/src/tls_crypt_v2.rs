use crate::pem;
use crate::{PemError, StaticKey, TLS_CRYPT_TAG};
use zeroize::Zeroizing;

const CLIENT_LABEL: &str = "OpenVPN tls-crypt-v2 client key";
const SERVER_LABEL: &str = "OpenVPN tls-crypt-v2 server key";

/// Bytes of the length at the end of a wrapped key.
const LENGTH: usize = 2;

/// A client's own tls-crypt key, sealed for the server: `tag | sealed key and metadata | length of all this (2)`.
///
/// Clients treat it as opaque: servers may add to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedClientKey(Vec<u8>);

impl WrappedClientKey {
    /// The shortest that holds a key: no metadata.
    pub const LEAST: usize = TLS_CRYPT_TAG + StaticKey::LEN + LENGTH;

    /// The longest (OpenVPN 2.6, `TLS_CRYPT_V2_MAX_WKC_LEN`).
    pub const MOST: usize = 1024;

    /// Puts the parts together; `None` when they are longer than a server takes.
    #[must_use]
    pub fn join(tag: &[u8; TLS_CRYPT_TAG], sealed: &[u8]) -> Option<Self> {
        let whole = Self::length_of(sealed)?;
        let mut bytes = Vec::with_capacity(whole.into());
        bytes.extend_from_slice(tag);
        bytes.extend_from_slice(sealed);
        bytes.extend_from_slice(&whole.to_be_bytes());
        Some(Self(bytes))
    }

    /// The length of the whole around `sealed`, as it stands at its end; `None` above the longest.
    #[must_use]
    pub fn length_of(sealed: &[u8]) -> Option<u16> {
        let whole = TLS_CRYPT_TAG + sealed.len() + LENGTH;
        u16::try_from(whole).ok().filter(|_| whole <= Self::MOST)
    }

    /// Splits a packet of a kind that [`crate::Opcode::carries_client_key`] into the wrapped packet and the key's
    /// tag and sealed part. `None` when the length at the end of the packet cannot be one.
    #[must_use]
    pub fn split(packet: &[u8]) -> Option<(&[u8], &[u8; TLS_CRYPT_TAG], &[u8])> {
        let (_, length) = packet.split_last_chunk::<LENGTH>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(Self::LEAST..=Self::MOST).contains(&length) {
            return None;
        }
        let at = packet.len().checked_sub(length)?;
        let (before, wrapped) = packet.split_at_checked(at)?;
        let (tag, rest) = wrapped.split_first_chunk()?;
        let (sealed, _) = rest.split_last_chunk::<LENGTH>()?;
        Some((before, tag, sealed))
    }

    /// All bytes, as they follow a packet.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a client holds: its own key, used as a tls-crypt key, and the same sealed for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsCryptV2ClientKey {
    /// The client's own key.
    pub key: StaticKey,
    /// The key as only the server can read it.
    pub wrapped: WrappedClientKey,
}

impl TlsCryptV2ClientKey {
    /// Reads the text form, as `openvpn --genkey tls-crypt-v2-client` writes it.
    ///
    /// # Errors
    /// When a marker is missing, or what stands between is no base64 or too short or too long.
    pub fn parse(text: &str) -> Result<Self, PemError> {
        Self::from_bytes(&pem::decode(text, CLIENT_LABEL)?)
    }

    /// Takes the bytes of the text form: the client's own key, then the wrapped one.
    ///
    /// # Errors
    /// When there are too few or too many.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PemError> {
        let least = StaticKey::LEN + LENGTH;
        let most = StaticKey::LEN + WrappedClientKey::MOST;
        let error = PemError::Length {
            length: bytes.len(),
            least,
            most,
        };
        if !(least..=most).contains(&bytes.len()) {
            return Err(error);
        }
        let (key, wrapped) = bytes.split_first_chunk().ok_or(error)?;
        Ok(Self {
            key: StaticKey::from_bytes(key),
            wrapped: WrappedClientKey(wrapped.to_vec()),
        })
    }

    /// The text form.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let parts = [self.key.bytes(), self.wrapped.bytes()];
        pem::encode(&Zeroizing::new(parts.concat()), CLIENT_LABEL)
    }
}

/// The key by which a server seals and opens the keys of its clients. Never printed, and zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsCryptV2ServerKey(Box<Zeroizing<[[u8; 64]; 2]>>);

impl TlsCryptV2ServerKey {
    /// Length in bytes.
    pub const LEN: usize = 128;

    /// Takes the 128 bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let mut key = Self(Box::new(Zeroizing::new([[0; 64]; 2])));
        key.0.as_flattened_mut().copy_from_slice(bytes);
        key
    }

    /// Reads the text form, as `openvpn --genkey tls-crypt-v2-server` writes it.
    ///
    /// # Errors
    /// When a marker is missing, or what stands between is no base64 of 128 bytes.
    pub fn parse(text: &str) -> Result<Self, PemError> {
        let bytes = pem::decode(text, SERVER_LABEL)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| PemError::Length {
            length: bytes.len(),
            least: Self::LEN,
            most: Self::LEN,
        })?;
        Ok(Self::from_bytes(bytes))
    }

    /// The text form.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        pem::encode(self.0.as_flattened(), SERVER_LABEL)
    }

    /// The 64-byte slot of the cipher key; an algorithm uses as much of its start as it needs.
    #[must_use]
    pub fn cipher(&self) -> &[u8; 64] {
        let [cipher, _] = &**self.0;
        cipher
    }

    /// The 64-byte slot of the HMAC key.
    #[must_use]
    pub fn hmac(&self) -> &[u8; 64] {
        let [_, hmac] = &**self.0;
        hmac
    }
}

impl std::fmt::Debug for TlsCryptV2ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsCryptV2ServerKey(hidden)")
    }
}

/// What the server's owner has sealed together with a client's key: `type (1) | value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientKeyMetadata {
    /// Bytes that mean something to the server's owner.
    User(Vec<u8>),
    /// When the key was made, seconds since 1970.
    Created(u64),
    /// Of a type that we do not know, or that cannot be read.
    Other {
        /// The type.
        kind: u8,
        /// All that follows it.
        value: Vec<u8>,
    },
}

impl ClientKeyMetadata {
    const USER: u8 = 0;
    const CREATED: u8 = 1;

    /// Reads what follows the key; `None` when nothing does.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, value) = bytes.split_first()?;
        Some(match (*kind, <[u8; 8]>::try_from(value)) {
            (Self::USER, _) => Self::User(value.to_vec()),
            (Self::CREATED, Ok(seconds)) => Self::Created(u64::from_be_bytes(seconds)),
            (kind, _) => Self::Other {
                kind,
                value: value.to_vec(),
            },
        })
    }

    /// The bytes that follow the key.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::User(value) => [&[Self::USER], value.as_slice()].concat(),
            Self::Created(seconds) => [&[Self::CREATED][..], &seconds.to_be_bytes()].concat(),
            Self::Other { kind, value } => [&[*kind], value.as_slice()].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client_key(sealed: &[u8]) -> TlsCryptV2ClientKey {
        TlsCryptV2ClientKey {
            key: StaticKey::from_bytes(&[7; StaticKey::LEN]),
            wrapped: WrappedClientKey::join(&[9; TLS_CRYPT_TAG], sealed).unwrap(),
        }
    }

    #[test]
    fn keys_survive_their_text_form() {
        let client = client_key(&[5; 265]);
        assert_eq!(TlsCryptV2ClientKey::parse(&client.to_text()), Ok(client));
        let server = TlsCryptV2ServerKey::from_bytes(&[3; TlsCryptV2ServerKey::LEN]);
        assert_eq!(TlsCryptV2ServerKey::parse(&server.to_text()), Ok(server));
    }

    #[test]
    fn a_key_of_the_other_end_or_of_another_length_is_refused() {
        let client = client_key(&[5; 265]).to_text();
        assert!(matches!(
            TlsCryptV2ServerKey::parse(&client),
            Err(PemError::NoBegin(_))
        ));
        let short = pem::encode(&[1; 127], SERVER_LABEL);
        let error = PemError::Length {
            length: 127,
            least: 128,
            most: 128,
        };
        assert_eq!(TlsCryptV2ServerKey::parse(&short), Err(error));
        for length in [256, 257, 256 + WrappedClientKey::MOST + 1] {
            let text = pem::encode(&vec![1; length], CLIENT_LABEL);
            let refused = TlsCryptV2ClientKey::parse(&text);
            assert!(matches!(refused, Err(PemError::Length { .. })), "{length}");
        }
    }

    #[test]
    fn the_length_of_a_wrapped_key_is_held_against_the_packet() {
        let wrapped = client_key(&[5; StaticKey::LEN]).wrapped;
        assert_eq!(wrapped.bytes().len(), WrappedClientKey::LEAST);
        let packet = [b"packet", wrapped.bytes()].concat();
        let split = WrappedClientKey::split(&packet);
        assert_eq!(split, Some((&b"packet"[..], &[9; 32], &[5; 256][..])));
        assert_eq!(WrappedClientKey::split(&packet[7..]), None);
        for length in [0, 1, 2, 289, 1025, u16::MAX] {
            let mut forged = packet.clone();
            let at = forged.len() - LENGTH;
            forged[at..].copy_from_slice(&length.to_be_bytes());
            assert_eq!(WrappedClientKey::split(&forged), None, "{length}");
        }
        assert_eq!(WrappedClientKey::join(&[0; 32], &[0; 991]), None);
        assert!(WrappedClientKey::join(&[0; 32], &[0; 990]).is_some());
    }

    #[test]
    fn metadata_that_cannot_be_read_is_kept() {
        let created = ClientKeyMetadata::Created(1_795_426_113);
        assert_eq!(ClientKeyMetadata::decode(&created.encode()), Some(created));
        assert_eq!(ClientKeyMetadata::decode(&[]), None);
        let (kind, value) = (1, vec![1, 2, 3]);
        let odd = ClientKeyMetadata::Other { kind, value };
        assert_eq!(ClientKeyMetadata::decode(&[1, 1, 2, 3]), Some(odd));
    }

    proptest! {
        #[test]
        fn strangers_bytes_never_panic_and_survive_a_round_trip(bytes: Vec<u8>) {
            if let Some(metadata) = ClientKeyMetadata::decode(&bytes) {
                prop_assert_eq!(metadata.encode(), bytes.clone());
            }
            if let Some((before, tag, sealed)) = WrappedClientKey::split(&bytes) {
                let wrapped = WrappedClientKey::join(tag, sealed).unwrap();
                prop_assert_eq!([before, wrapped.bytes()].concat(), bytes);
            }
        }
    }
}
