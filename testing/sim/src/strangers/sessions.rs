use crate::credentials::SimIdentity;
use crate::pair::{Pair, Stall};
use crate::scenario::{Protection, Scenario};
use spoke_engine::{Digest, TlsVersions, TransportKind};
use std::sync::OnceLock;
use std::time::Duration;

/// Longest script that is played.
const STEPS: usize = 64;

/// Plays the bytes as a script of mischief between a client and a server: foreign packets, old and
/// changed ones, pauses, renegotiations and goodbyes at any time. Nobody panics, and nobody spins.
pub fn session(data: &[u8]) {
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
    let mut scenario = Scenario::draw(identity, 1, transport);
    scenario.protection = protection(setup >> 3);
    scenario.modern = setup & 2 != 0;
    scenario.versions = if setup & 4 != 0 {
        TlsVersions::Only12
    } else {
        TlsVersions::Any
    };
    scenario.password = "secret".to_owned();
    let Ok(mut pair) = Pair::new(&scenario) else {
        return;
    };
    for _ in 0..STEPS {
        if script.0.is_empty() {
            break;
        }
        step(&mut pair, &mut script);
    }
    pass(&mut pair, Duration::from_secs(200));
}

/// All protections, by number.
pub(super) fn protection(number: u8) -> Protection {
    match number & 3 {
        0 => Protection::None,
        1 => Protection::TlsAuth(Digest::Sha256),
        2 => Protection::TlsCrypt,
        _ => Protection::TlsCryptV2,
    }
}

fn step(pair: &mut Pair, script: &mut Script<'_>) {
    let (now, wall) = (pair.now(), pair.wall());
    match script.byte() % 8 {
        0 | 1 => pass(pair, Duration::from_millis(script.byte().into())),
        2 => {
            let packet = script.bytes();
            pair.client.handle_packet(now, wall, packet);
        }
        3 => {
            let packet = script.bytes();
            pair.server.handle_packet(now, wall, packet);
        }
        4 => {
            let packet = changed(&pair.server.known().spoken, script);
            pair.client.handle_packet(now, wall, packet);
        }
        5 => {
            let packet = changed(&pair.client.known().spoken, script);
            pair.server.handle_packet(now, wall, packet);
        }
        6 => pass(pair, Duration::from_secs(script.byte().into())),
        _ => match script.byte() % 4 {
            0 => pair.client.session().renegotiate(now),
            1 => pair.server.session().renegotiate(now),
            2 => pair.client.session().close(now, "enough"),
            _ => pair.server.session().close(now, "enough"),
        },
    }
    pass(pair, Duration::ZERO);
}

fn pass(pair: &mut Pair, time: Duration) {
    let passed = pair.run_for(time);
    assert!(!matches!(passed, Err(Stall::Spins { .. })), "{passed:?}");
}

/// A packet that was said before, with one byte other than it was (or not).
fn changed(spoken: &[Vec<u8>], script: &mut Script<'_>) -> Vec<u8> {
    let index = usize::from(script.byte());
    let mut packet = spoken
        .get(index % spoken.len().max(1))
        .cloned()
        .unwrap_or_default();
    let (at, with) = (usize::from(script.byte()), script.byte());
    let len = packet.len().max(1);
    if let Some(byte) = packet.get_mut(at % len) {
        *byte ^= with;
    }
    packet
}

/// The bytes of an input as numbers and strings; at its end they are zeros and empty.
pub(super) struct Script<'a>(pub(super) &'a [u8]);

impl Script<'_> {
    pub(super) fn byte(&mut self) -> u8 {
        let (byte, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *byte
    }

    pub(super) fn bytes(&mut self) -> Vec<u8> {
        let len = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes.to_vec()
    }
}
