use super::requirements::{self, Naming, Requirements};
use super::seen::{SeenCertificate, hex};
use super::untrusted::{TrustError, Untrusted, UntrustedReason};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use sha1::{Digest, Sha1};
use spoke_moment::WallTime;
use std::sync::{Mutex, PoisonError};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// What a server's certificate is measured by.
#[derive(Clone, Debug)]
pub struct TrustConfig {
    /// Certificates that a chain may end at.
    pub roots: Vec<CertificateDer<'static>>,
    /// Where they come from, for messages ("the profile", "the system's certificate store").
    pub roots_from: String,
    /// SHA-1 of the only root that counts. A weak hash is enough to *choose* among roots that are trusted already.
    pub pinned_sha1: Option<[u8; 20]>,
    /// Names of which the certificate must bear one: DNS names or addresses.
    pub names: Vec<String>,
    /// What else the certificate must be.
    pub requirements: Requirements,
}

/// Checks a server's certificate: a chain to an accepted root at the time handed in, made for servers, with the right
/// name, and proof of its key.
///
/// Its last refusal is kept, since TLS itself can only pass on a short word.
#[derive(Debug)]
pub struct ServerTrust {
    anchors: Vec<TrustAnchor<'static>>,
    roots: Vec<CertificateDer<'static>>,
    expected_root: String,
    names: Vec<String>,
    requirements: Requirements,
    revoked: Vec<CertRevocationList<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    refusal: Mutex<Option<Untrusted>>,
}

impl ServerTrust {
    /// Chooses the roots.
    ///
    /// # Errors
    /// When no usable root is left, the pinned one is missing, or there is no name.
    pub fn new(config: TrustConfig) -> Result<Self, TrustError> {
        let TrustConfig {
            mut roots,
            roots_from: place,
            pinned_sha1,
            names,
            requirements,
        } = config;
        if requirements.naming == Naming::Host && names.iter().all(String::is_empty) {
            return Err(TrustError::NoNames);
        }
        let by_fingerprint = !requirements.fingerprints.is_empty();
        if roots.is_empty() && !by_fingerprint {
            return Err(TrustError::NoRoots { place });
        }
        let revoked = revocation_lists(&requirements, &place)?;
        let expected_root = match pinned_sha1 {
            None if roots.is_empty() => "a fingerprint that the profile knows".to_owned(),
            None => format!("any root of {place}"),
            Some(pin) => {
                let sha1 = hex(&pin);
                roots.retain(|root| Sha1::digest(root).as_slice() == pin);
                if roots.is_empty() {
                    return Err(TrustError::PinnedRootMissing { sha1, place });
                }
                format!("the root with SHA-1 {sha1}")
            }
        };
        let anchors: Vec<_> = roots
            .iter()
            .filter_map(|root| anchor_from_trusted_cert(root).ok())
            .map(|anchor| anchor.to_owned())
            .collect();
        if anchors.is_empty() && !roots.is_empty() {
            return Err(TrustError::UnusableRoots { place });
        }
        Ok(Self {
            anchors,
            roots,
            expected_root,
            names,
            requirements,
            revoked,
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
            refusal: Mutex::new(None),
        })
    }

    /// Takes out why the last certificate was refused.
    #[must_use]
    pub fn take_refusal(&self) -> Option<Untrusted> {
        self.refusal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Checks a chain, the server's own certificate first.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, chain: &[&[u8]], now: WallTime) -> Result<(), Untrusted> {
        self.find_fault(chain, now).map_err(|reason| Untrusted {
            reason,
            seen: Box::new(SeenCertificate::of(chain)),
            expected_names: self.requirements.naming.expected(&self.names),
            expected_root: self.expected_root.clone(),
        })
    }

    fn find_fault(&self, chain: &[&[u8]], now: WallTime) -> Result<(), UntrustedReason> {
        let (leaf, above) = chain
            .split_first()
            .ok_or_else(|| UntrustedReason::Unreadable("there is none".to_owned()))?;
        let (_, parsed) = X509Certificate::from_der(leaf)
            .map_err(|error| UntrustedReason::Unreadable(error.to_string()))?;
        self.requirements.check_fingerprint(leaf)?;
        let by_fingerprint = self.roots.is_empty();
        if by_fingerprint || self.roots.iter().any(|root| root.as_ref() == *leaf) {
            // Known byte for byte, so there is no path to build.
            check_validity(&parsed, now)?;
            self.requirements.check_issuer(None)?;
        } else {
            self.check_path(leaf, above, now)?;
        }
        if has_weak_key(&parsed) {
            return Err(UntrustedReason::Weak);
        }
        let any_purpose = by_fingerprint && !self.requirements.server_purpose;
        if !any_purpose && !is_for_servers(&parsed) {
            return Err(UntrustedReason::NotForServers);
        }
        self.requirements.check_leaf(&parsed, &self.names)
    }

    fn check_path(
        &self,
        leaf: &[u8],
        above: &[&[u8]],
        now: WallTime,
    ) -> Result<(), UntrustedReason> {
        let leaf = CertificateDer::from(leaf);
        let leaf = EndEntityCert::try_from(&leaf).map_err(|error| reason_of(&error))?;
        let above: Vec<CertificateDer<'_>> =
            above.iter().map(|der| CertificateDer::from(*der)).collect();
        let lists: Vec<&CertRevocationList<'_>> = self.revoked.iter().collect();
        // Without lists there is nothing to ask.
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Allow)
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        let path = leaf
            .verify_for_usage(
                self.algorithms.all,
                &self.anchors,
                &above,
                UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.unix())),
                KeyUsage::server_auth(),
                revocation,
                None,
            )
            .map_err(|error| reason_of(&error))?;
        let anchor = path.anchor();
        let roots = self.roots.iter().map(AsRef::as_ref);
        let root =
            || requirements::root_of(roots, &anchor.subject, &anchor.subject_public_key_info);
        match path.intermediate_certificates().next() {
            Some(above) => self.requirements.check_issuer(Some(&above.der())),
            None => self.requirements.check_issuer(root()),
        }
    }

    fn refuse(&self, refusal: Untrusted) -> rustls::Error {
        let error = match refusal.reason {
            UntrustedReason::UnknownRoot => CertificateError::UnknownIssuer,
            UntrustedReason::Expired { .. } => CertificateError::Expired,
            UntrustedReason::NotYetValid { .. } => CertificateError::NotValidYet,
            UntrustedReason::NotForServers => CertificateError::InvalidPurpose,
            UntrustedReason::WrongName => CertificateError::NotValidForName,
            UntrustedReason::Revoked => CertificateError::Revoked,
            UntrustedReason::RevocationsExpired => CertificateError::UnknownRevocationStatus,
            UntrustedReason::WrongFingerprint { .. } | UntrustedReason::WrongIssuer { .. } => {
                CertificateError::ApplicationVerificationFailure
            }
            UntrustedReason::WrongKeyUsage { .. } | UntrustedReason::WrongPurpose { .. } => {
                CertificateError::InvalidPurpose
            }
            UntrustedReason::Weak | UntrustedReason::BadProof => CertificateError::BadSignature,
            UntrustedReason::Unreadable(_) => CertificateError::BadEncoding,
        };
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        error.into()
    }

    fn proven(
        &self,
        certificate: &CertificateDer<'_>,
        outcome: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        outcome.inspect_err(|_| {
            self.refuse(Untrusted {
                reason: UntrustedReason::BadProof,
                seen: Box::new(SeenCertificate::of(&[certificate])),
                expected_names: self.requirements.naming.expected(&self.names),
                expected_root: self.expected_root.clone(),
            });
        })
    }
}

impl ServerCertVerifier for ServerTrust {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        // The name that TLS was opened with does not matter: the accepted names were chosen with the roots.
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain: Vec<&[u8]> = std::iter::once(leaf)
            .chain(above)
            .map(AsRef::as_ref)
            .collect();
        match self.check(&chain, WallTime::from_unix(now.as_secs())) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(refusal) => Err(self.refuse(refusal)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let outcome = verify_tls12_signature(message, certificate, signature, &self.algorithms);
        self.proven(certificate, outcome)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let outcome = verify_tls13_signature(message, certificate, signature, &self.algorithms);
        self.proven(certificate, outcome)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn revocation_lists(
    requirements: &Requirements,
    place: &str,
) -> Result<Vec<CertRevocationList<'static>>, TrustError> {
    let lists = requirements.revoked.iter();
    let read = lists.map(|der| OwnedCertRevocationList::from_der(der).map(Into::into));
    read.collect::<Result<_, _>>()
        .map_err(|error| TrustError::UnusableRevocations {
            place: place.to_owned(),
            why: format!("{error:?}"),
        })
}

/// RSA below 2048 bits; TLS refuses it too, but cannot say so.
fn has_weak_key(certificate: &X509Certificate<'_>) -> bool {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < 2048,
        _ => false,
    }
}

fn is_for_servers(certificate: &X509Certificate<'_>) -> bool {
    matches!(certificate.extended_key_usage(), Ok(Some(usage)) if usage.value.server_auth)
}

fn check_validity(certificate: &X509Certificate<'_>, now: WallTime) -> Result<(), UntrustedReason> {
    let validity = certificate.validity();
    let not_before =
        WallTime::from_unix(u64::try_from(validity.not_before.timestamp()).unwrap_or(0));
    let not_after = WallTime::from_unix(u64::try_from(validity.not_after.timestamp()).unwrap_or(0));
    if now < not_before {
        return Err(UntrustedReason::NotYetValid { not_before, now });
    }
    if now > not_after {
        return Err(UntrustedReason::Expired { not_after, now });
    }
    Ok(())
}

fn reason_of(error: &webpki::Error) -> UntrustedReason {
    match error {
        // An authority in place of a server that is not one of the roots leads to none of them either.
        webpki::Error::UnknownIssuer | webpki::Error::CaUsedAsEndEntity => {
            UntrustedReason::UnknownRoot
        }
        webpki::Error::CertExpired { time, not_after } => UntrustedReason::Expired {
            not_after: WallTime::from_unix(not_after.as_secs()),
            now: WallTime::from_unix(time.as_secs()),
        },
        webpki::Error::CertNotValidYet { time, not_before } => UntrustedReason::NotYetValid {
            not_before: WallTime::from_unix(not_before.as_secs()),
            now: WallTime::from_unix(time.as_secs()),
        },
        webpki::Error::CertRevoked => UntrustedReason::Revoked,
        webpki::Error::CrlExpired { .. } => UntrustedReason::RevocationsExpired,
        webpki::Error::RequiredEkuNotFoundContext(_) | webpki::Error::EmptyEkuExtension => {
            UntrustedReason::NotForServers
        }
        webpki::Error::UnsupportedSignatureAlgorithmContext(_)
        | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            UntrustedReason::Weak
        }
        // Same issuer name, other key: to its owner this is a foreign root.
        webpki::Error::InvalidSignatureForPublicKey => UntrustedReason::UnknownRoot,
        other => UntrustedReason::Unreadable(format!("{other:?}")),
    }
}
