use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The 2048-bit tls-auth key that all users of a gateway share
/// (`servervalidation/serversecret`, 512 hexadecimal digits).
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
