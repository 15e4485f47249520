//! Control packets of real OpenVPN sessions under tls-crypt and tls-crypt-v2.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod common;

use common::WALL;
use serde_json::Value;
use spoke_engine::{
    ClientKeyError, ClientKeyPolicy, Side, TlsCryptV2Server, UnwrapError, Wrap, Wrapping,
    seal_client_key,
};
use spoke_moment::WallTime;
use spoke_wire::{
    ClientKeyMetadata, EarlyNegotiation, Opcode, StaticKey, TlsCryptV2ClientKey,
    TlsCryptV2ServerKey, WrappedClientKey,
};
use std::collections::BTreeMap;
use std::time::Duration;

const TLS_CRYPT: &str = include_str!("vectors/tls-crypt.json");
const TLS_CRYPT_V2: &str = include_str!("vectors/tls-crypt-v2.json");

fn vectors(text: &str) -> Value {
    serde_json::from_str(text).expect("vectors are JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value.get(key).and_then(Value::as_array).expect("a list")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    let found = value.get(key).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{key}: {value}"))
}

fn number(value: &Value, key: &str) -> u64 {
    let found = value.get(key).and_then(Value::as_u64);
    found.unwrap_or_else(|| panic!("{key}: {value}"))
}

fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(value, key)).expect("hex")
}

fn server_of(file: &Value) -> TlsCryptV2Server {
    TlsCryptV2Server {
        key: TlsCryptV2ServerKey::parse(text(file, "server_key_text")).unwrap(),
        accepts: ClientKeyPolicy::Any,
    }
}

fn client_of(file: &Value) -> TlsCryptV2ClientKey {
    TlsCryptV2ClientKey::parse(text(file, "client_key_text")).unwrap()
}

/// Unwraps every packet as its receiver, wraps it again as its sender, and compares.
fn check_packets(file: &Value, client: &Wrapping, server: &Wrapping) {
    let sides = [
        ("client", Side::Client, client),
        ("server", Side::Server, server),
    ];
    let ends = || sides.map(|(name, side, key)| (name, Wrap::new(key, side)));
    let (mut takes, mut sends) = (BTreeMap::from(ends()), BTreeMap::from(ends()));
    for packet in list(file, "packets") {
        let wire = bytes(packet, "wire");
        let (sender, receiver) = match text(packet, "sender") {
            "client" => ("client", "server"),
            _ => ("server", "client"),
        };
        let receiver = takes.get_mut(receiver).expect("an end");
        let unwrapped = receiver.unwrap(WALL, &wire).unwrap();
        let first = unwrapped.first;
        assert_eq!(u64::from(first.opcode as u8), number(packet, "opcode"));
        assert_eq!(unwrapped.sender.to_string(), text(packet, "session_id"));
        let packet_id = u64::from(unwrapped.packet_id);
        assert_eq!(packet_id, number(packet, "replay_packet_id"));
        assert_eq!(*unwrapped.rest, bytes(packet, "rest"));
        let again = receiver.unwrap(WALL, &wire).map(|_| ());
        assert!(
            matches!(again, Err(UnwrapError::Replayed { .. })),
            "{again:?}"
        );

        let wall = WallTime::from_unix(number(packet, "replay_time"));
        let sender = sends.get_mut(sender).expect("an end");
        // A server has its key from the client's first packet.
        let _ = sender.unwrap(wall, &bytes(&list(file, "packets")[0], "wire"));
        let wrapped = sender.wrap(wall, first, unwrapped.sender, &unwrapped.rest);
        assert_eq!(wrapped.unwrap(), wire, "packet {packet_id}");
    }
}

#[test]
fn every_recorded_tls_crypt_packet_is_unwrapped_and_wrapped_to_the_same_bytes() {
    let file = vectors(TLS_CRYPT);
    let key = Wrapping::TlsCrypt(StaticKey::parse(text(&file, "key_text")).unwrap());
    check_packets(&file, &key, &key);
}

#[test]
fn every_recorded_tls_crypt_v2_packet_is_unwrapped_and_wrapped_to_the_same_bytes() {
    let file = vectors(TLS_CRYPT_V2);
    let client = Wrapping::TlsCryptV2Client(client_of(&file));
    let server = Wrapping::TlsCryptV2Server(server_of(&file));
    check_packets(&file, &client, &server);
}

#[test]
fn forged_short_replayed_and_reflected_tls_crypt_packets_are_refused() {
    let file = vectors(TLS_CRYPT);
    let key = Wrapping::TlsCrypt(StaticKey::parse(text(&file, "key_text")).unwrap());
    for case in list(&file, "negative") {
        let side = match text(case, "receiver") {
            "server" => Side::Server,
            _ => Side::Client,
        };
        let mut wrap = Wrap::new(&key, side);
        let wire = bytes(case, "wire");
        let first = wrap.unwrap(WALL, &wire).map(|_| ());
        match text(case, "expect") {
            "tag failure" => assert_eq!(first, Err(UnwrapError::Hmac), "{case}"),
            "too short" => assert!(matches!(first, Err(UnwrapError::Layout(_))), "{case}"),
            "replay" | "replayed" => {
                assert_eq!(first, Ok(()));
                let second = wrap.unwrap(WALL, &wire).map(|_| ());
                assert!(
                    matches!(second, Err(UnwrapError::Replayed { .. })),
                    "{case}"
                );
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn the_recorded_client_key_is_sealed_to_the_same_bytes() {
    let file = vectors(TLS_CRYPT_V2);
    let (client, server) = (client_of(&file), server_of(&file));
    assert_eq!(client.key.bytes(), bytes(&file, "Kc"));
    assert_eq!(client.wrapped.bytes(), bytes(&file, "WKc"));
    let metadata = ClientKeyMetadata::decode(&bytes(&file, "metadata")).unwrap();
    assert!(matches!(metadata, ClientKeyMetadata::Created(_)));
    let sealed = seal_client_key(&server.key, client.key.clone(), &metadata);
    assert_eq!(sealed.unwrap(), client);
    for (text_form, ours) in [
        ("client_key_text", client.to_text()),
        ("server_key_text", server.key.to_text()),
    ] {
        assert_eq!(ours.as_str(), text(&file, text_form));
    }
}

#[test]
fn the_recorded_reset_asks_for_the_client_key_again() {
    let file = vectors(TLS_CRYPT_V2);
    let reset = &list(&file, "packets")[1];
    let said = EarlyNegotiation::decode(&bytes(reset, "payload")).unwrap();
    assert!(said.resend_client_key);
    assert_eq!(said.encode(), bytes(reset, "payload"));
}

/// What a server says to the first packet of the recorded client, changed by `change`.
fn first_packet(
    server: TlsCryptV2Server,
    wall: WallTime,
    change: impl FnOnce(&mut Vec<u8>),
) -> Result<Option<ClientKeyMetadata>, UnwrapError> {
    let file = vectors(TLS_CRYPT_V2);
    let mut packet = bytes(&list(&file, "packets")[0], "wire");
    change(&mut packet);
    let mut wrap = Wrap::new(&Wrapping::TlsCryptV2Server(server), Side::Server);
    let unwrapped = wrap.unwrap(wall, &packet)?;
    assert!(unwrapped.can_resend_key());
    Ok(wrap.client_key_metadata().cloned())
}

#[test]
fn a_client_key_that_was_tampered_with_is_refused() {
    let server = server_of(&vectors(TLS_CRYPT_V2));
    let good = first_packet(server.clone(), WALL, |_| {});
    assert!(
        matches!(good, Ok(Some(ClientKeyMetadata::Created(_)))),
        "{good:?}"
    );
    let length = 54 + 299;
    for at in 54..length {
        let bad = first_packet(server.clone(), WALL, |packet| {
            assert_eq!(packet.len(), length);
            packet[at] ^= 1;
        });
        assert!(
            matches!(bad, Err(UnwrapError::ClientKey(_))),
            "{at}: {bad:?}"
        );
    }
    let outside = first_packet(server.clone(), WALL, |packet| packet[50] ^= 1);
    assert_eq!(outside, Err(UnwrapError::Hmac));
    for length in 0..353 {
        let cut = first_packet(server.clone(), WALL, |packet| packet.truncate(length));
        assert!(cut.is_err(), "{length}");
    }
    let mut other = server;
    other.key = TlsCryptV2ServerKey::from_bytes(&[7; 128]);
    let forged = Err(UnwrapError::ClientKey(ClientKeyError::Forged));
    assert_eq!(first_packet(other, WALL, |_| {}), forged);
}

#[test]
fn an_old_client_key_is_refused_where_age_counts() {
    let mut server = server_of(&vectors(TLS_CRYPT_V2));
    server.accepts = ClientKeyPolicy::MaxAge(Duration::from_secs(100));
    let made = match first_packet(server_of(&vectors(TLS_CRYPT_V2)), WALL, |_| {}) {
        Ok(Some(ClientKeyMetadata::Created(at))) => at,
        other => panic!("{other:?}"),
    };
    let too_old = Err(UnwrapError::ClientKey(ClientKeyError::TooOld));
    for (at, good) in [
        (made, true),
        (made + 100, true),
        (made + 101, false),
        (made - 1, false),
    ] {
        let taken = first_packet(server.clone(), WallTime::from_unix(at), |_| {});
        assert_eq!(taken.is_ok(), good, "{at}");
        assert!(good || taken == too_old);
    }
}

#[test]
fn metadata_has_a_limit() {
    let server = server_of(&vectors(TLS_CRYPT_V2));
    let key = client_of(&vectors(TLS_CRYPT_V2)).key;
    let most = WrappedClientKey::MOST - WrappedClientKey::LEAST - 1;
    for (length, good) in [(0, true), (most, true), (most + 1, false)] {
        let metadata = ClientKeyMetadata::User(vec![b'x'; length]);
        let sealed = seal_client_key(&server.key, key.clone(), &metadata);
        assert_eq!(sealed.is_ok(), good, "{length}");
        let Ok(sealed) = sealed else { continue };
        let client = Wrapping::TlsCryptV2Client(sealed);
        let mut client = Wrap::new(&client, Side::Client);
        let file = vectors(TLS_CRYPT_V2);
        let mut recorded = Wrap::new(&Wrapping::TlsCryptV2Server(server.clone()), Side::Server);
        let wire = bytes(&list(&file, "packets")[0], "wire");
        let reset = recorded.unwrap(WALL, &wire).unwrap();
        assert_eq!(reset.first.opcode, Opcode::HardResetClientV3);
        let packet = client
            .wrap(WALL, reset.first, reset.sender, &reset.rest)
            .unwrap();
        assert!(packet.len() <= 1250 - 28);
        let mut taker = Wrap::new(&Wrapping::TlsCryptV2Server(server.clone()), Side::Server);
        taker.unwrap(WALL, &packet).unwrap();
        assert_eq!(taker.client_key_metadata(), Some(&metadata));
    }
}
