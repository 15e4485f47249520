//! `cargo xtask macos`: what belongs on macOS is linted for both of its processors and
//! linked, on a Debian machine without a Mac. Nothing of it can be run here.

mod kit;
mod stubs;

use crate::{packages, pages};
use kit::Kit;
use std::time::Instant;

/// Apple's processors and Intel's.
const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

/// What is linted; the crates that they stand on are linted along with them.
const LINTED: &[&str] = &[
    "spoke-daemon",
    "spoke-cli",
    "spoke-gateway",
    "spoke-desktop",
];

/// What is linked against stubs of all that it calls.
const LINKED: &[&str] = &["spoke-daemon", "spoke-cli"];

/// Lints for both processors and links for the first.
pub(crate) fn check() -> Result<(), String> {
    packages::provide(packages::MACOS)?;
    // The desktop app embeds its pages.
    if pages::buildable() {
        pages::build()?;
    }
    let begun = Instant::now();
    let kit = Kit::provide()?;
    stubs::write(kit.sdk())?;
    said("what is needed is there", begun);

    let begun = Instant::now();
    let mut lint = vec!["clippy"];
    for target in TARGETS {
        lint.extend(["--target", target]);
    }
    lint.extend(LINTED.iter().flat_map(|name| ["--package", name]));
    lint.extend(["--", "--deny", "warnings"]);
    kit.zigbuild(&lint)?;
    said("linted for both processors", begun);

    let begun = Instant::now();
    let mut link = vec!["zigbuild", "--target", TARGETS[0], "--bins"];
    link.extend(LINKED.iter().flat_map(|name| ["--package", name]));
    kit.zigbuild(&link)?;
    said("spoke and spoked linked", begun);
    Ok(())
}

fn said(what: &str, begun: Instant) {
    println!("== macOS: {what} ({} s)", begun.elapsed().as_secs());
}
