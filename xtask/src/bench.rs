//! The benchmark: programs as they are packed, measured by one built for development.

use crate::{cargo, packages};

/// Measures, and writes what was seen into the document when nothing was left out.
pub(crate) fn run(rest: &[String]) -> Result<(), String> {
    packages::provide(packages::BENCH)?;
    cargo::run(&[
        "build",
        "--profile",
        "dist",
        "--package",
        "spoke-cli",
        "--package",
        "spoke-daemon",
        "--package",
        "spoke-gateway",
    ])?;
    cargo::run(&["build", "--package", "spoke-bench"])?;
    let programs = cargo::target().join("dist").display().to_string();
    let mut arguments = vec!["--programs", &programs];
    if rest.is_empty() {
        arguments.extend(["--write", "docs/performance.md"]);
    }
    cargo::built("spoke-bench", &arguments, rest)
}

/// Measures the pieces of the data path, and writes them into the document.
pub(crate) fn micro() -> Result<(), String> {
    packages::provide(packages::MICRO)?;
    cargo::run(&[
        "run",
        "--release",
        "--package",
        "spoke-pieces",
        "--",
        "--write",
        "docs/performance.md",
    ])
}
