//! Tests that change the machine they run on: they run themselves again where nothing of it is the machine's own.

use crate::skip;
use std::io::{BufRead as _, BufReader};
use std::process::{ChildStdout, Command, Stdio};

/// Links, addresses and routes of the test's own; the test is root of these.
pub const NETWORK: &[&str] = &["-Urn", "--kill-child", "--fork"];

/// Mounts and processes too.
pub const FILES: &[&str] = &["-Urnm", "--kill-child", "--fork", "--pid", "--mount-proc"];

/// Set, to anything, in the process inside.
const INSIDE: &str = "SPOKE_TEST_INSIDE";

/// [`inside_of`] for the calling test, by the name of its thread.
///
/// # Panics
/// As [`inside_of`], and where the runner gives tests no threads of their own.
#[track_caller]
#[must_use]
pub fn inside(namespaces: &[&str]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let thread = std::thread::current();
    match thread.name() {
        Some(test) if test != "main" => inside_of(namespaces, test),
        _ => panic!("no thread of this test's own: run it with `--test-threads` above 1"),
    }
}

/// Whether this process is inside the namespaces, where the test is to go on. Otherwise it runs the test of this program
/// with this name again there, or [skips](skip) it where the machine gives none to this user.
///
/// # Panics
/// When the test fails inside, or does not run.
#[track_caller]
#[must_use]
pub fn inside_of(namespaces: &[&str], test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut possible = Command::new("unshare");
    let possible = possible
        .args(namespaces)
        .args(["test", "-w", "/dev/net/tun"])
        .stderr(Stdio::null());
    if !possible.status().is_ok_and(|status| status.success()) {
        skip("no private namespaces with /dev/net/tun here");
        return false;
    }
    let this = std::env::current_exe().unwrap_or_else(|error| panic!("find this program: {error}"));
    let mut again = Command::new("unshare");
    again
        .args(namespaces)
        .arg(this)
        .args(arguments(test))
        .env(INSIDE, "1");
    must_pass(again, test);
    false
}

/// What a test program wants to hear to run one test and say all that it says.
#[must_use]
pub fn arguments(test: &str) -> [&str; 4] {
    [test, "--exact", "--nocapture", "--test-threads=1"]
}

/// Runs a test program with [`arguments`] for the one test.
///
/// # Panics
/// When the test fails, or is not run.
#[track_caller]
pub fn must_pass(mut program: Command, test: &str) {
    let started = program.stdout(Stdio::piped()).spawn();
    let mut running = started.unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let mut passed = false;
    for line in running.stdout.take().into_iter().flat_map(lines) {
        println!("{line}");
        passed |= line.contains("1 passed");
    }
    let status = running.wait();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{test} failed inside its namespaces"
    );
    assert!(passed, "{test} did not run inside its namespaces");
}

fn lines(output: ChildStdout) -> impl Iterator<Item = String> {
    BufReader::new(output).lines().map_while(Result::ok)
}
