//! `cargo xtask macos`: what belongs on macOS is linted for both of its processors and
//! linked, on a Debian machine without a Mac. Nothing of it can be run here.

mod compiler;
mod kit;
pub(crate) mod macho;
mod stubs;

use crate::{packages, pages};
use kit::Kit;
use macho::{Processor, Program};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The crates with programs for a Mac, and the programs. The crates that they stand on are linted
/// along with them.
const PROGRAMS: &[(&str, &str)] = &[
    ("spoke-daemon", "spoked"),
    ("spoke-cli", "spoke"),
    ("spoke-desktop", "spoke-desktop"),
];

/// How many of the first of them are linked every time: the toolkit of the window takes as long
/// again as all else.
const LINKED: usize = 2;

/// Cargo's profile for what is only linted and linked.
pub(crate) const PROFILE: &str = "macos";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lints and links everything for both processors, the desktop app too: takes three times as long.
    #[arg(long)]
    full: bool,
}

/// Lints everything for one processor; lints and links the command line and the service for the
/// other. What is for macOS is the same for both.
pub(crate) fn check(arguments: &Arguments) -> Result<(), String> {
    let kit = prepare()?;
    for processor in Processor::ALL {
        let begun = Instant::now();
        let target = processor.target();
        if processor == Processor::Intel && !arguments.full {
            kit.clippy(processor, &packages_of(PROGRAMS))?;
            said(&format!("linted for {target}"), begun);
            continue;
        }
        let programs = match arguments.full {
            true => PROGRAMS,
            false => &PROGRAMS[..LINKED],
        };
        link(&kit, processor, PROFILE, programs)?;
        said(&format!("linted and linked for {target}"), begun);
    }
    Ok(())
}

/// Builds all programs for this processor and returns the folder that they are in.
pub(crate) fn build(processor: Processor, profile: &str) -> Result<PathBuf, String> {
    let kit = prepare()?;
    link(&kit, processor, profile, PROGRAMS)?;
    Ok(kit.programs(processor, profile))
}

fn prepare() -> Result<Kit, String> {
    packages::provide(packages::MACOS)?;
    // The desktop app embeds its pages.
    if pages::buildable() {
        pages::build()?;
    }
    let begun = Instant::now();
    let kit = Kit::provide()?;
    said("what is needed is there", begun);
    Ok(kit)
}

fn link(
    kit: &Kit,
    processor: Processor,
    profile: &str,
    programs: &[(&'static str, &str)],
) -> Result<(), String> {
    kit.link(processor, profile, &packages_of(programs))?;
    let folder = kit.programs(processor, profile);
    programs
        .iter()
        .try_for_each(|(_, program)| examine(&folder.join(program), processor))
}

/// Whether it is a program for this processor and for every macOS that it should run on, loaded with
/// nothing but what the system has.
fn examine(path: &Path, processor: Processor) -> Result<(), String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let program = Program::read(&bytes).map_err(wrong)?;
    if program.processor != processor {
        return Err(wrong(format!("it is for {:?}", program.processor)));
    }
    if program.least_macos != processor.least_macos() {
        return Err(wrong(format!("it wants macOS {:?}", program.least_macos)));
    }
    if processor == Processor::Apple && !program.signed {
        return Err(wrong("it is not signed".to_owned()));
    }
    for library in &program.libraries {
        if !stubs::libraries().any(|known| known == library) {
            return Err(wrong(format!("it wants {library}")));
        }
    }
    let (major, minor) = program.least_macos;
    println!(
        "✓ {}: for {} and macOS {major}.{minor}, with {} of the system's libraries",
        path.file_name().unwrap_or_default().to_string_lossy(),
        processor.target(),
        program.libraries.len()
    );
    Ok(())
}

fn packages_of(programs: &[(&'static str, &str)]) -> Vec<&'static str> {
    let crates = programs.iter().map(|(name, _)| *name);
    crates.flat_map(|name| ["--package", name]).collect()
}

fn said(what: &str, begun: Instant) {
    println!("== macOS: {what} ({} s)", begun.elapsed().as_secs());
}
