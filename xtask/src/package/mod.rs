//! `cargo xtask package`: packages for Debian, for RPM systems, a tarball, and what a Mac makes its own of.
//!
//! What is in them is declared in [`contents`]; the distributions' own tools pack it, so
//! that dependencies are found and archives are written as they are everywhere else.

mod architecture;
mod contents;
mod deb;
mod icon;
mod macos;
mod pkg;
mod recipes;
mod rpm;
mod sbom;
mod stage;
mod tarball;
mod tool;
mod trial;

use crate::scope::Scope;
use crate::{cargo, packages};
use architecture::Architecture;
use contents::PACKAGES;
use stage::Stage;
use std::path::{Path, PathBuf};
use tool::Tool;

/// Where all of it is made.
const FOLDER: &str = "target/package";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Packs the programs that are built for development, as they are: quick, for tests.
    #[arg(long)]
    built: bool,
    /// Then installs, upgrades and removes the packages in a clean Debian of its own.
    #[arg(long = "try")]
    try_out: bool,
    /// Lays out what is installed on a Mac, for both of its processors, instead.
    #[arg(long, conflicts_with_all = ["try_out", "recipes", "architecture"])]
    macos: bool,
    /// Writes the hashes of this release into the recipes of other package managers.
    #[arg(long)]
    recipes: bool,
    /// The kind of machine to pack for, as rustc names it: x86_64 or aarch64. One that is not
    /// this machine's needs a cross compiler, and leaves the desktop app out.
    #[arg(long, value_name = "KIND", default_value = std::env::consts::ARCH)]
    architecture: Architecture,
    /// Leaves the desktop app out.
    #[arg(long)]
    without_desktop: bool,
}

/// Packs, and says where the packages are.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    packages::provide(packages::PACKAGE)?;
    let release = Release::here(arguments)?;
    build(arguments)?;
    if arguments.macos {
        let profile = match arguments.built {
            true => crate::macos::PROFILE,
            false => "dist",
        };
        let built = |processor| crate::macos::build(processor, profile);
        for path in macos::pack(&release, Path::new(FOLDER), &built)? {
            println!("{}", path.display());
        }
        return Ok(());
    }
    let wanted = |name: &str| chosen(name, arguments);
    let made = pack(&release, Path::new(FOLDER), &wanted)?;
    for path in &made {
        println!("{}", path.display());
    }
    if arguments.try_out {
        trial::run(&release, &made)?;
    }
    if arguments.recipes {
        recipes::fill(&release)?;
    }
    Ok(())
}

/// What is packed.
#[derive(Clone)]
pub(crate) struct Release {
    /// `0.1.0`
    pub(crate) version: String,
    /// Seconds since 1970 that every file in a package is given: those of the commit.
    pub(crate) epoch: String,
    /// Where the programs are.
    pub(crate) programs: PathBuf,
    /// Where the same programs are for this machine, to be asked about themselves.
    pub(crate) native: PathBuf,
    /// What they run on.
    pub(crate) architecture: Architecture,
    /// Packed loosely: what is only tried need not be small.
    pub(crate) loose: bool,
}

impl Release {
    fn here(arguments: &Arguments) -> Result<Self, String> {
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => Tool::new("git")
                .args(["log", "-1", "--format=%ct"])
                .output()?
                .trim()
                .to_owned(),
        };
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            epoch,
            programs: arguments.architecture.programs(profile(arguments)),
            native: cargo::target().join(profile(arguments)),
            architecture: arguments.architecture,
            loose: arguments.built,
        })
    }
}

/// The folder of cargo's profile. What a Mac gets is built for it elsewhere: these programs are
/// only asked about themselves then.
fn profile(arguments: &Arguments) -> &'static str {
    match arguments.built || arguments.macos {
        true => "debug",
        false => "dist",
    }
}

fn build(arguments: &Arguments) -> Result<(), String> {
    if arguments.macos {
        let asked = ["--package", "spoke-cli", "--package", "spoke-daemon"];
        return cargo::run(&[&["build", "--bins", "--locked"], &asked[..]].concat());
    }
    if arguments.built {
        return Ok(());
    }
    if !windowless(arguments) && Scope::provide()? == Scope::WithoutWindow {
        return Err(
            "the desktop app cannot be built here; --without-desktop packs the rest".into(),
        );
    }
    let packages = PACKAGES
        .iter()
        .filter(|package| chosen(package.name, arguments));
    let crates = packages.flat_map(|package| package.crates);
    let crates = crates.flat_map(|name| ["--package", name]);
    let call = ["build", "--bins", "--locked", "--profile", "dist"];
    cargo::run(&call.into_iter().chain(crates).collect::<Vec<_>>())?;
    match arguments.architecture.is_native() {
        true => Ok(()),
        false => arguments.architecture.cross_build(),
    }
}

/// Whether the desktop app is left out.
fn windowless(arguments: &Arguments) -> bool {
    arguments.without_desktop || !arguments.architecture.is_native()
}

/// Whether this package is wanted.
fn chosen(name: &str, arguments: &Arguments) -> bool {
    !(windowless(arguments) && name == "spoke-desktop")
}

/// Packs everything into `folder` and returns the packages.
fn pack(
    release: &Release,
    folder: &Path,
    chosen: &dyn Fn(&str) -> bool,
) -> Result<Vec<PathBuf>, String> {
    let mut made = Vec::new();
    let mut stages = Vec::new();
    for package in PACKAGES.iter().filter(|package| chosen(package.name)) {
        let stage = Stage::lay_out(package, release, &folder.join("stage"))?;
        made.push(deb::pack(package, &stage, release, folder)?);
        made.push(rpm::pack(package, &stage, release, folder)?);
        stages.push(stage);
    }
    made.push(tarball::pack(&stages, release, folder)?);
    Ok(made)
}
