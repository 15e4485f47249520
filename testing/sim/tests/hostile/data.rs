//! Data packets that are forged, stale, cut, or no traffic.

use crate::fault::Expected::{Borne, Dropped, Ends};
use crate::fault::Fault;
use spoke_engine::Side;
use spoke_sim::puppet::{Point, Stage};
use spoke_wire::{Compression, OCC_EXIT, OCC_MAGIC, PING};

const AT: Point = Point::Up;

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(forgeries());
    faults.extend(repetitions());
    faults.extend(payloads());
    faults
}

fn seal(stage: &mut Stage, payload: &[u8]) -> Vec<u8> {
    stage.puppet.seal(0, payload).expect("a key")
}

/// Only what the puppet said before may have arrived.
fn is_refused(stage: &mut Stage, packet: Vec<u8>) {
    let before = stage.victim.known().received.len();
    stage.deliver(packet);
    assert_eq!(stage.victim.known().received.len(), before);
}

fn forgeries() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (what, at) in [
        ("a flipped bit in the peer-id", 2),
        ("a flipped bit in the packet number", 6),
        ("a flipped bit in the tag", 12),
        ("a flipped bit in the ciphertext", 30),
    ] {
        faults.extend(Fault::both(what, AT, Dropped, move |stage| {
            let mut packet = seal(stage, &[0x45; 40]);
            packet[at] ^= 0x10;
            is_refused(stage, packet);
        }));
    }
    for key_id in [1, 7] {
        faults.extend(Fault::both(
            &format!("data under key {key_id}, which is not there"),
            AT,
            Dropped,
            move |stage| {
                let mut packet = seal(stage, &[0x45; 40]);
                packet[0] |= key_id;
                is_refused(stage, packet);
            },
        ));
    }
    faults.extend(Fault::both(
        "the short header in place of the long one",
        AT,
        Dropped,
        |stage| {
            let packet = seal(stage, &[0x45; 40]);
            is_refused(stage, [&[0x30][..], &packet[4..]].concat());
        },
    ));
    faults.extend(Fault::both(
        "data packets of every length up to the shortest",
        AT,
        Dropped,
        |stage| {
            let packet = seal(stage, &[0x45]);
            for length in 1..packet.len() {
                is_refused(stage, packet[..length].to_vec());
            }
        },
    ));
    faults.extend(Fault::both(
        "20,000 forged data packets",
        AT,
        Dropped,
        |stage| {
            let good = seal(stage, &[0x45; 40]);
            for number in 0..20_000_u32 {
                let mut packet = good.clone();
                packet[8..12].copy_from_slice(&number.to_be_bytes());
                is_refused(stage, packet);
            }
        },
    ));
    faults.extend(Fault::both(
        "the victim's own data sent back",
        AT,
        Dropped,
        |stage| {
            let now = stage.now();
            let packet = stage
                .victim
                .seal(now, &[0x45; 40])
                .expect("a key")
                .expect("a key");
            is_refused(stage, packet);
        },
    ));
    faults
}

fn repetitions() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(Fault::both(
        "the same data packet again",
        AT,
        Dropped,
        |stage| {
            let packet = seal(stage, &[0x45; 40]);
            stage.deliver(packet.clone());
            is_refused(stage, packet);
        },
    ));
    faults.extend(Fault::both(
        "a data packet from long ago",
        AT,
        Dropped,
        |stage| {
            let old = seal(stage, &[0x45; 40]);
            for _ in 0..20_000 {
                let packet = seal(stage, &[0x45; 20]);
                stage.deliver(packet);
            }
            is_refused(stage, old);
        },
    ));
    faults.extend(Fault::both(
        "data under a key that has been replaced twice",
        AT,
        Dropped,
        |stage| {
            let old = seal(stage, &[0x45; 40]);
            stage.renew().expect("a new key");
            stage.renew().expect("a new key");
            stage.traffic = (0, 0);
            is_refused(stage, old);
        },
    ));
    faults
}

fn payloads() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (what, payload) in [
        ("a payload of one zero", vec![0]),
        ("a payload of 1,400 zeros", vec![0; 1400]),
        ("a payload of 65,000 bytes", vec![0x45; 65_000]),
        ("a payload that is almost a keepalive", PING[..15].to_vec()),
        (
            "an in-band message of an unknown kind",
            [&OCC_MAGIC[..], &[99]].concat(),
        ),
        ("an in-band message without a kind", OCC_MAGIC.to_vec()),
        (
            "an in-band request for the options",
            [&OCC_MAGIC[..], &[0]].concat(),
        ),
    ] {
        faults.extend(Fault::both(what, AT, Borne, move |stage| {
            let packet = seal(stage, &payload);
            stage.deliver(packet);
        }));
    }
    faults.extend(
        Fault::both("10,000 keepalives", AT, Dropped, |stage| {
            for _ in 0..10_000 {
                let packet = seal(stage, &PING);
                stage.deliver(packet);
            }
        })
        .map(|fault| fault.because("they are taken, and none is answered")),
    );
    faults.extend(Fault::both(
        "an in-band exit",
        AT,
        Ends("PeerRefused/Exit"),
        |stage| {
            let packet = seal(stage, &OCC_EXIT);
            stage.deliver(packet);
        },
    ));
    faults.push(
        Fault::new(
            "a compressed packet",
            Side::Client,
            AT,
            Ends("PeerRefused/Compressed"),
            |stage| {
                let packet = seal(stage, &[0x66, 1, 2, 3]);
                stage.deliver(packet);
            },
        )
        .with(|scenario| scenario.framing = Some(Compression::LzoStub))
        .because("traffic would be lost packet by packet"),
    );
    faults
}
