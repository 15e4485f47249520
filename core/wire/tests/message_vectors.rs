//! What real OpenVPN programs say, and how they read key files and options.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use serde_json::Value;
use spoke_wire::{
    Advance, AuthFailure, ControlMessage, KeyDirection, OCC_EXIT, OCC_MAGIC, PING, Payload,
    PushJoiner, PushReply, PushUpdate, StaticKey, split_option,
};

fn vectors(text: &str) -> Value {
    serde_json::from_str(text).expect("vectors are JSON")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn strings(value: &Value) -> Vec<&str> {
    list(value)
        .iter()
        .map(|item| item.as_str().expect("text"))
        .collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{key}: {value}"))
}

fn parse(message: &str) -> ControlMessage {
    ControlMessage::parse(message.as_bytes()).expect("printable")
}

#[test]
fn a_split_configuration_is_joined_as_the_server_meant_it() {
    let all = vectors(include_str!("vectors/control-messages.json"));
    let split = &all["push_split"];
    let mut joiner = PushJoiner::default();
    let mut whole = None;
    for part in list(&split["messages"]) {
        let ControlMessage::PushReply(options) = parse(text(part, "message")) else {
            panic!("not a push reply");
        };
        assert_eq!(
            options.options().collect::<Vec<_>>(),
            strings(&part["options"])
        );
        assert!(whole.is_none(), "a part after the last");
        whole = joiner.add(&options).expect("not too long");
    }
    let whole = whole.expect("complete");
    assert_eq!(
        whole.options().collect::<Vec<_>>(),
        strings(&split["joined_options"])
    );

    let reply = PushReply::parse(&whole).expect("usable");
    assert_eq!(reply.routes.len(), 60);
    assert_eq!(reply.routes_v6.len(), 1);
    assert_eq!(reply.peer_id, Some(0));
    assert_eq!(reply.cipher.as_deref(), Some("AES-256-GCM"));
    assert!(reply.protocol_flags.tls_ekm && reply.protocol_flags.cc_exit);
    assert_eq!(
        (reply.ping, reply.ping_restart, reply.tun_mtu),
        (Some(10), Some(60), Some(1500))
    );
    let redirect = reply.redirect_gateway.expect("redirects");
    assert!(redirect.def1 && redirect.bypass_dhcp && redirect.ipv6 && !redirect.not_ipv4);
    assert_eq!(reply.unused, ["echo \"hello world\" x"]);

    let sent = reply.to_parts().expect("sendable");
    assert!(sent.len() > 1);
    let mut again = PushJoiner::default();
    let mut read = None;
    for part in &sent {
        assert!(ControlMessage::PushReply(part.clone()).encode().len() <= 1024);
        read = again.add_reply(part).expect("usable");
    }
    assert_eq!(read, Some(reply));
}

#[test]
fn other_messages_mean_what_they_mean() {
    let all = vectors(include_str!("vectors/control-messages.json"));
    for case in list(&all["others"]) {
        let message = text(case, "message");
        let meaning = &case["meaning"];
        let read = parse(message);
        if !matches!(
            read,
            ControlMessage::AuthFailed(_) | ControlMessage::Restart { .. }
        ) {
            let mut bytes = message.as_bytes().to_vec();
            bytes.push(0);
            assert_eq!(*read.encode(), bytes);
        }
        assert_eq!(
            parse(
                std::str::from_utf8(&read.encode())
                    .expect("text")
                    .trim_end_matches('\0')
            ),
            read
        );
        match read {
            ControlMessage::AuthPending { timeout } => {
                assert_eq!(meaning["timeout"], timeout.expect("a time"));
            }
            ControlMessage::InfoPre(info) => assert_eq!(info, "WEB_AUTH::https://login.example/x"),
            ControlMessage::AuthFailed(failure) => check_failure(&failure, meaning),
            ControlMessage::Restart {
                keep_credentials, ..
            } => {
                assert_eq!(meaning["keep_credentials"], keep_credentials);
            }
            ControlMessage::Halt { reason } => assert_eq!(meaning["reason"], reason),
            ControlMessage::Exit => assert_eq!(message, "EXIT"),
            ControlMessage::PushReply(options) => {
                assert!(PushReply::parse(&options).expect("usable").is_token_only());
            }
            ControlMessage::PushUpdate(options) => {
                check_update(&PushUpdate::parse(&options).expect("readable"), meaning);
            }
            other => panic!("{message} was read as {other:?}"),
        }
    }
}

fn check_failure(failure: &AuthFailure, meaning: &Value) {
    match failure {
        AuthFailure::Temporary {
            backoff,
            advance,
            reason,
        } => {
            assert_eq!(meaning["kind"], "temporary");
            assert_eq!(meaning["backoff"], backoff.expect("a time"));
            assert_eq!(*advance, Some(Advance::No));
            assert_eq!(meaning["reason"], *reason);
        }
        AuthFailure::SessionExpired { .. } => {
            assert!(text(meaning, "kind").starts_with("session expired"));
        }
        AuthFailure::Challenge(challenge) => {
            assert!(challenge.echo && challenge.response_required);
            assert_eq!(meaning["state_id"], challenge.state_id);
            assert_eq!(meaning["username"], challenge.username);
            assert_eq!(meaning["text"], challenge.text);
            assert_eq!(
                meaning["answer_password_for_123456"],
                challenge.password("123456").as_str()
            );
        }
        AuthFailure::Refused { reason } => {
            assert_eq!(meaning["kind"], "failed");
            if let Some(expected) = meaning.get("reason") {
                assert_eq!(expected.as_str().unwrap_or_default(), reason);
            }
        }
    }
}

fn check_update(update: &PushUpdate, meaning: &Value) {
    let of = |optional: bool, remove: bool| -> Vec<&str> {
        let items = update
            .items
            .iter()
            .filter(|i| i.optional == optional && i.remove == remove);
        items.map(|item| item.option.as_str()).collect()
    };
    assert_eq!(of(false, false), strings(&meaning["set"]));
    assert_eq!(of(false, true), strings(&meaning["remove"]));
    assert_eq!(of(true, false), strings(&meaning["set_optional"]));
    assert_eq!(of(true, true), strings(&meaning["remove_optional"]));
}

#[test]
fn lines_are_cut_as_openvpn_cuts_them() {
    let all = vectors(include_str!("vectors/config-lexer.json"));
    for case in list(&all["lines"]) {
        let line = text(case, "line");
        let read = split_option(line);
        match case.get("tokens") {
            Some(tokens) => {
                assert_eq!(
                    read.as_ref()
                        .map(|words| words.iter().map(String::as_str).collect()),
                    Ok(strings(tokens)),
                    "{line}"
                );
            }
            // Some of these are refused later, for what the words mean; only the grammar is looked at here.
            None => {
                let why = list(&case["refused_or_ignored"])[0].as_str().expect("text");
                let grammar = why.starts_with("Bad backslash") || why.starts_with("No closing");
                assert!(read.is_err() || !grammar, "{line}: {read:?}");
            }
        }
    }
}

#[test]
fn key_files_are_taken_and_refused_as_openvpn_does() {
    let all = vectors(include_str!("vectors/static-key.json"));
    let mut verdicts = (0, 0);
    for case in list(&all["cases"]) {
        let read = StaticKey::parse(text(case, "text"));
        match text(case, "expect") {
            "ok" => {
                let key = read.unwrap_or_else(|error| panic!("{}: {error}", text(case, "name")));
                assert_eq!(hex::encode(key.bytes()), text(case, "key"));
                assert_eq!(StaticKey::parse(&key.to_text()), Ok(key.clone()));
                assert_eq!(StaticKey::parse_hex(text(case, "key")), Ok(key.clone()));
                assert!(!format!("{key:?}").contains(&text(case, "key")[..8]));
                verdicts.0 += 1;
            }
            _ => {
                assert!(read.is_err(), "{}", text(case, "name"));
                verdicts.1 += 1;
            }
        }
    }
    assert!(verdicts.0 >= 5 && verdicts.1 >= 5, "{verdicts:?}");
}

#[test]
fn each_side_takes_its_slots() {
    let all = vectors(include_str!("vectors/static-key.json"));
    let tls_auth = StaticKey::parse_hex(text(&all, "key")).expect("a key");
    let tls_crypt = StaticKey::parse_hex(text(&all, "tls_crypt_key")).expect("a key");
    for case in list(&all["directions"]) {
        let use_of = text(case, "use");
        let direction = match use_of {
            text if text.contains("no direction") => KeyDirection::Both,
            text if text.contains("inverse") => KeyDirection::Inverse,
            _ => KeyDirection::Normal,
        };
        let checks: Vec<(&str, &[u8; 64])> = if use_of.starts_with("tls-auth") {
            vec![
                ("out", tls_auth.send_hmac(direction)),
                ("in", tls_auth.receive_hmac(direction)),
            ]
        } else {
            vec![
                ("out_cipher", tls_crypt.send_cipher(direction)),
                ("out_hmac", tls_crypt.send_hmac(direction)),
                ("in_cipher", tls_crypt.receive_cipher(direction)),
                ("in_hmac", tls_crypt.receive_hmac(direction)),
            ]
        };
        for (name, slot) in checks {
            let expected = hex::decode(text(case, name)).expect("hex");
            assert_eq!(slot[..expected.len()], expected, "{use_of}: {name}");
        }
    }
}

#[test]
fn payloads_of_openvpns_own_are_known() {
    let all = vectors(include_str!("vectors/payload-framing.json"));
    assert_eq!(hex::encode(PING), text(&all, "ping"));
    assert_eq!(hex::encode(OCC_MAGIC), text(&all, "occ_magic"));
    assert_eq!(hex::encode(OCC_EXIT), text(&all, "occ_exit"));
    let request = hex::decode(text(&all, "occ_request")).expect("hex");
    assert_eq!(Payload::of(&request), Payload::Occ(0));
}
