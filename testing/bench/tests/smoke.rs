//! Plays every case for a moment, to see that the benchmark itself works. Nothing is
//! said of the numbers but that they are there.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and reports by printing"
)]

use spoke_bench::{Amount, Case, Effort, Plan, Programs, Quantity, Scene, play};
use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

const TEST: &str = "every_case_is_measured";
/// Every kind of cable and every kind of play.
const SCENES: [Scene; 4] = [
    Scene::Lab,
    Scene::Uplink,
    Scene::FartherNoDelay,
    Scene::Whole,
];

#[test]
fn every_case_is_measured() {
    if spoke_lab::inside() {
        return measure();
    }
    if Command::new("openvpn").arg("--version").output().is_err() {
        return skip("openvpn is not installed (apt-get install openvpn)");
    }
    let arguments = ["--exact", TEST, "--nocapture", "--test-threads=1"].map(OsString::from);
    let mut command = match spoke_lab::inside_command(arguments) {
        Ok(command) => command,
        Err(error) => return skip(&error.to_string()),
    };
    let status = command.status().expect("`unshare` starts");
    assert!(status.success(), "failed inside the lab: {status}");
}

fn measure() {
    let plan = Plan {
        scenes: SCENES.to_vec(),
        cases: Case::all(),
        effort: Effort {
            rounds: 1,
            window: Duration::from_millis(100),
            warm_up: Duration::from_millis(50),
            whole: Amount {
                bytes: 5_000_000,
                time: Duration::ZERO,
            },
        },
    };
    let results = play(&Programs::default(), &plan, &|line| println!("{line}"));
    let results = results.unwrap_or_else(|error| panic!("{error}"));
    for scene in SCENES {
        for case in Case::all().into_iter().filter(|case| scene.concerns(*case)) {
            let connect = results.summary(scene, case, Quantity::Connect);
            assert!(
                connect.is_some_and(|time| time.least > 0.0),
                "{scene:?} {case}"
            );
        }
    }
    for case in Case::all() {
        for quantity in Quantity::ALL {
            let compared = matches!(quantity, Quantity::Whole | Quantity::NewKeys);
            let there = results.summary(Scene::Lab, case, quantity).is_some();
            assert!(there || compared, "{case}: {}", quantity.title());
        }
    }
}

/// Skips, or fails when the run is to be strict.
fn skip(reason: &str) {
    assert!(
        std::env::var_os("SPOKE_TEST_STRICT").is_none_or(|value| value != "1"),
        "cannot be skipped: {reason}"
    );
    println!("skipped: {reason}");
}
