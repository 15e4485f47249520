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

/// Every command has a page, and every command and argument a text in it.
#[test]
fn the_manual_is_complete() {
    let mut root = spoke_cli::command();
    root.build();
    let pages = spoke_cli::manual();
    let page = |name: &str| pages.iter().find(|page| page.file == format!("{name}.1"));
    let mut open = vec![(root.clone(), "spoke".to_owned())];
    let mut seen = 0;
    while let Some((command, name)) = open.pop() {
        seen += 1;
        assert!(command.get_about().is_some(), "{name} says nothing");
        let text = &page(&name)
            .unwrap_or_else(|| panic!("no page for {name}"))
            .text;
        let text = text.replace("\\-", "-");
        for argument in command.get_arguments().filter(|one| !one.is_hide_set()) {
            let id = argument.get_id();
            assert!(argument.get_help().is_some(), "{name}: {id} has no text");
            let long = argument.get_long().map(|long| format!("--{long}"));
            let common = argument.is_global_set() && name != "spoke";
            assert!(
                common || long.is_none_or(|long| text.contains(&long)),
                "{name}: {id}"
            );
        }
        let children = command.get_subcommands();
        let shown = children.filter(|one| !one.is_hide_set() && one.get_name() != "help");
        open.extend(shown.map(|one| (one.clone(), format!("{name}-{}", one.get_name()))));
    }
    assert_eq!(seen, pages.len(), "pages without a command");
    let first = &page("spoke").unwrap().text;
    for heading in ["FILES", "ENVIRONMENT", "\"EXIT STATUS\"", "\"SEE ALSO\""] {
        assert!(
            first.contains(&format!(".SH {heading}\n")),
            "{heading} in {first}"
        );
    }
}

#[test]
fn a_page_is_printed_and_all_are_written() {
    let output = spoke().args(["man", "profile", "add"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains(".TH spoke-profile-add 1"), "{text}");
    spoke().args(["man", "nonsense"]).assert().code(2);
    let folder = tempfile::tempdir().unwrap();
    spoke()
        .args(["man", "--write"])
        .arg(folder.path())
        .assert()
        .success();
    let written = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(written, spoke_cli::manual().len());
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
