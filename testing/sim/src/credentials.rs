use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, PKCS_ED25519,
};
use rustls::time_provider::TimeProvider;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use spoke_engine::trust::{ServerTrust, TrustConfig, TrustError};
use spoke_engine::{
    ClientTrust, Identity, TlsClient, TlsServer, TlsVersions, provider, tls_client_config,
    tls_server_config,
};
use spoke_moment::WallTime;
use std::sync::Arc;
use std::time::Duration;

/// The name of the simulated gateway.
pub const NAME: &str = "gateway.sim";

/// A gateway's certificate and the root above it. Making one costs more than a handshake, so a test makes few.
pub struct SimIdentity {
    root: CertificateDer<'static>,
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl SimIdentity {
    /// When the simulations take place: within the certificates' validity.
    pub const WALL: WallTime = WallTime::from_unix(1_790_000_000);

    /// A new root and a certificate for [`NAME`] below it.
    ///
    /// # Errors
    /// When the library for certificates fails, as text.
    pub fn new() -> Result<Self, String> {
        Self::generate().map_err(|error| error.to_string())
    }

    fn generate() -> Result<Self, rcgen::Error> {
        let mut params = named("Simulated root", CertificateParams::default());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate_for(&PKCS_ED25519)?;
        let root = params.self_signed(&root_key)?;
        let issuer = Issuer::new(params, root_key);

        let mut params = named(NAME, CertificateParams::new(vec![NAME.to_owned()])?);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let leaf = params.signed_by(&key, &issuer)?;
        Ok(Self {
            root: root.der().clone(),
            chain: vec![leaf.der().clone()],
            key: key.serialize_der(),
        })
    }

    /// The server's TLS.
    ///
    /// # Errors
    /// When the key cannot be used, as text.
    pub fn server(&self) -> Result<TlsServer, String> {
        let key = PrivateKeyDer::try_from(self.key.clone()).map_err(str::to_owned)?;
        let chain = self.chain.clone();
        tls_server_config(
            Identity { chain, key },
            ClientTrust::default(),
            TlsVersions::Any,
        )
        .map_err(|error| error.to_string())
    }

    /// What takes a certificate for `name` below this root.
    ///
    /// # Errors
    /// When the root cannot be used.
    pub fn trust(&self, name: &str) -> Result<ServerTrust, TrustError> {
        ServerTrust::new(TrustConfig {
            roots: vec![self.root.clone()],
            roots_from: "the simulation".to_owned(),
            pinned_sha1: None,
            names: vec![name.to_owned()],
            requirements: spoke_engine::trust::Requirements::default(),
        })
    }

    /// TLS of a puppet in the server's role.
    pub(crate) fn puppet_server(&self) -> Result<Arc<rustls::ServerConfig>, String> {
        let key = PrivateKeyDer::try_from(self.key.clone()).map_err(str::to_owned)?;
        let config = rustls::ServerConfig::builder_with_details(provider(), Arc::new(Always))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(self.chain.clone(), key)
            });
        config.map(Arc::new).map_err(|error| error.to_string())
    }

    /// TLS of a puppet in the client's role.
    pub(crate) fn puppet_client(&self) -> Result<Arc<rustls::ClientConfig>, String> {
        let trust = self.trust(NAME).map_err(|error| error.to_string())?;
        let config = rustls::ClientConfig::builder_with_details(provider(), Arc::new(Always))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust))
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    /// The TLS of a client that trusts this gateway.
    ///
    /// # Errors
    /// When the root cannot be used, as text.
    pub fn client(&self, versions: TlsVersions) -> Result<TlsClient, String> {
        let trust = self.trust(NAME);
        let trust = trust.map_err(|error| error.to_string())?;
        tls_client_config(Arc::new(trust), None, versions).map_err(|error| error.to_string())
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Always;

impl TimeProvider for Always {
    fn current_time(&self) -> Option<UnixTime> {
        let time = Duration::from_secs(SimIdentity::WALL.unix());
        Some(UnixTime::since_unix_epoch(time))
    }
}

fn named(name: &str, mut params: CertificateParams) -> CertificateParams {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    params
}
