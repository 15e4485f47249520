//! Kinds of machines that packages are for, and what each world calls them.

use crate::{cargo, packages};
use std::path::PathBuf;

/// A kind of machine.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Architecture {
    #[value(name = "x86_64")]
    X86_64,
    #[value(name = "aarch64")]
    Aarch64,
}

impl Architecture {
    /// As rustc, RPM and the kernel call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// As Debian calls it.
    pub(crate) const fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }

    pub(crate) fn is_native(self) -> bool {
        self.name() == std::env::consts::ARCH
    }

    /// A program of the tools for object files.
    pub(crate) fn tool(self, name: &str) -> String {
        match self.is_native() {
            true => name.to_owned(),
            false => format!("{}-linux-gnu-{name}", self.name()),
        }
    }

    /// Where cargo puts programs for it.
    pub(crate) fn programs(self, profile: &str) -> PathBuf {
        let target = cargo::target();
        match self.is_native() {
            true => target.join(profile),
            false => target.join(self.triple()).join(profile),
        }
    }

    /// Builds for it on another kind of machine all that needs no web view.
    pub(crate) fn cross_build(self) -> Result<(), String> {
        packages::provide(match self {
            Self::X86_64 => packages::CROSS_X86_64,
            Self::Aarch64 => packages::CROSS_AARCH64,
        })?;
        let triple = self.triple();
        let linker = format!(
            "CARGO_TARGET_{}_LINKER",
            triple.to_uppercase().replace('-', "_")
        );
        let programs = ["spoke-cli", "spoke-daemon", "spoke-gateway"];
        let chosen = programs.iter().flat_map(|name| ["--package", name]);
        let arguments: Vec<&str> = ["build", "--bins", "--profile", "dist", "--target", &triple]
            .into_iter()
            .chain(chosen)
            .collect();
        cargo::run_in(&arguments, &[(&linker, &self.tool("gcc"))])
            .map_err(|error| format!("{error}; its standard library: rustup target add {triple}"))
    }

    fn triple(self) -> String {
        format!("{}-unknown-linux-gnu", self.name())
    }
}
