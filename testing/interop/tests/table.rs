//! Every cell of the table passes, and the document says just that.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests may fail and skip like tests"
)]

use spoke_interop::table;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spoke-interop");

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md")
}

#[test]
fn the_table_in_the_document_is_what_the_peers_do() {
    let played = Command::new(PROGRAM)
        .arg("--check")
        .arg(document())
        .status()
        .unwrap();
    assert!(
        played.success(),
        "see above; the document is written anew by `cargo xtask interop`"
    );
}

/// Needs no peer: what is played, what is left out, and what is said of both.
#[test]
fn the_document_says_what_would_be_played() {
    let text = std::fs::read_to_string(document()).unwrap();
    let made = table::whole();
    assert_eq!(table::difference(&text, &made), None);
    for (is, was) in [
        ("A cell passes when", "A cell mostly passes when"),
        ("| epoch with CBC |", "| epochs with CBC |"),
        ("| 1 | tcp |", "| 1 | udp |"),
    ] {
        assert!(text.contains(is), "{is}");
        let difference = table::difference(&text.replacen(is, was, 1), &made);
        assert!(difference.is_some_and(|difference| difference.contains(was)));
    }
    let longer = format!("{text}and more\n");
    let difference = table::difference(&longer, &made).unwrap();
    assert!(difference.contains("should be \"the end\""), "{difference}");
}

/// Plays one cell of OpenVPN 3 as a user who is root in a namespace only.
fn without_root(strict: &str) -> Option<Output> {
    let user = ["--user", "--map-root-user"];
    let works = Command::new("unshare").args(user).arg("true").status();
    if !works.is_ok_and(|status| status.success()) {
        assert_ne!(std::env::var("SPOKE_TEST_STRICT").as_deref(), Ok("1"));
        println!("skipped: namespaces cannot be made");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let played = Command::new("unshare")
        .args(user)
        .args([PROGRAM, "openvpn3-spoke", "--cell", "1", "--peers"])
        .arg(folder.path())
        .env("SPOKE_TEST_STRICT", strict)
        .output();
    Some(played.unwrap())
}

#[test]
fn a_strict_run_leaves_no_peer_out() {
    let Some(strict) = without_root("1") else {
        return;
    };
    let said = String::from_utf8_lossy(&strict.stderr).into_owned();
    assert!(!strict.status.success(), "{strict:?}");
    assert!(said.contains("OpenVPN 3 needs root"), "{said}");
    let other = without_root("").unwrap();
    let said = String::from_utf8_lossy(&other.stdout).into_owned();
    assert!(other.status.success(), "{other:?}");
    assert!(said.contains("skipped: OpenVPN 3 client"), "{said}");
}
