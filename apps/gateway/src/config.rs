//! The configuration file.

use crate::faults::Faults;
use crate::listen::Listen;
use crate::wrapping::WrappingRules;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// All settings of a gateway.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Addresses to listen on.
    pub(crate) listen: Listen,
    /// PEM file: the gateway's certificate, then the ones above it.
    pub(crate) certificate_chain: PathBuf,
    /// PEM file: its private key.
    pub(crate) private_key: PathBuf,
    /// File with the key of an Azure profile (tls-auth with SHA-256): 512 hexadecimal
    /// digits, or OpenVPN's static key text. Short for a [`Config::wrapping`].
    pub(crate) server_secret: Option<PathBuf>,
    /// How control packets are wrapped.
    pub(crate) wrapping: Option<WrappingRules>,
    /// Data ciphers to offer, best first.
    #[serde(default)]
    pub(crate) ciphers: Vec<String>,
    /// The cipher for clients so old that they cannot say which ones they have; such
    /// clients are refused when absent.
    pub(crate) fallback_cipher: Option<String>,
    /// The digest of data ciphers that need one (`auth`); SHA256 when absent.
    pub(crate) digest: Option<String>,
    /// The oldest TLS to speak: `1.2` or `1.3`.
    pub(crate) tls_version_min: Option<String>,
    /// Addresses for clients; the first usable one is the gateway's own.
    pub(crate) pool: Ipv4Net,
    /// IPv6 addresses for clients, beside: a prefix of 64 to 112 bits.
    pub(crate) pool6: Option<Ipv6Net>,
    /// Name of the tunnel device.
    pub(crate) interface: String,
    /// MTU of the tunnel in bytes.
    #[serde(default = "default_mtu")]
    pub(crate) mtu: u16,
    /// Seconds after which a new key is negotiated; 0 leaves it to the clients.
    #[serde(default = "default_renegotiation")]
    pub(crate) renegotiate_seconds: u64,
    /// What clients are told.
    #[serde(default)]
    pub(crate) push: Push,
    /// Which access tokens are accepted.
    pub(crate) tokens: Option<TokenRules>,
    /// File of users with hashed passwords.
    pub(crate) users: Option<PathBuf>,
    /// Which certificates clients must show, beside what else they must give.
    pub(crate) client_certificates: Option<ClientCertificates>,
    /// User names and passwords, for tests without a sign-in server.
    #[serde(default)]
    pub(crate) passwords: BTreeMap<String, Secret>,
    /// A testing aid: ways to misbehave.
    #[serde(default)]
    pub(crate) faults: Faults,
}

/// What clients are told beside their address.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Push {
    /// Prefixes behind the gateway.
    #[serde(default)]
    pub(crate) routes: Vec<IpNet>,
    /// Resolvers behind the gateway.
    #[serde(default)]
    pub(crate) dns: Vec<IpAddr>,
    /// Domain that they answer for.
    pub(crate) domain: Option<String>,
}

/// Which access tokens are accepted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRules {
    /// `iss`, with its trailing slash.
    pub(crate) issuer: String,
    /// `aud`.
    pub(crate) audience: String,
    /// Where the sign-in server publishes its signing keys, over HTTPS.
    pub(crate) keys_url: String,
}

/// Which certificates clients must show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientCertificates {
    /// PEM file: the certificates that theirs must be issued under.
    pub(crate) ca: PathBuf,
    /// PEM file: certificates that are revoked, a list for each issuer.
    pub(crate) crl: Option<PathBuf>,
}

/// A password that is not printed.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not a gateway configuration: {source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("{path}: {what}")]
    Contents { path: PathBuf, what: String },
    #[error("{setting}: {what}")]
    Value { setting: &'static str, what: String },
    #[error(
        "the configuration accepts nobody: give it a [tokens] table with issuer, audience and keys_url, a users file, or a [client_certificates] table with ca"
    )]
    NobodyAccepted,
    #[error(
        "the configuration must say how control packets are wrapped: by server_secret or by a [wrapping] table, not both"
    )]
    Wrapping,
}

impl Config {
    /// Reads and checks the file.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path)?;
        let config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        if !config.wants_credentials() && config.client_certificates.is_none() {
            return Err(ConfigError::NobodyAccepted);
        }
        if config.server_secret.is_some() == config.wrapping.is_some() {
            return Err(ConfigError::Wrapping);
        }
        if config
            .pool6
            .is_some_and(|pool| !(64..=112).contains(&pool.prefix_len()))
            || config.pool6.is_some() && config.pool.prefix_len() < 16
        {
            return Err(ConfigError::Value {
                setting: "pool6",
                what: "it must have 64 to 112 bits, and stand beside a pool of 16 or more"
                    .to_owned(),
            });
        }
        if config.pool.prefix_len() > 30 {
            return Err(ConfigError::Contents {
                path: path.to_owned(),
                what: format!("the pool {} has no room for clients", config.pool),
            });
        }
        Ok(config)
    }

    /// Whether clients must give a token or a password.
    pub(crate) fn wants_credentials(&self) -> bool {
        self.tokens.is_some() || self.users.is_some() || !self.passwords.is_empty()
    }
}

/// A fault in a file's contents.
pub(crate) fn contents(path: &Path, what: impl fmt::Display) -> ConfigError {
    ConfigError::Contents {
        path: path.to_owned(),
        what: what.to_string(),
    }
}

/// Reads a file, naming it when that fails.
pub(crate) fn read_text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}

const fn default_mtu() -> u16 {
    1500
}

const fn default_renegotiation() -> u64 {
    3600
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"
listen = "0.0.0.0:443"
certificate_chain = "chain.pem"
private_key = "key.pem"
server_secret = "secret.hex"
pool = "172.16.201.0/24"
interface = "vpn0"
"#;

    fn load(text: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load(file.path())
    }

    #[test]
    fn a_gateway_without_rules_for_credentials_does_not_start() {
        assert!(matches!(load(LEAST), Err(ConfigError::NobodyAccepted)));
        for enough in [
            "[passwords]\nana = \"x\"\n",
            "users = \"users.txt\"\n",
            "[client_certificates]\nca = \"clients.pem\"\n",
        ] {
            load(&format!("{LEAST}{enough}")).unwrap();
        }
    }

    #[test]
    fn the_wrapping_is_said_once() {
        let rules = "[passwords]\nana = \"x\"\n";
        let table = "[wrapping]\nkind = \"tls-crypt\"\nkey = \"ta.key\"\n";
        let without = LEAST.replace("server_secret = \"secret.hex\"\n", "");
        assert!(matches!(
            load(&format!("{without}{rules}")),
            Err(ConfigError::Wrapping)
        ));
        assert!(matches!(
            load(&format!("{LEAST}{rules}{table}")),
            Err(ConfigError::Wrapping)
        ));
        let config = load(&format!("{without}{rules}{table}")).unwrap();
        assert!(matches!(
            config.wrapping,
            Some(WrappingRules::TlsCrypt { .. })
        ));
    }

    #[test]
    fn the_example_of_the_package_is_a_configuration() {
        let example = include_str!("../../../packaging/gateway/gateway.toml");
        let config = load(example).unwrap();
        assert!(config.tokens.is_some() && config.server_secret.is_some());
        // What is commented out is a configuration too.
        let whole: Vec<&str> = example.lines().collect();
        let settings = whole.iter().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") && !setting.contains(['{', ';']) => setting,
            _ => line,
        });
        let config = load(&settings.collect::<Vec<_>>().join("\n")).unwrap();
        assert!(config.pool6.is_some() && config.users.is_some());
    }

    #[test]
    fn unknown_settings_are_refused_by_name() {
        let error = load(&format!(
            "{LEAST}[passwords]\nana = \"x\"\n[fault]\nrefuse=\"x\"\n"
        ));
        assert!(error.unwrap_err().to_string().contains("fault"));
    }

    #[test]
    fn passwords_are_not_printed() {
        let config = load(&format!("{LEAST}[passwords]\nana = \"hunter2\"\n")).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
