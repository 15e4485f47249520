//! Control packets of real OpenVPN sessions: unwrapped, wrapped again, and answered by a session.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod common;

use common::{Pki, WALL, client_config, server_config};
use serde_json::Value;
use spoke_engine::{
    Cipher, DataChannel, Digest, Entropy, KeyBlock, Output, PrfInputs, Session, Side, TlsAuthKey,
    UnwrapError, Wrap, Wrapping, dynamic_key,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{
    Control, DataHeader, FirstByte, KeyDirection, KeyExchange, Message, SessionId, StaticKey,
};
use std::collections::BTreeMap;

const TLS_AUTH: &str = include_str!("vectors/tls-auth.json");
const EKM: &str = include_str!("vectors/ekm.json");
const TRANSCRIPTS: [&str; 2] = [
    include_str!("vectors/transcript-tcp-tlsauth-sha256-gcm.json"),
    include_str!("vectors/transcript-tcp-tlsauth-sha256-prf-v1.json"),
];

/// Gives the recorded session id first, so that our packets can be compared byte by byte.
struct Recorded(Vec<u8>);

impl Entropy for Recorded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0.pop().unwrap_or(0x5a);
        }
    }
}

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

fn array<const N: usize>(value: &Value, key: &str) -> [u8; N] {
    bytes(value, key).try_into().expect("the right length")
}

fn direction(value: &Value, key: &str) -> KeyDirection {
    match value.get(key).and_then(Value::as_u64) {
        Some(0) => KeyDirection::Normal,
        Some(1) => KeyDirection::Inverse,
        _ => KeyDirection::Both,
    }
}

fn wrapping(file: &Value, digest: Digest, direction: KeyDirection) -> Wrapping {
    Wrapping::TlsAuth(TlsAuthKey {
        key: StaticKey::from_bytes(&array(file, "static_key")),
        digest,
        direction,
    })
}

/// Both ends of a set, by the sender whose packets they *take*.
fn receivers(file: &Value, set: &Value) -> BTreeMap<&'static str, Wrap> {
    let digest = Digest::from_name(text(set, "digest")).expect("a known digest");
    let client = wrapping(file, digest, direction(set, "client_key_direction"));
    let server = wrapping(file, digest, direction(set, "server_key_direction"));
    BTreeMap::from([
        ("client", Wrap::new(&server, Side::Server)),
        ("server", Wrap::new(&client, Side::Client)),
    ])
}

fn check_control(packet: &Value, first: FirstByte, rest: &[u8]) {
    assert_eq!(u64::from(first.opcode as u8), number(packet, "opcode"));
    assert_eq!(u64::from(first.key_id), number(packet, "key_id"));
    let control = Control::decode(first.opcode, rest).unwrap();
    let acks: Vec<u64> = control.acks.iter().map(|ack| u64::from(*ack)).collect();
    let recorded: Vec<u64> = list(packet, "ack_ids")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert_eq!(acks, recorded);
    let receiver = control.receiver.map(|receiver| receiver.to_string());
    assert_eq!(receiver.as_deref(), packet["ack_session_id"].as_str());
    let message = control
        .message
        .map(|Message { id, payload }| (u64::from(id), payload.to_vec()));
    match packet.get("message_id").and_then(Value::as_u64) {
        Some(id) => assert_eq!(message, Some((id, bytes(packet, "payload")))),
        None => assert_eq!(message, None),
    }
    let mut again = Vec::new();
    control.encode(&mut again);
    assert_eq!(again, rest);
}

#[test]
fn every_recorded_tls_auth_packet_is_unwrapped_and_wrapped_to_the_same_bytes() {
    let file = vectors(TLS_AUTH);
    for set in list(&file, "sets") {
        let mut receivers = receivers(&file, set);
        let digest = Digest::from_name(text(set, "digest")).expect("a known digest");
        let mut senders = BTreeMap::new();
        for packet in list(set, "packets") {
            let wire = bytes(packet, "wire");
            let sender = text(packet, "sender");
            let unwrapped = receivers
                .get_mut(sender)
                .expect("an end")
                .unwrap(WALL, &wire)
                .unwrap();
            assert_eq!(unwrapped.rest, bytes(packet, "rest"));
            check_control(packet, unwrapped.first, &unwrapped.rest);
            let own = direction(set, &format!("{sender}_key_direction"));
            let end = senders
                .entry(sender.to_owned())
                .or_insert_with(|| Wrap::new(&wrapping(&file, digest, own), Side::Client));
            let wall = WallTime::from_unix(number(packet, "replay_time"));
            let again = end
                .wrap(wall, unwrapped.first, unwrapped.sender, &unwrapped.rest)
                .unwrap();
            assert_eq!(
                again,
                wire,
                "packet {} of {sender}",
                number(packet, "replay_packet_id")
            );
        }
    }
}

#[test]
fn forged_replayed_and_reflected_packets_are_refused() {
    let file = vectors(TLS_AUTH);
    for set in list(&file, "sets") {
        for case in list(set, "negative") {
            let mut receivers = receivers(&file, set);
            let from = match text(case, "receiver") {
                "server" => "client",
                _ => "server",
            };
            let wrap = receivers.get_mut(from).expect("an end");
            let wire = bytes(case, "wire");
            let first = wrap.unwrap(WALL, &wire).map(|_| ());
            match text(case, "expect") {
                "hmac failure" => assert_eq!(first, Err(UnwrapError::Hmac), "{case}"),
                "too short" => assert!(matches!(first, Err(UnwrapError::Layout(_))), "{case}"),
                _ => {
                    assert_eq!(first, Ok(()));
                    let second = wrap.unwrap(WALL, &wire).map(|_| ());
                    assert!(
                        matches!(second, Err(UnwrapError::Replayed { .. })),
                        "{case}"
                    );
                }
            }
        }
    }
}

/// All control packets, in order: sender, bytes, entry.
fn control_packets(file: &Value) -> Vec<(String, Vec<u8>, &Value)> {
    list(file, "packets")
        .iter()
        .filter(|packet| packet.get("opcode_name").is_some())
        .map(|packet| {
            (
                text(packet, "sender").to_owned(),
                bytes(packet, "wire"),
                packet,
            )
        })
        .collect()
}

#[test]
fn whole_recorded_sessions_are_read_packet_by_packet() {
    for file in TRANSCRIPTS.map(vectors) {
        let server = wrapping(&file, Digest::Sha256, KeyDirection::Normal);
        let client = wrapping(&file, Digest::Sha256, KeyDirection::Inverse);
        let mut takes = BTreeMap::from([
            (("client", false), Wrap::new(&server, Side::Server)),
            (("server", false), Wrap::new(&client, Side::Client)),
        ]);
        // Key-id 1 has a wrapping of its own where it was agreed on.
        let dynamic = dynamic_tls_crypt(&file);
        if let Some(key) = &dynamic {
            let key = Wrapping::TlsCrypt(key.clone());
            takes.insert(("client", true), Wrap::new(&key, Side::Server));
            takes.insert(("server", true), Wrap::new(&key, Side::Client));
        }
        let mut seen = 0;
        for (sender, wire, packet) in control_packets(&file) {
            let later = dynamic.is_some() && number(packet, "key_id") > 0;
            let end = match sender.as_str() {
                "client" => ("client", later),
                _ => ("server", later),
            };
            let wrap = takes.get_mut(&end).expect("an end");
            let unwrapped = wrap.unwrap(WALL, &wire).unwrap();
            let expected = text(&file, &format!("{sender}_session_id"));
            assert_eq!(unwrapped.sender.to_string(), expected);
            check_control(packet, unwrapped.first, &unwrapped.rest);
            seen += 1;
        }
        assert!(seen >= 14, "{seen}");
    }
}

/// The key of dynamic tls-crypt, for the session whose exporter secret is recorded in both files.
fn dynamic_tls_crypt(file: &Value) -> Option<StaticKey> {
    let secret = file["keys"]["0"].get("exporter_secret")?;
    let exported = vectors(EKM);
    let vector = list(&exported, "vectors").iter().find(|vector| {
        vector.get("exporter_master_secret") == Some(secret)
            && vector.get("dynamic_tls_crypt").is_some()
    });
    let entry = &vector.expect("the session's secret")["dynamic_tls_crypt"];
    Some(StaticKey::from_bytes(&array(entry, "key")))
}

#[test]
fn dynamic_keys_are_those_of_a_real_server() {
    let file = vectors(EKM);
    let entries = list(&file, "vectors").iter();
    let entries = entries.filter_map(|vector| vector.get("dynamic_tls_crypt"));
    let mut seen = 0;
    for entry in entries {
        let shared = entry.get("xor_key").and_then(Value::as_str);
        let shared = shared.map(|_| StaticKey::from_bytes(&array(entry, "xor_key")));
        let key = dynamic_key(&array(entry, "exporter_output"), shared.as_ref());
        assert_eq!(key.bytes(), bytes(entry, "key"));
        let normal = KeyDirection::Normal;
        for (slot, name) in [
            (key.send_cipher(normal), "server_out_cipher"),
            (key.send_hmac(normal), "server_out_hmac"),
            (key.receive_cipher(normal), "server_in_cipher"),
            (key.receive_hmac(normal), "server_in_hmac"),
        ] {
            assert_eq!(slot[..32], bytes(entry, name), "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 2, "{seen}");
}

#[test]
fn recorded_key_exchanges_open_the_recorded_data_packets() {
    for file in TRANSCRIPTS.map(vectors) {
        let mut opened = 0;
        for key_id in ["0", "1"] {
            let key = &file["keys"][key_id];
            let block = key_block(&file, key);
            let packets = list(&file, "packets");
            let of_key = |packet: &&Value| {
                packet.get("plaintext").is_some() && number(packet, "key_id").to_string() == key_id
            };
            let mut openers = BTreeMap::new();
            for packet in packets.iter().filter(of_key) {
                let mut wire = bytes(packet, "wire");
                let header = DataHeader::parse(&wire).unwrap().0;
                let (sender, side) = match text(packet, "sender") {
                    "client" => ("client", Side::Server),
                    _ => ("server", Side::Client),
                };
                let opener = openers.entry(sender).or_insert_with(|| {
                    let channel = DataChannel::new(Cipher::Aes256Gcm, header);
                    block.data_channel(&channel, side).unwrap().1
                });
                assert_eq!(opener.open(&mut wire).unwrap(), bytes(packet, "plaintext"));
                opened += 1;
            }
        }
        assert!(opened >= 8, "{opened}");
    }
}

/// From the recorded key exchange where that decides, else as recorded.
fn key_block(file: &Value, key: &Value) -> KeyBlock {
    let recorded = KeyBlock::from_exporter(&array(key, "key_block_256"));
    if key.get("pre_master").is_some() {
        let client = bytes(key, "km2_client");
        let server = bytes(key, "km2_server");
        let (client, _) = KeyExchange::decode_client(&client).unwrap().unwrap();
        let (server, _) = KeyExchange::decode_server(&server).unwrap().unwrap();
        let derived = KeyBlock::from_prf(&PrfInputs {
            pre_master: client.pre_master.as_ref().expect("a client's message"),
            client_random1: &client.random1,
            client_random2: &client.random2,
            server_random1: &server.random1,
            server_random2: &server.random2,
            client_session: array(file, "client_session_id"),
            server_session: array(file, "server_session_id"),
        });
        assert!(
            derived == recorded,
            "the derived keys differ from the recorded ones"
        );
    }
    recorded
}

fn recorded_id(file: &Value, key: &str) -> Box<Recorded> {
    let mut id = bytes(file, key);
    id.reverse();
    Box::new(Recorded(id))
}

fn packets(session: &mut Session) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    while let Some(output) = session.poll() {
        if let Output::Packet(packet) = output {
            out.push(packet);
        }
    }
    out
}

#[test]
fn a_client_session_starts_with_the_recorded_bytes_and_takes_the_recorded_answer() {
    for file in TRANSCRIPTS.map(vectors) {
        let recorded = control_packets(&file);
        let time = u32::from_be_bytes(recorded[0].1[45..49].try_into().unwrap());
        let wall = WallTime::from_unix(time.into());
        let mut config = client_config(&Pki::new());
        config.wrapping = wrapping(&file, Digest::Sha256, KeyDirection::Inverse);
        let entropy = recorded_id(&file, "client_session_id");
        let mut session = Session::client(config, entropy, Moment::ORIGIN, wall);
        assert_eq!(packets(&mut session), [recorded[0].1.clone()]);
        session.handle_packet(Moment::ORIGIN, wall, &recorded[1].1);
        let server = wrapping(&file, Digest::Sha256, KeyDirection::Normal);
        let mut server = Wrap::new(&server, Side::Server);
        for (at, packet) in packets(&mut session).iter().enumerate() {
            let unwrapped = server.unwrap(WALL, packet).unwrap();
            let control = Control::decode(unwrapped.first.opcode, &unwrapped.rest).unwrap();
            let remote: [u8; 8] = array(&file, "server_session_id");
            if at == 0 {
                assert_eq!(
                    (control.acks, control.receiver),
                    (vec![0], SessionId::new(remote))
                );
            }
            // A TLS handshake record.
            assert_eq!(control.message.unwrap().payload[0], 0x16);
        }
    }
}

#[test]
fn a_server_session_answers_the_recorded_client_with_the_recorded_reset() {
    for file in TRANSCRIPTS.map(vectors) {
        let recorded = control_packets(&file);
        let time = u32::from_be_bytes(recorded[1].1[45..49].try_into().unwrap());
        let wall = WallTime::from_unix(time.into());
        let mut config = server_config(&Pki::new());
        config.wrapping = wrapping(&file, Digest::Sha256, KeyDirection::Normal);
        let entropy = recorded_id(&file, "server_session_id");
        let mut session = Session::server(config, entropy, Moment::ORIGIN, wall);
        assert!(packets(&mut session).is_empty());
        session.handle_packet(Moment::ORIGIN, wall, &recorded[0].1);
        assert_eq!(packets(&mut session), [recorded[1].1.clone()]);
        session.handle_packet(Moment::ORIGIN, wall, &recorded[2].1);
        let answer = packets(&mut session);
        assert!(!answer.is_empty(), "the recorded ClientHello is answered");
    }
}
