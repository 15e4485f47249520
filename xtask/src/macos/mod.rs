//! `cargo xtask macos`: what belongs on macOS is linted for both of its processors and
//! may be linked, on a Debian machine without a Mac. Nothing of it can be run here.

mod kit;
mod stubs;

use crate::{packages, pages};
use kit::Kit;
use std::time::Instant;

/// Apple's processors and Intel's.
const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

/// What is linted; the crates that they stand on are linted along with them.
const LINTED: &[&str] = &["spoke-daemon", "spoke-cli", "spoke-desktop"];

/// What is linked.
const LINKED: &[&str] = &["spoke-daemon", "spoke-cli"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tries to link `spoke` and `spoked` too. Unfinished: the C code does not find its headers yet.
    #[arg(long)]
    link: bool,
}

/// Lints for both processors, and links for the first when asked to.
pub(crate) fn check(arguments: &Arguments) -> Result<(), String> {
    packages::provide(packages::MACOS)?;
    // The desktop app embeds its pages.
    if pages::buildable() {
        pages::build()?;
    }
    let begun = Instant::now();
    let kit = Kit::provide()?;
    said("what is needed is there", begun);

    let begun = Instant::now();
    kit.clippy(&TARGETS, &packages_of(LINTED))?;
    said("linted for both processors", begun);

    if arguments.link {
        let begun = Instant::now();
        stubs::write(&kit.sdk())?;
        let mut link = packages_of(LINKED);
        link.push("--bins");
        kit.link(TARGETS[0], &link)?;
        said("spoke and spoked linked", begun);
    }
    Ok(())
}

fn packages_of(names: &'static [&'static str]) -> Vec<&'static str> {
    names.iter().flat_map(|name| ["--package", name]).collect()
}

fn said(what: &str, begun: Instant) {
    println!("== macOS: {what} ({} s)", begun.elapsed().as_secs());
}
