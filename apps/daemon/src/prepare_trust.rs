//! Which certificate of a gateway is the right one.

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use spoke_engine::trust::{
    IssuerDigest, Naming, Requirements, ServerTrust, TrustConfig, TrustError,
};
use spoke_profile::{
    CertificateDigest, CertificateRequirements, EMBEDDED_ROOTS, NameCheck, Profile, Server,
    ServerCheck, Thumbprint,
};

/// What the certificate of `server` is measured by. May read the system's certificate
/// store, and so blocks.
pub(crate) fn server_trust(profile: &Profile, server: &Server) -> Result<ServerTrust, TrustError> {
    let check = &profile.server_check;
    ServerTrust::new(TrustConfig {
        roots: roots(check),
        roots_from: roots_from(check).to_owned(),
        pinned_sha1: pin(check).map(|thumbprint| thumbprint.0),
        names: profile.accepted_names(server),
        requirements: requirements(&check.requirements),
    })
}

fn requirements(asked: &CertificateRequirements) -> Requirements {
    let any_or_listed = asked.any_key_usage || !asked.key_usage.is_empty();
    let lists = asked.revocation_lists.iter().cloned();
    Requirements {
        naming: match &asked.name {
            NameCheck::Host => Naming::Host,
            NameCheck::Any => Naming::Any,
            NameCheck::CommonName(name) => Naming::CommonName(name.clone()),
            NameCheck::CommonNamePrefix(name) => Naming::CommonNamePrefix(name.clone()),
            NameCheck::Subject(name) => Naming::Subject(name.clone()),
        },
        key_usage: any_or_listed.then(|| asked.key_usage.clone()),
        server_purpose: asked.any_key_usage,
        purpose: asked.extended_key_usage.clone(),
        fingerprints: asked.fingerprints.iter().map(|one| one.0).collect(),
        issuer_digests: asked
            .issuer_digests
            .iter()
            .map(|digest| match digest {
                CertificateDigest::Sha1(sha1) => IssuerDigest::Sha1(sha1.0),
                CertificateDigest::Sha256(sha256) => IssuerDigest::Sha256(sha256.0),
            })
            .collect(),
        revoked: lists.map(CertificateRevocationListDer::from).collect(),
    }
}

/// The thumbprint that the chain must end at. A profile that names one means it,
/// unless it says otherwise.
fn pin(check: &ServerCheck) -> Option<Thumbprint> {
    check
        .root_sha1
        .filter(|_| check.use_pinned_root.unwrap_or(true))
}

/// Certificates that may be the root. The system's store is read only when it is
/// needed: it takes megabytes and milliseconds.
fn roots(check: &ServerCheck) -> Vec<CertificateDer<'static>> {
    let mut roots: Vec<CertificateDer<'static>> = check
        .root_certificates
        .iter()
        .map(|der| CertificateDer::from(der.clone()))
        .collect();
    if check.requirements.own_roots_only {
        return roots;
    }
    let pin = pin(check);
    let embedded = EMBEDDED_ROOTS
        .iter()
        .map(|root| CertificateDer::from(root.der));
    roots.extend(embedded.filter(|_| pin.is_some()));
    let found = pin.is_some_and(|pin| roots.iter().any(|root| Thumbprint::of(root) == pin));
    if !found {
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::warn!("the system's certificate store: {error}");
        }
        roots.extend(system.certs);
    }
    roots
}

fn roots_from(check: &ServerCheck) -> &'static str {
    match pin(check) {
        _ if check.requirements.own_roots_only => "the profile",
        Some(_) => "the profile, Spoke or the system's certificate store",
        None => "the system's certificate store",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::{ControlWrapping, ServerSecret};

    fn check(root: Option<Thumbprint>) -> ServerCheck {
        let wrapping = ControlWrapping::azure(ServerSecret::new([1; 256].into()));
        ServerCheck {
            root_sha1: root,
            ..ServerCheck::new(wrapping)
        }
    }

    #[test]
    fn a_pinned_digicert_root_needs_no_system_store() {
        let check = check(Some(EMBEDDED_ROOTS[0].sha1));
        assert_eq!(roots(&check).len(), EMBEDDED_ROOTS.len());
        assert_eq!(pin(&check), check.root_sha1);
    }

    #[test]
    fn a_profile_with_roots_of_its_own_trusts_no_others() {
        let mut check = check(None);
        check.requirements.own_roots_only = true;
        assert!(roots(&check).is_empty());
        check.root_certificates.push(EMBEDDED_ROOTS[1].der.to_vec());
        assert_eq!(roots(&check).len(), 1);
        assert_eq!(roots_from(&check), "the profile");
    }

    #[test]
    fn the_profile_may_say_that_any_system_root_will_do() {
        let mut check = check(Some(EMBEDDED_ROOTS[0].sha1));
        check.use_pinned_root = Some(false);
        assert_eq!(pin(&check), None);
    }
}
