//! Certificates that are to be trusted, and all the ways in which others are not.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
};
use rustls_pki_types::CertificateDer;
use sha1::{Digest, Sha1};
use spoke_engine::trust::{ServerTrust, TrustConfig, TrustError, UntrustedReason};
use spoke_moment::WallTime;

const NAME: &str = "1c2d.vpn.example.com";
/// 2026-01-01; the certificates below are valid in that year.
const NOW: u64 = 1_767_225_600;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn authority(name: &str) -> CertificateParams {
    let mut params = dated(CertificateParams::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn dated(mut params: CertificateParams) -> CertificateParams {
    params.not_before = rcgen::date_time_ymd(2025, 6, 1);
    params.not_after = rcgen::date_time_ymd(2026, 6, 1);
    params
}

fn leaf(dns: &[&str], common_name: &str) -> CertificateParams {
    let mut params = dated(CertificateParams::default());
    params.subject_alt_names = dns
        .iter()
        .map(|name| SanType::DnsName((*name).try_into().expect("a name")))
        .collect();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

struct World {
    root: Issuer,
    intermediate: Issuer,
}

impl World {
    fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Root"), key()).expect("a root");
        let intermediate = CertifiedIssuer::signed_by(authority("Intermediate"), key(), &root)
            .expect("an intermediate");
        Self { root, intermediate }
    }

    fn sign(&self, params: CertificateParams) -> Vec<Vec<u8>> {
        let leaf = params
            .signed_by(&key(), &self.intermediate)
            .expect("a certificate");
        vec![leaf.der().to_vec(), self.intermediate.der().to_vec()]
    }

    fn config(&self) -> TrustConfig {
        TrustConfig {
            roots: vec![self.root.der().clone()],
            roots_from: "the test".to_owned(),
            pinned_sha1: None,
            names: vec!["azuregateway.example.com".to_owned(), NAME.to_owned()],
            requirements: spoke_engine::trust::Requirements::default(),
        }
    }

    fn verdict(&self, chain: &[Vec<u8>]) -> Result<(), UntrustedReason> {
        verdict(self.config(), chain)
    }
}

fn verdict(config: TrustConfig, chain: &[Vec<u8>]) -> Result<(), UntrustedReason> {
    verdict_at(config, chain, NOW)
}

fn verdict_at(config: TrustConfig, chain: &[Vec<u8>], now: u64) -> Result<(), UntrustedReason> {
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let trust = ServerTrust::new(config).expect("usable roots");
    trust
        .check(&chain, WallTime::from_unix(now))
        .map_err(|refusal| refusal.reason)
}

fn sha1(certificate: &CertificateDer<'_>) -> [u8; 20] {
    Sha1::digest(certificate).into()
}

#[test]
fn a_good_chain_is_taken_and_with_its_root_pinned_too() {
    let world = World::new();
    let chain = world.sign(leaf(&[NAME], "anything"));
    assert_eq!(world.verdict(&chain), Ok(()));
    let other = World::new();
    let mut config = world.config();
    config.roots.insert(0, other.root.der().clone());
    config.pinned_sha1 = Some(sha1(world.root.der()));
    assert_eq!(verdict(config.clone(), &chain), Ok(()));
    config.pinned_sha1 = Some(sha1(other.root.der()));
    assert_eq!(verdict(config, &chain), Err(UntrustedReason::UnknownRoot));
}

#[test]
fn another_root_of_the_same_name_is_refused() {
    let (world, other) = (World::new(), World::new());
    let chain = other.sign(leaf(&[NAME], NAME));
    assert_eq!(world.verdict(&chain), Err(UntrustedReason::UnknownRoot));
}

#[test]
fn names_count_exactly_or_by_one_wildcard_label() {
    let world = World::new();
    let try_names =
        |dns: &[&str], common_name: &str| world.verdict(&world.sign(leaf(dns, common_name)));
    assert_eq!(try_names(&["*.vpn.example.com"], "x"), Ok(()));
    assert_eq!(
        try_names(&["other", "azuregateway.example.com"], "x"),
        Ok(())
    );
    assert_eq!(
        try_names(&["other.vpn.example.com"], "x"),
        Err(UntrustedReason::WrongName)
    );
    assert_eq!(
        try_names(&["*.example.com"], "x"),
        Ok(()),
        "covers the first accepted name"
    );
    assert_eq!(try_names(&["*.com"], "x"), Err(UntrustedReason::WrongName));
}

#[test]
fn the_common_name_counts_only_where_there_is_no_alternative_name() {
    let world = World::new();
    assert_eq!(world.verdict(&world.sign(leaf(&[], NAME))), Ok(()));
    assert_eq!(
        world.verdict(&world.sign(leaf(&[], "*.vpn.example.com"))),
        Ok(())
    );
    let shadowed = world.sign(leaf(&["other.example.com"], NAME));
    assert_eq!(world.verdict(&shadowed), Err(UntrustedReason::WrongName));
}

#[test]
fn an_address_counts_as_an_address() {
    let world = World::new();
    let mut config = world.config();
    config.names = vec!["192.0.2.7".to_owned()];
    let mut params = leaf(&[], "x");
    params.subject_alt_names = vec![SanType::IpAddress("192.0.2.7".parse().expect("an address"))];
    assert_eq!(verdict(config.clone(), &world.sign(params.clone())), Ok(()));
    config.names = vec!["192.0.2.8".to_owned()];
    assert_eq!(
        verdict(config, &world.sign(params)),
        Err(UntrustedReason::WrongName)
    );
}

#[test]
fn time_is_the_time_handed_in() {
    let world = World::new();
    let chain = world.sign(leaf(&[NAME], NAME));
    let year = 365 * 86_400;
    let late = verdict_at(world.config(), &chain, NOW + year);
    assert!(matches!(late, Err(UntrustedReason::Expired { now, .. }) if now.unix() == NOW + year));
    let early = verdict_at(world.config(), &chain, NOW - year);
    assert!(
        matches!(early, Err(UntrustedReason::NotYetValid { now, .. }) if now.unix() == NOW - year)
    );
}

#[test]
fn only_certificates_for_servers_are_servers() {
    let world = World::new();
    let mut client = leaf(&[NAME], NAME);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(
        world.verdict(&world.sign(client)),
        Err(UntrustedReason::NotForServers)
    );
    let mut none = leaf(&[NAME], NAME);
    none.extended_key_usages = vec![];
    assert_eq!(
        world.verdict(&world.sign(none)),
        Err(UntrustedReason::NotForServers)
    );
}

#[test]
fn a_missing_intermediate_is_refused_and_what_was_seen_is_told() {
    let world = World::new();
    let mut chain = world.sign(leaf(&[NAME], "x\u{7}y"));
    chain.truncate(1);
    let trust = ServerTrust::new(world.config()).expect("usable roots");
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let refusal = trust
        .check(&chain, WallTime::from_unix(NOW))
        .expect_err("it is refused");
    assert_eq!(refusal.reason, UntrustedReason::UnknownRoot);
    assert_eq!(refusal.seen.names, [NAME]);
    assert_eq!(refusal.seen.issuers, ["CN=Intermediate"]);
    assert!(!refusal.to_string().contains('\u{7}'));
    assert!(refusal.to_string().contains(NAME));
}

#[test]
fn a_self_signed_certificate_is_its_own_root_if_it_is_the_pinned_one() {
    let key = key();
    let certificate = leaf(&[NAME], NAME)
        .self_signed(&key)
        .expect("a certificate");
    let as_authority = {
        let mut params = leaf(&[NAME], NAME);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(&key).expect("a certificate")
    };
    for certificate in [certificate, as_authority] {
        let config = TrustConfig {
            roots: vec![certificate.der().clone()],
            roots_from: "the profile".to_owned(),
            pinned_sha1: Some(sha1(certificate.der())),
            names: vec![NAME.to_owned()],
            requirements: spoke_engine::trust::Requirements::default(),
        };
        let chain = [certificate.der().to_vec()];
        assert_eq!(verdict(config.clone(), &chain), Ok(()));
        let late = verdict_at(config, &chain, NOW + 365 * 86_400);
        assert!(matches!(late, Err(UntrustedReason::Expired { .. })));
        assert_eq!(
            World::new().verdict(&chain),
            Err(UntrustedReason::UnknownRoot)
        );
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_sent() {
    let world = World::new();
    let new = |change: &dyn Fn(&mut TrustConfig)| {
        let mut config = world.config();
        change(&mut config);
        ServerTrust::new(config).map(|_| ())
    };
    let missing = new(&|config| config.pinned_sha1 = Some([0xab; 20])).expect_err("not there");
    assert!(matches!(missing, TrustError::PinnedRootMissing { .. }));
    assert!(missing.to_string().contains("in the test"));
    assert!(missing.to_string().contains(&"AB".repeat(20)));
    let none = new(&|config| config.roots.clear());
    assert!(matches!(none, Err(TrustError::NoRoots { .. })));
    let unreadable = new(&|config| config.roots = vec![CertificateDer::from(vec![1, 2, 3])]);
    assert!(matches!(unreadable, Err(TrustError::UnusableRoots { .. })));
    let unnamed = new(&|config| config.names.clear());
    assert!(matches!(unnamed, Err(TrustError::NoNames)));
}

#[test]
fn what_can_be_forged_is_refused() {
    let root: &[u8] = include_bytes!("certificates/strong-root.der");
    let weak_root: &[u8] = include_bytes!("certificates/rsa1024-root.der");
    let try_leaf = |root: &[u8], leaf: &[u8]| {
        let config = TrustConfig {
            roots: vec![CertificateDer::from(root.to_vec())],
            roots_from: "the test".to_owned(),
            pinned_sha1: None,
            names: vec![NAME.to_owned()],
            requirements: spoke_engine::trust::Requirements::default(),
        };
        // 2027-06-01: these were made by OpenSSL, as the library for tests makes nothing so weak.
        verdict_at(config, &[leaf.to_vec()], 1_811_808_000)
    };
    assert_eq!(
        try_leaf(root, include_bytes!("certificates/good-leaf.der")),
        Ok(())
    );
    let weak = Err(UntrustedReason::Weak);
    assert_eq!(
        try_leaf(root, include_bytes!("certificates/sha1-leaf.der")),
        weak
    );
    assert_eq!(
        try_leaf(root, include_bytes!("certificates/md5-leaf.der")),
        weak
    );
    assert_eq!(
        try_leaf(root, include_bytes!("certificates/rsa1024-leaf.der")),
        weak
    );
    assert!(
        try_leaf(
            weak_root,
            include_bytes!("certificates/rsa1024-issuer-leaf.der")
        )
        .is_err()
    );
}

#[test]
fn no_bytes_panic() {
    let world = World::new();
    let chain = world.sign(leaf(&[NAME], NAME));
    let original = chain.first().expect("a leaf");
    for at in 0..original.len() {
        let mut broken = original.clone();
        if let Some(byte) = broken.get_mut(at) {
            *byte ^= 0x20;
        }
        let mut chain = chain.clone();
        if let Some(leaf) = chain.first_mut() {
            *leaf = broken;
        }
        assert!(world.verdict(&chain).is_err(), "byte {at}");
    }
    assert!(world.verdict(&[]).is_err());
    assert!(world.verdict(&[vec![]]).is_err());
}
