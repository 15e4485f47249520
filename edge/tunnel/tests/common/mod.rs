//! Two pumps against each other, with datagram sockets in the place of tun devices.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests may fail like tests; inside the crate they count as tests"
)]

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use spoke_engine::trust::{ServerTrust, TrustConfig};
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, ClientTrust, Credentials, Digest, Identity, ServerConfig,
    Session, Timing, TlsAuthKey, TlsVersions, TransportKind, Wrapping, tls_client_config,
    tls_server_config,
};
use spoke_tunnel::{Clock, Ending, Event, Pump, SystemEntropy, Transport, TunIo};
use spoke_wire::{
    Compression, Ifconfig, KeyDirection, ProtocolBits, PushReply, StaticKey, Topology,
};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

pub(crate) const NAME: &str = "gateway.test";
pub(crate) const SOON: Duration = Duration::from_secs(20);
pub(crate) const MTU: u16 = 1500;

pub(crate) struct World {
    pub(crate) client: Pump,
    pub(crate) server: Pump,
    pub(crate) client_events: Receiver<Event>,
    pub(crate) server_events: Receiver<Event>,
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

pub(crate) fn sessions(
    clock: Clock,
    transport: TransportKind,
    timing: Timing,
) -> (Session, Session) {
    framed_sessions(clock, transport, timing, None)
}

/// As [`sessions`], with a framing that the client alone believes in.
pub(crate) fn framed_sessions(
    clock: Clock,
    transport: TransportKind,
    timing: Timing,
    framing: Option<Compression>,
) -> (Session, Session) {
    let (root, identity) = pki();
    let trust = ServerTrust::new(TrustConfig {
        roots: vec![root],
        roots_from: "the test".into(),
        pinned_sha1: None,
        names: vec![NAME.into()],
        requirements: spoke_engine::trust::Requirements::default(),
    })
    .unwrap();
    let client = ClientConfig {
        transport,
        wrapping: wrapping(KeyDirection::Inverse),
        tls: tls_client_config(Arc::new(trust), None, TlsVersions::Any).unwrap(),
        server_name: ServerName::try_from(NAME).unwrap(),
        ciphers: vec![Cipher::Aes256Gcm],
        fallback_cipher: Some(Cipher::Aes256Gcm),
        auth: Digest::Sha256,
        framing,
        with_credentials: true,
        push_filter: spoke_wire::PushFilter::default(),
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
        timing,
    };
    let server = ServerConfig {
        transport,
        wrapping: wrapping(KeyDirection::Normal),
        tls: tls_server_config(identity, ClientTrust::default(), TlsVersions::Any).unwrap(),
        ciphers: vec![Cipher::Aes256Gcm],
        fallback_cipher: None,
        auth: Digest::Sha256,
        peer_id: 5,
        withheld: ProtocolBits::default(),
        tun_mtu: MTU,
        timing,
    };
    let (now, wall) = (clock.now(), clock.wall());
    (
        Session::client(client, Box::new(SystemEntropy), now, wall),
        Session::server(server, Box::new(SystemEntropy), now, wall),
    )
}

pub(crate) fn ip(words: &str) -> String {
    let output = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {words}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the calling test where it may make devices and raw sockets, or says why not.
pub(crate) fn in_a_namespace(body: impl FnOnce()) {
    if spoke_needs::inside(spoke_needs::NETWORK) {
        body();
    }
}

/// A pump whose events go to the receiver.
pub(crate) fn pump(
    transport: Transport,
    session: Session,
    clock: Clock,
) -> (Pump, Receiver<Event>) {
    let (tell, events) = channel();
    let pump = Pump::start(transport, session, clock, move |event| {
        let _ = tell.send(event);
    })
    .unwrap();
    (pump, events)
}

/// Both ends over these transports.
pub(crate) fn world(near: Transport, far: Transport, kind: TransportKind) -> World {
    let clock = Clock::start();
    let (client, server) = sessions(clock, kind, Timing::default());
    let (client, client_events) = pump(near, client, clock);
    let (server, server_events) = pump(far, server, clock);
    World {
        client,
        server,
        client_events,
        server_events,
    }
}

impl World {
    /// Signs in; answers the configuration that the client got.
    pub(crate) fn connect(&self) -> Box<PushReply> {
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

pub(crate) fn until<T>(events: &Receiver<Event>, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
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

pub(crate) fn ended(events: &Receiver<Event>) -> Ending {
    until(events, |event| match event {
        Event::Ended(ending) => Some(ending),
        _ => None,
    })
}

/// A datagram pair: the one end for the pump, the other for the test.
pub(crate) fn inside() -> (TunIo, UnixDatagram) {
    let (pump, test) = UnixDatagram::pair().unwrap();
    pump.set_nonblocking(true).unwrap();
    test.set_read_timeout(Some(SOON)).unwrap();
    (TunIo::new(pump.into(), MTU), test)
}

/// An IPv4 packet of UDP with a number inside.
pub(crate) fn packet(number: u32, length: usize) -> Vec<u8> {
    let mut packet = vec![0; length];
    packet[0] = 0x45;
    packet[9] = 17;
    packet[20..24].copy_from_slice(&number.to_be_bytes());
    for (at, byte) in packet.iter_mut().enumerate().skip(24) {
        *byte = (at as u32 ^ number) as u8;
    }
    packet
}

/// The start of a TCP connection over IPv4 that takes segments of 1460 bytes.
pub(crate) fn syn() -> Vec<u8> {
    let mut packet = vec![0; 44];
    packet[0] = 0x45;
    packet[9] = 6;
    packet[32] = 0x60;
    packet[33] = 0x02;
    packet[40..].copy_from_slice(&[2, 4, 0x05, 0xb4]);
    packet
}

/// The longest segments that such a packet takes.
pub(crate) fn announced(packet: &[u8]) -> u16 {
    u16::from_be_bytes([packet[42], packet[43]])
}
