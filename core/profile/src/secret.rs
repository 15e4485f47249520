use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The 2048-bit static key that all users of a gateway share: in Azure profiles
/// `servervalidation/serversecret`, in `.ovpn` files the key of `tls-auth` and
/// `tls-crypt` (512 hexadecimal digits).
///
/// Clones share one allocation, which is zeroed when the last one goes. The type
/// cannot be printed or serialised by itself; the field that must travel says so
/// with `#[serde(with = "…::exposed")]`.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSecret(Arc<Zeroizing<[u8; Self::LEN]>>);

impl ServerSecret {
    /// Bytes in the key: OpenVPN's "static key" holds two times 64 + 64 bytes.
    pub const LEN: usize = 256;

    /// Takes the key's bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; Self::LEN]>) -> Self {
        Self(Arc::new(bytes))
    }

    /// The key itself, for the one place that keys the HMAC with it and for export.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerSecret({} bytes, hidden)", Self::LEN)
    }
}

/// A secret text on its way to the keyring, such as a password.
///
/// Clones share one allocation, which is zeroed when the last one goes.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Arc<Zeroizing<String>>);

impl SecretText {
    /// Takes the text.
    #[must_use]
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(Arc::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(hidden)")
    }
}

/// The content of a file that may hold a secret, such as a private key.
///
/// Clones share one allocation, which is zeroed when the last one goes.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Arc<Zeroizing<Vec<u8>>>);

impl SecretBytes {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(Arc::new(bytes))
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({}, hidden)", self.0.len())
    }
}

/// The key of one client for tls-crypt-v2: its static key, then the copy of it that only
/// the server can open (WKc), as they stand in a client's key file.
///
/// As secret as a [`ServerSecret`], and kept like one.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientKey(Arc<Zeroizing<Vec<u8>>>);

impl ClientKey {
    /// The fewest bytes: the static key, then a tag and a length around the same key.
    pub const SHORTEST: usize = 2 * ServerSecret::LEN + 32 + 2;
    /// The most bytes: a WKc has at most 1024 (OpenVPN 2.6).
    pub const LONGEST: usize = ServerSecret::LEN + 1024;

    /// Takes the bytes of the key file; `None` when there are too few or too many.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (Self::SHORTEST..=Self::LONGEST)
            .contains(&bytes.len())
            .then(|| Self(Arc::new(bytes)))
    }

    /// Makes it a key of zeros.
    pub(crate) fn blank(&mut self) {
        *self = Self(Arc::new(Zeroizing::new(vec![0; Self::SHORTEST])));
    }

    /// The static key and the wrapped one, for the session and for export.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientKey({} bytes, hidden)", self.0.len())
    }
}

/// Serialises the secret in the clear, as hexadecimal digits: only for the stored
/// profile (mode 0600, the user's own) and the message that hands it to the daemon.
pub(crate) mod exposed {
    use super::ServerSecret;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(
        secret: &ServerSecret,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(hex::encode(secret.expose()));
        to.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<ServerSecret, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        let mut bytes = Zeroizing::new([0; ServerSecret::LEN]);
        hex::decode_to_slice(text.as_bytes(), &mut *bytes)
            .map_err(|_| D::Error::custom("the server secret is not 512 hexadecimal digits"))?;
        Ok(ServerSecret::new(bytes))
    }
}

/// The same for a client's key, in base64.
pub(crate) mod exposed_client_key {
    use super::ClientKey;
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(key: &ClientKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Zeroizing::new(STANDARD.encode(key.expose())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ClientKey, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        let bytes = STANDARD.decode(text.as_bytes()).map(Zeroizing::new);
        bytes
            .ok()
            .and_then(ClientKey::new)
            .ok_or_else(|| D::Error::custom("the tls-crypt-v2 key is not base64 of its length"))
    }
}
