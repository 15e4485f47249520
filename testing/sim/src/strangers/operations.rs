use super::sessions::{Script, protection};
use crate::credentials::SimIdentity;
use crate::puppet::{Point, Stage};
use crate::scenario::Scenario;
use spoke_engine::{Side, TlsVersions, TransportKind};
use spoke_wire::{Control, FirstByte, Message};
use std::sync::OnceLock;
use std::time::Duration;

/// Longest script that is played.
const STEPS: usize = 48;

/// The most that a session may say in one script, in bytes, beside twice what it was sent.
const ANSWER: usize = 256 * 1024;

/// Plays the bytes as the operations of a peer that holds all keys: right steps of the handshake, and packets, TLS
/// bytes, messages and payloads of any content in their right wrappings, in any order. Nobody panics, what is said stays bounded,
/// an ended session stays silent, and a client that failed has not been configured.
pub fn operations(data: &[u8]) {
    static IDENTITY: OnceLock<Option<SimIdentity>> = OnceLock::new();
    let Some(identity) = IDENTITY.get_or_init(|| SimIdentity::new().ok()) else {
        return;
    };
    let mut script = Script(data);
    let setup = script.byte();
    let transport = match setup & 1 {
        0 => TransportKind::Udp,
        _ => TransportKind::Tcp,
    };
    let attacked = match setup & 2 {
        0 => Side::Client,
        _ => Side::Server,
    };
    let mut scenario = Scenario::plain(identity, transport);
    scenario.modern = setup & 4 == 0;
    scenario.protection = protection(setup >> 3);
    if setup & 32 != 0 {
        scenario.versions = TlsVersions::Only12;
    }
    let Ok(mut stage) = Stage::new(&scenario, attacked) else {
        return;
    };
    for _ in 0..STEPS {
        if script.0.is_empty() || stage.check_open().is_err() {
            break;
        }
        operate(&mut stage, &mut script);
        stage.pump();
    }
    check(&mut stage);
}

fn operate(stage: &mut Stage, script: &mut Script<'_>) {
    let choice = script.byte();
    let key_id = choice >> 5;
    match choice & 15 {
        0..3 => {
            let point = match stage.point {
                Point::Start => Point::Reset,
                Point::Reset => Point::Tls,
                Point::Tls => Point::Keys,
                Point::Keys => Point::Up,
                Point::Up => Point::Renewing,
                _ => Point::RenewingTls,
            };
            // A victim that was confused before does not follow.
            let _ = stage.reach(point);
        }
        3 => {
            let _ = stage.renew();
        }
        4 => packet(stage, script, key_id),
        5 => {
            let bytes = script.bytes();
            let first = FirstByte::of(&[script.byte()]);
            if let Ok(FirstByte { opcode, .. }) = first {
                stage.puppet.say(opcode, key_id, &bytes);
            }
        }
        6 => {
            let bytes = script.bytes();
            stage.puppet.say_secret(key_id, &bytes);
        }
        7..10 => {
            let text = script.bytes();
            let words = [
                "PUSH_REPLY,",
                "PUSH_UPDATE,",
                "AUTH_FAILED,",
                "AUTH_PENDING,",
                "INFO_PRE,",
                "RESTART,",
                "CR_RESPONSE,",
                "",
            ];
            let word = words.get(usize::from(script.byte()) % 8).copied();
            let text = [word.unwrap_or_default().as_bytes(), &text, &[0]].concat();
            stage.puppet.say_secret(key_id, &text);
        }
        10 => {
            let payload = script.bytes();
            if let Ok(packet) = stage.puppet.seal(key_id, &payload) {
                stage.deliver(packet);
            }
        }
        11 => {
            let packet = script.bytes();
            stage.deliver(packet);
        }
        12 => stage.pass(Duration::from_secs(script.byte().into())),
        13 => exchange(stage, script, key_id),
        14 => {
            let now = stage.now();
            match script.byte() % 3 {
                0 => stage.victim.session().renegotiate(now),
                1 => stage.victim.session().close(now, "enough"),
                _ => stage.victim.session().handle_exit(now),
            }
        }
        _ => stage.puppet.acknowledges = !stage.puppet.acknowledges,
    }
}

/// A packet of any kind with any acknowledgements and any message id.
fn packet(stage: &mut Stage, script: &mut Script<'_>, key_id: u8) {
    let Ok(FirstByte { opcode, .. }) = FirstByte::of(&[script.byte()]) else {
        return;
    };
    let acks = (0..script.byte() % 10)
        .map(|_| script.byte().into())
        .collect();
    let receiver = match script.byte() % 4 {
        0 => Some(stage.puppet.own),
        _ => stage.puppet.peer,
    };
    let next = stage.puppet.lane(key_id).next_id;
    let id = next.wrapping_add_signed(i32::from(script.byte().cast_signed()));
    let payload = script.bytes();
    let message = Some(Message {
        id,
        payload: &payload,
    });
    let control = Control {
        acks,
        receiver,
        message,
    };
    let packet = stage.puppet.control(opcode, key_id, &control);
    stage.deliver(packet);
}

/// A key exchange with one piece of it replaced.
fn exchange(stage: &mut Stage, script: &mut Script<'_>, key_id: u8) {
    let Ok(message) = stage.puppet.exchange().encode() else {
        return;
    };
    let mut bytes = message.to_vec();
    let at = usize::from(script.byte()) * 2 % bytes.len();
    let end = (at + usize::from(script.byte() % 8)).min(bytes.len());
    bytes.splice(at..end, script.bytes());
    stage.puppet.say_secret(key_id, &bytes);
}

fn check(stage: &mut Stage) {
    stage.pass(Duration::from_secs(400));
    let (sent, said) = stage.traffic;
    assert!(
        said <= 2 * sent + ANSWER,
        "{sent} bytes were answered with {said}"
    );
    let known = stage.victim.known();
    // Whoever has a key was configured, or let in.
    if stage.puppet.side == Side::Server && known.pushed.is_none() {
        assert!(known.installed.is_empty());
    }
    if known.closed.is_some() {
        assert!(stage.victim.deadline().is_none());
        assert_eq!(stage.deliver(vec![0x38; 60]), 0);
    }
}
