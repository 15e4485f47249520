use std::fmt;
use zeroize::Zeroizing;

/// The password for the profile's proxy on its way to the daemon.
///
/// It can be neither cloned nor printed and is zeroed on drop; only
/// [`Request::Connect`](crate::Request::Connect) may serialise it.
pub struct ProxyPassword(Zeroizing<String>);

impl ProxyPassword {
    /// Takes the password.
    #[must_use]
    pub const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The password itself, for the one place that sends it to the proxy.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for ProxyPassword {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl fmt::Debug for ProxyPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyPassword(hidden)")
    }
}

/// Serialises the password in the clear.
pub(crate) mod exposed {
    use super::ProxyPassword;
    use serde::{Deserialize, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(
        password: &Option<ProxyPassword>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match password {
            Some(password) => to.serialize_some(password.expose()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<ProxyPassword>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.map(|text| ProxyPassword::new(Zeroizing::new(text))))
    }
}
