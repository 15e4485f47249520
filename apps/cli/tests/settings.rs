//! `spoke settings`: one file for the window and the command line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use std::path::PathBuf;
use support::{Person, field_set};

#[test]
fn what_is_chosen_is_kept_shown_and_forgotten_again() {
    let person = Person::new();
    assert_eq!(
        person.run(&["settings", "get", "language"]).stdout,
        "system\n"
    );
    let set = ["settings", "set", "language=German", "notifications=off"];
    let outcome = person.run(&set);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("notifications is false."));
    // The window reads the same file.
    let file = std::fs::read_to_string(person.path("config/preferences.json")).unwrap();
    assert!(file.contains("\"language\": \"german\""), "{file}");
    let list = person.run(&["settings", "list"]).stdout;
    assert!(list.contains("language          german "), "{list}");
    let document = person.run(&["--json", "settings", "list"]).document();
    assert_eq!(document["schema"], "spoke.settings/1");
    insta::assert_snapshot!("settings", field_set(&document));
    person.run(&["settings", "reset", "language"]);
    assert_eq!(
        person.run(&["settings", "get", "language"]).stdout,
        "system\n"
    );
    assert_eq!(
        person.run(&["settings", "get", "notifications"]).stdout,
        "false\n"
    );
    person.run(&["settings", "reset", "--all"]);
    assert_eq!(
        person.run(&["settings", "get", "notifications"]).stdout,
        "true\n"
    );
}

#[test]
fn slips_are_refused_with_what_may_be_meant_and_change_nothing() {
    let person = Person::with_office();
    for (assignment, code, next) in [
        ("langauge=german", 2, "spoke settings get language"),
        ("language=germn", 2, "spoke settings set language=german"),
        ("mtu=1400", 2, "spoke settings list"),
        ("language", 2, "spoke settings set language=VALUE"),
        ("connect-at-login=nobody", 10, "spoke profile list"),
    ] {
        let outcome = person.run(&["settings", "set", "appearance=dark", assignment]);
        assert_eq!(outcome.code, code, "{assignment}: {}", outcome.stderr);
        assert!(outcome.next_step().contains(next), "{}", outcome.stderr);
    }
    assert_eq!(
        person.run(&["settings", "get", "appearance"]).stdout,
        "system\n"
    );
    assert_eq!(person.run(&["settings", "reset"]).code, 2);
}

#[test]
fn a_damaged_file_is_told_and_can_be_chosen_anew() {
    let person = Person::new();
    person.run(&["settings", "set", "language=german"]);
    person.write("config/preferences.json", "{");
    let outcome = person.run(&["settings", "list"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("preferences.json"),
        "{}",
        outcome.stderr
    );
    assert_eq!(person.run(&["settings", "reset", "--all"]).code, 0);
    assert_eq!(person.run(&["settings", "list"]).code, 0);
}

/// Whatever is in the home below the folders that a system looks into.
fn started_with_the_session(person: &Person) -> Vec<PathBuf> {
    let mut open = vec![person.path(".config"), person.path("Library/LaunchAgents")];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found
}

#[test]
fn connecting_at_login_leaves_nothing_behind_when_it_is_turned_off() {
    let person = Person::with_office();
    let outcome = person.run(&["settings", "set", "connect-at-login=cont"]);
    assert!(outcome.stdout.contains("contoso-hub"), "{}", outcome.stdout);
    let files = started_with_the_session(&person);
    let named = files.iter().any(|file| {
        std::fs::read_to_string(file).is_ok_and(|text| text.contains("agent --at-login"))
    });
    assert!(named, "{files:?}");
    person.run(&["settings", "set", "connect-at-login=off"]);
    assert!(started_with_the_session(&person).is_empty());
}
