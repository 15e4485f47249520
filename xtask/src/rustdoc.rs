//! This program in the place of rustdoc, which cargo calls for the tests in the documentation:
//! it passes them, and then writes the documentation itself from what was compiled for
//! them. `cargo doc` would compile all that a crate stands on once more.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

/// Says that this program is called as rustdoc.
const CALLED: &str = "SPOKE_XTASK_AS_RUSTDOC";

/// What has cargo call this program as rustdoc.
pub(crate) fn environment() -> Result<[(&'static str, OsString); 2], String> {
    // The tests may have been compiled together with another one in the place of the file that runs.
    let own = crate::cargo::target().join("debug/xtask");
    let own = own.canonicalize();
    let own = own.map_err(|error| format!("where this program is: {error}"))?;
    Ok([("RUSTDOC", own.into()), (CALLED, OsString::from("1"))])
}

/// Whether this program was called as rustdoc.
pub(crate) fn is_called() -> bool {
    env::var_os(CALLED).is_some()
}

/// Does what rustdoc would do, and documents what it was to test.
pub(crate) fn run() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let tests = words.iter().any(|word| word == "--test");
    if rustdoc(&words) && (!tests || rustdoc(&to_document(&words))) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn rustdoc(words: &[OsString]) -> bool {
    let status = Command::new("rustdoc").args(words).status();
    status.is_ok_and(|status| status.success())
}

/// The same call without tests, below `target/doc`.
fn to_document(words: &[OsString]) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if ["--test-run-directory", "--test-args"]
            .iter()
            .any(|own| word == OsStr::new(own))
        {
            words.next();
        } else if word != "--test" && word != "--no-capture" {
            kept.push(word.clone());
        }
    }
    kept.extend(["--deny", "warnings", "--out-dir"].map(OsString::from));
    kept.push(crate::cargo::target().join("doc").into());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_tests_is_left_for_the_documentation() {
        let words = "--edition=2024 --crate-name x --test src/lib.rs --test-run-directory /y -L z";
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let kept = to_document(&words);
        let kept: Vec<_> = kept.iter().filter_map(|word| word.to_str()).collect();
        let kept = kept.join(" ");
        assert!(kept.starts_with("--edition=2024 --crate-name x src/lib.rs -L z --deny warnings"));
    }
}
