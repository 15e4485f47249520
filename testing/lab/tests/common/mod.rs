//! Running a test inside the lab's namespaces: the test program starts itself again
//! there, for this one test.

#![allow(dead_code, reason = "each test file uses some of it")]
#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking and report by printing"
)]

pub(crate) mod real_server;

use spoke_lab::{Lab, LabError, places};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Waits until `spoke status` says this of the connection.
pub(crate) fn wait_for(lab: &Lab, state: &str) -> Result<(), LabError> {
    let begun = Instant::now();
    loop {
        let status = lab.spoke(&["status", "--json"])?;
        if status.stdout.contains(&format!("\"state\":\"{state}\"")) {
            return Ok(());
        }
        let late = begun.elapsed() > Duration::from_secs(30);
        assert!(!late, "never {state}: {status:?}\n{}", lab.daemon_log());
        thread::sleep(Duration::from_millis(50));
    }
}

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

/// Whether a program is installed.
pub(crate) fn has_program(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// OpenVPN's text form of a static key that is given as hexadecimal digits.
pub(crate) fn static_key_text(hex: &str) -> String {
    let mut text = String::from("-----BEGIN OpenVPN Static key V1-----\n");
    for line in hex.as_bytes().chunks(32) {
        text += &String::from_utf8_lossy(line);
        text.push('\n');
    }
    text + "-----END OpenVPN Static key V1-----\n"
}

/// Writes a file that only its owner reads.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), LabError> {
    let doing = format!("write {}", path.display());
    std::fs::write(path, text).map_err(LabError::io(doing.clone()))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode).map_err(LabError::io(doing))
}

/// Starts the daemon and imports the lab's package.
pub(crate) fn ready_to_connect(lab: &mut Lab) -> Result<(), LabError> {
    lab.start_daemon()?;
    import(lab, "azurevpn.zip")
}

/// Imports a file of the user's home.
pub(crate) fn import(lab: &Lab, file: &str) -> Result<(), LabError> {
    let imported = lab.spoke(&[
        "import",
        file,
        "--trust-authority",
        places::SIGN_IN_HOST,
        "--yes",
    ])?;
    assert!(imported.success(), "{imported:?}");
    Ok(())
}
