//! `spoke doctor` and `spoke report` without a daemon: they are needed most when there
//! is none.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use support::Person;

/// A sign-in server that answers at once that it does not: nobody listens there.
const NOWHERE: (&str, &str) = ("HTTPS_PROXY", "http://ana:canary-proxy@127.0.0.1:9");

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let person = Person::with_office();
    let mut command = person.command(&["doctor", "--json"]);
    let outcome = Person::outcome(command.env(NOWHERE.0, NOWHERE.1));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let document = outcome.document();
    assert_eq!(document["schema"], "spoke.doctor/1");
    let checks = document["checks"].as_array().unwrap();
    let check = |subject: &str| {
        let found = checks.iter().find(|check| check["subject"] == subject);
        found.unwrap_or_else(|| panic!("{subject}: {document}"))
    };
    assert_eq!(check("daemon")["standing"], "bad");
    assert!(check("daemon")["next"].as_str().unwrap().contains("spoked"));
    assert_eq!(check("profile")["standing"], "good");
    assert_eq!(check("clock")["standing"], "careful");
    let proxy = check("proxy")["finding"].as_str().unwrap();
    assert!(proxy.contains("127.0.0.1:9"), "{proxy}");
    assert!(!outcome.stdout.contains("canary"), "{}", outcome.stdout);
}

#[test]
fn a_report_holds_no_secret_and_is_shown_first() {
    let person = Person::with_office();
    let mut command = person.command(&["report", "--preview"]);
    let shown = Person::outcome(command.env(NOWHERE.0, NOWHERE.1).env("USER", "canary-user"));
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for part in ["## Versions", "## What spoke doctor finds", "contoso-hub"] {
        assert!(shown.stdout.contains(part), "{}", shown.stdout);
    }
    // The profile's secret is 0f over and over.
    assert!(!shown.stdout.contains("0f0f0f0f"), "{}", shown.stdout);
    assert!(!shown.stdout.contains("canary"), "{}", shown.stdout);
    assert!(!person.path("report.txt").exists());

    let mut command = person.command(&["report", "report.txt", "--yes"]);
    let written = Person::outcome(command.env(NOWHERE.0, NOWHERE.1));
    assert_eq!(written.code, 0, "{}", written.stderr);
    let file = person.path("report.txt");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("## Versions") && !text.contains("0f0f0f0f"));
    let again = Person::outcome(
        person
            .command(&["report", "report.txt", "--yes"])
            .env(NOWHERE.0, NOWHERE.1),
    );
    assert_eq!(again.code, 1, "a file that is there is kept");
}

#[test]
fn commands_that_need_the_daemon_say_so() {
    let person = Person::with_office();
    for arguments in [
        vec!["explain", "db1.contoso.internal"],
        vec!["dns", "status"],
        vec!["route", "list"],
        vec!["probe"],
        vec!["reconnect"],
        vec!["metrics", "print"],
        vec!["run", "contoso-hub", "--", "true"],
    ] {
        let outcome = person.run(&arguments);
        assert_eq!(outcome.code, 9, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.next_step().starts_with("  → "), "{arguments:?}");
    }
    let wrong = person.run(&["explain", "10.20.0.999"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
}
