//! The grammar of the command line as a whole.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use assert_cmd::Command;
use std::path::Path;

#[test]
fn the_definitions_are_consistent() {
    spoke_cli::command().debug_assert();
}

/// `docs/commands.md` is made by `spoke docs`; renew it with
/// `cargo run -p spoke-cli -- docs > docs/commands.md`.
#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == spoke_cli::reference(),
        "docs/commands.md is out of date: cargo run -p spoke-cli -- docs > docs/commands.md"
    );
}

#[test]
fn help_stays_as_it_is() {
    insta::assert_snapshot!(help(&[]));
    insta::assert_snapshot!("connect", help(&["connect"]));
    insta::assert_snapshot!("profile", help(&["profile"]));
}

#[test]
fn wrong_usage_exits_with_2_and_is_a_document_where_asked() {
    spoke().arg("conect").assert().code(2);
    let output = spoke().args(["--json", "conect"]).assert().code(2);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], "spoke.problem/1");
    assert_eq!(document["exit"], 2);
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = spoke().args(["completion", shell]).assert().success();
        assert!(output.get_output().stdout.len() > 1000, "{shell}");
    }
}

fn help(path: &[&str]) -> String {
    let output = spoke()
        .args(path)
        .arg("--help")
        .env("COLUMNS", "100")
        .assert()
        .success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

fn spoke() -> Command {
    let mut command = Command::cargo_bin("spoke").unwrap();
    command.env_clear().env("SPOKE_CONFIG_DIR", "/nonexistent");
    command
}
