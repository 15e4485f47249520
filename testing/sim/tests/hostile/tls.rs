//! TLS that is none, breaks, never ends, or is somebody else's.

use crate::fault::Expected::{Borne, Ends};
use crate::fault::Fault;
use spoke_engine::{Side, TlsVersions};
use spoke_sim::SimIdentity;
use spoke_sim::puppet::{Point, Stage};
use spoke_wire::Opcode;
use std::time::Duration;

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(openings());
    faults.extend(crowded());
    faults.extend(hellos());
    faults.extend(records());
    faults.extend(endings());
    faults
}

/// Says these bytes in place of, or between, what TLS says.
fn raw(stage: &mut Stage, bytes: &[u8]) {
    for piece in bytes.chunks(1000) {
        stage.puppet.say(Opcode::ControlV1, 0, piece);
        stage.pump();
    }
}

/// The same record so many times.
fn flood(record: &[u8], count: usize) -> Vec<u8> {
    record.repeat(count)
}

fn openings() -> Vec<Fault> {
    let at = Point::Reset;
    let waits = "Silence/NoTls";
    let mut faults = Vec::new();
    let bytes: Vec<(&str, Vec<u8>, &'static str)> = vec![
        ("bytes of chance in place of TLS", vec![0xd7; 500], "Tls"),
        (
            "HTTP in place of TLS",
            b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n".to_vec(),
            "Tls",
        ),
        (
            "a hello of SSL 2",
            vec![0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, 1, 0, 0x80],
            "Tls",
        ),
        (
            "a record of an unknown kind",
            vec![99, 3, 3, 0, 4, 1, 2, 3, 4],
            "Tls",
        ),
        (
            "a record of 65,535 bytes",
            vec![22, 3, 3, 0xff, 0xff],
            "Tls",
        ),
        (
            "an empty record of the handshake",
            flood(&[22, 3, 3, 0, 0], 1),
            "Tls",
        ),
        (
            "encrypted data before there are keys",
            vec![23, 3, 3, 0, 5, 1, 2, 3, 4, 5],
            "Tls",
        ),
        (
            "a fatal alert in plain text",
            vec![21, 3, 3, 0, 2, 2, 40],
            "Tls",
        ),
        (
            "an alert that ends TLS, in plain text",
            vec![21, 3, 3, 0, 2, 1, 0],
            waits,
        ),
        (
            "an alert of an unknown kind",
            vec![21, 3, 3, 0, 2, 2, 255],
            "Tls",
        ),
        (
            "1,000 warnings",
            flood(&[21, 3, 3, 0, 2, 1, 90], 1000),
            "Tls",
        ),
        (
            "1,000 changes of the cipher",
            flood(&[20, 3, 3, 0, 1, 1], 1000),
            "Tls",
        ),
        (
            "a handshake message of 16 megabytes that never ends",
            {
                let mut bytes = vec![22, 3, 3, 0x40, 0, 1, 0xff, 0xff, 0xff];
                bytes.resize(5 + 0x4000, 0);
                let more = [&[22, 3, 3, 0x40, 0][..], &[0; 0x4000]].concat();
                bytes.extend(flood(&more, 20));
                bytes
            },
            "Tls",
        ),
        (
            "half a record and then nothing",
            vec![22, 3, 3, 0x10, 0, 2, 0],
            waits,
        ),
    ];
    for (what, bytes, error) in bytes {
        faults.extend(Fault::both(what, at, Ends(error), move |stage| {
            raw(stage, &bytes);
            stage.pass(Duration::from_secs(100));
        }));
    }
    faults
}

/// A message that TLS still takes, with more behind it in its last record than may wait for it.
fn crowded() -> [Fault; 2] {
    const RECORD: usize = 16_384;
    Fault::both(
        "a handshake message of 65,000 bytes, and more in its last record",
        Point::Reset,
        Ends("PeerBrokeRules/TlsOverflow"),
        |stage| {
            // A hello of the puppet's own role: a client's is 1, a server's 2.
            let kind = if stage.puppet.side == Side::Client {
                1
            } else {
                2
            };
            let [_, high, middle, low] = 65_000_u32.to_be_bytes();
            let mut message = vec![kind, high, middle, low];
            message.resize(4 * RECORD, 0);
            let records = message.chunks(RECORD).map(|part| {
                let length = u16::try_from(part.len()).expect("short").to_be_bytes();
                [&[22, 3, 3][..], &length, part].concat()
            });
            raw(stage, &records.collect::<Vec<_>>().concat());
        },
    )
}

fn hellos() -> Vec<Fault> {
    let at = Point::Reset;
    let hello = |kind: u8, version: [u8; 2], tail: &[u8]| {
        let body = [&version[..], &[0x33; 32], &[0], tail].concat();
        let length = u16::try_from(body.len()).expect("short");
        let [high, low] = length.to_be_bytes();
        let [outer_high, outer_low] = (length + 4).to_be_bytes();
        [
            &[22, 3, 1, outer_high, outer_low, kind, 0, high, low][..],
            &body,
        ]
        .concat()
    };
    let to_server = |what: &str, bytes: Vec<u8>| {
        Fault::new(what, Side::Server, at, Ends("Tls"), move |stage| {
            raw(stage, &bytes);
        })
    };
    let to_client = |what: &str, bytes: Vec<u8>| {
        Fault::new(what, Side::Client, at, Ends("Tls"), move |stage| {
            raw(stage, &bytes);
        })
    };
    vec![
        to_server(
            "a hello of TLS 1.1",
            hello(1, [3, 2], &[0, 2, 0, 0x2f, 1, 0]),
        ),
        to_server(
            "a hello of TLS 1.2 with a suite of RC4 alone",
            hello(1, [3, 3], &[0, 2, 0, 5, 1, 0]),
        ),
        to_server(
            "a hello whose lengths lie",
            hello(1, [3, 3], &[0xff, 0xff, 0, 5, 1, 0]),
        ),
        to_client("an answer of TLS 1.1", hello(2, [3, 2], &[0, 0x2f, 0])),
        to_client(
            "an answer with a suite that was not offered",
            hello(2, [3, 3], &[0, 5, 0]),
        ),
        to_client(
            "an answer with compression",
            hello(2, [3, 3], &[0xc0, 0x2f, 1]),
        ),
        to_client(
            "a hello of a client as answer",
            hello(1, [3, 3], &[0, 2, 0, 0x2f, 1, 0]),
        ),
        Fault::new(
            "an alert about the client's certificate, which showed none",
            Side::Client,
            at,
            Ends("PeerRefused/Certificate"),
            |stage| {
                raw(stage, &[21, 3, 3, 0, 2, 2, 48]);
            },
        ),
        Fault::new(
            "the certificate of somebody else",
            Side::Client,
            at,
            Ends("Untrusted/Untrusted"),
            |stage| {
                let other = SimIdentity::new().expect("certificates");
                stage.puppet.pretend(&other).expect("a certificate");
                stage.puppet.begin_tls(0);
            },
        ),
        Fault::new(
            "the certificate of somebody else, with TLS 1.2",
            Side::Client,
            at,
            Ends("Untrusted/Untrusted"),
            |stage| {
                let other = SimIdentity::new().expect("certificates");
                stage.puppet.pretend(&other).expect("a certificate");
                stage.puppet.begin_tls(0);
            },
        )
        .with(|scenario| scenario.versions = TlsVersions::Only12),
    ]
}

fn records() -> Vec<Fault> {
    let at = Point::Tls;
    let mut faults = Vec::new();
    for (what, bytes) in [
        (
            "a record that cannot be decrypted",
            [&[23, 3, 3, 0, 40][..], &[0x77; 40]].concat(),
        ),
        (
            "a handshake in plain text after the handshake",
            vec![22, 3, 3, 0, 4, 1, 0, 0, 0],
        ),
        (
            "an alert in plain text after the handshake",
            vec![21, 3, 3, 0, 2, 2, 40],
        ),
        (
            "a change of the cipher after the handshake",
            vec![20, 3, 3, 0, 1, 1],
        ),
    ] {
        faults.extend(Fault::both(what, at, Ends("Tls"), move |stage| {
            raw(stage, &bytes);
        }));
    }
    faults.extend(Fault::both(
        "an encrypted record twice",
        Point::Up,
        Ends("Tls"),
        |stage| {
            let lane = stage.puppet.lane(0);
            lane.write(b"INFO,hello\0");
            let bytes = lane.output();
            raw(stage, &bytes);
            raw(stage, &bytes);
        },
    ));
    faults.extend(Fault::both(
        "an encrypted record with a flipped bit",
        Point::Up,
        Ends("Tls"),
        |stage| {
            let lane = stage.puppet.lane(0);
            lane.write(b"INFO,hello\0");
            let mut bytes = lane.output();
            bytes[9] ^= 1;
            raw(stage, &bytes);
        },
    ));
    faults.extend(Fault::both(
        "100 new keys of TLS 1.3",
        Point::Up,
        Borne,
        |stage| {
            for _ in 0..100 {
                if let Some(tls) = &mut stage.puppet.lane(0).tls {
                    tls.refresh_traffic_keys().expect("TLS 1.3");
                }
                stage.puppet.tell(0, "INFO,hello");
                stage.pump();
            }
        },
    ));
    for length in [200_000, 2_000_000] {
        let what = format!("a text of {length} bytes without an end");
        faults.extend(Fault::both(
            &what,
            Point::Up,
            Ends("PeerBrokeRules/MessageTooLong"),
            move |stage| {
                stage.puppet.say_secret(0, &vec![b'a'; length]);
            },
        ));
    }
    faults
}

fn endings() -> Vec<Fault> {
    let mut faults = Vec::new();
    for point in [Point::Tls, Point::Keys, Point::Up] {
        faults.extend(Fault::both(
            "the end of TLS",
            point,
            Ends("PeerClosedTls"),
            |stage| {
                if let Some(tls) = &mut stage.puppet.lane(0).tls {
                    tls.send_close_notify();
                }
                stage.puppet.flush(0);
            },
        ));
    }
    faults
}
