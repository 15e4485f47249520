//! Plays every case for a moment, to see that the benchmark itself works. Nothing is
//! said of the numbers but that they are there.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and reports by printing"
)]

use spoke_bench::{Amount, Case, Effort, Plan, Programs, Quantity, Scene, play};
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
    if spoke_needs::program("openvpn") {
        spoke_lab::test_inside(TEST, || {
            measure();
            Ok(())
        });
    }
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
