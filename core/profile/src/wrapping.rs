use crate::secret::{self, ClientKey, ServerSecret};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// What protects control packets outside of TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ControlWrapping {
    /// Nothing.
    None,
    /// An HMAC: `tls-auth`. What every Azure gateway asks for.
    TlsAuth {
        /// The key that all users of the gateway share.
        #[serde(with = "secret::exposed")]
        key: ServerSecret,
        /// Which half of the key this side sends with.
        direction: KeyDirection,
        /// The digest of the HMAC (`auth`).
        digest: Digest,
    },
    /// Encryption with a key that all users share: `tls-crypt`.
    TlsCrypt {
        /// The key.
        #[serde(with = "secret::exposed")]
        key: ServerSecret,
    },
    /// Encryption with this client's own key: `tls-crypt-v2`.
    #[serde(rename = "tls-crypt-v2")]
    TlsCryptV2 {
        /// The client's key, with the copy of it that only the server can open.
        #[serde(with = "secret::exposed_client_key")]
        client_key: ClientKey,
    },
}

impl ControlWrapping {
    /// What Azure's gateways use, as their own `vpnconfig.ovpn` says it: `auth SHA256`,
    /// `key-direction 1`.
    #[must_use]
    pub const fn azure(key: ServerSecret) -> Self {
        Self::TlsAuth {
            key,
            direction: KeyDirection::Inverse,
            digest: Digest::Sha256,
        }
    }

    /// The secret of an Azure profile; `None` for a wrapping that no Azure profile has.
    #[must_use]
    pub const fn secret(&self) -> Option<&ServerSecret> {
        match self {
            Self::TlsAuth {
                key,
                direction: KeyDirection::Inverse,
                digest: Digest::Sha256,
            } => Some(key),
            _ => None,
        }
    }

    /// Takes another static key for the same use; one that had none becomes Azure's.
    pub fn replace_secret(&mut self, secret: ServerSecret) {
        match self {
            Self::TlsAuth { key, .. } | Self::TlsCrypt { key } => *key = secret,
            Self::None | Self::TlsCryptV2 { .. } => *self = Self::azure(secret),
        }
    }

    /// Overwrites its keys with nothing, for an export that must not hold them.
    pub(crate) fn blank(&mut self) {
        let nothing = || ServerSecret::new(Zeroizing::new([0; ServerSecret::LEN]));
        match self {
            Self::TlsAuth { key, .. } | Self::TlsCrypt { key } => *key = nothing(),
            Self::TlsCryptV2 { client_key } => client_key.blank(),
            Self::None => {}
        }
    }

    /// The static key in use, whatever it does.
    #[must_use]
    pub const fn static_key(&self) -> Option<&ServerSecret> {
        match self {
            Self::TlsAuth { key, .. } | Self::TlsCrypt { key } => Some(key),
            Self::None | Self::TlsCryptV2 { .. } => None,
        }
    }

    /// The client's own key, where the wrapping has one.
    #[must_use]
    pub const fn client_key(&self) -> Option<&ClientKey> {
        match self {
            Self::TlsCryptV2 { client_key } => Some(client_key),
            Self::None | Self::TlsAuth { .. } | Self::TlsCrypt { .. } => None,
        }
    }

    /// The name of the directive that asks for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::TlsAuth { .. } => "tls-auth",
            Self::TlsCrypt { .. } => "tls-crypt",
            Self::TlsCryptV2 { .. } => "tls-crypt-v2",
        }
    }
}

/// Which half of a static key this side sends with (`key-direction`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyDirection {
    /// Direction 0, by custom the server's.
    Normal,
    /// Direction 1, by custom the client's.
    Inverse,
    /// No direction: both sides use the first half both ways.
    #[default]
    Both,
}

/// A message digest for HMACs (`auth`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Digest {
    /// SHA-1: OpenVPN's default. As an HMAC it is still sound.
    #[default]
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// All, by length.
    pub const ALL: [Self; 5] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// The name as OpenVPN writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Digest {
    type Err = ();

    /// Reads the name in any case, also as `SHA-256` or `RSA-SHA256`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let upper = text.to_ascii_uppercase();
        let bare = upper.strip_prefix("RSA-").unwrap_or(&upper);
        let bare = bare.replacen("SHA-", "SHA", 1);
        let known = Self::ALL.into_iter().find(|digest| digest.name() == bare);
        known.ok_or(())
    }
}

/// Reads a wrapping, or the bare secret that stood in its place when there were only
/// Azure profiles.
pub(crate) fn stored<'de, D: Deserializer<'de>>(from: D) -> Result<ControlWrapping, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Azure(#[serde(with = "secret::exposed")] ServerSecret),
        Wrapping(ControlWrapping),
    }
    Ok(match Stored::deserialize(from)? {
        Stored::Azure(key) => ControlWrapping::azure(key),
        Stored::Wrapping(wrapping) => wrapping,
    })
}
