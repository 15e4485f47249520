//! Sessions for new clients, as the configuration says.

use crate::certificates::{client_trust, read_chain, read_key};
use crate::config::{Config, ConfigError};
use crate::server::GatewayError;
use crate::wrapping::WrappingRules;
use spoke_engine::{
    Admission, AnswerLimit, Cipher, Digest, Entropy, Identity, ServerConfig, Session,
    StatelessConfig, StatelessHandshake, Timing, TlsVersions, TransportKind, UnknownCipher,
    tls_server_config,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::ProtocolBits;
use std::time::Duration;

/// Seconds of quiet after which a client sends a keepalive, and after which it
/// takes the gateway for lost.
pub(crate) const PING_SECONDS: u32 = 10;
pub(crate) const PING_RESTART_SECONDS: u32 = 60;

/// The longest a key negotiation may take (OpenVPN's default).
const HAND_WINDOW: Duration = Duration::from_secs(60);

/// First packets answered over UDP. OpenVPN's default of 100 in ten seconds lets a
/// flood lock everybody out; an answer is hardly longer than what it answers, so this
/// many are of no use against a third party, and cost a tenth of a core.
const ANSWERS: AnswerLimit = AnswerLimit {
    count: 20_000,
    per: Duration::from_secs(1),
};

/// Makes sessions.
pub(crate) struct Sessions(ServerConfig);

impl Sessions {
    pub(crate) fn new(config: &Config) -> Result<Self, GatewayError> {
        session_config(config).map(Self)
    }

    /// A session for a TCP client.
    pub(crate) fn open(&self, peer_id: u32, wall: WallTime) -> Session {
        let config = self.config(TransportKind::Tcp, peer_id);
        Session::server(config, Box::new(SystemEntropy), Moment::ORIGIN, wall)
    }

    /// A session for a UDP client that its data packets name by `peer_id`.
    pub(crate) fn admit(&self, peer_id: u32, admission: Admission<'_>, wall: WallTime) -> Session {
        let config = self.config(TransportKind::Udp, peer_id);
        let entropy = Box::new(SystemEntropy);
        Session::admitted(config, admission, entropy, Moment::ORIGIN, wall)
    }

    /// What deals with UDP clients before they have a session.
    pub(crate) fn stateless(&self) -> StatelessHandshake {
        let config = StatelessConfig {
            answers: ANSWERS,
            ..StatelessConfig::new(self.0.wrapping.clone())
        };
        StatelessHandshake::new(config, &mut SystemEntropy)
    }

    fn config(&self, transport: TransportKind, peer_id: u32) -> ServerConfig {
        ServerConfig {
            transport,
            peer_id,
            ..self.0.clone()
        }
    }
}

fn session_config(config: &Config) -> Result<ServerConfig, GatewayError> {
    let identity = Identity {
        chain: read_chain(&config.certificate_chain)?,
        key: read_key(&config.private_key)?,
    };
    let renegotiate_after = Some(config.renegotiate_seconds)
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs);
    let rules = match (&config.server_secret, &config.wrapping) {
        (Some(secret), _) => &WrappingRules::azure(secret),
        (None, Some(rules)) => rules,
        (None, None) => return Err(ConfigError::Wrapping.into()),
    };
    Ok(ServerConfig {
        transport: TransportKind::Tcp,
        wrapping: rules.read()?,
        tls: tls_server_config(
            identity,
            client_trust(config.client_certificates.as_ref())?,
            tls_versions(config)?,
        )?,
        ciphers: ciphers(config)?,
        fallback_cipher: config
            .fallback_cipher
            .as_deref()
            .map(|name| cipher("fallback_cipher", name))
            .transpose()?,
        auth: digest(config)?,
        peer_id: 0,
        withheld: ProtocolBits::default(),
        tun_mtu: config.mtu,
        timing: Timing {
            renegotiate_after,
            // A negotiation must be over before the next one is due.
            hand_window: renegotiate_after.map_or(HAND_WINDOW, |after| HAND_WINDOW.min(after / 2)),
            ping: Some(Duration::from_secs(PING_SECONDS.into())),
            ping_restart: Some(Duration::from_secs(2 * u64::from(PING_RESTART_SECONDS))),
            ..Timing::default()
        },
    })
}

fn ciphers(config: &Config) -> Result<Vec<Cipher>, ConfigError> {
    if config.ciphers.is_empty() {
        return Ok(Cipher::DEFAULT.to_vec());
    }
    let named = config.ciphers.iter();
    named.map(|name| cipher("ciphers", name)).collect()
}

fn cipher(setting: &'static str, name: &str) -> Result<Cipher, ConfigError> {
    name.parse().map_err(|error: UnknownCipher| {
        let what = error.to_string();
        ConfigError::Value { setting, what }
    })
}

fn digest(config: &Config) -> Result<Digest, ConfigError> {
    // Without a word what Azure's own client configurations say.
    let name = config.digest.as_deref().unwrap_or("SHA256");
    Digest::from_name(name).ok_or_else(|| ConfigError::Value {
        setting: "digest",
        what: format!("no digest is called `{name}`"),
    })
}

fn tls_versions(config: &Config) -> Result<TlsVersions, ConfigError> {
    match config.tls_version_min.as_deref() {
        None | Some("1.2") => Ok(TlsVersions::Any),
        Some("1.3") => Ok(TlsVersions::Only13),
        Some(other) => Err(ConfigError::Value {
            setting: "tls_version_min",
            what: format!("`{other}` is neither 1.2 nor 1.3"),
        }),
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Keys of zeros would be worse than no gateway.
            std::process::abort();
        }
    }
}
