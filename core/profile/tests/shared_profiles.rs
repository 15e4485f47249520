//! Every synthetic profile of the team's collection is read as its table says.
//!
//! The collection lies beside the repository and is not part of it; the same shapes
//! are covered by `reading.rs` from documents written here.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use serde_json::Value;
use spoke_profile::{DryRun, ReadOptions, Verdict, open_package};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where the reading is our own choice (`either` in the table).
const ACCEPTED_BY_CHOICE: [&str; 6] = [
    "17-utf16-declared-but-utf8.xml",
    "23-intune-profilexml-wrapper.xml",
    "bad/duplicate-clientconfig.xml",
    "bad/fqdn-url.xml",
    "bad/route-host-bits.xml",
    "bad/udp-transport.xml",
];

/// The collection; `None`, with the reason printed, where it is not and need not be.
fn collection() -> Option<(PathBuf, BTreeMap<String, Value>)> {
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/profiles"
    ));
    let Some(table) = read_file(&folder.join("expected.json")) else {
        let folder = folder.display();
        spoke_needs::skip(format_args!("there is no collection in {folder}"));
        return None;
    };
    Some((folder, serde_json::from_slice(&table).unwrap()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the collection is a folder of files"
)]
fn read_file(path: &std::path::Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

fn dry_run(folder: &std::path::Path, file: &str) -> DryRun {
    let bytes = read_file(&folder.join(file)).unwrap();
    DryRun::new(file, &open_package(&bytes, &ReadOptions::default()))
}

#[test]
fn every_profile_reads_as_the_table_says() {
    let Some((folder, table)) = collection() else {
        return;
    };
    assert!(table.len() > 70);
    let mut differences = Vec::new();
    for (file, expected) in &table {
        let document = dry_run(&folder, file);
        let verdict = match expected["verdict"].as_str().unwrap() {
            "accept" => Verdict::Accept,
            "reject" => Verdict::Reject,
            _ if ACCEPTED_BY_CHOICE.contains(&file.as_str()) => Verdict::Accept,
            _ => Verdict::Reject,
        };
        if document.verdict != verdict {
            differences.push(format!(
                "{file}: {:?}, {:?}",
                document.verdict, document.error
            ));
            continue;
        }
        let Some(profile) = document.profiles.first() else {
            assert!(document.error.is_some(), "{file}");
            continue;
        };
        let shown = serde_json::to_value(profile).unwrap();
        for (key, value) in expected.as_object().unwrap() {
            if matches!(key.as_str(), "verdict" | "note" | "why" | "contains") {
                continue;
            }
            if shown[key] != *value {
                differences.push(format!("{file}: {key} is {}, not {value}", shown[key]));
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn packages_hold_the_profiles_that_the_table_lists() {
    let Some((folder, _)) = collection() else {
        return;
    };
    for (file, paths) in [
        ("package-entra.zip", vec!["AzureVPN/azurevpnconfig.xml"]),
        ("package-cert.zip", vec!["AzureVPN/azurevpnconfig.xml"]),
        (
            "package-multi-auth.zip",
            vec![
                "AzureVPN/azurevpnconfig_aad.xml",
                "AzureVPN/azurevpnconfig_cert.xml",
            ],
        ),
    ] {
        let document = dry_run(&folder, file);
        let found: Vec<_> = document
            .profiles
            .iter()
            .map(|found| found.path.as_str())
            .collect();
        assert_eq!(found, paths, "{file}");
        assert!(document.errors.is_empty(), "{file}");
    }
}

#[test]
fn refusals_name_the_element_and_the_next_step() {
    let Some((folder, table)) = collection() else {
        return;
    };
    let mut sentences = String::new();
    for file in table.keys().filter(|file| file.starts_with("bad/")) {
        let bytes = read_file(&folder.join(file)).unwrap();
        let outcome = match open_package(&bytes, &ReadOptions::default()) {
            Ok(package) => package.found.into_iter().next().unwrap().result,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(reading) => {
                sentences.push_str(&format!("{file}\n"));
                for finding in &reading.findings {
                    let (severity, code) = (finding.severity, finding.code);
                    sentences.push_str(&format!("    {severity} [{code}] {finding}\n"));
                }
            }
            Err(error) => {
                assert!(
                    error.message.ends_with(['.', ':']) && !error.next.is_empty(),
                    "{file}"
                );
                sentences.push_str(&format!("{file}\n    error [{}] {error}\n", error.code()));
            }
        }
    }
    insta::assert_snapshot!(sentences);
}

#[test]
fn good_profiles_need_no_more_findings_than_these() {
    let Some((folder, table)) = collection() else {
        return;
    };
    let mut lines = String::new();
    for file in table.keys().filter(|file| !file.starts_with("bad/")) {
        lines.push_str(&format!("{file}\n"));
        for finding in dry_run(&folder, file).findings {
            lines.push_str(&format!(
                "    {} [{}] {finding}\n",
                finding.severity, finding.code
            ));
        }
    }
    insta::assert_snapshot!(lines);
}
