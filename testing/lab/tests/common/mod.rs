//! Running a test inside the lab's namespaces: the test program starts itself again
//! there, for this one test.

use spoke_lab::LabError;
use std::ffi::OsString;

/// Runs `body` inside, as the test named `test`. Prints `skipped: …` where this
/// machine cannot hold the lab, unless `SPOKE_TEST_STRICT=1`.
pub(crate) fn inside(test: &str, body: impl FnOnce() -> Result<(), LabError>) {
    if spoke_lab::inside() {
        body().unwrap_or_else(|error| panic!("{error}"));
        return;
    }
    let arguments = ["--exact", test, "--nocapture", "--test-threads=1"].map(OsString::from);
    let mut command = match spoke_lab::inside_command(arguments) {
        Ok(command) => command,
        Err(error) => return skip(&error.to_string()),
    };
    let status = command.status().expect("`unshare` starts");
    assert!(status.success(), "failed inside the lab: {status}");
}

/// Skips, or fails when the run is to be strict.
pub(crate) fn skip(reason: &str) {
    assert!(
        std::env::var_os("SPOKE_TEST_STRICT").is_none_or(|value| value != "1"),
        "cannot be skipped: {reason}"
    );
    println!("skipped: {reason}");
}
