//! `docs/profiles.md` knows every code and every key.

use spoke_profile::{Fault, FindingCode, KEYS};

const PAGE: &str = include_str!("../../../docs/profiles.md");

fn is_there(name: &str) -> bool {
    PAGE.contains(&format!("`{name}`"))
}

#[test]
fn the_reference_has_every_finding_fault_and_key() {
    let faults = [
        Fault::Empty,
        Fault::TooLarge,
        Fault::NotText,
        Fault::NotWellFormed,
        Fault::Doctype,
        Fault::NotAProfile,
        Fault::BadArchive,
        Fault::Missing,
        Fault::Duplicate,
        Fault::Invalid,
        Fault::Unsupported,
        Fault::InsecureAuthority,
        Fault::ForeignAuthority {
            host: String::new(),
        },
        Fault::DangerousAudience,
        Fault::UnknownKey,
    ];
    let names = FindingCode::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(faults.iter().map(Fault::code))
        .chain(KEYS.iter().map(|key| key.name));
    let missing: Vec<_> = names.filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_reference_has_every_sign_in_host() {
    let hosts = spoke_profile::CLOUDS
        .iter()
        .flat_map(|cloud| cloud.authority_hosts);
    let missing: Vec<_> = hosts.filter(|host| !is_there(host)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
