//! A connection comes up with whatever both ends can do.

mod common;

use common::{Habits, Pair, Pki, client_config, server_config, tls_auth};
use spoke_engine::{
    Cipher, ClientTrust, Closed, Digest, Error, Refusal, TlsVersions, TransportKind, Wrapping,
    tls_client_config, tls_server_config,
};
use spoke_wire::KeyDirection;
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
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha512] {
        for (ours, theirs) in directions {
            wrappings.push((tls_auth(digest, ours), tls_auth(digest, theirs)));
        }
    }
    for (ours, theirs) in wrappings {
        let mut client = client_config(&pki);
        let mut server = server_config(&pki);
        client.wrapping = ours;
        server.wrapping = theirs;
        Pair::new(client, server, Habits::default()).connect();
    }
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
