//! The data channel against the real OpenVPN 2.x: ciphers, digests, framings, headers, goodbyes.
//!
//! As in `openvpn.rs`, each test runs itself again in a namespace of its own. Echo requests go through each tunnel;
//! the kernel behind the real server answers them.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test with the real program needs sockets"
)]

mod common;
mod real;

use common::{Seeded, client_config, tls_auth};
use real::echo::echo_request;
use real::{Driver, Place, Running, connect, free_port, inside, wall};
use spoke_engine::{Cipher, ClientConfig, Closed, Digest, Error, Refusal, Session, TransportKind};
use spoke_moment::Moment;
use spoke_wire::{Compression, ForeignPayload, KeyDirection};
use std::net::Ipv4Addr;
use std::time::Duration;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 8, 0, 1);

/// A client of a server with these further options, one a line.
fn client(place: &Place, more: &str, change: impl Fn(&mut ClientConfig)) -> (Driver, Running) {
    place.put("more.conf", more);
    let mut config = client_config(&place.pki);
    change(&mut config);
    let transport = config.transport;
    let proto = match transport {
        TransportKind::Tcp => "tcp-server",
        TransportKind::Udp => "udp",
    };
    let port = free_port();
    let running = place.server(proto, port, "--config more.conf");
    let socket = connect(transport, port, &running);
    let entropy = Seeded(u64::from(port) + wall().unix());
    let session = Session::client(config, Box::new(entropy), Moment::ORIGIN, wall());
    (Driver::new(session, socket), running)
}

/// Has eight echo requests answered.
fn exchange(client: &mut Driver, server: &Running) {
    client.run(server, |client| client.sending.is_some());
    let address = client.pushed.clone().unwrap().ifconfig.unwrap().local;
    for _ in 0..8 {
        client.seal(&echo_request(address, SERVER));
    }
    client.run(server, |client| client.packets == 8);
}

#[test]
fn every_cipher_is_spoken() {
    if !inside("every_cipher_is_spoken") {
        return;
    }
    let place = Place::new("ciphers");
    let digests = [Digest::Sha256, Digest::Sha1, Digest::Sha512];
    for (round, cipher) in Cipher::ALL.into_iter().enumerate() {
        let digest = digests[round % digests.len()];
        let options = format!("data-ciphers {cipher}\nauth {}\n", digest.name());
        for transport in [TransportKind::Tcp, TransportKind::Udp] {
            let (mut client, server) = client(&place, &options, |config| {
                config.transport = transport;
                config.wrapping = tls_auth(digest, KeyDirection::Inverse);
                config.auth = digest;
                config.ciphers = vec![cipher];
                // Without abilities no peer id is pushed: the short header.
                config.identity.modern = transport == TransportKind::Udp;
            });
            exchange(&mut client, &server);
            assert_eq!(client.packets, 8, "{cipher} {transport:?}");
            let pushed = client.pushed.clone().unwrap();
            assert_eq!(pushed.peer_id.is_some(), transport == TransportKind::Udp);
            assert_eq!(pushed.cipher.as_deref(), Some(cipher.name()));
            let log = server.log();
            let wrong = ["decrypt", "Authenticate/Decrypt", "WARNING: 'auth'"];
            assert!(!wrong.iter().any(|text| log.contains(text)), "{log}");
        }
    }
}

#[test]
fn every_framing_is_understood() {
    if !inside("every_framing_is_understood") {
        return;
    }
    let place = Place::new("framings");
    for (option, expected) in [
        ("comp-lzo no", Compression::LzoStub),
        ("compress stub", Compression::Stub),
        ("compress stub-v2", Compression::StubV2),
        ("compress lzo", Compression::Lzo),
        ("compress lz4", Compression::Lz4),
        ("compress lz4-v2", Compression::Lz4V2),
    ] {
        for cipher in [Cipher::Aes256Gcm, Cipher::Aes256Cbc] {
            let options = format!(
                "allow-compression asym\n{option}\npush \"{option}\"\ndata-ciphers {cipher}\nauth SHA256\n"
            );
            let (mut client, server) = client(&place, &options, |_| {});
            exchange(&mut client, &server);
            assert_eq!(client.packets, 8, "{option} {cipher}");
            let pushed = client.pushed.clone().unwrap();
            assert_eq!(pushed.compression, Some(expected));
        }
    }
}

#[test]
fn a_framing_that_only_the_profile_names_is_spoken() {
    if !inside("a_framing_that_only_the_profile_names_is_spoken") {
        return;
    }
    let place = Place::new("framed");
    let (mut client, server) = client(&place, "comp-lzo no\n", |config| {
        config.framing = Some(Compression::LzoStub);
    });
    exchange(&mut client, &server);
    assert_eq!(client.packets, 8);
    assert_eq!(client.pushed.clone().unwrap().compression, None);
}

#[test]
fn a_server_that_compresses_is_left() {
    if !inside("a_server_that_compresses_is_left") {
        return;
    }
    let place = Place::new("compressed");
    let options = "allow-compression yes\ncompress lz4\npush \"compress lz4\"\n";
    let (mut client, server) = client(&place, options, |_| {});
    // Pings are too short to be compressed.
    client.run(&server, |client| client.pings.contains_key(&0));
    let address = client.pushed.clone().unwrap().ifconfig.unwrap().local;
    client.seal(&echo_request(address, SERVER));
    client.run(&server, |client| client.closed.is_some());
    let compressed = Error::PeerRefused(Refusal::Compressed);
    assert_eq!(client.closed, Some(Closed::Failed(compressed)));
    assert_eq!(client.packets, 0);
}

/// Neither can be pushed, and profiles that ask for it are refused: nothing would go through, and nobody would say so.
#[test]
fn a_server_with_other_payloads_than_ip_packets_is_left() {
    if !inside("a_server_with_other_payloads_than_ip_packets_is_left") {
        return;
    }
    let place = Place::new("payloads");
    for (options, foreign) in [
        ("fragment 500\n", ForeignPayload::Fragments),
        ("dev tap1\n", ForeignPayload::Ethernet),
    ] {
        let (mut client, server) = client(&place, options, |config| {
            config.transport = TransportKind::Udp;
        });
        client.run(&server, |client| client.closed.is_some());
        let refusal = Error::PeerRefused(Refusal::Payload(foreign));
        assert_eq!(client.closed, Some(Closed::Failed(refusal)));
        assert_eq!((client.pushed.is_none(), client.sending), (true, None));
    }
}

#[test]
fn a_goodbye_through_the_data_channel_is_heard() {
    if !inside("a_goodbye_through_the_data_channel_is_heard") {
        return;
    }
    let place = Place::new("goodbye");
    let options = "data-ciphers AES-128-CBC\nauth SHA256\npush \"explicit-exit-notify 1\"\n";
    let (mut client, server) = client(&place, options, |config| {
        config.transport = TransportKind::Udp;
        config.identity.modern = false;
    });
    exchange(&mut client, &server);
    let now = client.now();
    client.session.close(now, "done");
    client.drain();
    assert!(matches!(client.closed, Some(Closed::Asked { .. })));
    std::thread::sleep(Duration::from_millis(300));
    let log = server.log();
    assert!(log.contains("OCC exit message received"), "{log}");
}
