//! What an OpenVPN configuration may ask of a server's certificate.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use rustls_pki_types::CertificateRevocationListDer;
use sha1::{Digest as _, Sha1};
use spoke_engine::trust::{
    IssuerDigest, Naming, Requirements, ServerTrust, TrustConfig, TrustError, UntrustedReason,
};
use spoke_moment::WallTime;

/// 2026-01-01; the certificates below are valid in that year.
const NOW: u64 = 1_767_225_600;

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn sha256(der: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    digest.as_ref().try_into().expect("32 bytes")
}

fn params(parts: &[(DnType, &str)]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2025, 6, 1);
    params.not_after = rcgen::date_time_ymd(2026, 6, 1);
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in parts {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params
}

fn server() -> CertificateParams {
    let mut params = params(&[
        (DnType::CountryName, "DE"),
        (DnType::OrganizationName, "Example, Inc."),
        (DnType::CommonName, "vpn server"),
    ]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.serial_number = Some(SerialNumber::from(7_u64));
    params
}

struct World {
    root: CertifiedIssuer<'static, KeyPair>,
    chain: Vec<Vec<u8>>,
}

impl World {
    fn new(server: CertificateParams) -> Self {
        Self::under("Root", server)
    }

    fn under(name: &str, server: CertificateParams) -> Self {
        let mut root = params(&[(DnType::CommonName, name)]);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root, key()).expect("a root");
        let leaf = server.signed_by(&key(), &root).expect("a certificate");
        let chain = vec![leaf.der().to_vec()];
        Self { root, chain }
    }

    fn verdict(&self, requirements: Requirements) -> Result<(), UntrustedReason> {
        let roots = vec![self.root.der().clone()];
        verdict(roots, requirements, &self.chain)
    }

    fn revoking(&self, serial: u64, until: (i32, u8)) -> CertificateRevocationListDer<'static> {
        let list = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2025, 6, 1),
            next_update: rcgen::date_time_ymd(until.0, until.1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: rcgen::date_time_ymd(2025, 7, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.root).expect("a list");
        list.der().clone()
    }
}

fn verdict(
    roots: Vec<rustls_pki_types::CertificateDer<'static>>,
    requirements: Requirements,
    chain: &[Vec<u8>],
) -> Result<(), UntrustedReason> {
    let trust = ServerTrust::new(TrustConfig {
        roots,
        roots_from: "the profile".to_owned(),
        pinned_sha1: None,
        names: Vec::new(),
        requirements,
    })
    .expect("a trust");
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let refused = trust.check(&chain, WallTime::from_unix(NOW));
    refused.map_err(|refusal| {
        assert!(refusal.to_string().contains("Seen: "));
        refusal.reason
    })
}

fn any() -> Requirements {
    Requirements {
        naming: Naming::Any,
        ..Requirements::default()
    }
}

#[test]
fn names_are_compared_as_openvpn_compares_them() {
    let world = World::new(server());
    let text = |text: &str| text.to_owned();
    for (naming, fits) in [
        (Naming::Any, true),
        (Naming::CommonName(text("vpn server")), true),
        (Naming::CommonName(text("VPN server")), false),
        (Naming::CommonName(text("vpn")), false),
        (Naming::CommonNamePrefix(text("vpn")), true),
        (Naming::CommonNamePrefix(text("vpn server 2")), false),
        (Naming::CommonNamePrefix(text("server")), false),
        (
            Naming::Subject(text("C=DE, O=Example, Inc., CN=vpn server")),
            true,
        ),
        (
            Naming::Subject(text("CN=vpn server, O=Example, Inc., C=DE")),
            false,
        ),
        (Naming::Subject(text("CN=vpn server")), false),
        (
            Naming::Subject(text("C=DE,O=Example, Inc.,CN=vpn server")),
            false,
        ),
    ] {
        let wanted = if fits {
            Ok(())
        } else {
            Err(UntrustedReason::WrongName)
        };
        let requirements = Requirements {
            naming: naming.clone(),
            ..any()
        };
        assert_eq!(world.verdict(requirements), wanted, "{naming}");
    }
    let twice = params(&[(DnType::CommonName, "vpn server")]);
    let mut nameless = twice.clone();
    nameless.distinguished_name = DistinguishedName::new();
    nameless.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let naming = Naming::CommonNamePrefix(String::new());
    let verdict = World::new(nameless).verdict(Requirements { naming, ..any() });
    assert_eq!(verdict, Err(UntrustedReason::WrongName));
}

#[test]
fn a_name_with_a_control_character_fits_nothing() {
    let mut odd = server();
    odd.distinguished_name = DistinguishedName::new();
    odd.distinguished_name
        .push(DnType::CommonName, "vpn\u{7}server");
    let world = World::new(odd);
    for naming in [
        Naming::CommonNamePrefix("vpn".to_owned()),
        Naming::CommonName("vpn\u{7}server".to_owned()),
        Naming::Subject("CN=vpn\u{7}server".to_owned()),
    ] {
        let verdict = world.verdict(Requirements { naming, ..any() });
        assert_eq!(verdict, Err(UntrustedReason::WrongName));
    }
}

#[test]
fn key_usage_must_be_there_and_fit() {
    let usage = |wanted: &[u16]| Requirements {
        key_usage: Some(wanted.to_vec()),
        ..any()
    };
    let world = World::new(server());
    for (wanted, fits) in [
        (&[][..], true),
        (&[0x80], true),
        (&[0xa0, 0x80], true),
        (&[0xa0], false),
        (&[0], false),
    ] {
        let wrong = Err(UntrustedReason::WrongKeyUsage { seen: Some(0x80) });
        let expected = if fits { Ok(()) } else { wrong };
        assert_eq!(world.verdict(usage(wanted)), expected, "{wanted:x?}");
    }
    let mut silent = server();
    silent.key_usages.clear();
    let silent = World::new(silent);
    assert_eq!(silent.verdict(any()), Ok(()));
    let wrong = Err(UntrustedReason::WrongKeyUsage { seen: None });
    assert_eq!(silent.verdict(usage(&[])), wrong);
}

#[test]
fn purposes_are_asked_for_by_number() {
    let purpose = |oid: &str| Requirements {
        purpose: Some(oid.to_owned()),
        ..any()
    };
    let mut both = server();
    both.extended_key_usages
        .push(ExtendedKeyUsagePurpose::Other(vec![
            1, 3, 6, 1, 5, 5, 8, 2, 2,
        ]));
    let world = World::new(both);
    assert_eq!(world.verdict(purpose("1.3.6.1.5.5.8.2.2")), Ok(()));
    assert_eq!(world.verdict(purpose("1.3.6.1.5.5.7.3.1")), Ok(()));
    let wanted = "1.3.6.1.5.5.7.3.2".to_owned();
    assert_eq!(
        world.verdict(purpose(&wanted)),
        Err(UntrustedReason::WrongPurpose { wanted })
    );

    let mut client = server();
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let verdict = World::new(client).verdict(any());
    assert_eq!(verdict, Err(UntrustedReason::NotForServers));
}

#[test]
fn a_fingerprint_is_enough_where_there_is_no_root_and_needed_where_it_is_given() {
    let mut plain = params(&[(DnType::CommonName, "self")]);
    plain.serial_number = Some(SerialNumber::from(9_u64));
    let own = plain.self_signed(&key()).expect("a certificate");
    let chain = [own.der().to_vec()];
    let known = Requirements {
        fingerprints: vec![[0; 32], sha256(own.der())],
        ..any()
    };
    assert_eq!(verdict(Vec::new(), known.clone(), &chain), Ok(()));
    // It names no purpose, which matters only when the profile says so.
    let strict = Requirements {
        server_purpose: true,
        ..known.clone()
    };
    assert_eq!(
        verdict(Vec::new(), strict, &chain),
        Err(UntrustedReason::NotForServers)
    );

    let world = World::new(server());
    let seen = world
        .chain
        .first()
        .map(|leaf| sha256(leaf))
        .expect("a leaf");
    let seen_text: String = seen.iter().map(|byte| format!("{byte:02X}")).collect();
    let wrong = Err(UntrustedReason::WrongFingerprint { seen: seen_text });
    assert_eq!(verdict(Vec::new(), known.clone(), &world.chain), wrong);
    assert_eq!(world.verdict(known), wrong);
    let both = Requirements {
        fingerprints: vec![seen],
        ..any()
    };
    assert_eq!(world.verdict(both.clone()), Ok(()));
    let foreign = World::new(server());
    let roots = vec![foreign.root.der().clone()];
    assert_eq!(
        verdict(roots, both, &world.chain),
        Err(UntrustedReason::UnknownRoot)
    );

    let mut old = params(&[(DnType::CommonName, "old")]);
    old.not_after = rcgen::date_time_ymd(2025, 7, 1);
    let old = old.self_signed(&key()).expect("a certificate");
    let known = Requirements {
        fingerprints: vec![sha256(old.der())],
        ..any()
    };
    let late = verdict(Vec::new(), known, &[old.der().to_vec()]);
    assert!(matches!(late, Err(UntrustedReason::Expired { .. })));
}

#[test]
fn the_certificate_above_may_be_told_by_its_digest() {
    let world = World::new(server());
    let digests = |digests: Vec<IssuerDigest>| Requirements {
        issuer_digests: digests,
        ..any()
    };
    let root = world.root.der();
    let sha1: [u8; 20] = Sha1::digest(root).into();
    let known = IssuerDigest::Sha256(sha256(root));
    assert_eq!(world.verdict(digests(vec![known])), Ok(()));
    assert_eq!(
        world.verdict(digests(vec![IssuerDigest::Sha1(sha1)])),
        Ok(())
    );
    let other = vec![IssuerDigest::Sha1([1; 20]), IssuerDigest::Sha256([2; 32])];
    let verdict = world.verdict(digests(other));
    assert!(matches!(
        verdict,
        Err(UntrustedReason::WrongIssuer { seen: Some(_) })
    ));
    // With an intermediate it is that one, not the root.
    let mut middle = params(&[(DnType::CommonName, "Middle")]);
    middle.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let middle = CertifiedIssuer::signed_by(middle, key(), &world.root).expect("an authority");
    let leaf = server().signed_by(&key(), &middle).expect("a certificate");
    let longer = World {
        chain: vec![leaf.der().to_vec(), middle.der().to_vec()],
        ..world
    };
    assert!(longer.verdict(digests(vec![known])).is_err());
    let middle = IssuerDigest::Sha256(sha256(middle.der()));
    assert_eq!(longer.verdict(digests(vec![middle])), Ok(()));
}

#[test]
fn revoked_certificates_are_refused() {
    let world = World::new(server());
    let revoked = |list| Requirements {
        revoked: vec![list],
        ..any()
    };
    let fresh = (2026, 12);
    let verdict = world.verdict(revoked(world.revoking(7, fresh)));
    assert_eq!(verdict, Err(UntrustedReason::Revoked));
    assert_eq!(world.verdict(revoked(world.revoking(8, fresh))), Ok(()));
    let stale = world.verdict(revoked(world.revoking(8, (2025, 12))));
    assert_eq!(stale, Err(UntrustedReason::RevocationsExpired));
    // A list of somebody else's says nothing.
    let other = World::under("Another", server());
    assert_eq!(world.verdict(revoked(other.revoking(7, fresh))), Ok(()));

    let unreadable = ServerTrust::new(TrustConfig {
        roots: vec![world.root.der().clone()],
        roots_from: "the profile".to_owned(),
        pinned_sha1: None,
        names: Vec::new(),
        requirements: revoked(CertificateRevocationListDer::from(vec![1, 2, 3])),
    });
    assert!(matches!(
        unreadable,
        Err(TrustError::UnusableRevocations { .. })
    ));
}
