//! Running a test inside the lab's namespaces: the test program starts itself again
//! there, for this one test.

#![allow(dead_code, reason = "each test file uses some of it")]
#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking and report by printing"
)]

pub(crate) mod album;
pub(crate) mod journey;

use spoke_lab::LabError;
use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

/// Longest that something may take to become so.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body` inside, as the test named `test`. Prints `skipped: …` where this
/// machine cannot hold the lab or a window, unless `SPOKE_TEST_STRICT=1`.
pub(crate) fn inside(test: &str, body: impl FnOnce() -> Result<(), LabError>) {
    if spoke_lab::inside() {
        body().unwrap_or_else(|error| panic!("{error}"));
        return;
    }
    if let Some(reason) = spoke_window::missing() {
        return skip(&reason);
    }
    let arguments = ["--exact", test, "--nocapture", "--test-threads=1"].map(OsString::from);
    let mut command = match spoke_lab::inside_command(arguments) {
        Ok(command) => command,
        Err(error) => return skip(&error.to_string()),
    };
    let status = command.status().expect("`unshare` starts");
    assert!(status.success(), "failed inside the lab: {status}");
}

/// Waits until it is so.
pub(crate) fn until(
    what: &str,
    mut so: impl FnMut() -> Result<bool, LabError>,
) -> Result<(), LabError> {
    let started = Instant::now();
    while !so()? {
        if started.elapsed() > PATIENCE {
            return Err(LabError::Other(format!("still not so: {what}")));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn skip(reason: &str) {
    assert!(
        std::env::var_os("SPOKE_TEST_STRICT").is_none_or(|value| value != "1"),
        "cannot be skipped: {reason}"
    );
    println!("skipped: {reason}");
}
