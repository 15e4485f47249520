//! `docs/profiles.md` knows every code and every key.

use spoke_profile::{DIRECTIVES, Fault, FindingCode, KEYS, Treatment};

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
        Fault::DangerousClient,
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

/// The tables of the reference, as it is to have them.
fn tables_of_directives() -> String {
    let mut text = String::new();
    for (treatment, title) in [
        (Treatment::Applied, "Applied"),
        (Treatment::Noted, "Passed over, with a note"),
        (Treatment::Refused, "Refused, by name"),
    ] {
        text += &format!("**{title}**\n\n| directives | |\n|---|---|\n");
        for group in DIRECTIVES
            .iter()
            .filter(|group| group.treatment == treatment)
        {
            let names: Vec<_> = group.names.iter().map(|name| format!("`{name}`")).collect();
            let space = if group.next.is_empty() { "" } else { " " };
            text += &format!(
                "| {} | {}{space}{} |\n",
                names.join(", "),
                group.why,
                group.next
            );
        }
        text += "\n";
    }
    text
}

#[test]
fn the_reference_has_the_table_of_directives() {
    let tables = tables_of_directives();
    assert!(
        PAGE.contains(&tables),
        "docs/profiles.md should have:\n\n{tables}"
    );
}

#[test]
fn the_reference_has_every_sign_in_host() {
    let hosts = spoke_profile::CLOUDS
        .iter()
        .flat_map(|cloud| cloud.authority_hosts);
    let missing: Vec<_> = hosts.filter(|host| !is_there(host)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
