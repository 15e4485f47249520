//! A connection comes up with whatever both ends can do.

mod common;

use common::{End, Habits, Pair, Pki, WALL, client_config, server_config, static_key, tls_auth};
use spoke_engine::{
    Cipher, ClientKeyPolicy, ClientTrust, Closed, Digest, Error, Refusal, Side, TlsCryptV2Server,
    TlsVersions, TransportKind, UnwrapError, Wrap, Wrapping, seal_client_key, tls_client_config,
    tls_server_config,
};
use spoke_wire::{
    ClientKeyMetadata, FirstByte, KeyDirection, Opcode, StaticKey, TlsCryptV2ServerKey,
};
use std::time::Duration;

#[test]
fn a_client_and_a_server_come_up_and_exchange_data() {
    let pki = Pki::new();
    let mut pair = Pair::new(client_config(&pki), server_config(&pki), Habits::default());
    pair.connect();
    assert_eq!(pair.client.tls, ["TLSv1.3"]);
    assert_eq!(pair.seen, [("AzureAD".into(), "secret".into(), false)]);
    let (reply, again) = &pair.client.pushed[0];
    assert_eq!((reply.peer_id, *again), (Some(7), false));
    assert_eq!(reply.cipher.as_deref(), Some("AES-256-GCM"));
    assert!(reply.protocol_flags.tls_ekm && reply.protocol_flags.cc_exit);
}

#[test]
fn a_connection_takes_four_round_trips() {
    let pki = Pki::new();
    let mut pair = Pair::new(client_config(&pki), server_config(&pki), Habits::default());
    pair.connect();
    assert!(
        pair.now.since_origin() <= 2 * 4 * pair.habits.delay,
        "{:?}",
        pair.now
    );
}

#[test]
fn every_mix_of_versions_keys_and_headers_works() {
    let pki = Pki::new();
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        for modern in [true, false] {
            for cipher in Cipher::ALL {
                for transport in [TransportKind::Tcp, TransportKind::Udp] {
                    let mut client = client_config(&pki);
                    let mut server = server_config(&pki);
                    client.tls =
                        tls_client_config(pki.trust("gateway.test"), None, versions).unwrap();
                    client.identity.modern = modern;
                    client.ciphers = vec![cipher];
                    client.transport = transport;
                    server.transport = transport;
                    let mut pair = Pair::new(client, server, Habits::default());
                    pair.connect();
                    let reply = &pair.client.pushed[0].0;
                    assert_eq!(reply.peer_id.is_some(), modern);
                    assert_eq!(reply.protocol_flags.tls_ekm, modern);
                    assert_eq!(reply.cipher.as_deref(), Some(cipher.name()));
                }
            }
        }
    }
}

#[test]
fn every_wrapping_works() {
    let pki = Pki::new();
    let directions = [
        (KeyDirection::Inverse, KeyDirection::Normal),
        (KeyDirection::Both, KeyDirection::Both),
    ];
    let mut wrappings = vec![(Wrapping::None, Wrapping::None)];
    for digest in Digest::ALL {
        for (ours, theirs) in directions {
            wrappings.push((tls_auth(digest, ours), tls_auth(digest, theirs)));
        }
    }
    let tls_crypt = Wrapping::TlsCrypt(static_key());
    wrappings.push((tls_crypt.clone(), tls_crypt));
    wrappings.push(tls_crypt_v2());
    for (ours, theirs) in wrappings {
        for (transport, modern) in [
            (TransportKind::Tcp, true),
            (TransportKind::Udp, true),
            (TransportKind::Tcp, false),
        ] {
            let mut client = client_config(&pki);
            let mut server = server_config(&pki);
            (client.wrapping, server.wrapping) = (ours.clone(), theirs.clone());
            (client.transport, server.transport) = (transport, transport);
            client.identity.modern = modern;
            let mut pair = Pair::new(client, server, Habits::default());
            pair.connect();
            let flags = pair.client.pushed[0].0.protocol_flags;
            assert_eq!(flags.dyn_tls_crypt, modern);
            for key_id in 1..=9 {
                let now = pair.now;
                pair.client.session.renegotiate(now);
                let key_id = (key_id - 1) % 7 + 1;
                let renewed = |end: &End| end.sending == Some(key_id);
                pair.run(Duration::from_secs(30), |pair| {
                    renewed(&pair.client) && renewed(&pair.server)
                });
                assert!(renewed(&pair.client) && renewed(&pair.server));
                pair.exchange();
            }
            assert_eq!(pair.client.notices, [""; 0]);
        }
    }
}

/// Client and server of tls-crypt-v2.
#[expect(clippy::unwrap_used, reason = "a helper of tests may fail like them")]
fn tls_crypt_v2() -> (Wrapping, Wrapping) {
    let key = TlsCryptV2ServerKey::from_bytes(&[9; 128]);
    let metadata = ClientKeyMetadata::User(b"ana".to_vec());
    let client = seal_client_key(&key, static_key(), &metadata).unwrap();
    let accepts = ClientKeyPolicy::Any;
    let server = TlsCryptV2Server { key, accepts };
    (
        Wrapping::TlsCryptV2Client(client),
        Wrapping::TlsCryptV2Server(server),
    )
}

#[test]
fn renegotiations_are_under_a_key_that_nobody_had_beforehand() {
    let pki = Pki::new();
    for (ours, theirs) in [(Wrapping::None, Wrapping::None), tls_crypt_v2()] {
        let mut client = client_config(&pki);
        let mut server = server_config(&pki);
        (client.wrapping, server.wrapping) = (ours.clone(), theirs);
        client.transport = TransportKind::Udp;
        server.transport = TransportKind::Udp;
        let mut pair = Pair::new(client, server, Habits::default());
        pair.connect();
        let now = pair.now;
        pair.client.session.renegotiate(now);
        pair.run(Duration::ZERO, |_| false);
        let (_, reset) = pair.server.inbox.back().unwrap().clone();
        let first = FirstByte::of(&reset).unwrap();
        assert_eq!((first.opcode, first.key_id), (Opcode::SoftResetV1, 1));
        // As long as under tls-crypt, and nothing that the shared key alone opens.
        assert_eq!(reset.len(), 54);
        let known = match &ours {
            Wrapping::TlsCryptV2Client(key) => key.key.clone(),
            _ => StaticKey::from_bytes(&[0; 256]),
        };
        let mut guess = Wrap::new(&Wrapping::TlsCrypt(known), Side::Server);
        let opened = guess.unwrap(WALL, &reset).map(|_| ());
        assert_eq!(opened, Err(UnwrapError::Hmac));
        pair.run(Duration::from_secs(30), |pair| {
            pair.client.sending == Some(1)
        });
        assert_eq!(pair.client.sending, Some(1));
        pair.exchange();
    }
}

#[test]
fn a_server_without_its_key_and_a_client_without_its_own_end_at_once() {
    let pki = Pki::new();
    let mut client = client_config(&pki);
    client.wrapping = tls_crypt_v2().1;
    let mut pair = Pair::new(client, server_config(&pki), Habits::default());
    pair.run(Duration::from_secs(1), |_| false);
    let closed = pair.client.closed.clone();
    assert!(
        matches!(closed, Some(Closed::Failed(Error::Local(_)))),
        "{closed:?}"
    );
    assert_eq!(pair.client.packets_sent, 0);
}

#[test]
fn tls_1_2_is_spoken_with_a_server_that_has_nothing_else() {
    let pki = Pki::new();
    let mut server = server_config(&pki);
    server.tls =
        tls_server_config(pki.identity(), ClientTrust::default(), TlsVersions::Only12).unwrap();
    let mut pair = Pair::new(client_config(&pki), server, Habits::default());
    pair.connect();
    assert_eq!(pair.client.tls, ["TLSv1.2"]);
}

#[test]
fn a_client_certificate_takes_the_place_of_a_password() {
    let pki = Pki::new();
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        let (mut client, mut server) = (client_config(&pki), server_config(&pki));
        let trust = pki.trust("gateway.test");
        let identity = pki.client_identity("ana");
        client.tls = tls_client_config(trust, Some(identity), versions).unwrap();
        client.with_credentials = false;
        let clients = pki.client_trust();
        server.tls = tls_server_config(pki.identity(), clients, TlsVersions::Any).unwrap();
        let mut pair = Pair::new(client, server, Habits::default());
        pair.connect();
        assert_eq!(pair.seen, [(String::new(), String::new(), false)]);
        assert_eq!(pair.certificates, [1]);
    }
}

#[test]
fn without_the_certificate_that_the_server_wants_there_is_no_connection() {
    let pki = Pki::new();
    let mut server = server_config(&pki);
    let clients = pki.client_trust();
    server.tls = tls_server_config(pki.identity(), clients, TlsVersions::Any).unwrap();
    let mut pair = Pair::new(client_config(&pki), server, Habits::default());
    pair.run(Duration::from_secs(10), |pair| pair.client.closed.is_some());
    let closed = (&pair.client.closed, &pair.server.closed);
    let (Some(Closed::Failed(Error::PeerRefused(ours))), Some(Closed::Failed(Error::Tls(_)))) =
        closed
    else {
        panic!("{closed:?}");
    };
    assert_eq!(*ours, Refusal::Certificate("it wants one"));
    assert!(pair.seen.is_empty());
}

#[test]
fn a_revoked_certificate_lets_nobody_in() {
    let pki = Pki::new();
    for (revoked, comes_in) in [(false, true), (true, false)] {
        let (mut client, mut server) = (client_config(&pki), server_config(&pki));
        let identity = pki.client_identity("ana");
        let trust = pki.trust("gateway.test");
        client.tls = tls_client_config(trust, Some(identity), TlsVersions::Any).unwrap();
        let clients = if revoked {
            pki.client_trust_revoking()
        } else {
            pki.client_trust()
        };
        server.tls = tls_server_config(pki.identity(), clients, TlsVersions::Any).unwrap();
        let mut pair = Pair::new(client, server, Habits::default());
        if comes_in {
            pair.connect();
            continue;
        }
        pair.run(Duration::from_secs(10), |pair| pair.client.closed.is_some());
        let expected = Error::PeerRefused(Refusal::Certificate("it is revoked"));
        assert_eq!(pair.client.closed, Some(Closed::Failed(expected)));
        assert!(pair.seen.is_empty());
    }
}
