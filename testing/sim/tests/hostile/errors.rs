//! Whether every error that a peer can cause is the outcome of a row.

use std::collections::BTreeSet;

/// Where the errors are: their names are taken from there, so that a new one wants a row.
const ERRORS: &str = include_str!("../../../../core/engine/src/error.rs");

/// The kinds of errors that a peer causes, as outcomes begin and as the enumerations are called.
const KINDS: [(&str, &str); 4] = [
    ("PeerBrokeRules", "Breach"),
    ("PeerRefused", "Refusal"),
    ("Silence", "Silence"),
    ("Expired", "Expiry"),
];

/// What no row can end with, and where it is played instead.
const ELSEWHERE: [(&str, &str); 1] = [("Expired/KeyUsedUp", "core/engine/src/exhaustion_tests.rs")];

/// The variants of an enumeration.
fn variants(name: &str) -> Vec<&'static str> {
    let start = format!("pub enum {name} {{\n");
    let body = ERRORS.split(&start).nth(1).expect("the enumeration");
    let body = body.split("\n}").next().unwrap_or_default();
    body.lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .filter_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()).next())
        .collect()
}

/// Fails with the errors that none of the outcomes is.
pub(crate) fn hold(outcomes: &BTreeSet<String>) {
    let mut missing = Vec::new();
    for (kind, name) in KINDS {
        let variants = variants(name);
        assert!(variants.len() > 3, "{name}: {variants:?}");
        for variant in variants {
            let error = format!("{kind}/{variant}");
            let is_it = |outcome: &String| {
                let rest = outcome.strip_prefix(&format!("ends: {error}"));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let elsewhere = ELSEWHERE.iter().any(|(other, _)| *other == error);
            let here = outcomes.iter().any(is_it);
            assert!(!(here && elsewhere), "{error} is played here, too");
            if !here && !elsewhere {
                missing.push(error);
            }
        }
    }
    assert!(missing.is_empty(), "no row ends with {missing:?}");
}
