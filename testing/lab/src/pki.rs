//! The lab's certificate authority.

use crate::error::LabError;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use sha1::{Digest as _, Sha1};

/// A root certificate with its key.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A server's certificate and key, as PEM texts.
pub struct ServerIdentity {
    /// Certificate, then its root.
    pub chain: String,
    /// PKCS #8 private key.
    pub key: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Now and for years.
    Current,
    /// It ended in the past.
    Expired,
}

impl Authority {
    /// Makes a root of this common name.
    ///
    /// # Errors
    /// When a key cannot be made.
    pub fn new(name: &str) -> Result<Self, LabError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        span(&mut params, Validity::Current);
        let key = KeyPair::generate().map_err(LabError::other("make a key"))?;
        let issuer = CertifiedIssuer::self_signed(params, key)
            .map_err(LabError::other("make a root certificate"))?;
        Ok(Self { issuer })
    }

    /// The root as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// The root as DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// SHA-1 thumbprint of the root, upper case, as profiles carry it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        hex::encode_upper(Sha1::digest(self.issuer.der()))
    }

    /// A server certificate whose common name is the first of `names`; all are
    /// subject alternative names.
    ///
    /// # Errors
    /// When a name is not a DNS name, or a key cannot be made.
    pub fn server(&self, names: &[&str], validity: Validity) -> Result<ServerIdentity, LabError> {
        self.leaf(names, validity, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client certificate.
    ///
    /// # Errors
    /// As [`Authority::server`].
    pub fn client(&self, name: &str) -> Result<ServerIdentity, LabError> {
        self.leaf(
            &[name],
            Validity::Current,
            ExtendedKeyUsagePurpose::ClientAuth,
        )
    }

    fn leaf(
        &self,
        names: &[&str],
        validity: Validity,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<ServerIdentity, LabError> {
        let alternatives: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(alternatives)
            .map_err(LabError::other("use these names in a certificate"))?;
        let common_name = names.first().copied().unwrap_or("unnamed");
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        span(&mut params, validity);
        let key = KeyPair::generate().map_err(LabError::other("make a key"))?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(LabError::other("sign a certificate"))?;
        Ok(ServerIdentity {
            chain: certificate.pem() + &self.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn span(params: &mut CertificateParams, validity: Validity) {
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = match validity {
        Validity::Current => rcgen::date_time_ymd(2049, 1, 1),
        Validity::Expired => rcgen::date_time_ymd(2024, 1, 1),
    };
}
