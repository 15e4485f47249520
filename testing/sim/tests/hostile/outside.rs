//! Packets that are wrong around or before what TLS protects.

use crate::fault::Expected::{Borne, Ends};
use crate::fault::Fault;
use crate::packets::{
    HEAD, HMAC, LAYOUT, LAYOUT_ZERO, REPLAYED, TRUNCATED, WITH_HMAC, deliver, forged, harmless,
    sealed,
};
use spoke_engine::Side;
use spoke_moment::WallTime;
use spoke_sim::SimIdentity;
use spoke_sim::puppet::{Point, Puppet};
use spoke_wire::{FirstByte, KeyDirection, Opcode};

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(lengths());
    faults.extend(forgeries());
    faults.extend(replays());
    faults.extend(insides());
    faults
}

fn cut(length: usize) -> impl Fn(&mut Puppet) -> Vec<u8> + Clone {
    move |puppet| {
        let mut packet = harmless(puppet);
        packet.truncate(length);
        packet
    }
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

fn lengths() -> Vec<Fault> {
    let at = Point::Tls;
    [
        Fault::packet("a packet of one byte", at, LAYOUT, cut(1)),
        Fault::packet("a packet that ends in its session id", at, LAYOUT, cut(5)),
        Fault::packet(
            "a packet that ends in its HMAC",
            at,
            LAYOUT,
            cut(WITH_HMAC - 1),
        ),
        Fault::packet(
            "a packet that ends in its packet-id",
            at,
            LAYOUT,
            cut(WITH_HMAC + 2),
        ),
        Fault::packet(
            "a packet that ends in its acknowledgements",
            at,
            HMAC,
            cut(WITH_HMAC + 10),
        ),
        Fault::packet(
            "65,000 zeros with a good first byte",
            at,
            LAYOUT_ZERO,
            |_| {
                let mut packet = vec![0; 65_000];
                packet[0] = 0x20;
                packet
            },
        ),
        Fault::packet("65,000 bytes without a right HMAC", at, HMAC, |puppet| {
            let mut packet = harmless(puppet);
            packet.resize(65_000, 0xaa);
            packet
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn forgeries() -> Vec<Fault> {
    let at = Point::Tls;
    [
        Fault::packet("a flipped bit in the session id", at, HMAC, flip(3)),
        Fault::packet("a flipped bit in the HMAC", at, HMAC, flip(HEAD + 7)),
        Fault::packet("a flipped bit in the packet-id", at, HMAC, flip(WITH_HMAC)),
        Fault::packet("a flipped bit in the time", at, HMAC, flip(WITH_HMAC + 5)),
        Fault::packet("a flipped bit behind the wrapping", at, HMAC, flip(55)),
        Fault::packet(
            "an HMAC made with the other half of the key",
            at,
            HMAC,
            |puppet| {
                let side = match puppet.side {
                    Side::Client => Side::Server,
                    Side::Server => Side::Client,
                };
                forged(puppet, side, 100, 0)
            },
        ),
        Fault::packet("the victim's own packet sent back", at, HMAC, |puppet| {
            let side = match puppet.side {
                Side::Client => KeyDirection::Normal,
                Side::Server => KeyDirection::Inverse,
            };
            let first = FirstByte {
                opcode: Opcode::ControlV1,
                key_id: 0,
            };
            let sender = puppet.peer.unwrap_or(puppet.own);
            sealed(side, first, sender, 2, 0, &[0, 0, 0, 0, 1, 22, 3, 3])
        }),
        Fault::packet("a packet without any wrapping", at, HMAC, |puppet| {
            let head = [&[0x20][..], puppet.own.bytes()].concat();
            [&head[..], &[0; 60]].concat()
        }),
        Fault::packet(
            "a zero session id under a right HMAC",
            at,
            LAYOUT_ZERO,
            |puppet| {
                let mut packet = harmless(puppet);
                packet[1..HEAD].fill(0);
                packet
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn replays() -> Vec<Fault> {
    let at = Point::Tls;
    let own =
        |packet_id, later| move |puppet: &mut Puppet| forged(puppet, puppet.side, packet_id, later);
    let mut faults: Vec<Fault> = [
        Fault::packet("the same packet again", at, REPLAYED, |puppet| {
            // Its first packet was the reset, with packet-id 1.
            let direction = match puppet.side {
                Side::Client => KeyDirection::Inverse,
                Side::Server => KeyDirection::Normal,
            };
            let first = FirstByte {
                opcode: puppet.reset(),
                key_id: 0,
            };
            sealed(direction, first, puppet.own, 1, 0, &[0, 0, 0, 0, 0])
        }),
        Fault::packet("packet-id 0", at, REPLAYED, own(0, 0)),
        Fault::packet("a time one second earlier", at, REPLAYED, own(500, -1)),
        Fault::packet("a time of years ago", at, REPLAYED, own(500, -100_000_000)),
    ]
    .into_iter()
    .flatten()
    .collect();
    faults.extend(
        Fault::both(
            "a packet-id far ahead, then one more than 64 behind",
            at,
            Ends(REPLAYED),
            move |stage| {
                deliver(stage, own(300, 0));
                deliver(stage, own(230, 0));
                stage
                    .puppet
                    .rewrap(WallTime::from_unix(SimIdentity::WALL.unix() + 1));
            },
        )
        .map(|fault| fault.on_udp(Borne)),
    );
    faults.extend(
        Fault::both("packets in disorder, 60 apart", at, Borne, move |stage| {
            for id in [100, 160, 130, 101, 159] {
                deliver(stage, own(id, 0));
            }
            stage
                .puppet
                .rewrap(WallTime::from_unix(SimIdentity::WALL.unix() + 1));
        })
        .map(|fault| fault.because("they are new, and within the window")),
    );
    faults.extend(
        Fault::both(
            "the last packet-id, then a new time",
            at,
            Borne,
            move |stage| {
                deliver(stage, own(u32::MAX, 0));
                stage
                    .puppet
                    .rewrap(WallTime::from_unix(SimIdentity::WALL.unix() + 1));
            },
        )
        .map(|fault| fault.because("so a peer goes on that has used all of them")),
    );
    faults.extend(
        Fault::both(
            "the last packet-id, then the first again",
            at,
            Ends(REPLAYED),
            move |stage| {
                deliver(stage, own(u32::MAX, 0));
                deliver(stage, own(1, 0));
                stage
                    .puppet
                    .rewrap(WallTime::from_unix(SimIdentity::WALL.unix() + 1));
            },
        )
        .map(|fault| {
            fault
                .on_udp(Borne)
                .because("the new time that follows is taken")
        }),
    );
    faults.extend(
        Fault::both("a time 60 years ahead", at, Borne, move |stage| {
            deliver(stage, own(1, 1_890_000_000));
            stage.puppet.rewrap(WallTime::from_unix(
                SimIdentity::WALL.unix() + 1_890_000_001,
            ));
        })
        .map(|fault| fault.because("only the peer itself can say so, and only it suffers")),
    );
    faults
}

fn insides() -> Vec<Fault> {
    let at = Point::Tls;
    let rest = |opcode, rest: Vec<u8>| move |puppet: &mut Puppet| puppet.packet(opcode, 0, &rest);
    let acks = |count: u8| {
        move |puppet: &mut Puppet| {
            let mut rest = vec![count];
            rest.extend((0..u32::from(count)).flat_map(u32::to_be_bytes));
            rest.extend_from_slice(puppet.peer.unwrap_or(puppet.own).bytes());
            puppet.packet(Opcode::AckV1, 0, &rest)
        }
    };
    let too_many = "PeerBrokeRules/Control/TooManyAcks";
    [
        Fault::packet(
            "nothing behind the wrapping",
            at,
            TRUNCATED,
            rest(Opcode::ControlV1, vec![]),
        ),
        Fault::packet("9 acknowledgements", at, too_many, acks(9)),
        Fault::packet("255 acknowledgements", at, too_many, acks(255)),
        Fault::packet(
            "acknowledgements that are announced and missing",
            at,
            TRUNCATED,
            rest(Opcode::AckV1, vec![8, 0, 0, 0, 0]),
        ),
        Fault::packet(
            "acknowledgements without a session id",
            at,
            TRUNCATED,
            rest(Opcode::AckV1, vec![1, 0, 0, 0, 0, 1, 2, 3]),
        ),
        Fault::packet(
            "a message without an id",
            at,
            TRUNCATED,
            rest(Opcode::ControlV1, vec![0, 0, 0]),
        ),
        Fault::packet(
            "a reset without an id",
            at,
            TRUNCATED,
            rest(Opcode::SoftResetV1, vec![0]),
        ),
        Fault::packet(
            "an acknowledgement with bytes behind it",
            at,
            "PeerBrokeRules/Control/TrailingBytes",
            |puppet| {
                let mut rest = vec![1, 0, 0, 0, 0];
                rest.extend_from_slice(puppet.peer.unwrap_or(puppet.own).bytes());
                rest.push(1);
                puppet.packet(Opcode::AckV1, 0, &rest)
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
