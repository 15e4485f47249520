//! Each trial, at the size that fits into every change.

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and reports by printing"
)]

use spoke_torture::{Size, Trial};
use std::ffi::OsString;

/// Plays the trial inside the lab's namespaces, as the test named `test`.
fn goals_are_kept(test: &str, trial: Trial) {
    if spoke_lab::inside() {
        let report = trial
            .play(Size::Small)
            .unwrap_or_else(|error| panic!("{error}"));
        println!("{report}");
        assert!(report.kept(), "{report}");
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
fn skip(reason: &str) {
    assert!(
        std::env::var_os("SPOKE_TEST_STRICT").is_none_or(|value| value != "1"),
        "cannot be skipped: {reason}"
    );
    println!("skipped: {reason}");
}

#[test]
fn nothing_leaks() {
    goals_are_kept("nothing_leaks", Trial::Leaks);
}

#[test]
fn nothing_leaves_a_lockdown() {
    goals_are_kept("nothing_leaves_a_lockdown", Trial::Lockdown);
}

#[test]
fn no_name_leaks() {
    goals_are_kept("no_name_leaks", Trial::Names);
}

#[test]
fn a_killed_daemon_leaves_nothing_behind() {
    goals_are_kept("a_killed_daemon_leaves_nothing_behind", Trial::Kills);
}

#[test]
fn a_transfer_comes_through_a_bad_link() {
    goals_are_kept("a_transfer_comes_through_a_bad_link", Trial::Links);
}

#[test]
fn a_crowd_keeps_nobody_waiting() {
    goals_are_kept("a_crowd_keeps_nobody_waiting", Trial::Crowd);
}
