//! Every wrapping of control packets with the real OpenVPN 2.x, in both roles, over UDP and TCP, each through a
//! renegotiation (which is under dynamic tls-crypt). Our server meets its clients over UDP without memory first.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test with the real program needs sockets, and may fail"
)]

mod common;
mod real;

use common::{Seeded, client_config, server_config, static_key, tls_auth};
use real::{Driver, Place, Running, Socket, connect, free_port, inside, wall};
use spoke_engine::{
    Answer, ClientKeyPolicy, Digest, Session, StatelessConfig, StatelessHandshake,
    TlsCryptV2Server, TransportKind, Wrapping, seal_client_key,
};
use spoke_moment::Moment;
use spoke_wire::{
    ClientKeyMetadata, Ifconfig, KeyDirection, PushReply, TlsCryptV2ClientKey, TlsCryptV2ServerKey,
    Topology,
};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// One wrapping, as the program is told it and as we are.
struct Case {
    name: String,
    program_server: String,
    program_client: String,
    client: Wrapping,
    server: Wrapping,
}

fn cases(place: &Place) -> Vec<Case> {
    let mut cases = vec![Case {
        name: "none".to_owned(),
        program_server: String::new(),
        program_client: String::new(),
        client: Wrapping::None,
        server: Wrapping::None,
    }];
    for (digest, with_direction) in [
        (Digest::Sha1, true),
        (Digest::Sha1, false),
        (Digest::Sha224, true),
        (Digest::Sha256, true),
        (Digest::Sha256, false),
        (Digest::Sha384, true),
        (Digest::Sha512, true),
        (Digest::Sha512, false),
    ] {
        let name = digest.name();
        let (server, client, own, theirs) = match with_direction {
            true => ("0", "1", KeyDirection::Inverse, KeyDirection::Normal),
            false => ("", "", KeyDirection::Both, KeyDirection::Both),
        };
        cases.push(Case {
            name: format!("tls-auth {name} {client}"),
            program_server: format!("--tls-auth ta.key {server} --auth {name}"),
            program_client: format!("--tls-auth ta.key {client} --auth {name}"),
            client: tls_auth(digest, own),
            server: tls_auth(digest, theirs),
        });
    }
    cases.push(Case {
        name: "tls-crypt".to_owned(),
        program_server: "--tls-crypt ta.key".to_owned(),
        program_client: "--tls-crypt ta.key".to_owned(),
        client: Wrapping::TlsCrypt(static_key()),
        server: Wrapping::TlsCrypt(static_key()),
    });
    ours(place);
    cases.push(tls_crypt_v2(place, "ours", ""));
    theirs(place);
    cases.push(tls_crypt_v2(place, "theirs", ""));
    cases.push(tls_crypt_v2(place, "theirs", "force-cookie"));
    cases
}

fn tls_crypt_v2(place: &Place, made: &str, more: &str) -> Case {
    let read = |end: &str| place.read(&format!("{made}-{end}.key"));
    let client = TlsCryptV2ClientKey::parse(&read("client")).unwrap();
    let server = TlsCryptV2Server {
        key: TlsCryptV2ServerKey::parse(&read("server")).unwrap(),
        accepts: ClientKeyPolicy::Any,
    };
    Case {
        name: format!("tls-crypt-v2, keys {made} {more}"),
        program_server: format!("--tls-crypt-v2 {made}-server.key {more}"),
        program_client: format!("--tls-crypt-v2 {made}-client.key"),
        client: Wrapping::TlsCryptV2Client(client),
        server: Wrapping::TlsCryptV2Server(server),
    }
}

/// Keys that we make, with the longest metadata that there is: the ClientHello does not fit beside them.
fn ours(place: &Place) {
    let server = TlsCryptV2ServerKey::from_bytes(&[0x5a; TlsCryptV2ServerKey::LEN]);
    let metadata = ClientKeyMetadata::User(vec![b'm'; 730]);
    let client = seal_client_key(&server, static_key(), &metadata).unwrap();
    place.put("ours-server.key", &server.to_text());
    place.put("ours-client.key", &client.to_text());
}

/// Keys that the program makes.
fn theirs(place: &Place) {
    place.run("--genkey tls-crypt-v2-server theirs-server.key");
    place.run("--tls-crypt-v2 theirs-server.key --genkey tls-crypt-v2-client theirs-client.key");
}

fn our_client(place: &mut Place, case: &Case, transport: TransportKind) {
    place.server_wrapping.clone_from(&case.program_server);
    let proto = match transport {
        TransportKind::Tcp => "tcp-server",
        TransportKind::Udp => "udp",
    };
    let port = free_port();
    let running = place.server(proto, port, "");
    let mut config = client_config(&place.pki);
    config.transport = transport;
    config.wrapping = case.client.clone();
    let socket = connect(transport, port, &running);
    let entropy = Box::new(Seeded(u64::from(port) + wall().unix()));
    let session = Session::client(config, entropy, Moment::ORIGIN, wall());
    let mut client = Driver::new(session, socket);
    client.run(&running, |client| client.pings.contains_key(&0));
    let flags = client.pushed.clone().unwrap().protocol_flags;
    assert!(flags.dyn_tls_crypt, "{}", case.name);
    let now = client.now();
    client.session.renegotiate(now);
    client.run(&running, |client| client.sending == Some(1));
    client.ping();
    assert_eq!(client.notices, [""; 0], "{}", case.name);
    check(&running, case);
}

fn our_server(place: &mut Place, case: &Case, transport: TransportKind) {
    place.client_wrapping.clone_from(&case.program_client);
    let mut config = server_config(&place.pki);
    config.transport = transport;
    config.wrapping = case.server.clone();
    let (mut server, running) = match transport {
        TransportKind::Udp => {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let port = socket.local_addr().unwrap().port();
            let running = place.client("udp", port, "");
            (meet(config, socket), running)
        }
        TransportKind::Tcp => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let running = place.client("tcp-client", port, "");
            let (socket, _) = listener.accept().unwrap();
            let session = Session::server(config, Box::new(Seeded(5)), Moment::ORIGIN, wall());
            (Driver::new(session, Socket::tcp(socket)), running)
        }
    };
    server.push = PushReply {
        topology: Some(Topology::Subnet),
        ifconfig: Some(Ifconfig {
            local: Ipv4Addr::new(10, 9, 0, 2),
            mask_or_remote: Ipv4Addr::new(255, 255, 255, 0),
        }),
        ping: Some(1),
        ..PushReply::default()
    };
    server.run(&running, |server| server.pings.contains_key(&0));
    let now = server.now();
    server.session.renegotiate(now);
    server.run(&running, |server| server.sending == Some(1));
    server.ping();
    assert_eq!(server.notices, [""; 0], "{}", case.name);
    check(&running, case);
}

/// Answers without memory until a client has proven where it is.
fn meet(config: spoke_engine::ServerConfig, socket: UdpSocket) -> Driver {
    let stateless = StatelessConfig::new(config.wrapping.clone());
    let mut handshake = StatelessHandshake::new(stateless, &mut Seeded(wall().unix()));
    let (now, mut replies) = (Moment::ORIGIN, 0);
    loop {
        let mut packet = vec![0; 2048];
        let (length, from) = socket.recv_from(&mut packet).unwrap();
        let address = from.to_string();
        match handshake.handle_packet(now, wall(), address.as_bytes(), &packet[..length]) {
            Answer::Reply(reply) => {
                replies += 1;
                socket.send_to(&reply, from).unwrap();
            }
            Answer::Admit(admission) => {
                assert!(replies > 0, "a session before a cookie");
                socket.connect(from).unwrap();
                let entropy = Box::new(Seeded(5));
                let session = Session::admitted(config, admission, entropy, now, wall());
                return Driver::new(session, Socket::udp(socket));
            }
            Answer::Drop(reason) => panic!("{reason}"),
        }
    }
}

fn check(running: &Running, case: &Case) {
    let log = running.log();
    for trouble in ["TLS Error", "decrypt", "HMAC", "inconsistent"] {
        assert!(!log.contains(trouble), "{}: {log}", case.name);
    }
}

fn every_case(test: &str, run: fn(&mut Place, &Case, TransportKind), transport: TransportKind) {
    if !inside(test) {
        return;
    }
    let mut place = Place::new(test);
    for case in cases(&place) {
        println!("{}", case.name);
        run(&mut place, &case, transport);
    }
}

#[test]
fn our_client_over_udp() {
    every_case("our_client_over_udp", our_client, TransportKind::Udp);
}

#[test]
fn our_client_over_tcp() {
    every_case("our_client_over_tcp", our_client, TransportKind::Tcp);
}

#[test]
fn our_server_over_udp() {
    every_case("our_server_over_udp", our_server, TransportKind::Udp);
}

#[test]
fn our_server_over_tcp() {
    every_case("our_server_over_tcp", our_server, TransportKind::Tcp);
}
