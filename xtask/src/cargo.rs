//! Calls of cargo and of what it built.

use crate::scope::Scope;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs cargo and fails when it does.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    run_in(arguments, &[])
}

/// Runs cargo on what can be built here, with more arguments behind.
pub(crate) fn on(arguments: &[&str], scope: Scope, more: &[String]) -> Result<(), String> {
    let mut command = Command::new(program());
    command.args(arguments).args(scope.arguments()).args(more);
    finish(command, &format!("cargo {}", arguments.join(" ")))
}

/// Runs cargo with more in its environment.
pub(crate) fn run_in(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new(program());
    command.args(arguments).envs(environment.iter().copied());
    finish(command, &format!("cargo {}", arguments.join(" ")))
}

/// The names of the fuzz targets, which are those of their programs.
pub(crate) fn fuzz_targets() -> Result<Vec<String>, String> {
    let folder = std::fs::read_dir("fuzz/fuzz_targets");
    let folder = folder.map_err(|error| format!("fuzz/fuzz_targets: {error}"))?;
    let mut names: Vec<String> = folder
        .filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Passes the tests in the documentation. Where clippy compiles, the documentation is built too.
pub(crate) fn documentation_tests(scope: Scope) -> Result<(), String> {
    let mut command = Command::new(program());
    command.args(["test", "--doc"]).args(scope.arguments());
    if compiles_with_clippy() {
        command.envs(crate::rustdoc::environment()?);
    }
    finish(command, "cargo test --doc")
}

/// Builds the documentation with warnings denied.
pub(crate) fn documentation(scope: Scope) -> Result<(), String> {
    let mut command = Command::new(program());
    command
        .args(["doc", "--no-deps"])
        .args(scope.arguments())
        .env("RUSTDOCFLAGS", "--deny warnings");
    finish(command, "cargo doc")
}

/// Whether whatever cargo compiles here is linted along with it.
pub(crate) fn compiles_with_clippy() -> bool {
    env::var_os("RUSTC_WORKSPACE_WRAPPER").is_some_and(|compiler| compiler == "clippy-driver")
}

/// Whether cargo has this subcommand.
pub(crate) fn has(subcommand: &str) -> bool {
    Command::new(program())
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program of this workspace that was built for development.
pub(crate) fn built(name: &str, arguments: &[&str], more: &[String]) -> Result<(), String> {
    let mut command = Command::new(target().join("debug").join(name));
    command.args(arguments).args(more);
    finish(command, &format!("{name} {}", arguments.join(" ")))
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

fn finish(mut command: Command, name: &str) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name} failed ({status})"))
    }
}

fn program() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
