//! What the tables of single packets share: good packets, and right wrappings around wrong ones.

use aws_lc_rs::hmac;
use spoke_engine::Side;
use spoke_sim::puppet::{Puppet, Stage};
use spoke_sim::{Scenario, SimIdentity, static_key};
use spoke_wire::{
    Control, FirstByte, KeyDirection, Opcode, SessionId, TlsAuthFields, TlsAuthLayout,
};

/// Bytes before the HMAC, and before the packet-id, with SHA256.
pub(crate) const HEAD: usize = 9;
pub(crate) const WITH_HMAC: usize = 41;
pub(crate) const LAYOUT: &str = "PeerBrokeRules/Unwrap/Layout/TooShort";
pub(crate) const KIND: &str = "PeerBrokeRules/Unwrap/Layout/FirstByte/UnknownOpcode";
pub(crate) const HMAC: &str = "PeerBrokeRules/Unwrap/Hmac";
pub(crate) const REPLAYED: &str = "PeerBrokeRules/Unwrap/Replayed";
pub(crate) const TRUNCATED: &str = "PeerBrokeRules/Control/Truncated";
pub(crate) const OUT_OF_PLACE: &str = "PeerBrokeRules/OutOfPlace";
pub(crate) const NO_KEY_BELONGS: &str = "PeerBrokeRules/Unwrap/ClientKeyOutOfPlace";
pub(crate) const WRONG_SESSION: &str = "PeerBrokeRules/WrongSession";
pub(crate) const LAYOUT_ZERO: &str = "PeerBrokeRules/Unwrap/Layout/ZeroSessionId";

/// A correct packet: an acknowledgement that means nothing.
pub(crate) fn harmless(puppet: &mut Puppet) -> Vec<u8> {
    let control = Control {
        acks: vec![0],
        receiver: puppet.peer,
        message: None,
    };
    puppet.control(Opcode::AckV1, 0, &control)
}

/// A bare acknowledgement with a right HMAC, and packet-id and time as wished for.
pub(crate) fn forged(puppet: &mut Puppet, side: Side, packet_id: u32, later: i64) -> Vec<u8> {
    let direction = match side {
        Side::Client => KeyDirection::Inverse,
        Side::Server => KeyDirection::Normal,
    };
    let first = FirstByte {
        opcode: Opcode::AckV1,
        key_id: 0,
    };
    let mut rest = Vec::new();
    let control = Control {
        acks: vec![0],
        receiver: puppet.peer,
        message: None,
    };
    control.encode(&mut rest);
    sealed(direction, first, puppet.own, packet_id, later, &rest)
}

pub(crate) fn sealed(
    direction: KeyDirection,
    first: FirstByte,
    sender: SessionId,
    packet_id: u32,
    later: i64,
    rest: &[u8],
) -> Vec<u8> {
    let key = static_key(Scenario::PLAIN_SEED);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.send_hmac(direction)[..32]);
    let time = SimIdentity::WALL.unix().saturating_add_signed(later);
    let mut fields = TlsAuthFields {
        first,
        sender,
        hmac: &[],
        packet_id,
        time: u32::try_from(time).unwrap_or(u32::MAX),
        rest,
    };
    let mut context = hmac::Context::with_key(&key);
    context.update(&fields.authenticated_head());
    context.update(rest);
    let tag = context.sign();
    fields.hmac = tag.as_ref();
    let packet = fields.join();
    assert!(TlsAuthLayout::new(32).split(&packet).is_ok());
    packet
}

pub(crate) fn deliver(stage: &mut Stage, make: impl Fn(&mut Puppet) -> Vec<u8>) {
    let packet = make(&mut stage.puppet);
    stage.deliver(packet);
}

pub(crate) fn other(id: SessionId) -> SessionId {
    let mut bytes = *id.bytes();
    bytes[3] ^= 0x55;
    SessionId::from_random(bytes)
}

/// A bare acknowledgement from `sender` to `receiver`.
pub(crate) fn between(
    puppet: &mut Puppet,
    sender: SessionId,
    receiver: Option<SessionId>,
) -> Vec<u8> {
    let own = std::mem::replace(&mut puppet.own, sender);
    let control = Control {
        acks: vec![0],
        receiver,
        message: None,
    };
    let packet = puppet.control(Opcode::AckV1, 0, &control);
    puppet.own = own;
    packet
}
