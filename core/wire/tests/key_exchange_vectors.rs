//! Key exchange messages of real OpenVPN clients and servers, 2.5.11 to 2.8-dev.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use serde_json::Value;
use spoke_wire::{KeyExchange, PeerInfo, cipher_in_options};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/key-method-2.json")).expect("vectors are JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value.get(key).and_then(Value::as_array).expect("a list")
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(value, key).unwrap_or_else(|| panic!("{key}"))).expect("hex")
}

fn compare(message: &KeyExchange, decoded: &Value) {
    assert_eq!(message.random1, bytes(decoded, "r1")[..]);
    assert_eq!(message.random2, bytes(decoded, "r2")[..]);
    assert_eq!(Some(message.options.as_str()), text(decoded, "occ"));
    assert_eq!(message.username.as_deref(), text(decoded, "user"));
    assert_eq!(message.password.as_deref(), text(decoded, "pass"));
    assert_eq!(message.peer_info.as_deref(), text(decoded, "peer_info"));
}

#[test]
fn messages_of_real_clients_are_read_and_written_alike() {
    for entry in list(&vectors(), "from_clients") {
        let wire = bytes(entry, "bytes");
        let (message, used) = KeyExchange::decode_client(&wire).unwrap().unwrap();
        assert_eq!(used, wire.len());
        let decoded = &entry["decoded"];
        compare(&message, decoded);
        let secret = bytes(decoded, "pre_master");
        assert_eq!(
            message.pre_master.map(|secret| secret.to_vec()),
            Some(secret)
        );
        assert_eq!(*message.encode().unwrap(), wire, "{}", entry["from"]);
    }
}

#[test]
fn messages_of_real_servers_are_read_and_written_alike() {
    for entry in list(&vectors(), "from_servers") {
        let wire = bytes(entry, "bytes");
        let (message, used) = KeyExchange::decode_server(&wire).unwrap().unwrap();
        assert_eq!(used, wire.len());
        compare(&message, &entry["decoded"]);
        assert_eq!(*message.encode().unwrap(), wire, "{}", entry["from"]);
    }
}

#[test]
fn a_real_clients_peer_info_and_options_are_understood() {
    let vectors = vectors();
    let entry = &list(&vectors, "from_clients")[0];
    let wire = bytes(entry, "bytes");
    let (message, _) = KeyExchange::decode_client(&wire).unwrap().unwrap();
    let info = PeerInfo::parse(message.peer_info.as_deref().unwrap_or_default());
    assert_eq!(info.value("IV_VER"), Some("2.6.14"));
    assert_eq!(info.protocol().0, 990);
    assert_eq!(
        info.ciphers(),
        ["AES-256-GCM", "AES-128-GCM", "CHACHA20-POLY1305"]
    );
    assert_eq!(cipher_in_options(&message.options), None);
}

#[test]
fn what_is_no_message_is_not_taken_for_one() {
    for entry in list(&vectors(), "negative") {
        let wire = bytes(entry, "bytes");
        let name = text(entry, "name").unwrap_or_default();
        let read = KeyExchange::decode_client(&wire);
        match name {
            // Longer than OpenVPN 2 takes, which is no reason not to take it.
            name if name.starts_with("options string longer") => {
                assert!(read.is_ok_and(|r| r.is_some()));
            }
            name if name.starts_with("truncated") => assert!(read.is_ok_and(|r| r.is_none())),
            _ => assert!(read.is_err(), "{name}"),
        }
    }
}
