//! Two pumps against each other over a socket pair, with datagram sockets in the
//! place of tun devices.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use spoke_engine::trust::{ServerTrust, TrustConfig};
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, ClientTrust, Credentials, Digest, Error, Identity,
    Refusal, ServerConfig, Session, Timing, TlsAuthKey, TlsVersions, TransportKind, Wrapping,
    tls_client_config, tls_server_config,
};
use spoke_tunnel::{Clock, Ending, Event, Pump, SystemEntropy, Transport, TunIo};
use spoke_wire::{AuthFailure, Ifconfig, KeyDirection, PushReply, StaticKey, Topology};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const NAME: &str = "gateway.test";
const SOON: Duration = Duration::from_secs(20);
const MTU: u16 = 1500;

struct World {
    client: Pump,
    server: Pump,
    client_events: Receiver<Event>,
    server_events: Receiver<Event>,
}

fn pki() -> (CertificateDer<'static>, Identity) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_cert = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf_cert = leaf.signed_by(&key, &issuer).unwrap();
    let identity = Identity {
        chain: vec![leaf_cert.der().clone()],
        key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
    };
    (root_cert.der().clone(), identity)
}

fn wrapping(direction: KeyDirection) -> Wrapping {
    Wrapping::TlsAuth(TlsAuthKey {
        key: StaticKey::from_bytes(&[7; 256]),
        digest: Digest::Sha256,
        direction,
    })
}

fn sessions(clock: Clock) -> (Session, Session) {
    let (root, identity) = pki();
    let trust = ServerTrust::new(TrustConfig {
        roots: vec![root],
        roots_from: "the test".into(),
        pinned_sha1: None,
        names: vec![NAME.into()],
    })
    .unwrap();
    let client = ClientConfig {
        transport: TransportKind::Tcp,
        wrapping: wrapping(KeyDirection::Inverse),
        tls: tls_client_config(Arc::new(trust), None, TlsVersions::Any).unwrap(),
        server_name: ServerName::try_from(NAME).unwrap(),
        ciphers: vec![Cipher::Aes256Gcm],
        fallback_cipher: Some(Cipher::Aes256Gcm),
        with_credentials: true,
        tun_mtu: MTU,
        identity: ClientIdentity {
            version: "2.6.14".into(),
            platform: "linux".into(),
            program: "test".into(),
            modern: true,
            can_be_asked: false,
            variables: Vec::new(),
            options_override: None,
            peer_info_override: None,
        },
        timing: Timing::default(),
    };
    let server = ServerConfig {
        transport: TransportKind::Tcp,
        wrapping: wrapping(KeyDirection::Normal),
        tls: tls_server_config(identity, ClientTrust::default(), TlsVersions::Any).unwrap(),
        ciphers: vec![Cipher::Aes256Gcm],
        fallback_cipher: None,
        peer_id: 5,
        tun_mtu: MTU,
        timing: Timing::default(),
    };
    let (now, wall) = (clock.now(), clock.wall());
    (
        Session::client(client, Box::new(SystemEntropy), now, wall),
        Session::server(server, Box::new(SystemEntropy), now, wall),
    )
}

fn world() -> World {
    let clock = Clock::start();
    let (client, server) = sessions(clock);
    let (near, far) = UnixStream::pair().unwrap();
    let (client_tell, client_events) = channel();
    let (server_tell, server_events) = channel();
    let start = |stream, session, tell: std::sync::mpsc::Sender<Event>| {
        let transport = Transport::unix(stream).unwrap();
        Pump::start(transport, session, clock, move |event| {
            let _ = tell.send(event);
        })
        .unwrap()
    };
    World {
        client: start(near, client, client_tell),
        server: start(far, server, server_tell),
        client_events,
        server_events,
    }
}

impl World {
    /// Signs in; answers the configuration that the client got.
    fn connect(&self) -> Box<PushReply> {
        self.client.supply_credentials(Credentials {
            username: "AzureAD".into(),
            password: "token".to_owned().into(),
        });
        let check = until(&self.server_events, |event| match event {
            Event::CheckCredentials(check) => Some(check),
            _ => None,
        });
        assert_eq!(check.username, "AzureAD");
        assert_eq!(*check.password, "token");
        self.server.accept(
            check.key_id,
            PushReply {
                topology: Some(Topology::Subnet),
                ifconfig: Some(Ifconfig {
                    local: [10, 9, 0, 2].into(),
                    mask_or_remote: [255, 255, 255, 0].into(),
                }),
                ..PushReply::default()
            },
        );
        until(&self.client_events, |event| match event {
            Event::Pushed { reply, again } => {
                assert!(!again);
                Some(reply)
            }
            _ => None,
        })
    }
}

fn until<T>(events: &Receiver<Event>, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    loop {
        let event = events.recv_timeout(SOON).unwrap();
        if let Event::Ended(ending) = event {
            if let Some(found) = wanted(Event::Ended(ending)) {
                return found;
            }
            panic!("it ended early");
        }
        if let Some(found) = wanted(event) {
            return found;
        }
    }
}

fn ended(events: &Receiver<Event>) -> Ending {
    until(events, |event| match event {
        Event::Ended(ending) => Some(ending),
        _ => None,
    })
}

/// A datagram pair: the one end for the pump, the other for the test.
fn inside() -> (TunIo, UnixDatagram) {
    let (pump, test) = UnixDatagram::pair().unwrap();
    pump.set_nonblocking(true).unwrap();
    test.set_read_timeout(Some(SOON)).unwrap();
    (TunIo::new(pump.into(), MTU), test)
}

/// An IPv4 packet of UDP with a number inside.
fn packet(number: u32, length: usize) -> Vec<u8> {
    let mut packet = vec![0; length];
    packet[0] = 0x45;
    packet[9] = 17;
    packet[20..24].copy_from_slice(&number.to_be_bytes());
    for (at, byte) in packet.iter_mut().enumerate().skip(24) {
        *byte = (at as u32 ^ number) as u8;
    }
    packet
}

#[test]
fn a_hundred_megabytes_go_both_ways_at_once_in_order_and_unharmed() {
    const COUNT: u32 = 70_000;
    let world = world();
    let reply = world.connect();
    assert_eq!(reply.ifconfig.unwrap().local.octets(), [10, 9, 0, 2]);
    let (client_tun, client_inside) = inside();
    let (server_tun, server_inside) = inside();
    world.client.attach(client_tun);
    world.server.attach(server_tun);
    let ends = [client_inside, server_inside];
    std::thread::scope(|scope| {
        for end in &ends {
            scope.spawn(move || {
                for number in 0..COUNT {
                    end.send(&packet(number, 1400 + number as usize % 101))
                        .unwrap();
                }
            });
            scope.spawn(move || {
                let mut buffer = [0; 2000];
                for number in 0..COUNT {
                    let length = end.recv(&mut buffer).unwrap();
                    let expected = packet(number, 1400 + number as usize % 101);
                    assert!(buffer[..length] == expected, "packet {number}");
                }
            });
        }
    });
    until(&world.client_events, |event| {
        matches!(event, Event::FirstData).then_some(())
    });
    let moved = world.client.counters();
    assert!(moved.received() > 98_000_000 && moved.received() == moved.sent());
}

#[test]
fn data_goes_on_through_a_renegotiation() {
    let world = world();
    world.connect();
    let (client_tun, client_inside) = inside();
    let (server_tun, server_inside) = inside();
    world.client.attach(client_tun);
    world.server.attach(server_tun);
    let mut buffer = [0; 2000];
    let mut number = 0;
    let mut pass = || {
        number += 1;
        client_inside.send(&packet(number, 200)).unwrap();
        let length = server_inside.recv(&mut buffer).unwrap();
        assert!(buffer[..length] == packet(number, 200));
        server_inside.send(&packet(number, 900)).unwrap();
        let length = client_inside.recv(&mut buffer).unwrap();
        assert!(buffer[..length] == packet(number, 900));
    };
    pass();
    world.client.renegotiate();
    until(&world.client_events, |event| match event {
        Event::CredentialsWanted {
            renegotiation: true,
        } => Some(()),
        _ => None,
    });
    pass();
    world.client.supply_credentials(Credentials {
        username: "AzureAD".into(),
        password: "newer".to_owned().into(),
    });
    let check = until(&world.server_events, |event| match event {
        Event::CheckCredentials(check) => Some(check),
        _ => None,
    });
    assert!(check.renegotiation);
    assert_eq!(*check.password, "newer");
    world.server.accept(check.key_id, PushReply::default());
    for _ in 0..20 {
        pass();
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn leaving_tells_the_other_side() {
    let world = world();
    world.connect();
    world.client.close("the user wants to");
    assert!(matches!(ended(&world.client_events), Ending::Asked));
    let ending = ended(&world.server_events);
    assert!(
        matches!(
            ending,
            Ending::Session(Error::PeerRefused(Refusal::Exit)) | Ending::Transport(_)
        ),
        "{ending:?}"
    );
}

#[test]
fn a_refusal_arrives_with_its_reason() {
    let world = world();
    world.client.supply_credentials(Credentials {
        username: "AzureAD".into(),
        password: "bad".to_owned().into(),
    });
    let check = until(&world.server_events, |event| match event {
        Event::CheckCredentials(check) => Some(check),
        _ => None,
    });
    let reason = "the token is for another gateway".to_owned();
    world
        .server
        .reject(check.key_id, AuthFailure::Refused { reason });
    let ending = ended(&world.client_events);
    let Ending::Session(Error::PeerRefused(Refusal::Credentials(Some(reason)))) = ending else {
        panic!("{ending:?}");
    };
    assert_eq!(reason, "the token is for another gateway");
}

#[test]
fn a_peer_that_vanishes_ends_the_tunnel() {
    let clock = Clock::start();
    let (client, _) = sessions(clock);
    let (near, far) = UnixStream::pair().unwrap();
    let (tell, events) = channel();
    let _pump = Pump::start(
        Transport::unix(near).unwrap(),
        client,
        clock,
        move |event| {
            let _ = tell.send(event);
        },
    )
    .unwrap();
    drop(far);
    assert!(matches!(ended(&events), Ending::Transport(_)));
}
