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
const LINTED: &[&str] = &["spoke-daemon", "spoke-cli", "spoke-desktop"];

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
    kit.clippy(&TARGETS, &packages_of(LINTED))?;
    said("linted for both processors", begun);

    let begun = Instant::now();
    let mut link = packages_of(LINKED);
    link.push("--bins");
    kit.link(TARGETS[0], &link)?;
    said("spoke and spoked linked", begun);
    Ok(())
}

fn packages_of(names: &'static [&'static str]) -> Vec<&'static str> {
    names.iter().flat_map(|name| ["--package", name]).collect()
}

fn said(what: &str, begun: Instant) {
    println!("== macOS: {what} ({} s)", begun.elapsed().as_secs());
}
