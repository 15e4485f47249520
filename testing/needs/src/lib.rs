//! What tests need of the machine that they run on, and what becomes of them where it is missing.
//!
//! A test that cannot run is left out with a line that says why. A strict run (`SPOKE_TEST_STRICT=1`), as the project's
//! own checks are, leaves nothing out: there it fails.
#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "tests report by printing and fail by panicking"
)]

mod namespaces;

pub use namespaces::{FILES, NETWORK, arguments, inside, inside_of, must_pass};

use std::fmt::Display;
use std::process::{Command, Stdio};

/// Set to `1` in a strict run.
const STRICT: &str = "SPOKE_TEST_STRICT";

/// Whether nothing may be left out.
#[must_use]
pub fn is_strict() -> bool {
    std::env::var_os(STRICT).is_some_and(|value| value == "1")
}

/// Says why a test is left out.
///
/// # Panics
/// In a strict run.
#[track_caller]
pub fn skip(reason: impl Display) {
    assert!(!is_strict(), "cannot be skipped: {reason}");
    println!("skipped: {reason}");
}

/// Whether the program is installed; otherwise the test is [skipped](skip).
#[track_caller]
#[must_use]
pub fn program(name: &str) -> bool {
    let started = Command::new(name)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if started.is_err() {
        skip(format_args!("{name} is not installed"));
    }
    started.is_ok()
}

/// What was found; otherwise the test is [skipped](skip), for the reason in its place.
#[track_caller]
pub fn found<T, E: Display>(found: Result<T, E>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(reason) => {
            skip(reason);
            None
        }
    }
}
