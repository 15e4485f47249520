//! How control packets are wrapped, as the configuration says it.

use crate::config::{ConfigError, contents, read_text};
use serde::Deserialize;
use spoke_engine::{ClientKeyPolicy, Digest, TlsAuthKey, TlsCryptV2Server, Wrapping};
use spoke_wire::{KeyDirection, StaticKey, TlsCryptV2ServerKey};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// The table `[wrapping]`.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum WrappingRules {
    /// Not at all.
    None,
    /// Signed with a key that all clients share.
    TlsAuth {
        /// OpenVPN's static key text, or 512 hexadecimal digits.
        key: PathBuf,
        /// `SHA1`, `SHA256`, `SHA512` …
        #[serde(default = "sha256")]
        digest: String,
        /// Both ends use the key in the same direction: for clients whose profile has
        /// no `key-direction`.
        #[serde(default)]
        bidirectional: bool,
    },
    /// Encrypted with a key that all clients share.
    TlsCrypt {
        /// As with `TlsAuth`.
        key: PathBuf,
    },
    /// Encrypted with a key of each client's own.
    TlsCryptV2 {
        /// PEM text of the server's key (`openvpn --genkey tls-crypt-v2-server`).
        key: PathBuf,
        /// The oldest client key that is let in, in days; any when absent.
        max_age_days: Option<u32>,
    },
}

fn sha256() -> String {
    Digest::Sha256.name().to_owned()
}

impl WrappingRules {
    /// What Azure's gateways do: tls-auth with SHA-256.
    pub(crate) fn azure(secret: &Path) -> Self {
        Self::TlsAuth {
            key: secret.to_owned(),
            digest: sha256(),
            bidirectional: false,
        }
    }

    /// Reads the key.
    pub(crate) fn read(&self) -> Result<Wrapping, ConfigError> {
        Ok(match self {
            Self::None => Wrapping::None,
            Self::TlsAuth {
                key,
                digest,
                bidirectional,
            } => Wrapping::TlsAuth(TlsAuthKey {
                key: static_key(key)?,
                digest: Digest::from_name(digest)
                    .ok_or_else(|| contents(key, format!("no digest is called `{digest}`")))?,
                direction: match bidirectional {
                    true => KeyDirection::Both,
                    false => KeyDirection::Normal,
                },
            }),
            Self::TlsCrypt { key } => Wrapping::TlsCrypt(static_key(key)?),
            Self::TlsCryptV2 { key, max_age_days } => {
                let text = Zeroizing::new(read_text(key)?);
                let server_key = TlsCryptV2ServerKey::parse(&text);
                let days = |days: u32| Duration::from_secs(DAY * u64::from(days));
                Wrapping::TlsCryptV2Server(TlsCryptV2Server {
                    key: server_key.map_err(|error| contents(key, error))?,
                    accepts: match max_age_days {
                        None => ClientKeyPolicy::Any,
                        Some(limit) => ClientKeyPolicy::MaxAge(days(*limit)),
                    },
                })
            }
        })
    }
}

fn static_key(path: &Path) -> Result<StaticKey, ConfigError> {
    let text = Zeroizing::new(read_text(path)?);
    let key = if text.contains("-----BEGIN") {
        StaticKey::parse(&text)
    } else {
        StaticKey::parse_hex(text.trim())
    };
    key.map_err(|error| contents(path, error))
}
