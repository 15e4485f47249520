//! Replays what fuzzing has collected, so that nothing found once comes back. `fuzz/README.md` says how to collect more.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use fastrand::Rng;
use spoke_sim::strangers::TARGETS;
use std::fs;
use std::path::Path;

/// How many changed inputs each target gets in a run.
const ROUNDS: usize = 2000;

#[test]
fn every_collected_input_is_borne() {
    for target in TARGETS {
        for input in inputs(target.name) {
            (target.run)(&input);
        }
    }
}

#[test]
fn changed_inputs_are_borne() {
    for target in TARGETS {
        let inputs = inputs(target.name);
        let mut chance = Rng::with_seed(0xf022);
        let rounds = if ["session", "operations"].contains(&target.name) {
            ROUNDS / 20
        } else {
            ROUNDS
        };
        for round in 0..rounds {
            let input = change(&inputs, &mut chance);
            let outcome = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(
                outcome.is_ok(),
                "{} breaks in round {round} on {}",
                target.name,
                hex::encode(&input)
            );
        }
    }
}

/// One to four changes of an input: bits, bytes, cuts, repetitions, and pieces of another one.
fn change(inputs: &[Vec<u8>], chance: &mut Rng) -> Vec<u8> {
    let mut input = chance.choice(inputs).cloned().unwrap_or_default();
    for _ in 0..chance.u8(1..5) {
        let at = chance.usize(0..=input.len());
        let end = chance.usize(at..=input.len());
        match chance.u8(0..7) {
            0 => input.truncate(at),
            1 => drop(input.drain(at..end)),
            2 => input.insert(
                at,
                [0, 1, 0x7f, 0xff, b',', b'"', b'\\', b' '][chance.usize(0..8)],
            ),
            3 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            4 => {
                let other = chance.choice(inputs).cloned().unwrap_or_default();
                let cut = chance.usize(0..=other.len());
                input.splice(at..end, other[cut..].iter().copied());
            }
            _ if at < input.len() => input[at] ^= 1 << chance.u8(0..8),
            _ => input.push(chance.u8(..)),
        }
        input.truncate(8192);
    }
    input
}

#[test]
fn every_target_has_its_program() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for target in TARGETS {
        let named = format!("name = \"{}\"", target.name);
        assert!(
            manifest.contains(&named),
            "fuzz/Cargo.toml lacks {}",
            target.name
        );
    }
}

/// The collected inputs of one target, in the order of their names.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let files =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
        .iter()
        .map(|path| fs::read(path).expect("readable"))
        .collect()
}
