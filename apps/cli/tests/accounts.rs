//! `spoke account`: whose sign-ins are kept, and which a profile uses.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use serde_json::{Value, json};
use support::{Outcome, Person, field_set};

const GATEWAY: &str = "c632b3df-fb67-4d84-bdcf-b95ad541b5c8";

fn run(person: &Person, arguments: &[&str]) -> Outcome {
    let mut command = person.command(arguments);
    Person::outcome(command.env("SPOKE_TOKEN_STORE", "file"))
}

/// A person with the usual profile, where Ana has signed in.
fn with_ana() -> Person {
    let person = Person::with_office();
    let authority = "https://login.microsoftonline.com/9f3c0000-1111-2222-3333-444455556666";
    let scope = format!("{GATEWAY}/.default offline_access openid profile");
    let entry = json!({
        "version": 1,
        "key": {"authority": authority, "client_id": GATEWAY, "scope": scope},
        "account": {"username": "ana@contoso.com", "name": null, "object_id": null, "tenant_id": null},
        "access": "a token", "expires": 9_999_999_999_u64, "refresh": "another",
    });
    let name = format!("{authority}|{GATEWAY}|{scope}");
    let tokens = json!({"version": 1, "data": {name: entry.to_string()}});
    let path = person.write("config/tokens.json", tokens.to_string());
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, private).unwrap();
    person
}

fn shown(person: &Person, account: &str) -> Value {
    let outcome = run(person, &["--json", "account", "show", account]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    outcome.document()
}

#[test]
fn an_account_is_shown_chosen_and_forgotten() {
    let person = with_ana();
    let document = shown(&person, "ana");
    assert_eq!(document["schema"], "spoke.account/1");
    assert_eq!(document["profiles"], json!(["contoso-hub"]));
    insta::assert_snapshot!("account", field_set(&document));
    // Somebody else's: Ana's sign-in is no longer what the profile uses.
    let outcome = run(&person, &["account", "use", "bo@contoso.com"]);
    assert_eq!(
        outcome.stdout,
        "✓ contoso-hub signs in as bo@contoso.com.\n"
    );
    assert_eq!(shown(&person, "ana")["profiles"], json!([]));
    let choose = ["--json", "account", "use", "an", "--profile", "contoso"];
    let chosen = json!({
        "schema": "spoke.account_choice/1",
        "profile": "contoso-hub",
        "account": "ana@contoso.com",
    });
    assert_eq!(run(&person, &choose).document(), chosen);
    let document = shown(&person, "ana");
    assert_eq!(document["profiles"], json!(["contoso-hub"]));
    // The choice goes with the profile, under its new name too.
    run(&person, &["profile", "rename", "contoso-hub", "hub"]);
    assert_eq!(shown(&person, "ana")["chosen_for"], json!(["hub"]));
    let outcome = run(&person, &["account", "remove", "ana"]);
    assert!(
        outcome.stdout.contains("ana@contoso.com"),
        "{}",
        outcome.stdout
    );
    let kept = std::fs::read_to_string(person.path("config/accounts.json")).unwrap();
    assert!(!kept.contains("ana"), "{kept}");
    assert_eq!(run(&person, &["account", "show"]).code, 2);
}

#[test]
fn only_whole_names_or_known_beginnings_are_chosen() {
    let person = with_ana();
    for (arguments, next) in [
        (&["account", "use", "eve"][..], "spoke account list"),
        (&["account", "use"], "try '--help'"),
        (&["account", "show", "eve"], "spoke account list"),
    ] {
        let outcome = run(&person, arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(next), "{}", outcome.stderr);
    }
    assert_eq!(run(&person, &["account", "use", "--any"]).code, 0);
}
