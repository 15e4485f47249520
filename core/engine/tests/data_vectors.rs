//! Data packets and key derivations of real OpenVPN sessions.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use serde_json::Value;
use spoke_engine::{
    Cipher, DataChannel, Digest, KeyBlock, OpenError, Opener, PrfInputs, Sealer, Side,
};
use spoke_wire::{Compression, DataHeader, OCC_EXIT, PING, Payload};

fn vectors(text: &str) -> Value {
    serde_json::from_str(text).expect("vectors are JSON")
}

fn aead() -> Value {
    vectors(include_str!("vectors/data-aead.json"))
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{key}: {value}"))
}

fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(value, key)).expect("hex")
}

fn array<const N: usize>(value: &Value, key: &str) -> [u8; N] {
    bytes(value, key).try_into().expect("the right length")
}

/// A key block with the keys of both directions in their places.
fn block(session: &Value) -> KeyBlock {
    let mut block = [0; 256];
    for (at, direction) in [(0, "client_to_server"), (128, "server_to_client")] {
        let keys = session.get(direction).expect("keys");
        for (at, name) in [(at, "key"), (at + 64, "implicit_iv")] {
            let key = bytes(keys, name);
            block[at..at + key.len()].copy_from_slice(&key);
        }
    }
    KeyBlock::from_exporter(&block)
}

fn channel(session: &Value, block: &KeyBlock, side: Side, header: DataHeader) -> (Sealer, Opener) {
    let cipher: Cipher = text(session, "cipher").parse().expect("a known cipher");
    let channel = DataChannel::new(cipher, header);
    block.data_channel(&channel, side).expect("usable keys")
}

fn header_of(packet: &[u8]) -> DataHeader {
    DataHeader::parse(packet).expect("a data packet").0
}

fn numbered(packet: &Value, key: &str) -> u64 {
    packet.get(key).and_then(Value::as_u64).expect("a number")
}

/// Seals with numbers of its own until the one asked for.
fn seal_as(sealer: &mut Sealer, number: u32, payload: &[u8]) -> Vec<u8> {
    loop {
        let packet = sealer.seal_copy(payload).expect("sealed");
        let at = sealer.headroom() - 20;
        let seen = u32::from_be_bytes(packet[at..at + 4].try_into().expect("four bytes"));
        if seen >= number {
            return packet;
        }
    }
}

#[test]
fn every_packet_opens_and_is_sealed_to_the_same_bytes() {
    let mut count = 0;
    let all = aead();
    for session in list(&all["sessions"]).iter().chain(list(&all["genuine"])) {
        let first = bytes(&list(&session["packets"])[0], "wire");
        let header = header_of(&first);
        let (mut client, mut from_server) = channel(session, &block(session), Side::Client, header);
        let (mut server, mut from_client) = channel(session, &block(session), Side::Server, header);
        for packet in list(&session["packets"]) {
            let wire = bytes(packet, "wire");
            let plain = bytes(packet, "plaintext");
            let by_client = text(packet, "sender").starts_with("client");
            let (sealer, opener) = match by_client {
                true => (&mut client, &mut from_client),
                false => (&mut server, &mut from_server),
            };
            let at = if matches!(header, DataHeader::V1 { .. }) {
                1
            } else {
                4
            };
            let number = u32::from_be_bytes(wire[at..at + 4].try_into().expect("four bytes"));
            assert_eq!(header_of(&wire), header);
            assert_eq!(seal_as(sealer, number, &plain), wire);
            assert_eq!(
                opener.open(&mut wire.clone()),
                Ok(plain.clone().as_mut_slice())
            );
            count += 1;
        }
    }
    assert!(count >= 47, "{count} packets");
}

#[test]
fn spoiled_packets_are_refused() {
    let all = aead();
    for case in list(&all["negative"]) {
        let sessions = list(&all["sessions"]);
        let session = sessions
            .iter()
            .find(|session| session["name"] == case["session"])
            .expect("the session");
        let mut wire = bytes(case, "wire");
        let (_, mut opener) = channel(session, &block(session), Side::Server, header_of(&wire));
        let refused = opener.open(&mut wire).expect_err(text(case, "name"));
        match text(case, "expect") {
            "tag failure" => assert_eq!(refused, OpenError::Forged),
            _ => assert!(matches!(refused, OpenError::Short { .. })),
        }
    }
}

#[test]
fn random_numbers_give_the_key_block_that_a_real_server_logged() {
    let all = vectors(include_str!("vectors/prf.json"));
    for session in list(&all["sessions"]) {
        let derived = KeyBlock::from_prf(&PrfInputs {
            pre_master: &array(session, "pre_master"),
            client_random1: &array(session, "client_random1"),
            client_random2: &array(session, "client_random2"),
            server_random1: &array(session, "server_random1"),
            server_random2: &array(session, "server_random2"),
            client_session: array(session, "client_session_id"),
            server_session: array(session, "server_session_id"),
        });
        let expected = KeyBlock::from_exporter(&array(session, "key_block_256"));
        assert_eq!(derived, expected, "{}", text(session, "name"));
        let log = &session["log_of_real_server"];
        let block = bytes(session, "key_block_256");
        assert_eq!(block[..32], bytes(log, "Master Encrypt cipher"));
    }
}

#[test]
fn exported_bytes_are_the_keys_of_the_recorded_packets() {
    let exported = vectors(include_str!("vectors/ekm.json"));
    let sessions = aead();
    let mut count = 0;
    for vector in list(&exported["vectors"]) {
        assert_eq!(text(vector, "label"), spoke_engine::EXPORTER_LABEL);
        let output: [u8; 256] = array(vector, "output");
        let logged = bytes(vector, "server_log_master_encrypt_cipher");
        assert_eq!(output[..logged.len()], logged);
        let same = |session: &&Value| session["name"] == vector["name"] && vector["key_id"] == 0;
        let Some(session) = list(&sessions["sessions"]).iter().find(same) else {
            continue;
        };
        let mut wire = bytes(&list(&session["packets"])[0], "wire");
        let block = KeyBlock::from_exporter(&output);
        let (_, mut opener) = channel(session, &block, Side::Server, header_of(&wire));
        assert!(opener.open(&mut wire).is_ok());
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn packets_with_an_hmac_open_as_the_real_program_made_them() {
    let all = vectors(include_str!("vectors/data-cbc.json"));
    let mut count = 0;
    for session in list(&all["sessions"]).iter().chain([&all["genuine"]]) {
        let mut block = [0; 256];
        for (at, direction) in [(0, "client_to_server"), (128, "server_to_client")] {
            for (at, name) in [(at, "cipher_key"), (at + 64, "hmac_key")] {
                let key = bytes(&session[direction], name);
                block[at..at + key.len()].copy_from_slice(&key);
            }
        }
        let block = KeyBlock::from_exporter(&block);
        let first = bytes(&list(&session["packets"])[0], "wire");
        let cipher: Cipher = text(session, "cipher").parse().expect("a known cipher");
        let channel = DataChannel {
            auth: Digest::from_name(text(session, "auth")).expect("a known digest"),
            ..DataChannel::new(cipher, header_of(&first))
        };
        let (mut client, mut from_server) = block.data_channel(&channel, Side::Client).unwrap();
        let (mut server, mut from_client) = block.data_channel(&channel, Side::Server).unwrap();
        for packet in list(&session["packets"]) {
            let mut wire = bytes(packet, "wire");
            let payload = bytes(packet, "plaintext_with_packet_id").split_off(4);
            let by_client = text(packet, "sender").starts_with("client");
            let (sealer, opener) = match by_client {
                true => (&mut client, &mut from_client),
                false => (&mut server, &mut from_server),
            };
            let sealed = sealer.seal_copy(&payload).expect("sealed");
            assert_eq!(sealed.len(), wire.len());
            assert_eq!(opener.open(&mut wire).expect("genuine"), payload);
            count += 1;
        }
    }
    assert!(count >= 12, "{count} packets");
}

#[test]
fn the_hmac_covers_the_vector_and_not_the_peer_id() {
    let all = vectors(include_str!("vectors/data-cbc.json"));
    for case in list(&all["negative"]) {
        let named = |session: &&Value| session["name"] == case["session"];
        let session = list(&all["sessions"]).iter().find(named).expect("it");
        let block = KeyBlock::from_exporter(&array(session, "key_block_256"));
        let mut wire = bytes(case, "wire");
        let channel = DataChannel {
            auth: Digest::Sha256,
            ..DataChannel::new(Cipher::Aes256Cbc, header_of(&wire))
        };
        let (_, mut opener) = block.data_channel(&channel, Side::Server).unwrap();
        let opened = opener.open(&mut wire).map(drop);
        match text(case, "expect") {
            "accepted" => assert_eq!(opened, Ok(())),
            _ => assert_eq!(opened, Err(OpenError::Forged)),
        }
    }
}

#[test]
fn packets_with_epochs_open_and_are_sealed_to_the_same_bytes() {
    let all = vectors(include_str!("vectors/data-epoch.json"));
    let mut count = 0;
    for session in list(&all["sessions"]) {
        let block = KeyBlock::from_exporter(&array(session, "key_block_256"));
        let header = header_of(&bytes(&list(&session["packets"])[0], "wire"));
        let cipher: Cipher = text(session, "cipher").parse().expect("a known cipher");
        let channel = DataChannel {
            epoch: true,
            ..DataChannel::new(cipher, header)
        };
        let (mut client, mut from_server) = block.data_channel(&channel, Side::Client).unwrap();
        let (mut server, mut from_client) = block.data_channel(&channel, Side::Server).unwrap();
        for packet in list(&session["packets"]) {
            let wire = bytes(packet, "wire");
            let plain = bytes(packet, "plaintext");
            let by_client = text(packet, "sender").starts_with("client");
            let (sealer, opener) = match by_client {
                true => (&mut client, &mut from_client),
                false => (&mut server, &mut from_server),
            };
            assert_eq!(
                opener.open(&mut wire.clone()).expect("genuine"),
                plain,
                "epoch {}",
                numbered(packet, "epoch")
            );
            // The client jumped to later epochs by itself; a server follows what its opener saw.
            if !by_client || numbered(packet, "epoch") == 1 {
                let mut sealed = sealer.seal_copy(&plain).expect("sealed");
                while sealed[..12] < wire[..12] {
                    sealed = sealer.seal_copy(&plain).expect("sealed");
                }
                assert_eq!(sealed, wire);
            }
            count += 1;
        }
    }
    assert!(count >= 24, "{count} packets");
}

#[test]
fn framings_are_those_of_the_real_program() {
    let all = vectors(include_str!("vectors/payload-framing.json"));
    assert_eq!(bytes(&all, "ping"), spoke_wire::PING);
    assert_eq!(bytes(&all, "occ_exit"), spoke_wire::OCC_EXIT);
    let header = DataHeader::V1 { key_id: 0 };
    let channel = DataChannel::new(Cipher::Aes256Gcm, header);
    let block = KeyBlock::from_exporter(&[7; 256]);
    let open = |channel: &DataChannel, packet: &[u8]| {
        let (_, mut opener) = block.data_channel(channel, Side::Server).unwrap();
        let mut packet = packet.to_vec();
        opener.open(&mut packet).map(|payload| payload.to_vec())
    };
    let seal = |channel: &DataChannel, payload: &[u8]| {
        let (mut sealer, _) = block.data_channel(channel, Side::Client).unwrap();
        sealer.seal_copy(payload).expect("sealed")
    };
    let (mut stubs, mut compressed) = (0, 0);
    for case in list(&all["compression"]) {
        let mode = text(case, "mode");
        for framing in framings(mode) {
            let framed = DataChannel {
                compression: *framing,
                ..channel
            };
            let wire = text(case, "wire");
            // What was compressed is told by its first bytes, and the rest is named only.
            if let Some((first, _)) = wire.split_once('<') {
                let wire = [&hex::decode(first).expect("hex")[..], &[0xa5; 20]].concat();
                let opened = open(&framed, &seal(&channel, &wire));
                assert_eq!(opened, Err(OpenError::Compressed), "{mode}: {framing:?}");
                compressed += 1;
                continue;
            }
            let (payload, wire) = (bytes(case, "payload"), bytes(case, "wire"));
            let inside = open(&channel, &seal(&framed, &payload)).unwrap();
            assert_eq!(inside, wire, "{mode}: {framing:?}");
            assert_eq!(open(&framed, &seal(&channel, &wire)), Ok(payload), "{mode}");
            stubs += 1;
        }
    }
    assert_eq!((stubs, compressed), (8, 3));
}

/// What a mode of the vectors' file is as a channel's setting.
fn framings(mode: &str) -> &'static [Option<Compression>] {
    match mode {
        "none or stub-v2 (first byte not 0x50)" => &[None, Some(Compression::StubV2)],
        "comp-lzo (any), lzo \"no\": LZO stub, not compressed" => {
            &[Some(Compression::LzoStub), Some(Compression::Lzo)]
        }
        "compress / compress stub / lz4 (v1): not compressed" => {
            &[Some(Compression::Stub), Some(Compression::Lz4)]
        }
        "stub-v2 or lz4-v2, first byte 0x50 must be escaped" => {
            &[Some(Compression::StubV2), Some(Compression::Lz4V2)]
        }
        "lz4-v2 compressed" => &[Some(Compression::Lz4V2)],
        "lz4 v1 compressed" => &[Some(Compression::Lz4)],
        "lzo compressed" => &[Some(Compression::Lzo)],
        other => panic!("another mode: {other}"),
    }
}

/// `fragment` is refused in a profile, no gateway can push it, and one that says that it has it is left. One that has it and
/// does not say so (`disable-occ`) is heard, and nothing that it sends can pass for a packet of the user's: the first byte of its header is never an IP version.
#[test]
fn fragments_open_as_no_ip_packet() {
    let all = vectors(include_str!("vectors/payload-framing.json"));
    let channel = DataChannel::new(Cipher::Aes256Gcm, DataHeader::V1 { key_id: 0 });
    let block = KeyBlock::from_exporter(&[7; 256]);
    let (mut sealer, _) = block.data_channel(&channel, Side::Server).unwrap();
    let (_, mut opener) = block.data_channel(&channel, Side::Client).unwrap();
    let cases = list(&all["fragment"]);
    for case in cases {
        let header: [u8; 4] = array(case, "header");
        let word = u32::from_be_bytes(header);
        let kind = ["whole", "not last", "last"][word as usize & 3];
        assert_eq!(kind, text(case, "type"));
        for (name, field) in [
            ("seq", word >> 2 & 0xff),
            ("frag", word >> 10 & 0x1f),
            ("size", (word >> 15 & 0x3fff) * 4),
        ] {
            assert_eq!(u64::from(field), numbered(case, name), "{case}: {name}");
        }
        let len = case.get("len").map_or(100, |_| numbered(case, "len"));
        let part = vec![0x45; usize::try_from(len).expect("a length")];
        for part in [&PING[..], &OCC_EXIT, &part] {
            let fragment = [&header[..], part].concat();
            let mut packet = sealer.seal_copy(&fragment).expect("sealed");
            let opened = opener.open(&mut packet).expect("genuine");
            assert_eq!(opened, fragment);
            // Neither a ping nor a goodbye, and for a tunnel device no packet.
            assert_eq!(Payload::of(opened), Payload::Ip);
            assert!(![4, 6].contains(&(opened[0] >> 4)), "{case}");
        }
    }
    assert_eq!(cases.len(), 6);
    // The largest size that a header can name, whose bits come first.
    assert_eq!((0x3fff_u32 << 15).to_be_bytes()[0] >> 4, 1);
}
