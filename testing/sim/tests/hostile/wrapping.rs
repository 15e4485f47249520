//! tls-crypt, tls-crypt-v2 and dynamic tls-crypt, with packets and client keys that lie.

use crate::fault::Expected::{Borne, Dropped, Ends};
use crate::fault::{Fault, say};
use crate::packets::{HMAC, LAYOUT, deliver, harmless};
use spoke_engine::{Side, seal_client_key};
use spoke_sim::puppet::{Point, Puppet};
use spoke_sim::{Protection, Scenario, SimIdentity, client_key, server_key, static_key};
use spoke_wire::{ClientKeyMetadata, Control, Message, Opcode};

/// Bytes before the tag, before the sealed part, and of the wrapped client key of the simulation.
const TAG: usize = 17;
const SEALED: usize = 49;

const KEY_OUT_OF_PLACE: &str = "PeerBrokeRules/Unwrap/ClientKeyOutOfPlace";
const KEY_LENGTH: &str = "PeerBrokeRules/Unwrap/ClientKey/Length";
const KEY_FORGED: &str = "PeerBrokeRules/Unwrap/ClientKey/Forged";

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(crypt());
    faults.extend(client_keys());
    faults.extend(early_negotiation());
    faults.extend(dynamic());
    faults
}

fn flip(at: usize) -> impl Fn(&mut Puppet) -> Vec<u8> + Clone {
    move |puppet| {
        let mut packet = harmless(puppet);
        if let Some(byte) = packet.get_mut(at) {
            *byte ^= 0x40;
        }
        packet
    }
}

fn crypt() -> Vec<Fault> {
    let at = Point::Tls;
    [
        Fault::packet(
            "tls-crypt: a packet that ends in its tag",
            at,
            LAYOUT,
            |puppet| {
                let mut packet = harmless(puppet);
                packet.truncate(SEALED - 1);
                packet
            },
        ),
        Fault::packet(
            "tls-crypt: a packet that ends before what is sealed",
            at,
            HMAC,
            |puppet| {
                let mut packet = harmless(puppet);
                packet.truncate(SEALED);
                packet
            },
        ),
        Fault::packet(
            "tls-crypt: a flipped bit in the session id",
            at,
            HMAC,
            flip(4),
        ),
        Fault::packet(
            "tls-crypt: a flipped bit in the packet-id",
            at,
            HMAC,
            flip(10),
        ),
        Fault::packet("tls-crypt: a flipped bit in the tag", at, HMAC, flip(TAG)),
        Fault::packet(
            "tls-crypt: a flipped bit in what is sealed",
            at,
            HMAC,
            flip(SEALED),
        ),
        Fault::packet("tls-crypt: a changed opcode", at, HMAC, |puppet| {
            let mut packet = harmless(puppet);
            packet[0] ^= 0x08;
            packet
        })
        .map(|fault| fault.because("the first byte is covered by the tag")),
        Fault::packet(
            "tls-crypt: a packet without any wrapping",
            at,
            HMAC,
            |puppet| [&[0x20][..], puppet.own.bytes(), &[7; 60]].concat(),
        ),
        Fault::packet(
            "tls-crypt: a hard reset with a client key",
            Point::Start,
            KEY_OUT_OF_PLACE,
            |puppet| puppet.packet(Opcode::HardResetClientV3, 0, &[0, 0, 0, 0, 0]),
        ),
    ]
    .into_iter()
    .flatten()
    .map(|fault| fault.with(|scenario| scenario.protection = Protection::TlsCrypt))
    .collect()
}

/// A fault of the first packet to a server with tls-crypt-v2.
fn first(
    what: &str,
    error: &'static str,
    make: impl Fn(&mut Puppet) -> Vec<u8> + 'static,
) -> Fault {
    Fault::new(
        format!("tls-crypt-v2: {what}"),
        Side::Server,
        Point::Start,
        Ends(error),
        move |stage| {
            let packet = make(&mut stage.puppet);
            stage.deliver(packet);
        },
    )
    .on_udp(Dropped)
    .with(|scenario| scenario.protection = Protection::TlsCryptV2)
}

/// The hard reset, and the length of the client key at its end.
fn reset(puppet: &mut Puppet) -> (Vec<u8>, usize) {
    let packet = puppet.packet(puppet.reset(), 0, &[0, 0, 0, 0, 0]);
    (
        packet,
        client_key(Scenario::PLAIN_SEED).wrapped.bytes().len(),
    )
}

/// The hard reset with another length at its end.
fn with_length(length: u16) -> impl Fn(&mut Puppet) -> Vec<u8> {
    move |puppet| {
        let (mut packet, _) = reset(puppet);
        packet.truncate(packet.len() - 2);
        packet.extend_from_slice(&length.to_be_bytes());
        packet
    }
}

fn client_keys() -> Vec<Fault> {
    let mut faults = vec![
        first(
            "a hard reset without a client key",
            KEY_OUT_OF_PLACE,
            |puppet| puppet.packet(Opcode::HardResetClientV2, 0, &[0, 0, 0, 0, 0]),
        ),
        first(
            "a hard reset that is cut in its client key",
            KEY_LENGTH,
            |puppet| {
                let (mut packet, length) = reset(puppet);
                packet.truncate(packet.len() - length / 2);
                packet
            },
        ),
        first(
            "nothing before the client key",
            "PeerBrokeRules/Unwrap/Layout/TooShort",
            |puppet| {
                let (packet, length) = reset(puppet);
                let at = packet.len() - length;
                [&packet[..1], &packet[at..]].concat()
            },
        ),
        first(
            "a flipped bit in the client key's tag",
            KEY_FORGED,
            |puppet| {
                let (mut packet, length) = reset(puppet);
                let at = packet.len() - length;
                packet[at + 3] ^= 1;
                packet
            },
        ),
        first("a flipped bit in the client key", KEY_FORGED, |puppet| {
            let (mut packet, length) = reset(puppet);
            let at = packet.len() - length;
            packet[at + 100] ^= 1;
            packet
        }),
        first("a client key of another server", KEY_FORGED, |puppet| {
            let (packet, length) = reset(puppet);
            let other = client_key(Scenario::PLAIN_SEED + 1);
            [&packet[..packet.len() - length], other.wrapped.bytes()].concat()
        }),
        first("the client key of another client", HMAC, |puppet| {
            let (packet, length) = reset(puppet);
            let metadata = ClientKeyMetadata::Created(SimIdentity::WALL.unix());
            let server = server_key(Scenario::PLAIN_SEED);
            let other = seal_client_key(&server, static_key(77), &metadata).expect("short");
            [&packet[..packet.len() - length], other.wrapped.bytes()].concat()
        }),
    ];
    for (length, error) in [
        (0, KEY_LENGTH),
        (1, KEY_LENGTH),
        (289, KEY_LENGTH),
        (290, KEY_FORGED),
        (1024, KEY_LENGTH),
        (1025, KEY_LENGTH),
        (u16::MAX, KEY_LENGTH),
    ] {
        faults.push(first(
            &format!("a client key that says that it has {length} bytes"),
            error,
            with_length(length),
        ));
    }
    faults.push(
        Fault::new(
            "tls-crypt-v2: another client key later",
            Side::Server,
            Point::Tls,
            Borne,
            |stage| {
                let id = stage.puppet.lane(0).next_id;
                stage.puppet.lane(0).next_id += 1;
                let control = Control {
                    acks: vec![],
                    receiver: stage.puppet.peer,
                    message: Some(Message { id, payload: &[] }),
                };
                let mut packet = stage.puppet.control(Opcode::ControlWkcV1, 0, &control);
                let at = packet.len() - 100;
                packet[at] ^= 1;
                stage.deliver(packet);
            },
        )
        .because("the first one counts, and this one is not even opened")
        .with(|scenario| scenario.protection = Protection::TlsCryptV2),
    );
    faults
}

/// What a server says in its hard reset.
fn early_negotiation() -> Vec<Fault> {
    let said = |what: &str, payload: Vec<u8>, expected| {
        Fault::new(
            format!("early negotiation: {what}"),
            Side::Client,
            Point::Start,
            expected,
            move |stage| {
                let opcode = stage.puppet.reset();
                deliver(stage, say(opcode, 0, &payload));
                if expected == Borne {
                    stage.point = Point::Reset;
                }
            },
        )
        .with(|scenario| scenario.protection = Protection::TlsCryptV2)
    };
    let cut = Ends("PeerBrokeRules/EarlyNegotiation/Truncated");
    let flags = Ends("PeerBrokeRules/EarlyNegotiation/FlagsLength");
    vec![
        said("half an entry", vec![0, 1, 0], cut),
        said(
            "an entry that is longer than the packet",
            vec![0, 9, 0xff, 0xff, 1],
            cut,
        ),
        said("flags without a value", vec![0, 1, 0, 0], flags),
        said("flags of one byte", vec![0, 1, 0, 1, 1], flags),
        said("flags of four bytes", vec![0, 1, 0, 4, 0, 0, 0, 1], flags),
        said("an unknown entry", vec![0x7f, 0xff, 0, 2, 1, 2], Borne),
        said(
            "15,000 unknown entries",
            [0x7f, 0xff, 0, 0].repeat(15_000),
            Borne,
        ),
        said("unknown flags", vec![0, 1, 0, 2, 0xff, 0xfe], Borne),
        said(
            "the key is wanted again, from a client that has none",
            vec![0, 1, 0, 2, 0, 1],
            Borne,
        )
        .with(|scenario| scenario.protection = Protection::TlsCrypt),
    ]
}

/// Renegotiations under a key of the connection.
fn dynamic() -> Vec<Fault> {
    let mut faults: Vec<Fault> = Fault::both(
        "dynamic tls-crypt: a renegotiation under the first wrapping",
        Point::Tls,
        Ends(HMAC),
        |stage| {
            stage.puppet.abilities = 158 + 512;
            stage.puppet.say_exchange(0);
            stage.pump();
            stage.point = Point::Keys;
            match stage.puppet.side {
                Side::Server => stage.push(DYNAMIC).expect("keys"),
                Side::Client => stage.reach(Point::Up).expect("keys"),
            }
            assert!(stage.puppet.agreed.protocol_flags.dyn_tls_crypt);
            stage
                .renew()
                .expect("a first renegotiation, under the right wrapping");
            stage.puppet.forget_dynamic_wrapping();
            stage.puppet.say(Opcode::SoftResetV1, 2, &[]);
            stage.traffic = (0, 0);
            stage.pump();
        },
    )
    .map(|fault| fault.on_udp(Dropped))
    .into();
    for protection in [Protection::None, Protection::TlsCrypt] {
        let what = format!(
            "dynamic tls-crypt, with {}: what is right",
            match protection {
                Protection::None => "no wrapping",
                _ => "tls-crypt",
            }
        );
        let setup: fn(&mut Scenario<'_>) = match protection {
            Protection::None => |scenario| scenario.protection = Protection::None,
            _ => |scenario| scenario.protection = Protection::TlsCrypt,
        };
        faults.extend(
            Fault::both(&what, Point::Tls, Borne, |stage| {
                stage.puppet.abilities = 158 + 512;
                stage.puppet.say_exchange(0);
                stage.pump();
                stage.point = Point::Keys;
                match stage.puppet.side {
                    Side::Server => stage.push(DYNAMIC).expect("keys"),
                    Side::Client => stage.reach(Point::Up).expect("keys"),
                }
                stage.renew().expect("a renegotiation");
            })
            .map(|fault| fault.with(setup)),
        );
    }
    faults
}

const DYNAMIC: &str = "topology subnet,ifconfig 10.88.0.2 255.255.255.0,peer-id 7,cipher AES-256-GCM,\
protocol-flags cc-exit tls-ekm dyn-tls-crypt";
