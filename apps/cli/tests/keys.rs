//! Private keys come into the keyring with a profile, and leave it with the last profile that shows them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use serde_json::Value;
use support::{Outcome, Person, office_xml};

/// Files of a certificate and its key; gives the key's name.
fn identity(person: &Person, name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    let certificate = parameters.self_signed(&key).unwrap();
    person.write(&format!("{name}.pem"), certificate.pem());
    person.write(&format!("{name}.key"), key.serialize_pem());
    (format!("{name}.pem"), format!("{name}.key"))
}

fn run(person: &Person, arguments: &[&str]) -> Outcome {
    let mut command = person.command(arguments);
    let outcome = Person::outcome(command.env("SPOKE_TOKEN_STORE", "file"));
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    outcome
}

/// Names of all secrets that are kept.
fn kept(person: &Person) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(person.path("config/tokens.json")) else {
        return Vec::new();
    };
    let document: Value = serde_json::from_str(&text).unwrap();
    let entries = document.as_object().unwrap().values();
    let names = entries.filter_map(Value::as_object);
    names.flat_map(|names| names.keys().cloned()).collect()
}

fn with_certificate(person: &Person, name: &str) -> Vec<String> {
    let (certificate, key) = identity(person, name);
    run(
        person,
        &[
            "profile",
            "certificate",
            "contoso-hub",
            &certificate,
            "--key",
            &key,
        ],
    );
    kept(person)
}

#[test]
fn another_certificate_takes_the_place_of_the_old_key() {
    let person = Person::with_office();
    let first = with_certificate(&person, "first");
    assert_eq!(first.len(), 1, "{first:?}");
    let any = ["client-certificate=", "client-certificate-issuer="];
    run(
        &person,
        &[&["profile", "set", "contoso-hub"], &any[..]].concat(),
    );
    assert_eq!(kept(&person), [""; 0]);
    let second = with_certificate(&person, "second");
    assert_eq!(second.len(), 1, "{second:?}");
    assert_ne!(first, second);
    run(&person, &["profile", "remove", "contoso-hub", "--yes"]);
    assert_eq!(kept(&person), [""; 0]);
}

#[test]
fn a_replaced_profile_leaves_no_key_behind() {
    let person = Person::with_office();
    assert_eq!(with_certificate(&person, "first").len(), 1);
    let file = person.write("office.xml", office_xml());
    let file = file.to_str().unwrap();
    run(&person, &["import", file, "--replace", "--yes"]);
    assert_eq!(kept(&person), [""; 0]);
}

#[test]
fn a_key_stays_while_another_profile_shows_its_certificate() {
    let person = Person::with_office();
    assert_eq!(with_certificate(&person, "first").len(), 1);
    run(&person, &["profile", "duplicate", "contoso-hub", "spare"]);
    let file = person.write("office.xml", office_xml());
    let file = file.to_str().unwrap();
    run(&person, &["import", file, "--replace", "--yes"]);
    assert_eq!(kept(&person).len(), 1);
    run(&person, &["profile", "remove", "spare", "--yes"]);
    assert_eq!(kept(&person), [""; 0]);
}
