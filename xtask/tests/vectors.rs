//! The test vectors lie once beside the repository, where they are made and explained, and as copies beside the tests
//! that read them. A copy that differs, or a file that no test has, would say nothing.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The folders' files of that kind, as paths from the repository's root.
fn copies() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .arg("*/vectors/*")
        .current_dir(ROOT)
        .output()
        .expect("git ls-files");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(PathBuf::from)
        .collect()
}

#[test]
fn every_vector_file_has_copies_and_they_are_the_same() {
    let originals = Path::new(ROOT).join("../shared/vectors");
    let Ok(entries) = fs::read_dir(&originals) else {
        return spoke_needs::skip(format_args!("there is no {}", originals.display()));
    };
    let mut missing: BTreeSet<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(missing.len() >= 15, "{missing:?}");
    for copy in copies() {
        let name = copy.file_name().expect("a file's name");
        let original = fs::read(originals.join(name)).ok();
        assert!(
            original.is_some() && original == fs::read(Path::new(ROOT).join(&copy)).ok(),
            "{} is not what {} holds",
            copy.display(),
            originals.display()
        );
        missing.remove(name);
    }
    assert!(missing.is_empty(), "no test has a copy of {missing:?}");
}

#[test]
fn every_copy_is_read_by_a_test_beside_it() {
    for copy in copies() {
        let name = copy.file_name().and_then(|name| name.to_str());
        let needle = format!("vectors/{}\")", name.expect("a name"));
        // The folder of the crate is above `tests/vectors`.
        let package = copy.ancestors().nth(3).expect("a crate's folder");
        let found = Command::new("git")
            .args(["grep", "--untracked", "--quiet", "--fixed-strings"])
            .arg(&needle)
            .arg("--")
            .arg(package.join("*.rs"))
            .current_dir(ROOT)
            .status()
            .expect("git grep");
        assert!(found.success(), "nothing includes {}", copy.display());
    }
}
