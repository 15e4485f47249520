//! Every command that a message names is one that can be typed.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};

/// Where messages for people are written.
const SOURCES: [&str; 10] = [
    "apps/cli/src",
    "apps/daemon/src",
    "core/diagnose/src",
    "core/api/src",
    "core/profile/src",
    "core/signin/src",
    "core/supervisor/src",
    "edge/agent/src",
    "edge/host/src",
    "edge/store/src",
];

#[test]
fn the_commands_in_messages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let grammar = spoke_cli::command();
    let (mut seen, mut wrong) = (0, Vec::new());
    for source in SOURCES {
        for file in files(&root.join(source)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for words in commands_in(&text) {
                seen += 1;
                if !exists(&grammar, &words) {
                    wrong.push(format!("{}: spoke {}", file.display(), words.join(" ")));
                }
            }
        }
    }
    assert!(
        seen > 50,
        "the messages are written otherwise now: {seen} found"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words after `spoke` in string literals, where they begin one or follow a mark
/// that introduces a command.
fn commands_in(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with("//") {
            continue;
        }
        for (at, _) in line.match_indices("spoke ") {
            let before = line.get(..at).unwrap_or_default();
            let introduced = ["\"", "`", ": ", "then ", "or ", "see ", "first: "]
                .iter()
                .any(|mark| before.ends_with(mark));
            let inside = before.matches('"').count() % 2 == 1;
            if introduced && inside {
                found.push(words_of(line.get(at + 6..).unwrap_or_default()));
            }
        }
    }
    found
}

fn words_of(rest: &str) -> Vec<String> {
    rest.split(' ')
        .map(|word| word.trim_end_matches([',', '.', ';', ')', '`', '"', ':']))
        .take_while(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        .take(2)
        .map(ToOwned::to_owned)
        .collect()
}

fn exists(grammar: &clap::Command, words: &[String]) -> bool {
    let Some(first) = words.first() else {
        return true;
    };
    let Some(command) = grammar.find_subcommand(first) else {
        return false;
    };
    match words.get(1) {
        Some(second) if command.has_subcommands() => command.find_subcommand(second).is_some(),
        _ => true,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
