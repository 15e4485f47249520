//! The engine against the real OpenVPN 2.x over loopback TCP, in both roles.
//!
//! Needs the `openvpn` program. Its server wants a tunnel device even when nothing goes through it: each test
//! runs itself again in a user and network namespace of its own, so that no privileges are needed.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test with the real program needs sockets"
)]

mod common;
mod real;

use common::{Seeded, client_config, server_config};
use real::echo::echo_request;
use real::{Driver, Place, Running, Socket, connect, free_port, inside, wall};
use spoke_engine::{
    Cipher, ClientConfig, Closed, Error, Refusal, Session, TlsVersions, TransportKind,
    tls_client_config,
};
use spoke_moment::Moment;
use spoke_wire::{AuthFailure, Ifconfig, PushReply, Topology};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::time::Duration;

fn client(place: &Place, more: &str, change: impl Fn(&mut ClientConfig)) -> (Driver, Running) {
    let mut config = client_config(&place.pki);
    change(&mut config);
    let transport = config.transport;
    let proto = match transport {
        TransportKind::Tcp => "tcp-server",
        TransportKind::Udp => "udp",
    };
    let port = free_port();
    let running = place.server(proto, port, more);
    let socket = connect(transport, port, &running);
    let entropy = Seeded(u64::from(port) + wall().unix());
    let session = Session::client(config, Box::new(entropy), Moment::ORIGIN, wall());
    (Driver::new(session, socket), running)
}

#[test]
fn a_client_connects_renews_its_key_and_leaves() {
    if !inside("a_client_connects_renews_its_key_and_leaves") {
        return;
    }
    let place = Place::new("client");
    let (mut client, server) = client(&place, "", |_| {});
    client.run(&server, |client| {
        client.pushed.is_some() && client.pings.contains_key(&0)
    });
    assert_eq!(client.tls.as_deref(), Some("TLSv1.3"));
    let pushed = client.pushed.clone().unwrap();
    assert_eq!(pushed.cipher.as_deref(), Some("AES-256-GCM"));
    assert!(pushed.protocol_flags.tls_ekm && pushed.protocol_flags.cc_exit);
    assert!(pushed.peer_id.is_some());
    client.ping();
    let now = client.now();
    client.session.renegotiate(now);
    client.run(&server, |client| client.sending == Some(1));
    client.ping();
    client.run(&server, |client| client.pings.values().sum::<u32>() >= 5);
    let now = client.now();
    client.session.close(now, "done");
    client.drain();
    assert!(matches!(client.closed, Some(Closed::Asked { .. })));
    std::thread::sleep(Duration::from_millis(300));
    let log = server.log();
    assert!(log.contains("exit message received"), "{log}");
}

#[test]
fn a_client_follows_renegotiations_of_the_server() {
    if !inside("a_client_follows_renegotiations_of_the_server") {
        return;
    }
    let place = Place::new("reneg");
    let (mut client, server) = client(&place, "--reneg-sec 4 4 --hand-window 4", |_| {});
    client.run(&server, |client| {
        client.sending == Some(2) && client.pings.contains_key(&1)
    });
    assert_eq!(client.closed, None);
}

#[test]
fn traffic_flows_through_renegotiations_without_a_lost_packet() {
    if !inside("traffic_flows_through_renegotiations_without_a_lost_packet") {
        return;
    }
    let place = Place::new("traffic");
    let (mut client, server) = client(&place, "--reneg-sec 5 5 --hand-window 4", |_| {});
    client.run(&server, |client| client.pings.contains_key(&0));
    let address = client.pushed.clone().unwrap().ifconfig.unwrap().local;
    let mut sent = 0;
    while client.sending != Some(3) {
        for _ in 0..5 {
            client.seal(&echo_request(address, Ipv4Addr::new(10, 8, 0, 1)));
            sent += 1;
        }
        // Fewer than the 64 packets that the server queues for a client before it drops some.
        client.run(&server, |client| client.packets + 30 > sent);
    }
    client.run(&server, |client| client.packets == sent);
    assert!(sent > 500, "{sent}");
    assert_eq!(client.notices, [""; 0]);
}

#[test]
fn old_and_new_ways_of_making_keys_work_under_both_tls_versions() {
    if !inside("old_and_new_ways_of_making_keys_work_under_both_tls_versions") {
        return;
    }
    let place = Place::new("ways");
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        for (modern, cipher) in [
            (false, Cipher::Aes256Gcm),
            (true, Cipher::Aes128Gcm),
            (true, Cipher::ChaCha20Poly1305),
        ] {
            let trust = place.pki.trust("gateway.test");
            let (mut client, server) = client(&place, "", |config| {
                config.tls = tls_client_config(trust.clone(), None, versions).unwrap();
                config.identity.modern = modern;
                config.ciphers = vec![cipher];
            });
            client.run(&server, |client| client.pings.contains_key(&0));
            let pushed = client.pushed.clone().unwrap();
            assert_eq!(pushed.peer_id.is_some(), modern);
            assert_eq!(pushed.protocol_flags.tls_ekm, modern);
            assert_eq!(pushed.cipher.as_deref(), Some(cipher.name()));
        }
    }
}

#[test]
fn a_wrong_password_is_refused_by_name() {
    if !inside("a_wrong_password_is_refused_by_name") {
        return;
    }
    let place = Place::new("refused");
    let (mut client, server) = client(&place, "", |_| {});
    client.password = "wrong".to_owned();
    client.run(&server, |client| client.closed.is_some());
    let refused = Error::PeerRefused(Refusal::Credentials(None));
    assert_eq!(client.closed, Some(Closed::Failed(refused)));
}

#[test]
fn a_session_token_is_used_at_the_renewal() {
    if !inside("a_session_token_is_used_at_the_renewal") {
        return;
    }
    let place = Place::new("token");
    let (mut client, server) = client(&place, "--auth-gen-token 3600", |_| {});
    client.run(&server, |client| client.pushed.is_some());
    assert!(client.pushed.clone().unwrap().auth_token.is_some());
    client.password = "not asked for any more".to_owned();
    let now = client.now();
    client.session.renegotiate(now);
    client.run(&server, |client| client.sending == Some(1));
    assert_eq!(client.notices, [""; 0]);
}

#[test]
fn a_client_connects_over_udp_and_renews_its_key() {
    if !inside("a_client_connects_over_udp_and_renews_its_key") {
        return;
    }
    let place = Place::new("udp");
    let (mut client, server) = client(&place, "", |config| config.transport = TransportKind::Udp);
    client.run(&server, |client| client.pings.contains_key(&0));
    let now = client.now();
    client.session.renegotiate(now);
    client.run(&server, |client| client.sending == Some(1));
    client.ping();
    let now = client.now();
    client.session.close(now, "done");
    client.run(&server, |client| client.closed.is_some());
    assert!(matches!(client.closed, Some(Closed::Asked { .. })));
    assert!(server.log().contains("exit message received"));
}

#[test]
fn the_real_client_connects_to_our_server_over_udp() {
    if !inside("the_real_client_connects_to_our_server_over_udp") {
        return;
    }
    let place = Place::new("udp-server");
    let (mut server, running) = udp_server(&place, "--explicit-exit-notify 1");
    server.run(&running, |server| server.pings.contains_key(&1));
    running.interrupt();
    let gone = Some(Closed::Failed(Error::PeerRefused(Refusal::Exit)));
    server.run(&running, |server| server.closed == gone);
}

#[test]
fn the_real_client_hears_a_refusal_of_its_renegotiation() {
    if !inside("the_real_client_hears_a_refusal_of_its_renegotiation") {
        return;
    }
    let place = Place::new("refused");
    let (mut server, running) = udp_server(&place, "");
    server.run(&running, |server| server.pings.contains_key(&0));
    server.refusal = Some(AuthFailure::Refused {
        reason: "the account is closed".to_owned(),
    });
    let now = server.now();
    server.session.renegotiate(now);
    let told = "AUTH_FAILED,the account is closed";
    server.run(&running, |_| running.log().contains(told));
    let log = running.log();
    assert!(!log.contains("out of sync"), "{log}");
}

#[test]
fn the_real_client_connects_to_our_server() {
    if !inside("the_real_client_connects_to_our_server") {
        return;
    }
    let place = Place::new("server");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let running = place.client("tcp-client", port, "");
    let (socket, _) = listener.accept().unwrap();
    let config = server_config(&place.pki);
    let session = Session::server(config, Box::new(Seeded(5)), Moment::ORIGIN, wall());
    let mut server = Driver::new(session, Socket::tcp(socket));
    server.push = configuration();
    server.run(&running, |server| server.pings.contains_key(&0));
    server.run(&running, |_| {
        running.log().contains("Initialization Sequence Completed")
    });
    server.ping();
    server.run(&running, |server| server.pings.contains_key(&1));
    assert_eq!(
        server.users[0],
        ("AzureAD".to_owned(), "let me in".to_owned())
    );
    assert_eq!(server.users.len(), 2);
    server.ping();
    let now = server.now();
    server.session.renegotiate(now);
    server.run(&running, |server| server.openers.contains_key(&2));
    let log = running.log();
    assert!(
        !log.contains("decrypt") && !log.contains("inconsistent"),
        "{log}"
    );
}

/// Our server over UDP, and the real client that has begun to speak with it.
fn udp_server(place: &Place, options: &str) -> (Driver, Running) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let running = place.client("udp", port, options);
    let (_, from) = socket.peek_from(&mut [0; 2048]).unwrap();
    socket.connect(from).unwrap();
    let mut config = server_config(&place.pki);
    config.transport = TransportKind::Udp;
    let session = Session::server(config, Box::new(Seeded(5)), Moment::ORIGIN, wall());
    let mut server = Driver::new(session, Socket::udp(socket));
    server.push = configuration();
    (server, running)
}

fn configuration() -> PushReply {
    PushReply {
        topology: Some(Topology::Subnet),
        ifconfig: Some(Ifconfig {
            local: Ipv4Addr::new(10, 9, 0, 2),
            mask_or_remote: Ipv4Addr::new(255, 255, 255, 0),
        }),
        ping: Some(1),
        ping_restart: Some(20),
        ..PushReply::default()
    }
}
