//! `spoke import`, end to end.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use serde_json::Value;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use support::{Person, field_set, office_xml, shared_profiles};

#[test]
fn a_profile_is_shown_and_saved() {
    let person = Person::new();
    let file = person.write("azurevpnconfig.xml", office_xml());
    let outcome = person.run(&["import", file.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.stdout);
    let folder = person.path("config/profiles");
    let saved: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(saved.len(), 1);
    let mode = saved[0].as_ref().unwrap().metadata().unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn every_source_gives_the_same_profile() {
    let person = Person::new();
    let xml = office_xml();
    let plain = person.write("office.xml", &xml);
    let folder = person.path("unpacked");
    std::fs::create_dir_all(folder.join("AzureVPN")).unwrap();
    std::fs::write(folder.join("AzureVPN/azurevpnconfig.xml"), &xml).unwrap();
    let zip = person.write(
        "azurevpn.zip",
        stored_zip("AzureVPN/azurevpnconfig.xml", xml.as_bytes()),
    );
    let profiles: Vec<Value> = [&plain, &folder, &zip]
        .iter()
        .map(|source| {
            let outcome = person.run(&["import", "--dry-run", "--json", source.to_str().unwrap()]);
            assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
            without_path(&outcome.document())
        })
        .collect();
    let piped = person.run_with_input(&["import", "--dry-run", "--json", "-"], xml);
    assert_eq!(profiles[0], profiles[1]);
    assert_eq!(profiles[0], profiles[2]);
    assert_eq!(profiles[0], without_path(&piped.document()));
    assert_eq!(
        person.run(&["profile", "list", "--json"]).document()["profiles"],
        Value::Array(vec![])
    );
}

#[test]
fn the_document_keeps_its_fields() {
    let person = Person::new();
    let file = person.write("office.xml", office_xml());
    let outcome = person.run(&["import", "--json", file.to_str().unwrap()]);
    let document = outcome.document();
    assert_eq!(document["schema"], "spoke.import/1");
    assert_eq!(document["saved"], "contoso-hub");
    insta::assert_snapshot!(field_set(&document));
}

#[test]
fn importing_twice_is_no_matter_but_another_of_the_name_is() {
    let person = Person::with_office();
    let same = person.run(&["import", "office.xml"]);
    assert_eq!(same.code, 0);
    assert!(same.stdout.contains("already saved"), "{}", same.stdout);

    let other = office_xml().replace("10.30.0.0", "10.31.0.0");
    person.write("other.xml", other);
    let clash = person.run(&["import", "other.xml"]);
    assert_eq!(clash.code, 13);
    assert!(
        clash.stdout.contains("+ 10.20.0.0/16, 10.31.0.0/16"),
        "{}",
        clash.stdout
    );
    assert!(clash.next_step().contains("--replace"), "{}", clash.stderr);
    assert!(clash.next_step().contains("--name contoso-hub-2"));

    assert_eq!(person.run(&["import", "other.xml", "--replace"]).code, 0);
    assert_eq!(
        person
            .run(&["import", "office.xml", "--name", "second"])
            .code,
        0
    );
    let list = person.run(&["profile", "list", "--json"]).document();
    assert_eq!(list["profiles"].as_array().unwrap().len(), 2);
}

#[test]
fn a_foreign_sign_in_host_needs_trust() {
    let person = Person::new();
    let foreign = office_xml().replace("login.microsoftonline.com", "login.example.invalid");
    person.write("foreign.xml", foreign);
    let refused = person.run(&["import", "foreign.xml", "--yes"]);
    assert_eq!(refused.code, 10);
    assert!(
        refused
            .next_step()
            .contains("--trust-authority login.example.invalid"),
        "{}",
        refused.stderr
    );
    let trusted = person.run(&[
        "import",
        "foreign.xml",
        "--trust-authority",
        "login.example.invalid",
    ]);
    assert_eq!(trusted.code, 0, "{}", trusted.stderr);
    assert!(trusted.stdout.contains("at login.example.invalid"));
}

#[test]
fn what_is_no_profile_says_what_to_do() {
    let person = Person::new();
    person.write("page.html", "<html><body>Sign in</body></html>");
    for (arguments, code) in [
        (vec!["import", "page.html"], 10),
        (vec!["import", "missing.xml"], 10),
        (vec!["import", "page.html", "--json"], 10),
    ] {
        let outcome = person.run(&arguments);
        assert_eq!(outcome.code, code, "{arguments:?}");
        if arguments.contains(&"--json") {
            assert_eq!(outcome.document()["schema"], "spoke.problem/1");
            assert_eq!(outcome.document()["exit"], code);
        } else {
            assert!(
                outcome.next_step().starts_with("  → "),
                "{}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn an_exported_profile_without_its_secret_takes_one_from_a_file() {
    let person = Person::with_office();
    let export = [
        "profile",
        "export",
        "contoso-hub",
        "bare.xml",
        "--without-secret",
    ];
    assert_eq!(person.run(&export).code, 0);
    assert_eq!(person.run(&["import", "bare.xml", "--name", "b"]).code, 10);
    person.write("secret.txt", "0f".repeat(256));
    let with = [
        "import",
        "bare.xml",
        "--name",
        "b",
        "--server-secret-file",
        "secret.txt",
    ];
    let outcome = person.run(&with);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

/// Each file of the project's collection is judged and read as its table says.
#[test]
fn the_collection_reads_as_expected() {
    let Some(folder) = shared_profiles() else {
        return;
    };
    let table: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let person = Person::new();
    let mut wrong = Vec::new();
    let table = table.as_object().unwrap();
    assert!(table.len() > 60);
    for (name, expected) in table {
        let path = folder.join(name);
        let outcome = person.run(&["import", "--dry-run", "--json", path.to_str().unwrap()]);
        let document = outcome.document();
        compare(name, expected, outcome.code, &document, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(name: &str, expected: &Value, code: i32, document: &Value, wrong: &mut Vec<String>) {
    let verdict = expected["verdict"].as_str().unwrap();
    let seen = document["verdict"].as_str().unwrap();
    if verdict != "either" && verdict != seen {
        wrong.push(format!("{name}: {seen} instead of {verdict}"));
        return;
    }
    if code != if seen == "accept" { 0 } else { 10 } {
        wrong.push(format!("{name}: exit code {code} for {seen}"));
    }
    if seen == "reject" {
        let error = &document["error"];
        if error["message"].as_str().is_none_or(str::is_empty)
            || error["next"].as_str().is_none_or(str::is_empty)
        {
            wrong.push(format!("{name}: rejected without a reason and a next step"));
        }
        return;
    }
    let profile = &document["profiles"][0];
    for (field, value) in expected.as_object().unwrap() {
        if matches!(field.as_str(), "verdict" | "note" | "why" | "contains") {
            continue;
        }
        if &profile[field] != value {
            wrong.push(format!(
                "{name}: {field} is {}, not {value}",
                profile[field]
            ));
        }
    }
}

fn without_path(document: &Value) -> Value {
    let mut profile = document["profiles"][0].clone();
    profile["path"] = Value::Null;
    profile
}

/// A zip archive of one stored file, as APPNOTE 4.3 lays it out.
fn stored_zip(name: &str, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap();
    let name_length = u16::try_from(name.len()).unwrap();
    let mut common = Vec::new();
    common
        .write_all(&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0])
        .unwrap();
    common.extend(crc32(contents).to_le_bytes());
    common.extend(length.to_le_bytes());
    common.extend(length.to_le_bytes());
    common.extend(name_length.to_le_bytes());
    common.extend([0, 0]);
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&common);
    zip.extend(name.as_bytes());
    zip.extend(contents);
    let directory = u32::try_from(zip.len()).unwrap();
    zip.extend(b"PK\x01\x02\x14\x00");
    zip.extend(&common);
    zip.extend([0; 14]);
    zip.extend(name.as_bytes());
    let size = u32::try_from(zip.len()).unwrap() - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(size.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}
