//! Renegotiations that do not go straight on: late verdicts, words in between, resets that nobody hears.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod common;

use common::{Habits, Pair, Pki, client_config, server_config};
use spoke_engine::{Cipher, ClientIdentity, Closed, Error, Refusal, TransportKind};
use spoke_wire::{AuthFailure, FirstByte, Opcode, PushReply, PushText, PushUpdate};
use std::time::Duration;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn connected() -> Pair {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    client.transport = TransportKind::Udp;
    server.transport = TransportKind::Udp;
    for timing in [&mut client.timing, &mut server.timing] {
        (timing.ping, timing.ping_restart) = (None, None);
    }
    let mut pair = Pair::new(client, server, Habits::default());
    pair.connect();
    pair
}

fn renegotiate(pair: &mut Pair) {
    let now = pair.now;
    pair.server.spoken.clear();
    pair.server.session.renegotiate(now);
}

fn renewed(pair: &mut Pair, key_id: u8) {
    pair.run(seconds(90), |pair| {
        pair.client.sending == Some(key_id) && pair.server.sending == Some(key_id)
    });
    assert_eq!(pair.client.sending, Some(key_id));
    assert_eq!(pair.server.sending, Some(key_id));
    pair.exchange();
}

/// Whether the server has said anything with this opcode under this key-id since the renegotiation began.
fn said(pair: &Pair, opcode: Opcode, key_id: u8) -> bool {
    let first = FirstByte { opcode, key_id }.to_byte();
    pair.server.spoken.contains(&first)
}

fn routes(text: &str) -> PushUpdate {
    PushUpdate::parse(&PushText::new(text)).unwrap()
}

#[test]
fn a_verdict_that_is_put_off_holds_the_new_key_back() {
    let mut pair = connected();
    pair.habits.defer = Some((seconds(120), None));
    renegotiate(&mut pair);
    pair.run(seconds(40), |_| false);
    assert_eq!(pair.client.sending, Some(0), "the server has no other key");
    pair.exchange();
    let now = pair.now;
    let session = &mut pair.server.session;
    session.accept_credentials(now, 1, PushReply::default());
    renewed(&mut pair, 1);
}

#[test]
fn a_verdict_that_comes_too_late_costs_the_renegotiation_alone() {
    let mut pair = connected();
    pair.habits.defer = Some((seconds(120), None));
    renegotiate(&mut pair);
    pair.run(seconds(100), |_| false);
    let now = pair.now;
    let session = &mut pair.server.session;
    session.accept_credentials(now, 1, PushReply::default());
    pair.run(seconds(50), |_| false);
    pair.exchange();
    assert_eq!(
        (pair.client.sending, pair.server.sending),
        (Some(0), Some(0))
    );
    pair.habits.defer = None;
    renegotiate(&mut pair);
    pair.run(seconds(90), |pair| pair.client.sending != Some(0));
    pair.exchange();
    assert_ne!(pair.server.sending, Some(0));
}

#[test]
fn a_refusal_is_said_under_the_key_that_it_is_about() {
    let mut pair = connected();
    pair.habits.refusal = Some(AuthFailure::Refused {
        reason: "no more".to_owned(),
    });
    renegotiate(&mut pair);
    pair.run(seconds(10), |pair| pair.client.closed.is_some());
    let refusal = Refusal::Credentials(Some("no more".to_owned()));
    let expected = Closed::Failed(Error::PeerRefused(refusal));
    assert_eq!(pair.client.closed, Some(expected));
    assert!(said(&pair, Opcode::ControlV1, 1));
    assert!(
        !said(&pair, Opcode::ControlV1, 0),
        "OpenVPN hears the newest key alone"
    );
}

#[test]
fn an_update_waits_for_the_end_of_a_renegotiation() {
    let mut pair = connected();
    pair.habits.password = None;
    renegotiate(&mut pair);
    pair.run(seconds(5), |_| false);
    let now = pair.now;
    let update = routes("route 10.9.0.0 255.255.0.0");
    assert_eq!(pair.server.session.push_update(now, &update), Ok(true));
    pair.run(seconds(5), |_| false);
    assert_eq!(pair.client.pushed.len(), 1);
    assert!(!said(&pair, Opcode::ControlV1, 0));
    pair.habits.password = Some("secret".to_owned());
    renewed(&mut pair, 1);
    assert_eq!(pair.client.pushed.len(), 2);
}

#[test]
fn an_update_outlives_a_renegotiation_that_fails() {
    let mut pair = connected();
    pair.habits.password = None;
    renegotiate(&mut pair);
    pair.run(seconds(5), |_| false);
    let now = pair.now;
    let update = routes("route 10.9.0.0 255.255.0.0");
    assert_eq!(pair.server.session.push_update(now, &update), Ok(true));
    pair.run(seconds(90), |pair| pair.client.pushed.len() > 1);
    assert_eq!(pair.client.pushed.len(), 2);
    assert_eq!(pair.client.sending, Some(0));
}

#[test]
fn a_reset_that_nobody_heard_uses_up_no_key_id() {
    let mut pair = connected();
    pair.habits.loss = 100;
    renegotiate(&mut pair);
    pair.run(seconds(70), |_| false);
    pair.habits.loss = 0;
    renegotiate(&mut pair);
    renewed(&mut pair, 1);
}

#[test]
fn the_key_in_use_is_never_negotiated_over_itself() {
    let mut pair = connected();
    renegotiate(&mut pair);
    renewed(&mut pair, 1);
    pair.habits.password = None;
    for _ in 0..9 {
        renegotiate(&mut pair);
        pair.run(seconds(70), |_| false);
        assert!(!said(&pair, Opcode::SoftResetV1, 1));
    }
    let now = pair.now;
    let update = routes("route 10.9.0.0 255.255.0.0");
    assert_eq!(pair.server.session.push_update(now, &update), Ok(true));
    pair.run(seconds(90), |pair| pair.client.pushed.len() > 1);
    assert_eq!(
        pair.client.pushed.len(),
        2,
        "the live key still carries words"
    );
    pair.exchange();
}

#[test]
fn a_client_sends_with_the_new_key_once_the_server_surely_takes_it() {
    let mut pair = connected();
    pair.run(seconds(1200), |_| false);
    renegotiate(&mut pair);
    pair.run(seconds(30), |_| false);
    assert_eq!(
        (pair.client.sending, pair.server.sending),
        (Some(0), Some(1))
    );
    pair.exchange();
    let mut late = connected();
    late.run(seconds(1200), |_| false);
    renegotiate(&mut late);
    late.run(seconds(30), |_| false);

    let now = pair.now;
    pair.client.session.note_received_with(now, 1);
    pair.run(seconds(1), |pair| pair.client.sending == Some(1));
    assert_eq!(pair.client.sending, Some(1), "data under it is proof");
    late.run(seconds(31), |_| false);
    assert_eq!(late.client.sending, Some(1), "and so is the hand window");
}

#[test]
fn a_key_that_is_used_up_gives_way_to_the_one_that_is_there() {
    let mut pair = connected();
    pair.run(seconds(1200), |_| false);
    renegotiate(&mut pair);
    pair.run(seconds(30), |_| false);
    assert_eq!(pair.client.sending, Some(0));
    let now = pair.now;
    pair.client.session.handle_exhaustion(now);
    pair.run(seconds(1), |_| false);
    assert_eq!((pair.client.sending, &pair.client.closed), (Some(1), &None));
    pair.client.session.handle_exhaustion(now);
    pair.run(seconds(1), |_| false);
    assert!(pair.client.closed.is_some(), "there is no newer one");
}

#[test]
fn a_lost_refusal_is_said_again_whatever_the_client_asks_meanwhile() {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    client.transport = TransportKind::Udp;
    server.transport = TransportKind::Udp;
    client.ciphers = vec![Cipher::Aes256Gcm];
    server.ciphers = vec![Cipher::Aes128Gcm];
    let mut pair = Pair::new(client, server, Habits::default());
    pair.run(seconds(20), |pair| !pair.seen.is_empty());
    assert!(
        pair.client.inbox.pop_back().is_some(),
        "the refusal is lost"
    );
    pair.run(seconds(20), |pair| pair.client.closed.is_some());
    assert!(
        matches!(
            pair.client.closed,
            Some(Closed::Failed(Error::PeerRefused(Refusal::Credentials(_))))
        ),
        "{:?}",
        pair.client.closed
    );
}

/// A client that says this of itself.
fn older_client(peer_info: &str, cipher: Cipher) -> Pair {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    client.identity = ClientIdentity {
        options_override: Some(format!(
            "V4,dev-type tun,link-mtu 1559,tun-mtu 1500,proto TCPv4_CLIENT,cipher {},auth SHA256,keysize 256,\
             key-method 2,tls-client",
            cipher.name()
        )),
        peer_info_override: Some(peer_info.to_owned()),
        ..client.identity
    };
    client.ciphers = vec![cipher];
    server.ciphers = vec![cipher];
    Pair::new(client, server, Habits::default())
}

#[test]
fn a_client_of_2_4_gets_the_cipher_of_its_options() {
    let mut pair = older_client("IV_VER=2.4.12\nIV_PROTO=2\nIV_NCP=2\n", Cipher::Aes256Cbc);
    pair.connect();
    assert_eq!(
        pair.client.pushed[0].0.cipher.as_deref(),
        Some("AES-256-CBC")
    );
}

#[test]
fn a_client_that_knows_no_protocol_flags_hears_of_the_exporter_by_its_older_name() {
    let mut pair = older_client(
        "IV_VER=3.git\nIV_PROTO=30\nIV_CIPHERS=AES-256-GCM\n",
        Cipher::Aes256Gcm,
    );
    pair.connect();
    let flags = pair.client.pushed[0].0.protocol_flags;
    assert!(flags.tls_ekm && !flags.cc_exit && !flags.dyn_tls_crypt);
    let text: Vec<String> = pair.client.pushed[0]
        .0
        .to_parts()
        .unwrap()
        .iter()
        .map(|part| part.as_str().to_owned())
        .collect();
    assert!(text[0].contains("key-derivation tls-ekm"), "{text:?}");
    assert!(!text[0].contains("protocol-flags"), "{text:?}");
}
