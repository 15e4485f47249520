//! Packets that are right in themselves, and come from the wrong session, at the wrong point, or too often.

use crate::fault::Expected::{Borne, Dropped, Ends};
use crate::fault::{Fault, say};
use crate::packets::{
    KIND, LAYOUT_ZERO, NO_KEY_BELONGS, OUT_OF_PLACE, WRONG_SESSION, between, deliver, harmless,
    other,
};
use spoke_engine::Side;
use spoke_sim::puppet::{Point, Puppet, Stage};
use spoke_wire::{Control, Message, Opcode};

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(sessions());
    faults.extend(opcodes());
    faults.extend(before_the_reset());
    faults.extend(floods());
    faults
}

fn sessions() -> Vec<Fault> {
    let at = Point::Tls;
    [
        Fault::packet(
            "another session id of the sender",
            at,
            WRONG_SESSION,
            |puppet| between(puppet, other(puppet.own), puppet.peer),
        ),
        Fault::packet(
            "another session id of the receiver",
            at,
            WRONG_SESSION,
            |puppet| between(puppet, puppet.own, puppet.peer.map(other)),
        ),
        Fault::packet(
            "both session ids the wrong way round",
            at,
            WRONG_SESSION,
            |puppet| between(puppet, puppet.peer.unwrap_or(puppet.own), Some(puppet.own)),
        ),
        Fault::packet(
            "its own session id as the receiver's",
            at,
            WRONG_SESSION,
            |puppet| between(puppet, puppet.own, Some(puppet.own)),
        ),
        Fault::packet(
            "the victim's session id as the sender's",
            at,
            WRONG_SESSION,
            |puppet| between(puppet, puppet.peer.unwrap_or(puppet.own), puppet.peer),
        ),
        Fault::packet(
            "a hard reset of a new session",
            at,
            WRONG_SESSION,
            |puppet| {
                let own = puppet.own;
                puppet.own = other(own);
                let packet = puppet.packet(puppet.reset(), 0, &[0, 0, 0, 0, 0]);
                puppet.own = own;
                packet
            },
        ),
        Fault::packet(
            "a receiver's session id of zeros",
            at,
            "PeerBrokeRules/Control/ZeroSessionId",
            |puppet| puppet.packet(Opcode::AckV1, 0, &[&[1, 0, 0, 0, 0][..], &[0; 8]].concat()),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn opcodes() -> Vec<Fault> {
    let at = Point::Tls;
    let first = |byte: u8| {
        move |puppet: &mut Puppet| {
            let mut packet = harmless(puppet);
            packet[0] = byte;
            packet
        }
    };
    let mut faults: Vec<Fault> = [
        Fault::packet("opcode 0", at, KIND, first(0)),
        Fault::packet("the hard reset of key method 1", at, KIND, first(1 << 3)),
        Fault::packet("opcode 31", at, KIND, first(31 << 3)),
        Fault::packet(
            "a hard reset of its own victim's role",
            at,
            OUT_OF_PLACE,
            |puppet| {
                let opcode = match puppet.side {
                    Side::Client => Opcode::HardResetServerV2,
                    Side::Server => Opcode::HardResetClientV2,
                };
                puppet.packet(opcode, 0, &[0, 0, 0, 0, 9])
            },
        ),
        Fault::packet(
            "a hard reset for tls-crypt-v2",
            at,
            NO_KEY_BELONGS,
            |puppet| puppet.packet(Opcode::HardResetClientV3, 0, &[0, 0, 0, 0, 0]),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    faults.extend(resets());
    faults.extend(strangers());
    faults
}

fn resets() -> Vec<Fault> {
    let at = Point::Tls;
    let mut faults = Vec::new();
    let again = |stage: &mut Stage| {
        let (reset, peer) = (stage.puppet.reset(), stage.puppet.peer);
        let message = Some(Message {
            id: 0,
            payload: &[],
        });
        let control = Control {
            acks: vec![],
            receiver: peer,
            message,
        };
        let packet = stage.puppet.control(reset, 0, &control);
        stage.deliver(packet);
    };
    faults.extend(
        Fault::both("the hard reset again", at, Borne, again)
            .map(|fault| fault.because("its acknowledgement was lost")),
    );
    faults.extend(Fault::both(
        "the hard reset again when up",
        Point::Up,
        Borne,
        again,
    ));
    faults.extend(Fault::both(
        "a second hard reset as the next message",
        at,
        Ends(OUT_OF_PLACE),
        |stage| {
            let reset = stage.puppet.reset();
            deliver(stage, say(reset, 0, &[]));
        },
    ));
    faults.extend(Fault::both(
        "a soft reset of the key in use",
        at,
        Ends(OUT_OF_PLACE),
        |stage| {
            deliver(stage, say(Opcode::SoftResetV1, 0, &[]));
        },
    ));
    faults.extend(Fault::packet(
        "a message with a wrapped client key, without tls-crypt-v2",
        at,
        NO_KEY_BELONGS,
        |puppet| puppet.packet(Opcode::ControlWkcV1, 0, &[0, 0, 0, 0, 9, 1, 2, 3]),
    ));
    for key_id in [1, 7] {
        faults.extend(Fault::both(
            &format!("TLS bytes of key {key_id}, which nobody began"),
            at,
            Dropped,
            move |stage| {
                deliver(stage, say(Opcode::ControlV1, key_id, &[22, 3, 3, 0, 1, 0]));
            },
        ));
        faults.extend(Fault::both(
            &format!("a soft reset to key {key_id} during the first negotiation"),
            at,
            Dropped,
            move |stage| {
                deliver(stage, say(Opcode::SoftResetV1, key_id, &[]));
                stage.puppet.lanes.remove(&key_id);
            },
        ));
    }
    faults.extend(Fault::both(
        "a data packet before there are keys",
        at,
        Dropped,
        |stage| {
            stage.deliver([&[0x48, 0, 0, 7, 0, 0, 0, 1][..], &[0x5a; 60]].concat());
            stage.deliver([&[0x30, 0, 0, 0, 1][..], &[0x5a; 60]].concat());
        },
    ));
    faults
}

/// Without a wrapping only the session ids tell the peer from everybody else.
fn strangers() -> Vec<Fault> {
    let at = Point::Tls;
    let stranger = |puppet: &mut Puppet| between(puppet, other(puppet.own), puppet.peer.map(other));
    let zero = |puppet: &mut Puppet| {
        let mut packet = harmless(puppet);
        packet[1..9].fill(0);
        packet
    };
    [
        Fault::packet(
            "a stranger's packet, without tls-auth",
            at,
            WRONG_SESSION,
            stranger,
        ),
        Fault::packet("a zero session id, without tls-auth", at, LAYOUT_ZERO, zero),
    ]
    .into_iter()
    .flatten()
    .map(|fault| fault.with(|scenario| scenario.protection = spoke_sim::Protection::None))
    .collect()
}

fn before_the_reset() -> Vec<Fault> {
    let at = Point::Start;
    let early = |opcode| {
        move |puppet: &mut Puppet| {
            let message = Some(Message {
                id: 0,
                payload: &[],
            });
            let control = Control {
                acks: vec![],
                receiver: None,
                message,
            };
            let message = Control {
                message: None,
                ..control.clone()
            };
            match opcode {
                Opcode::AckV1 => puppet.control(opcode, 0, &message),
                opcode => puppet.control(opcode, 0, &control),
            }
        }
    };
    [
        Fault::packet(
            "TLS bytes first of all",
            at,
            OUT_OF_PLACE,
            early(Opcode::ControlV1),
        ),
        Fault::packet(
            "an acknowledgement first of all",
            at,
            OUT_OF_PLACE,
            early(Opcode::AckV1),
        ),
        Fault::packet(
            "a soft reset first of all",
            at,
            OUT_OF_PLACE,
            early(Opcode::SoftResetV1),
        ),
        Fault::packet("a hard reset with key 3", at, OUT_OF_PLACE, |puppet| {
            puppet.packet(puppet.reset(), 3, &[0, 0, 0, 0, 0])
        }),
        Fault::packet(
            "a hard reset that acknowledges another session",
            at,
            WRONG_SESSION,
            |puppet| {
                let rest = [&[1, 0, 0, 0, 0][..], &[9; 8], &[0, 0, 0, 0]].concat();
                puppet.packet(puppet.reset(), 0, &rest)
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn floods() -> Vec<Fault> {
    let at = Point::Tls;
    let mut faults: Vec<Fault> =
        Fault::both("20,000 packets of junk", at, Ends(LAYOUT_ZERO), |stage| {
            for number in 0..20_000_u32 {
                let mut junk = vec![0; 40 + (number % 60) as usize];
                junk[0] = 0x20;
                junk[20..24].copy_from_slice(&number.to_be_bytes());
                stage.deliver(junk);
            }
        })
        .map(|fault| fault.on_udp(Dropped))
        .into();
    faults.extend(Fault::both(
        "20,000 good acknowledgements of nothing",
        at,
        Dropped,
        |stage| {
            for _ in 0..20_000 {
                deliver(stage, harmless);
            }
        },
    ));
    faults
}
