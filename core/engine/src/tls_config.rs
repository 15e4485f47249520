use crate::error::Error;
use crate::trust::ServerTrust;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{InconsistentKeys, RootCertStore, SupportedCipherSuite, SupportedProtocolVersion};
use spoke_moment::WallTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use zeroize::Zeroize as _;

/// The TLS versions to take part in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersions {
    /// 1.3 where the peer can, else 1.2.
    #[default]
    Any,
    /// Only 1.2.
    Only12,
    /// Only 1.3.
    Only13,
}

static ONLY_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static ONLY_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// A certificate chain, leaf first, and the leaf's private key.
pub struct Identity {
    /// The chain.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

/// What a client session needs for TLS; made by [`tls_client_config`].
#[derive(Clone)]
pub struct TlsClient {
    config: Arc<rustls::ClientConfig>,
    clock: WallClock,
    trust: Arc<ServerTrust>,
}

/// What a server session needs for TLS; made by [`tls_server_config`].
#[derive(Clone)]
pub struct TlsServer {
    config: Arc<rustls::ServerConfig>,
    clock: WallClock,
}

/// The wall time that the session was handed last, for TLS to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct WallClock(Arc<AtomicU64>);

/// The cryptography of TLS, named rather than taken from the process: a library
/// elsewhere in the process must not be able to change it.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Client TLS: SNI, no ALPN, no resumption (each key-id is a session of its own).
///
/// # Errors
/// When the client's own certificate or key cannot be used.
pub fn tls_client_config(
    trust: Arc<ServerTrust>,
    identity: Option<Identity>,
    versions: TlsVersions,
) -> Result<TlsClient, Error> {
    tls_client_config_of(trust, identity, versions, &[])
}

/// The same with the cipher suites of these names alone (`TLS_AES_256_GCM_SHA384`). A
/// version of TLS of which none is named has all its sound ones: OpenVPN's `tls-cipher`
/// says nothing of 1.3, and `tls-ciphersuites` nothing of 1.2.
///
/// # Errors
/// As [`tls_client_config`], or when there is no suite of any of these names.
pub fn tls_client_config_of(
    trust: Arc<ServerTrust>,
    identity: Option<Identity>,
    versions: TlsVersions,
    suites: &[String],
) -> Result<TlsClient, Error> {
    let clock = WallClock::default();
    let mut provider = aws_lc_rs::default_provider();
    limit_suites(&mut provider.cipher_suites, suites);
    let clock_of = Arc::new(clock.clone());
    let builder = rustls::ClientConfig::builder_with_details(Arc::new(provider), clock_of)
        .with_protocol_versions(versions.list())
        .map_err(|error| Error::Local(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(trust.clone());
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let shown = certified(identity).map_err(|error| unusable("client", &error))?;
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))
        }
    };
    config.resumption = Resumption::disabled();
    let config = Arc::new(config);
    Ok(TlsClient {
        config,
        clock,
        trust,
    })
}

/// Leaves the suites of these names, if any are given, and all of a version without one.
fn limit_suites(suites: &mut Vec<SupportedCipherSuite>, names: &[String]) {
    let is_named = |suite: &SupportedCipherSuite| {
        // The library marks those of TLS 1.3 as such in its own names.
        let name = format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1);
        names.contains(&name)
    };
    if names.is_empty() {
        return;
    }
    let named: Vec<_> = suites.iter().copied().filter(is_named).collect();
    let is_left = |suite: &SupportedCipherSuite| {
        let same_version = |one: &SupportedCipherSuite| one.version() == suite.version();
        named.contains(suite) || !named.is_empty() && !named.iter().any(same_version)
    };
    suites.retain(is_left);
}

/// What clients' certificates are measured by. Without roots none is asked for.
#[derive(Clone, Debug, Default)]
pub struct ClientTrust {
    /// Certificates that theirs must be issued under.
    pub roots: Vec<CertificateDer<'static>>,
    /// Revocation lists. When there are any, the issuer of a client's certificate must
    /// have one, and one that has not expired.
    pub revoked: Vec<CertificateRevocationListDer<'static>>,
}

/// Server TLS: no resumption, no tickets, and client certificates if there are roots for them.
///
/// # Errors
/// When the certificate, its key, the roots or the revocation lists cannot be used.
pub fn tls_server_config(
    identity: Identity,
    clients: ClientTrust,
    versions: TlsVersions,
) -> Result<TlsServer, Error> {
    let clock = WallClock::default();
    let builder = rustls::ServerConfig::builder_with_details(provider(), Arc::new(clock.clone()))
        .with_protocol_versions(versions.list())
        .map_err(|error| Error::Local(error.to_string()))?;
    let builder = if clients.roots.is_empty() {
        builder.with_no_client_auth()
    } else {
        let mut roots = RootCertStore::empty();
        for root in clients.roots {
            roots
                .add(root)
                .map_err(|error| unusable("client root", &error))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
            .with_crls(clients.revoked)
            .only_check_end_entity_revocation()
            .enforce_revocation_expiration()
            .build()
            .map_err(|error| Error::Local(format!("the client roots cannot be used: {error}")))?;
        builder.with_client_cert_verifier(verifier)
    };
    let mut config = builder
        .with_single_cert(identity.chain, identity.key)
        .map_err(|error| unusable("server", &error))?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    let config = Arc::new(config);
    Ok(TlsServer { config, clock })
}

impl TlsVersions {
    const fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::Any => rustls::ALL_VERSIONS,
            Self::Only12 => ONLY_12,
            Self::Only13 => ONLY_13,
        }
    }
}

impl TlsClient {
    pub(crate) fn config(&self) -> Arc<rustls::ClientConfig> {
        self.config.clone()
    }

    pub(crate) const fn clock(&self) -> &WallClock {
        &self.clock
    }

    /// What a failure means: a refused certificate is known in more detail than TLS can say.
    pub(crate) fn explain(&self, error: rustls::Error) -> Error {
        match self.trust.take_refusal() {
            Some(refusal) => Error::Untrusted(refusal),
            None => Error::tls(error),
        }
    }
}

impl TlsServer {
    pub(crate) fn config(&self) -> Arc<rustls::ServerConfig> {
        self.config.clone()
    }

    pub(crate) const fn clock(&self) -> &WallClock {
        &self.clock
    }
}

impl WallClock {
    pub(crate) fn set(&self, wall: WallTime) {
        self.0.store(wall.unix(), Ordering::Relaxed);
    }
}

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.load(Ordering::Relaxed);
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A client's certificate, ready to sign with; the key as it came is zeroed.
fn certified(identity: Identity) -> Result<CertifiedKey, rustls::Error> {
    let Identity { chain, mut key } = identity;
    let signing = aws_lc_rs::sign::any_supported_type(&key);
    key.zeroize();
    let certified = CertifiedKey::new(chain, signing?);
    match certified.keys_match() {
        // A kind of key whose public half cannot be had is tried as it is.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => Err(error),
    }
}

fn unusable(whose: &str, error: &rustls::Error) -> Error {
    Error::Local(format!(
        "the {whose} certificate or its key cannot be used: {error}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Naming suites of one version switches the other one not off.
    #[test]
    fn a_version_without_a_named_suite_keeps_all_of_its_own() {
        let all = aws_lc_rs::default_provider().cipher_suites;
        let left = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let mut suites = all.clone();
            limit_suites(&mut suites, &names);
            let of_13 = suites.iter().filter(|suite| suite.tls13().is_some());
            let of_13 = of_13.count();
            (suites.len() - of_13, of_13)
        };
        let (of_12, of_13) = left(&[]);
        assert_eq!(of_12 + of_13, all.len());
        let gcm_12 = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
        let (gcm_13, aes_13) = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");
        assert_eq!(left(&[gcm_12]), (1, of_13));
        assert_eq!(left(&[gcm_13, aes_13]), (of_12, 2));
        assert_eq!(left(&[gcm_12, gcm_13]), (1, 1));
        assert_eq!(left(&["TLS_FAST_AND_LOOSE"]), (0, 0));
    }
}
