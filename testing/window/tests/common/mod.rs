//! Running a test inside the lab's namespaces: the test program starts itself again
//! there, for this one test.

#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod album;
pub(crate) mod journey;

use spoke_lab::LabError;
use std::thread;
use std::time::{Duration, Instant};

/// Longest that something may take to become so.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body` inside, as the test named `test`. Prints `skipped: …` where this
/// machine cannot hold the lab or a window, unless `SPOKE_TEST_STRICT=1`.
pub(crate) fn inside(test: &str, body: impl FnOnce() -> Result<(), LabError>) {
    match spoke_window::missing() {
        Some(reason) if !spoke_lab::inside() => spoke_needs::skip(reason),
        _ => spoke_lab::test_inside(test, body),
    }
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
