//! Certificates, keys and passwords of one run.

use crate::failure::Failure;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use spoke_engine::Identity;

/// The server's name, in its certificate.
pub(crate) const SERVER: &str = "gateway.test";
/// The client's user name, also in its certificate: a session token is bound to both.
pub(crate) const USER: &str = "ana";

/// An authority with a server and a client under it.
pub(crate) struct Pki {
    /// The authority's certificate.
    pub(crate) root: CertificateDer<'static>,
    /// The same as PEM.
    pub(crate) root_pem: String,
    /// The server's.
    pub(crate) server: Leaf,
    /// The same server's with an RSA key, for programs that have no other.
    pub(crate) rsa_server: Leaf,
    /// The client's.
    pub(crate) client: Leaf,
}

/// A certificate with its key.
pub(crate) struct Leaf {
    certificate: CertificateDer<'static>,
    /// The certificate as PEM.
    pub(crate) certificate_pem: String,
    key: KeyPair,
}

impl Pki {
    /// Makes all anew, on the curve P-256.
    ///
    /// # Errors
    /// When the library refuses.
    pub(crate) fn new() -> Result<Self, Failure> {
        let make = || -> Result<Self, rcgen::Error> {
            let key = KeyPair::generate()?;
            let mut params = named("Spoke interop root")?;
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let root = params.self_signed(&key)?;
            let issuer = Issuer::new(params, key);
            let (server, client) = (
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            );
            let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
            Ok(Self {
                root: root.der().clone(),
                root_pem: root.pem(),
                server: Leaf::new(KeyPair::generate()?, SERVER, server.clone(), &issuer)?,
                rsa_server: Leaf::new(rsa, SERVER, server, &issuer)?,
                client: Leaf::new(KeyPair::generate()?, USER, client, &issuer)?,
            })
        };
        make().map_err(Failure::during("make certificates"))
    }
}

impl Leaf {
    fn new(
        key: KeyPair,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
        issuer: &Issuer<'_, KeyPair>,
    ) -> Result<Self, rcgen::Error> {
        let mut params = named(name)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, issuer)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            certificate_pem: certificate.pem(),
            key,
        })
    }

    /// The key as PEM.
    #[must_use]
    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// For the engine.
    #[must_use]
    pub(crate) fn identity(&self) -> Identity {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        Identity {
            chain: vec![self.certificate.clone()],
            key: PrivateKeyDer::Pkcs8(key),
        }
    }
}

fn named(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(vec![name.replace(' ', "-")])?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}
