//! A profile's client certificate and its private key: the certificate lies in the
//! profile, the key in the keyring, by the certificate's thumbprint.

use crate::identity::{ClientIdentity, certificate_problem};
use crate::keyring::{Keyring, SecretKind, SecretName};
use crate::notices;
use crate::prompt::Prompt;
use crate::time;
use spoke_api::{Notice, PrivateKey, Problem, ProblemCode};
use spoke_diagnose::shell;
use spoke_profile::{
    CertificateFacts, CertificateFault, ClientCertificate, Profile, SignIn, Thumbprint,
    chain_upward,
};

/// The private key that goes with `spoke connect`; `None` when the profile shows no
/// certificate. What is wrong with the certificate is said here, before anything is
/// sent to the gateway.
///
/// # Errors
/// When there is no certificate yet, its time is over or has not come, or its key is
/// not in the keyring.
pub async fn client_key(
    profile: &Profile,
    keyring: &Keyring,
    interactive: bool,
    prompt: &mut dyn Prompt,
) -> Result<Option<PrivateKey>, Problem> {
    let certificate = match (&profile.client_certificate, &profile.sign_in) {
        (Some(certificate), _) => certificate,
        (None, SignIn::Certificate) => &ClientCertificate::default(),
        (None, _) => return Ok(None),
    };
    let Some(leaf) = certificate.chain.first() else {
        return Err(none_yet(profile, certificate));
    };
    let facts = CertificateFacts::read(leaf).ok_or_else(|| none_yet(profile, certificate))?;
    let now = time::wall().unix();
    match facts.check(now) {
        Ok(()) => {}
        // Gateways differ in what they look at; those of Azure refuse it.
        Err(CertificateFault::NotForClients) => {
            if let Some(problem) = certificate_problem(&profile.name, &facts, now) {
                prompt.notice(Notice::other(problem.summary));
            }
        }
        Err(_) => {
            return match certificate_problem(&profile.name, &facts, now) {
                Some(problem) => Err(problem),
                None => Ok(None),
            };
        }
    }
    if let Some(days) = facts.expires_in_days(now) {
        prompt.notice(notices::certificate_expires(&facts.common_name, days));
    }
    let text = keyring.secret(&key_name(facts.sha1), interactive).await?;
    let key = text.and_then(|text| PrivateKey::from_text(&text));
    key.map(Some).ok_or_else(|| {
        Problem::new(
            ProblemCode::SignInNeeded,
            format!(
                "The private key of the client certificate of “{}” is not there (looked {}).",
                profile.name,
                keyring.describe()
            ),
            give_it(&profile.name),
        )
    })
}

/// Whether the profile has a certificate whose private key is in the keyring.
///
/// # Errors
/// When the keyring cannot be read.
pub async fn has_private_key(profile: &Profile, keyring: &Keyring) -> Result<bool, Problem> {
    let certificate = profile.client_certificate.as_ref();
    let Some(leaf) = certificate.and_then(|certificate| certificate.chain.first()) else {
        return Ok(false);
    };
    let name = key_name(Thumbprint::of(leaf));
    Ok(keyring.secret(&name, false).await?.is_some())
}

/// Puts the certificate into the profile and its key into the keyring, and what a
/// PKCS#12 says of the gateway's authority where the profile says nothing. The profile
/// is not saved yet.
///
/// # Errors
/// When the profile names another certificate, nothing says which gateway is the right
/// one, or there is no lasting store for the key.
pub async fn take_certificate(
    profile: &mut Profile,
    identity: &ClientIdentity,
    keyring: &Keyring,
) -> Result<(), Problem> {
    let selector = profile.client_certificate.clone().unwrap_or_default();
    check_fit(&profile.name, &selector, identity)?;
    if profile.server_check.awaits_root() {
        if identity.authorities.is_empty() {
            return Err(no_root(&profile.name));
        }
        profile.server_check.take_roots(&identity.authorities);
    }
    keep_key(identity, keyring).await?;
    profile.client_certificate = Some(ClientCertificate {
        chain: chain_to_show(identity, &selector, profile),
        ..selector
    });
    Ok(())
}

/// The certificate and those above it: as OpenVPN does, those that came beside it, those
/// that the profile had, and those of the gateway's authority are all looked through.
fn chain_to_show(
    identity: &ClientIdentity,
    before: &ClientCertificate,
    profile: &Profile,
) -> Vec<Vec<u8>> {
    let Some((leaf, above)) = identity.chain.split_first() else {
        return Vec::new();
    };
    let roots = &profile.server_check.root_certificates;
    let others: Vec<Vec<u8>> = above
        .iter()
        .chain(&before.chain)
        .chain(roots)
        .cloned()
        .collect();
    chain_upward(leaf.clone(), &others)
}

/// Keeps an identity's key in the keyring.
async fn keep_key(identity: &ClientIdentity, keyring: &Keyring) -> Result<(), Problem> {
    let facts = &identity.facts;
    let label = format!("Spoke private key of {}", facts.common_name);
    keyring
        .keep_for_good(&key_name(facts.sha1), &label, &identity.key.to_text())
        .await
}

/// Forgets the key of a certificate that no profile shows any more.
///
/// # Errors
/// When the keyring cannot be changed.
pub(crate) async fn forget_key(
    gone: &Profile,
    others: &[Profile],
    keyring: &Keyring,
) -> Result<bool, Problem> {
    let shown = |profile: &Profile| {
        let certificate = profile.client_certificate.as_ref()?;
        certificate.chain.first().map(|der| Thumbprint::of(der))
    };
    let Some(sha1) = shown(gone) else {
        return Ok(false);
    };
    let still_used = others.iter().any(|other| shown(other) == Some(sha1));
    if !still_used {
        keyring.forget(&key_name(sha1)).await?;
    }
    Ok(!still_used)
}

/// Whether the certificate is the one that the profile means: by its own thumbprint
/// or one above it, and by the name of an issuer.
fn check_fit(
    profile: &str,
    selector: &ClientCertificate,
    identity: &ClientIdentity,
) -> Result<(), Problem> {
    let all = || std::iter::once(&identity.facts).chain(&identity.above);
    let by_sha1 = |wanted: Thumbprint| all().any(|facts| facts.sha1 == wanted);
    let by_issuer = |wanted: &str| all().any(|facts| is_issuer(facts, wanted));
    let wanted_sha1 = selector.sha1.filter(|sha1| !by_sha1(*sha1));
    let wanted_issuer = selector.issuer.as_deref().filter(|name| !by_issuer(name));
    if wanted_sha1.is_none() && wanted_issuer.is_none() {
        return Ok(());
    }
    let problem = Problem::new(
        ProblemCode::ProfileInvalid,
        format!("This is not the client certificate that “{profile}” asks for."),
        format!(
            "Give the right one, or let the profile take any: spoke profile set {} client-certificate= client-certificate-issuer=",
            shell(profile)
        ),
    );
    let given = &identity.facts;
    let thumbprint =
        wanted_sha1.map(|sha1| format!("thumbprint wanted: {sha1}, given: {}", given.sha1));
    let issuer =
        wanted_issuer.map(|issuer| format!("issuer wanted: {issuer}, given: {}", given.issuer));
    let differences: Vec<String> = thumbprint.into_iter().chain(issuer).collect();
    Err(problem.cause(differences.join("; ")))
}

/// Whether the certificate was issued by this name: the whole of it, or its common
/// name with or without `CN=`.
fn is_issuer(facts: &CertificateFacts, wanted: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase().replace(", ", ",");
    let (issuer, wanted) = (plain(&facts.issuer), plain(wanted));
    let common = wanted.strip_prefix("cn=").unwrap_or(&wanted);
    issuer == wanted
        || issuer
            .split(',')
            .any(|part| part.strip_prefix("cn=") == Some(common))
}

fn key_name(sha1: Thumbprint) -> SecretName {
    SecretName::new(SecretKind::PrivateKey, sha1.to_string())
}

fn no_root(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!(
            "“{profile}” does not say which gateway is the right one, and its PKCS#12 file holds no authority's certificate that would."
        ),
        "Add the gateway's authority to the .ovpn file in a block <ca>, and import it again.",
    )
}

fn none_yet(profile: &Profile, selector: &ClientCertificate) -> Problem {
    let mut problem = Problem::new(
        ProblemCode::SignInNeeded,
        format!(
            "“{}” signs in with a client certificate, and none was given yet.",
            profile.name
        ),
        give_it(&profile.name),
    );
    if let Some(sha1) = selector.sha1 {
        problem = problem.detail(format!("thumbprint wanted: {sha1}"));
    }
    if let Some(issuer) = &selector.issuer {
        problem = problem.detail(format!("issuer wanted: {issuer}"));
    }
    problem
}

fn give_it(profile: &str) -> String {
    format!("Give it: spoke profile certificate {} FILE", shell(profile))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Unattended;
    use rcgen::{
        CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
        date_time_ymd,
    };
    use spoke_profile::ServerSecret;
    use zeroize::Zeroizing;

    /// A certificate of `CN=Contoso Clients` that ends in this year, with its root.
    fn identity(ends: i32, usage: ExtendedKeyUsagePurpose) -> ClientIdentity {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "Contoso Clients");
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "ana");
        params.extended_key_usages = vec![usage];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(ends, 1, 1);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &root).unwrap();
        let pem = leaf.pem() + &root.pem() + &key.serialize_pem();
        ClientIdentity::read(&[("ana.pem", pem.as_bytes())], &mut |_| None).unwrap()
    }

    fn profile(selector: ClientCertificate) -> Profile {
        Profile {
            sign_in: SignIn::Certificate,
            client_certificate: Some(selector),
            ..Profile::draft("hub", ServerSecret::new(Zeroizing::new([0; 256])))
        }
    }

    fn file() -> (tempfile::TempDir, Keyring) {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::file(&folder.path().join("tokens.json"));
        (folder, keyring)
    }

    #[tokio::test]
    async fn a_profile_takes_the_certificate_that_it_names_and_no_other() {
        let (_folder, keyring) = file();
        let ana = identity(2049, ExtendedKeyUsagePurpose::ClientAuth);
        let other = Thumbprint([7; 20]);
        for (sha1, issuer, fits) in [
            (None, None, true),
            (Some(ana.facts.sha1), None, true),
            (Some(ana.above[0].sha1), Some("Contoso Clients"), true),
            (None, Some("CN=contoso clients"), true),
            (Some(other), None, false),
            (Some(ana.facts.sha1), Some("Contoso"), false),
        ] {
            let mut profile = profile(ClientCertificate {
                sha1,
                issuer: issuer.map(ToOwned::to_owned),
                chain: Vec::new(),
            });
            let taken = take_certificate(&mut profile, &ana, &keyring).await;
            assert_eq!(taken.is_ok(), fits, "{sha1:?} {issuer:?}");
            let Err(problem) = taken else { continue };
            let cause = problem.cause.unwrap();
            assert!(
                cause.contains("wanted") && cause.contains("given"),
                "{cause}"
            );
            assert!(profile.client_certificate.unwrap().chain.is_empty());
        }
    }

    /// The intermediate stands where files of OpenVPN have it: beside the gateway's root, or
    /// with what the profile had before.
    #[tokio::test]
    async fn intermediates_of_the_profile_are_shown_too() {
        let (_folder, keyring) = file();
        let ca = |name: &str| {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let root = CertifiedIssuer::self_signed(ca("root"), KeyPair::generate().unwrap()).unwrap();
        let middle =
            CertifiedIssuer::signed_by(ca("middle"), KeyPair::generate().unwrap(), &root).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::default()
            .signed_by(&key, &middle)
            .unwrap();
        let pem = leaf.pem() + &key.serialize_pem();
        let ben = ClientIdentity::read(&[("ben.pem", pem.as_bytes())], &mut |_| None).unwrap();
        let wanted = [leaf.der().to_vec(), middle.der().to_vec()];
        let above = vec![root.der().to_vec(), middle.der().to_vec()];
        let before = ClientCertificate {
            chain: above.clone(),
            ..ClientCertificate::default()
        };
        for (roots, before) in [(above, ClientCertificate::default()), (Vec::new(), before)] {
            let mut profile = profile(before);
            profile.server_check.root_certificates = roots;
            take_certificate(&mut profile, &ben, &keyring)
                .await
                .unwrap();
            assert_eq!(profile.client_certificate.unwrap().chain, wanted);
        }
    }

    /// As OpenVPN does with a PKCS#12 and no `ca`.
    #[tokio::test]
    async fn a_pkcs12_says_which_gateway_is_right_where_nothing_else_does() {
        let (_folder, keyring) = file();
        let mut ana = identity(2049, ExtendedKeyUsagePurpose::ClientAuth);
        let mut open = profile(ClientCertificate::default());
        open.server_check.requirements.own_roots_only = true;
        let lost = take_certificate(&mut open, &ana, &keyring).await;
        let problem = lost.unwrap_err();
        assert!(problem.summary.contains("which gateway") && problem.hint.contains("<ca>"));
        assert_eq!(open.client_certificate.unwrap().chain, [[0_u8; 0]; 0]);

        let mut open = profile(ClientCertificate::default());
        open.server_check.requirements.own_roots_only = true;
        ana.authorities = vec![vec![1, 2, 3]];
        take_certificate(&mut open, &ana, &keyring).await.unwrap();
        assert_eq!(open.server_check.root_certificates, ana.authorities);
        // What the profile has already is enough.
        ana.authorities = vec![vec![4, 5, 6]];
        take_certificate(&mut open, &ana, &keyring).await.unwrap();
        assert_eq!(open.server_check.root_certificates, [[1, 2, 3]]);
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_certificate_is_said_before_anything_is_sent() {
        let (_folder, keyring) = file();
        let empty = profile(ClientCertificate::default());
        let ask = &mut Unattended;
        let none = client_key(&empty, &keyring, false, ask).await;
        assert!(none.unwrap_err().summary.contains("none was given yet"));

        for (ends, usage, words) in [
            (2049, ExtendedKeyUsagePurpose::ClientAuth, ""),
            (2049, ExtendedKeyUsagePurpose::ServerAuth, ""),
            (2024, ExtendedKeyUsagePurpose::ClientAuth, "has expired"),
        ] {
            let mut profile = empty.clone();
            let ana = identity(ends, usage);
            take_certificate(&mut profile, &ana, &keyring)
                .await
                .unwrap();
            match client_key(&profile, &keyring, false, ask).await {
                Ok(key) => assert!(words.is_empty() && key == Some(ana.key)),
                Err(problem) => assert!(problem.summary.contains(words), "{problem}"),
            }
            // Its key goes with the last profile that shows it.
            let others = [profile.clone()];
            assert!(!forget_key(&profile, &others, &keyring).await.unwrap());
            assert!(forget_key(&profile, &[], &keyring).await.unwrap());
            let gone = client_key(&profile, &keyring, false, ask).await;
            assert!(
                gone.unwrap_err()
                    .hint
                    .contains("spoke profile certificate hub")
            );
        }
    }
}
