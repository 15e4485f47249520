use serde::{Deserialize, Deserializer, Serializer};
use std::fmt;
use zeroize::Zeroizing;

/// An access token (or password) on its way to the gateway.
///
/// It can be neither cloned nor printed and is zeroed on drop; only
/// [`TokenGrant`](crate::TokenGrant) may serialise it.
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Takes the token's text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The token itself, for the one place that puts it on the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken({} bytes, hidden)", self.0.len())
    }
}

pub(crate) mod exposed {
    use super::{AccessToken, Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(token: &AccessToken, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(token.expose())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AccessToken, D::Error> {
        String::deserialize(from).map(AccessToken::new)
    }
}
