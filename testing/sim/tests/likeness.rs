//! How the client looks from outside, next to a recording of OpenVPN 2.6.14. `docs/likeness.md` explains each difference.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use spoke_engine::{Digest, TlsVersions, TransportKind};
use spoke_sim::{Pair, Protection, Scenario, SimIdentity};
use spoke_wire::{Control, Opcode, TlsAuthLayout};
use std::time::Duration;

/// One control packet, taken apart.
#[derive(Debug)]
struct Packet {
    len: usize,
    opcode: Opcode,
    key_id: u8,
    replay_id: u32,
    acks: Vec<u32>,
    message: Option<(u32, Vec<u8>)>,
}

fn dissect(packet: &[u8]) -> Packet {
    let fields = TlsAuthLayout::new(32).split(packet).expect("tls-auth");
    let control = Control::decode(fields.first.opcode, fields.rest).expect("a control packet");
    Packet {
        len: packet.len(),
        opcode: fields.first.opcode,
        key_id: fields.first.key_id,
        replay_id: fields.packet_id,
        acks: control.acks,
        message: control
            .message
            .map(|message| (message.id, message.payload.to_vec())),
    }
}

/// What one client showed of itself.
struct Client {
    first: Vec<u8>,
    packets: Vec<Packet>,
    options: String,
    peer_info: Vec<String>,
}

fn openvpn() -> Client {
    let text = include_str!("recordings/openvpn-2.6.14-tcp-tls-auth-sha256.txt");
    let all = |kind: &'static str| text.lines().filter_map(move |line| line.strip_prefix(kind));
    let packets: Vec<Vec<u8>> = all("client ")
        .map(|line| hex::decode(line).expect("hex"))
        .collect();
    Client {
        first: packets.first().expect("packets").clone(),
        packets: packets.iter().map(|packet| dissect(packet)).collect(),
        options: all("options ").collect(),
        peer_info: all("peer-info ").map(str::to_owned).collect(),
    }
}

fn spoke() -> Client {
    let identity = SimIdentity::new().expect("certificates");
    let mut scenario = Scenario::draw(&identity, 1, TransportKind::Tcp);
    scenario.protection = Protection::TlsAuth(Digest::Sha256);
    scenario.versions = TlsVersions::Any;
    scenario.modern = true;
    scenario.ciphers = spoke_engine::Cipher::DEFAULT.to_vec();
    scenario.password = "x".repeat(1200);
    let mut pair = Pair::new(&scenario).expect("a pair");
    pair.run_until(Duration::from_secs(60), "up", |pair| {
        pair.client.is_up() && pair.server.is_up()
    })
    .expect("it comes up");
    let (options, peer_info) = pair.server.known().introduced.clone().expect("introduced");
    let spoken = &pair.client.known().spoken;
    Client {
        first: spoken.first().expect("packets").clone(),
        packets: spoken.iter().map(|packet| dissect(packet)).collect(),
        options,
        peer_info: peer_info.lines().map(str::to_owned).collect(),
    }
}

/// What a `ClientHello` says, without its random parts.
#[derive(Debug, Default)]
struct Hello {
    record_version: u16,
    legacy_version: u16,
    session_id_len: usize,
    suites: Vec<u16>,
    extensions: Vec<(u16, Vec<u8>)>,
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn number(&mut self, bytes: usize) -> usize {
        self.take(bytes)
            .iter()
            .fold(0, |all, byte| all << 8 | usize::from(*byte))
    }

    fn u16(&mut self) -> u16 {
        u16::try_from(self.number(2)).expect("two bytes")
    }

    fn vector(&mut self, length_bytes: usize) -> Reader<'a> {
        let len = self.number(length_bytes);
        Reader(self.take(len))
    }

    fn all_u16(mut self) -> Vec<u16> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(self.u16());
        }
        all
    }
}

fn hello(packets: &[Packet]) -> Hello {
    let payloads = packets.iter().filter_map(|packet| packet.message.as_ref());
    let bytes: Vec<u8> = payloads.flat_map(|(_, payload)| payload.clone()).collect();
    let mut record = Reader(&bytes);
    assert_eq!(record.number(1), 22, "a handshake record");
    let record_version = record.u16();
    let mut record = record.vector(2);
    assert_eq!(record.number(1), 1, "a ClientHello");
    let mut body = record.vector(3);
    let legacy_version = body.u16();
    body.take(32);
    let session_id_len = body.vector(1).0.len();
    let suites = body.vector(2).all_u16();
    body.vector(1);
    let mut rest = body.vector(2);
    let mut extensions = Vec::new();
    while !rest.0.is_empty() {
        extensions.push((rest.u16(), rest.vector(2).0.to_vec()));
    }
    Hello {
        record_version,
        legacy_version,
        session_id_len,
        suites,
        extensions,
    }
}

impl Hello {
    fn extension(&self, kind: u16) -> Option<&[u8]> {
        let found = self.extensions.iter().find(|(known, _)| *known == kind);
        found.map(|(_, data)| data.as_slice())
    }

    /// The numbers in a list extension, sorted.
    fn list(&self, kind: u16, length_bytes: usize) -> Vec<u16> {
        let mut data = Reader(self.extension(kind).unwrap_or_default());
        let mut all = data.vector(length_bytes).all_u16();
        all.sort_unstable();
        all
    }

    /// Kinds of extensions, sorted: their order is drawn anew for each connection.
    fn kinds(&self) -> Vec<u16> {
        let mut kinds: Vec<u16> = self.extensions.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds
    }
}

/// The first packet with what is different each time (session id, HMAC, time) left out.
fn masked(packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    packet[1..41].fill(0);
    packet[45..49].fill(0);
    packet
}

fn fresh_acks(packets: &[Packet]) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    packets
        .iter()
        .flat_map(|packet| &packet.acks)
        .filter(|ack| seen.insert(**ack))
        .count()
}

#[test]
fn the_first_packet_is_openvpns_byte_for_byte() {
    let (openvpn, spoke) = (openvpn(), spoke());
    assert_eq!(openvpn.first.len(), 54);
    assert_eq!(masked(&spoke.first), masked(&openvpn.first));
}

#[test]
fn control_packets_are_built_like_openvpns() {
    let (openvpn, spoke) = (openvpn(), spoke());
    let largest = openvpn.packets.iter().map(|packet| packet.len).max();
    for client in [&openvpn, &spoke] {
        let mut next_message = 0;
        for (packet, replay_id) in client.packets.iter().zip(1..) {
            assert_eq!(packet.key_id, 0);
            assert_eq!(packet.replay_id, replay_id);
            assert!(Some(packet.len) <= largest, "{packet:?}");
            if let Some((id, _)) = &packet.message {
                assert_eq!(*id, next_message);
                next_message += 1;
            }
        }
        // The ClientHello goes with the first acknowledgement.
        let second = client.packets.get(1).expect("packets");
        assert_eq!(
            (second.opcode, second.acks.as_slice()),
            (Opcode::ControlV1, [0].as_slice())
        );
    }
    assert!(spoke.packets.iter().all(|packet| packet.acks.len() <= 4));
}

#[test]
fn nothing_is_offered_in_tls_that_openvpn_would_not() {
    let (openvpn, spoke) = (hello(&openvpn().packets), hello(&spoke().packets));
    assert_eq!(
        (spoke.record_version, spoke.legacy_version),
        (openvpn.record_version, openvpn.legacy_version)
    );
    assert_eq!(spoke.session_id_len, openvpn.session_id_len);
    assert!(
        spoke
            .suites
            .iter()
            .all(|suite| openvpn.suites.contains(suite)),
        "{:04x?}",
        spoke.suites
    );
    assert_eq!(spoke.suites.first(), openvpn.suites.first());
    for (name, kind) in [
        ("versions", 43),
        ("key exchange modes", 45),
        ("extended master secret", 23),
    ] {
        assert_eq!(spoke.extension(kind), openvpn.extension(kind), "{name}");
    }
    // One key share, and of the same group.
    let share = |hello: &Hello| {
        hello
            .extension(51)
            .map(|data| (data.len(), data[..4].to_vec()))
    };
    assert_eq!(share(&spoke), share(&openvpn));
    for (name, kind) in [
        ("ALPN", 16),
        ("session ticket", 35),
        ("pre-shared key", 41),
        ("early data", 42),
        ("post-handshake authentication", 49),
    ] {
        assert_eq!(
            (spoke.extension(kind), openvpn.extension(kind)),
            (None, None),
            "{name}"
        );
    }
}

/// Every property in which the two differ, and why that is so or does no harm.
const REASONS: [(&str, &str); 9] = [
    (
        "acknowledgements",
        "OpenVPN repeats old ones in every packet, for lossy links. Some servers drop packets with many of them (SoftEther did), so each is sent once, and again only with a message that is sent again; when it is lost the peer repeats its message and gets it again",
    ),
    (
        "control packets",
        "acknowledgements ride on packets that go out anyway, but for the one of the server's key exchange, which goes by itself as OpenVPN's does; the configuration is asked for right behind it and not a second later",
    ),
    (
        "cipher suites",
        "a subset: forward secret and authenticated encryption only, which is what rustls has",
    ),
    (
        "TLS extensions",
        "with server name (0) and stapling (5), as Azure's own client sends a server name; without encrypt-then-MAC (22), which is for CBC",
    ),
    (
        "groups",
        "without the slow ones; with X25519MLKEM768 (11ec), for which no key share is sent ahead",
    ),
    (
        "signature algorithms",
        "without SHA-1, DSA and the rare ones; with ML-DSA (0904 to 0906)",
    ),
    ("point formats", "uncompressed only, as RFC 8422 wants"),
    ("options string", "no difference"),
    (
        "peer info",
        "true names; exporter, peer id, epochs, exit message and dynamic tls-crypt are announced",
    ),
];

fn show(numbers: &[u16]) -> String {
    let all: Vec<String> = numbers
        .iter()
        .map(|number| format!("{number:04x}"))
        .collect();
    all.join(" ")
}

fn properties(client: &Client) -> [String; 9] {
    let hello = hello(&client.packets);
    let sizes: Vec<String> = client
        .packets
        .iter()
        .map(|packet| packet.len.to_string())
        .collect();
    let acks: usize = client.packets.iter().map(|packet| packet.acks.len()).sum();
    let kinds: Vec<String> = hello.kinds().iter().map(ToString::to_string).collect();
    let formats = hello.extension(11).map(hex::encode).unwrap_or_default();
    [
        format!("{acks} for {} packets", fresh_acks(&client.packets)),
        format!("{} bytes", sizes.join(", ")),
        show(&hello.suites),
        kinds.join(" "),
        show(&hello.list(10, 2)),
        show(&hello.list(13, 2)),
        formats,
        format!("`{}`", client.options),
        format!("`{}`", client.peer_info.join(" ")),
    ]
}

#[test]
fn every_difference_is_in_the_document_with_its_reason() {
    let (openvpn, spoke) = (properties(&openvpn()), properties(&spoke()));
    let mut table = String::from("| what | OpenVPN 2.6.14 | Spoke | why |\n|---|---|---|---|\n");
    for ((name, why), (theirs, ours)) in REASONS.iter().zip(openvpn.iter().zip(&spoke)) {
        table.push_str(&format!("| {name} | {theirs} | {ours} | {why} |\n"));
    }
    let document = include_str!("../../../docs/likeness.md");
    if !document.contains(&table) {
        panic!("docs/likeness.md has not this table:\n\n{table}");
    }
}
