//! Holds the walls between the crates: the column "may not depend on" of
//! ARCHITECTURE.md, what stays out of `core/`, and the licences of deny.toml.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use std::collections::{BTreeMap, BTreeSet};

/// From, to, and why there must be no way from the one to the other.
const WALLS: &[(&str, &[&str], &str)] = &[
    ("spoke-moment", &["*"], "time depends on nothing"),
    ("spoke-manual", &["*"], "a manual is about words only"),
    ("spoke-wire", &["*"], "bytes and messages remember nothing"),
    ("spoke-proxy", &["*"], "a proxy's words depend on nothing"),
    (
        "spoke-traffic",
        &[
            "spoke-wire",
            "spoke-engine",
            "spoke-profile",
            "spoke-plan",
            "spoke-api",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "the user's packets know nothing of the tunnel that they are in",
    ),
    (
        "spoke-settings",
        &[
            "spoke-wire",
            "spoke-engine",
            "spoke-plan",
            "spoke-api",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "choices are words and values",
    ),
    (
        "spoke-engine",
        &["spoke-profile", "spoke-plan", "spoke-api", "spoke-signin"],
        "the engine knows no Azure and no token, only name and password bytes",
    ),
    (
        "spoke-profile",
        &["spoke-wire", "spoke-engine"],
        "a profile is a document, not a session",
    ),
    (
        "spoke-plan",
        &["spoke-engine", "spoke-api"],
        "plans are about the host, not the session",
    ),
    (
        "spoke-signin",
        &[
            "spoke-wire",
            "spoke-engine",
            "spoke-profile",
            "spoke-plan",
            "spoke-api",
            "spoke-supervisor",
        ],
        "sign-in is plain OAuth",
    ),
    (
        "spoke-api",
        &["spoke-engine", "spoke-plan", "spoke-signin"],
        "both sides speak it, so it knows neither side's insides",
    ),
    (
        "spoke-diagnose",
        &[
            "spoke-wire",
            "spoke-engine",
            "spoke-plan",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "what a user is told follows from what anybody can find out",
    ),
    (
        "spoke-supervisor",
        &[
            "spoke-signin",
            "spoke-host",
            "spoke-tunnel",
            "spoke-agent",
            "spoke-store",
        ],
        "decisions do nothing, and the root side cannot name a refresh token",
    ),
    (
        "spoke-store",
        &[
            "spoke-wire",
            "spoke-engine",
            "spoke-profile",
            "spoke-plan",
            "spoke-api",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "files know no content",
    ),
    (
        "spoke-host",
        &[
            "spoke-engine",
            "spoke-api",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "the host executes plans",
    ),
    (
        "spoke-tunnel",
        &[
            "spoke-host",
            "spoke-plan",
            "spoke-api",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "the pump moves packets between two handles it is given",
    ),
    (
        "spoke-agent",
        &[
            "spoke-host",
            "spoke-tunnel",
            "spoke-engine",
            "spoke-plan",
            "spoke-supervisor",
        ],
        "the user's side touches no network settings",
    ),
    (
        "spoke-view",
        &[
            "spoke-wire",
            "spoke-engine",
            "spoke-plan",
            "spoke-signin",
            "spoke-supervisor",
        ],
        "what a window shows is values of the local API and of profiles",
    ),
    (
        "spoke-desk",
        &[
            "spoke-host",
            "spoke-tunnel",
            "spoke-engine",
            "spoke-plan",
            "spoke-supervisor",
        ],
        "the user's side behind a window asks the daemon",
    ),
    (
        "spoke-daemon",
        &["spoke-signin", "spoke-agent"],
        "root never sees a refresh token",
    ),
    (
        "spoke-cli",
        &[
            "spoke-host",
            "spoke-engine",
            "spoke-plan",
            "spoke-supervisor",
        ],
        "the command line asks the daemon",
    ),
    (
        "spoke-desktop",
        &[
            "spoke-host",
            "spoke-tunnel",
            "spoke-engine",
            "spoke-plan",
            "spoke-supervisor",
        ],
        "the window asks the daemon",
    ),
    (
        "spoke-gateway",
        &["spoke-supervisor", "spoke-signin", "spoke-agent"],
        "the gateway checks tokens, it does not get them",
    ),
    (
        "spoke-sim",
        &["spoke-store", "spoke-host", "spoke-tunnel", "spoke-agent"],
        "a simulation is pure",
    ),
    (
        "spoke-interop",
        &[
            "spoke-profile",
            "spoke-plan",
            "spoke-api",
            "spoke-signin",
            "spoke-supervisor",
            "spoke-host",
            "spoke-agent",
        ],
        "peers meet the protocol, not the product",
    ),
    (
        "spoke-needs",
        &["*"],
        "what a test needs is no part of what it tests",
    ),
    (
        "spoke-lab",
        &["spoke-supervisor"],
        "the lab meets the daemon as a user does",
    ),
    (
        "spoke-pieces",
        &["spoke-store", "spoke-host", "spoke-tunnel", "spoke-agent"],
        "what is measured alone needs no system around it",
    ),
    (
        "spoke-bench",
        &["spoke-supervisor"],
        "what is measured is met as a user meets it",
    ),
    (
        "spoke-torture",
        &["spoke-supervisor", "spoke-engine"],
        "what is tortured is met as a user meets it",
    ),
    (
        "spoke-window",
        &[
            "spoke-supervisor",
            "spoke-desk",
            "spoke-agent",
            "spoke-desktop",
        ],
        "the window is met as a person meets it",
    ),
];

/// What no crate of `core/` may reach, however far down.
const OUT_OF_CORE: &[(&str, &str)] = &[
    ("tokio", "no runtime decides"),
    ("reqwest", "no sockets"),
    ("hyper", "no sockets"),
    ("socket2", "no sockets"),
    ("nix", "no system calls"),
    ("anyhow", "errors are types"),
    ("rand", "no chance"),
    ("fastrand", "no chance"),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        // Without a platform the answer holds what only other systems build.
        .other_options([
            "--filter-platform".into(),
            "x86_64-unknown-linux-gnu".into(),
        ])
        .exec()
        .expect("cargo metadata")
}

/// Everything that `package` is built from, itself excluded (no dev-dependencies).
fn reach<'a>(metadata: &'a Metadata, package: &Package) -> BTreeSet<&'a str> {
    let resolve = metadata.resolve.as_ref().expect("resolved");
    let nodes: BTreeMap<&PackageId, _> =
        resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<&PackageId, &str> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package.name.as_str()))
        .collect();
    let mut seen = BTreeSet::new();
    let mut open = vec![&package.id];
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let built_in = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal);
            if built_in && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| names[id]).collect()
}

#[test]
fn walls_between_the_crates_stand() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut broken = Vec::new();
    for (from, to, reason) in WALLS {
        let package = metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name.as_str() == *from)
            .unwrap_or_else(|| panic!("no crate {from}: the table is out of date"));
        let reached = reach(&metadata, package);
        for one in to.iter() {
            if *one == "*" {
                broken.extend(
                    reached
                        .intersection(&ours)
                        .map(|bad| format!("{from} -> {bad}: {reason}")),
                );
            } else {
                assert!(
                    ours.contains(one),
                    "no crate {one}: the table is out of date"
                );
                if reached.contains(one) {
                    broken.push(format!("{from} -> {one}: {reason}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_library_of_ours_has_a_row_in_the_table() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if name == "xtask" {
            continue;
        }
        assert!(name.starts_with("spoke-"), "{name} lacks the prefix spoke-");
        assert!(
            WALLS.iter().any(|(from, ..)| *from == name),
            "{name} has no row"
        );
    }
}

#[test]
fn core_stays_pure() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        if !package.manifest_path.as_str().contains("/core/") {
            continue;
        }
        let reached = reach(&metadata, package);
        for (bad, reason) in OUT_OF_CORE {
            assert!(
                !reached.contains(bad),
                "{} reaches {bad}: {reason}",
                package.name
            );
        }
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Normal {
                assert_ne!(dependency.name, "libc", "{} names libc", package.name);
                assert_ne!(
                    dependency.name, "getrandom",
                    "{} names getrandom",
                    package.name
                );
            }
        }
    }
}

#[test]
fn licences_are_those_of_the_list() {
    let rules: toml::Value =
        toml::from_str(include_str!("../../deny.toml")).expect("deny.toml is TOML");
    let allowed: BTreeSet<&str> = rules["licenses"]["allow"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let metadata = metadata();
    let mut bad = Vec::new();
    for package in &metadata.packages {
        let expression = package.license.clone().unwrap_or_default();
        if !satisfied(&expression, &allowed) {
            bad.push(format!(
                "{} {}: {expression:?}",
                package.name, package.version
            ));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Whether an SPDX expression can be met with the allowed licences. Parentheses
/// are dropped, which reads `A AND (B OR C)` as `(A AND B) OR C`: a crate that
/// depends on the difference is looked at by hand.
fn satisfied(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    flat.split(" OR ").any(|choice| {
        choice
            .split(" AND ")
            .all(|one| allowed.contains(one.trim()))
    })
}

#[test]
fn an_unknown_licence_is_refused() {
    let allowed = BTreeSet::from(["MIT", "ISC"]);
    assert!(satisfied("MIT OR GPL-3.0", &allowed));
    assert!(satisfied("(MIT AND ISC)", &allowed));
    assert!(!satisfied("MIT AND GPL-3.0", &allowed));
    assert!(!satisfied("", &allowed));
}
