//! `spoke profile …`, end to end.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use support::{Person, field_set, office_xml};

#[test]
fn documents_keep_their_fields() {
    let person = Person::with_office();
    let list = person.run(&["profile", "list", "--json"]).document();
    assert_eq!(list["schema"], "spoke.profiles/1");
    insta::assert_snapshot!("profiles", field_set(&list));
    let show = person.run(&["profile", "show", "--json"]).document();
    assert_eq!(show["schema"], "spoke.profile/1");
    insta::assert_snapshot!("profile", field_set(&show));
    let check = person.run(&["profile", "check", "--json"]).document();
    assert_eq!(check["schema"], "spoke.check/1");
    assert_eq!(check["valid"], true);
    let accounts = person.run(&["account", "list", "--json"]).document();
    assert_eq!(accounts["schema"], "spoke.accounts/1");
    let version = person.run(&["version", "--json"]).document();
    assert_eq!(version["schema"], "spoke.version/1");
    insta::assert_snapshot!("version", field_set(&version));
}

#[test]
fn a_damaged_file_is_told_and_hides_no_other_profile() {
    let person = Person::with_office();
    let folder = person.path("config/profiles");
    std::fs::write(folder.join("bad.json"), "{").unwrap();
    let list = person.run(&["profile", "list"]);
    assert_eq!(list.code, 0, "{}", list.stderr);
    assert!(list.stdout.contains("contoso-hub"));
    assert!(list.stderr.contains("bad.json"), "{}", list.stderr);
    // It may be the one that is meant.
    let show = person.run(&["profile", "show"]);
    assert_ne!(show.code, 0);
    assert!(show.stderr.contains("bad.json"), "{}", show.stderr);
    assert_eq!(person.run(&["profile", "show", "contoso-hub"]).code, 0);
}

#[test]
fn the_secret_is_shown_only_when_asked_for() {
    let person = Person::with_office();
    let secret = "0f".repeat(256);
    for arguments in [
        vec!["profile", "show"],
        vec!["profile", "show", "--json"],
        vec!["profile", "show", "-v"],
        vec!["profile", "list", "--json"],
        vec!["profile", "export", "contoso-hub", "-", "--without-secret"],
        vec![
            "profile",
            "export",
            "contoso-hub",
            "-",
            "--without-secret",
            "--format",
            "spoke",
        ],
    ] {
        let outcome = person.run(&arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.stderr);
        assert!(!outcome.stdout.contains("0f0f0f"), "{arguments:?}");
    }
    assert!(
        person
            .run(&["profile", "show", "--reveal"])
            .stdout
            .contains(&secret)
    );
    let document = person
        .run(&["profile", "show", "--reveal", "--json"])
        .document();
    assert_eq!(document["server_secret"], secret);
}

#[test]
fn a_profile_is_found_by_argument_variable_beginning_or_being_the_only_one() {
    let person = Person::with_office();
    assert_eq!(person.run(&["profile", "show"]).code, 0);
    assert_eq!(person.run(&["profile", "duplicate", "cont", "lab"]).code, 0);
    assert_eq!(person.run(&["profile", "show", "la"]).code, 0);
    let which = person.run(&["profile", "show"]);
    assert_eq!(which.code, 10);
    assert!(
        which.stderr.contains("contoso-hub, lab"),
        "{}",
        which.stderr
    );
    let named = Person::outcome(
        person
            .command(&["profile", "show", "--json"])
            .env("SPOKE_PROFILE", "lab"),
    );
    assert_eq!(named.document()["name"], "lab");
    let unknown = person.run(&["profile", "show", "nowhere"]);
    assert_eq!(unknown.code, 10);
    assert!(
        unknown.stderr.contains("contoso-hub, lab"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn removing_asks_and_the_safe_answer_is_no() {
    let person = Person::with_office();
    let unasked = person.run(&["profile", "remove", "contoso-hub"]);
    assert_eq!(unasked.code, 2);
    assert!(
        unasked
            .next_step()
            .ends_with("spoke profile remove contoso-hub --yes")
    );
    assert_eq!(
        person.run(&["profile", "show"]).code,
        0,
        "it is still there"
    );
    assert_eq!(
        person
            .run(&["profile", "remove", "contoso-hub", "--yes"])
            .code,
        0
    );
    assert_eq!(person.run(&["profile", "show"]).code, 10);
}

#[test]
fn exports_are_private_and_read_back_equal() {
    for format in ["azure", "spoke"] {
        let person = Person::with_office();
        let export = [
            "profile",
            "export",
            "contoso-hub",
            "out",
            "--format",
            format,
        ];
        assert_eq!(person.run(&export).code, 0, "{format}");
        let mode = std::fs::metadata(person.path("out")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let again = person.run(&export);
        assert_eq!(
            again.code, 2,
            "an existing file needs --yes: {}",
            again.stderr
        );
        assert!(again.next_step().ends_with("--yes"));
        assert_eq!(person.run(&[&export[..], &["--yes"]].concat()).code, 0);
        let same = person.run(&["import", "out"]);
        assert_eq!(same.code, 0, "{}", same.stderr);
        assert!(
            same.stdout.contains("already saved"),
            "{format}: {}",
            same.stdout
        );
    }
}

#[test]
fn fields_are_set_and_mistakes_change_nothing() {
    let person = Person::with_office();
    let set = [
        "profile",
        "set",
        "contoso-hub",
        "dns.suffixes+=privatelink.database.windows.net",
        "mtu=1400",
        "name=hub",
    ];
    let outcome = person.run(&set);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let profile = person.run(&["profile", "show", "--json"]).document();
    assert_eq!(profile["name"], "hub");
    assert_eq!(profile["mtu"], 1400);
    assert_eq!(
        profile["dns_suffixes"][1],
        "privatelink.database.windows.net"
    );
    for bad in [
        "mtu=big",
        "colour=red",
        "routes.include=10.0.0.0/99",
        "name",
    ] {
        let outcome = person.run(&["profile", "set", "hub", "port=8443", bad]);
        assert_eq!(outcome.code, 10, "{bad}");
        assert!(
            outcome.next_step().starts_with("  → "),
            "{bad}: {}",
            outcome.stderr
        );
    }
    let after = person.run(&["profile", "show", "--json"]).document();
    assert_eq!(after, profile);
}

#[test]
fn a_profile_is_made_by_hand_from_flags_and_a_secret_file() {
    let person = Person::new();
    person.write("secret.txt", "0f".repeat(256));
    let add = [
        "profile",
        "add",
        "office",
        "--server",
        "vpn.example.com",
        "--tenant",
        "9f3c0000-1111-2222-3333-444455556666",
        "--include",
        "10.20.0.0/16",
    ];
    let missing = person.run(&add);
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("--secret-file"),
        "{}",
        missing.stderr
    );
    let outcome = person.run(&[&add[..], &["--secret-file", "secret.txt"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let profile = person.run(&["profile", "show", "--json"]).document();
    assert_eq!(profile["audience"], "c632b3df-fb67-4d84-bdcf-b95ad541b5c8");
    assert_eq!(
        profile["issuer"],
        "https://sts.windows.net/9f3c0000-1111-2222-3333-444455556666/"
    );
    assert_eq!(
        profile["root_sha1"],
        "df3c24f9bfd666761b268073fe06d1cc8d4f82a4"
    );
    let piped = person.run_with_input(
        &[
            "profile",
            "add",
            "b",
            "--server",
            "b.example.com",
            "--tenant",
            "contoso.com",
            "--secret-file",
            "-",
        ],
        "0f".repeat(256),
    );
    assert_eq!(piped.code, 0, "{}", piped.stderr);
    assert_eq!(
        person
            .run(&[&add[..], &["--secret-file", "secret.txt"]].concat())
            .code,
        13
    );
}

#[test]
fn a_profile_is_changed_in_the_editor_without_its_secret() {
    let person = Person::with_office();
    let editor = person.write(
        "editor.sh",
        "#!/bin/sh\nstat -c %a \"$1\" > mode\ncp \"$1\" seen\nsed -i 's/^mtu = .*/mtu = 1380/' \"$1\"\n",
    );
    let edit = |editor: &str| {
        Person::outcome(
            person
                .command(&["profile", "edit", "contoso-hub"])
                .env("EDITOR", editor),
        )
    };
    let outcome = edit(&format!("sh {}", editor.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let seen = std::fs::read_to_string(person.path("seen")).unwrap();
    assert!(seen.contains("server = azuregateway-1c") && !seen.contains("0f0f"));
    assert_eq!(
        std::fs::read_to_string(person.path("mode")).unwrap(),
        "600\n"
    );
    let profile = person.run(&["profile", "show", "--json"]).document();
    assert_eq!(profile["mtu"], 1380);
    let left = std::fs::read_dir(person.path("config/state"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "the file is gone");
    assert_eq!(edit("sed -i s/1380/lots/").code, 10);
    assert_eq!(edit("false").code, 1);
    assert_eq!(
        person.run(&["profile", "show", "--json"]).document(),
        profile
    );
}

#[test]
fn a_profile_and_a_file_are_compared() {
    let person = Person::with_office();
    person.write("new.xml", office_xml().replace("10.20.0.4", "10.20.0.5"));
    let outcome = person.run(&["profile", "diff", "contoso-hub", "new.xml", "--json"]);
    let document = outcome.document();
    assert_eq!(document["schema"], "spoke.diff/1");
    assert_eq!(document["differences"].as_array().unwrap().len(), 1);
    assert_eq!(document["differences"][0]["field"], "dns_servers");
}

#[test]
fn without_a_daemon_the_next_step_starts_it() {
    let person = Person::with_office();
    for arguments in [
        vec!["status"],
        vec!["connect"],
        vec!["disconnect"],
        vec!["wait", "--for", "connected"],
        vec!["watch"],
        vec!["log", "show"],
        vec!["daemon", "status"],
    ] {
        let outcome = person.run(&arguments);
        assert_eq!(outcome.code, 9, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.next_step().contains("spoked"), "{}", outcome.stderr);
        let outcome = person.run(&[&arguments[..], &["--json"]].concat());
        assert_eq!(outcome.code, 9, "{arguments:?}");
        assert_eq!(outcome.document()["code"], "daemon_unavailable");
    }
}
