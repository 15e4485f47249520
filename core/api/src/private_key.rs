use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fmt;
use zeroize::Zeroizing;

/// The private key of a client certificate on its way to the daemon: DER of PKCS#8,
/// PKCS#1 or SEC1.
///
/// It can be neither cloned nor printed and is zeroed on drop; only
/// [`Request::Connect`](crate::Request::Connect) may serialise it.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// Takes the key's DER.
    #[must_use]
    pub const fn new(der: Zeroizing<Vec<u8>>) -> Self {
        Self(der)
    }

    /// The key itself, for the one place that hands it to TLS.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The key as base64, for the user's keyring.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(&*self.0))
    }

    /// Reads what [`PrivateKey::to_text`] gave; `None` when it is something else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let der = STANDARD.decode(text).ok()?;
        Some(Self(Zeroizing::new(der)))
    }
}

impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} bytes, hidden)", self.0.len())
    }
}

/// Serialises the key in the clear, as base64.
pub(crate) mod exposed {
    use super::PrivateKey;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(
        key: &Option<PrivateKey>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match key {
            Some(key) => to.serialize_some(key.to_text().as_str()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<PrivateKey>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        let key = PrivateKey::from_text(&text);
        key.map(Some)
            .ok_or_else(|| D::Error::custom("the private key is not base64"))
    }
}
