//! How many round trips a connection to the real OpenVPN 2.x takes, measured with the clock through a relay that holds
//! everything back for a while. `docs/round-trips.md` says what must come out, and why.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test with the real program needs a clock, sockets and threads"
)]

mod common;
mod real;

use common::{Seeded, client_config};
use real::{Driver, Place, Running, Socket, free_port, inside, wall};
use spoke_engine::{Session, TlsVersions, TransportKind, tls_client_config};
use spoke_moment::Moment;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// One round trip. (Long, so that a busy machine does not add one.)
const TRIP: Duration = Duration::from_millis(400);

#[test]
fn the_real_server_is_reached_in_as_few_round_trips_as_the_protocol_forces() {
    if !inside("the_real_server_is_reached_in_as_few_round_trips_as_the_protocol_forces") {
        return;
    }
    let place = Place::new("trips");
    for transport in [TransportKind::Udp, TransportKind::Tcp] {
        for (versions, expected) in [(TlsVersions::Only13, 4), (TlsVersions::Only12, 5)] {
            // The relay answers TCP's own handshake, which is one trip more.
            let took = measure(&place, transport, versions);
            let trips = took.as_millis() / TRIP.as_millis();
            println!("{transport:?} {versions:?}: {took:?}, {trips} trips of {TRIP:?}");
            assert_eq!(trips, expected, "{transport:?} {versions:?}: {took:?}");
        }
    }
}

/// The time from the client's first packet to its configuration.
fn measure(place: &Place, transport: TransportKind, versions: TlsVersions) -> Duration {
    let mut config = client_config(&place.pki);
    config.transport = transport;
    let trust = place.pki.trust("gateway.test");
    config.tls = tls_client_config(trust, None, versions).expect("TLS");
    let port = free_port();
    let proto = match transport {
        TransportKind::Tcp => "tcp-server",
        TransportKind::Udp => "udp",
    };
    let server = place.server(proto, port, "");
    drop(real::connect(transport, port, &server));
    let socket = relayed(transport, port, &server);
    let entropy = Seeded(u64::from(port) + wall().unix());
    let start = Instant::now();
    let session = Session::client(config, Box::new(entropy), Moment::ORIGIN, wall());
    let mut client = Driver::new(session, socket);
    client.run(&server, |client| client.pushed.is_some());
    start.elapsed()
}

/// A socket to the server by way of a relay that takes half a trip each way.
fn relayed(transport: TransportKind, port: u16, server: &Running) -> Socket {
    assert!(!server.log().is_empty());
    match transport {
        TransportKind::Udp => {
            let here = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            let client = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            let there = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            client
                .connect(here.local_addr().expect("bound"))
                .expect("known");
            here.connect(client.local_addr().expect("bound"))
                .expect("known");
            there.connect(("127.0.0.1", port)).expect("known");
            for (from, to) in [(&here, &there), (&there, &here)] {
                let (from, to) = (from.try_clone().expect("one"), to.try_clone().expect("one"));
                let mut packet = vec![0; 65_536];
                hold_back(
                    move || {
                        let count = from.recv(&mut packet).ok()?;
                        packet.get(..count).map(<[u8]>::to_vec)
                    },
                    move |bytes| to.send(&bytes).is_ok(),
                );
            }
            Socket::udp(client)
        }
        TransportKind::Tcp => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
            let client = TcpStream::connect(listener.local_addr().expect("bound"));
            let (here, _) = listener.accept().expect("the client");
            let there = TcpStream::connect(("127.0.0.1", port)).expect("the server");
            for socket in [&here, &there] {
                socket.set_nodelay(true).expect("a socket");
            }
            for (from, to) in [(&here, &there), (&there, &here)] {
                let mut from = from.try_clone().expect("one");
                let mut to = to.try_clone().expect("one");
                let mut piece = vec![0; 65_536];
                hold_back(
                    move || {
                        let count = from.read(&mut piece).ok().filter(|count| *count > 0)?;
                        piece.get(..count).map(<[u8]>::to_vec)
                    },
                    move |bytes| to.write_all(&bytes).is_ok(),
                );
            }
            Socket::tcp(client.expect("the relay"))
        }
    }
}

/// Moves bytes from one to the other, each half a trip after it came. The threads end with their sockets.
fn hold_back(
    mut receive: impl FnMut() -> Option<Vec<u8>> + Send + 'static,
    mut send: impl FnMut(Vec<u8>) -> bool + Send + 'static,
) {
    let (put, take) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        while let Some(bytes) = receive() {
            if put.send((Instant::now() + TRIP / 2, bytes)).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in take {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if !send(bytes) {
                break;
            }
        }
    });
}
