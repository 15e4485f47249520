//! Renegotiations that fail, cross, never end, or come one after the other.

use crate::fault::Expected::{Borne, Dropped, Ends, Survived};
use crate::fault::say;
use crate::fault::{Expected, Fault};
use crate::packets::deliver;
use spoke_engine::Side;
use spoke_sim::SimIdentity;
use spoke_sim::puppet::{Point, Stage};
use spoke_wire::{KeyExchange, Opcode};
use std::time::Duration;

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(resets());
    faults.extend(failures());
    faults.extend(exchanges());
    faults.extend(storms());
    faults
}

fn resets() -> Vec<Fault> {
    let mut faults = Vec::new();
    for key_id in [2, 5, 7] {
        faults.extend(Fault::both(
            &format!("a soft reset to key {key_id} after key 0"),
            Point::Up,
            Dropped,
            move |stage| {
                deliver(stage, say(Opcode::SoftResetV1, key_id, &[]));
                stage.puppet.lanes.remove(&key_id);
            },
        ));
    }
    faults.extend(Fault::both(
        "a soft reset to key 2 while key 1 is negotiated",
        Point::Renewing,
        Dropped,
        |stage| {
            deliver(stage, say(Opcode::SoftResetV1, 2, &[]));
            stage.puppet.lanes.remove(&2);
        },
    ));
    faults.extend(Fault::both(
        "a soft reset with a payload",
        Point::Up,
        Borne,
        |stage| {
            stage.puppet.say(Opcode::SoftResetV1, 1, &[1, 2, 3]);
            stage.pump();
            stage.point = Point::Renewing;
        },
    ));
    faults.extend(Fault::both(
        "soft resets that cross",
        Point::Up,
        Borne,
        |stage| {
            let now = stage.now();
            stage.victim.session().renegotiate(now);
            stage.puppet.say(Opcode::SoftResetV1, 1, &[]);
            stage.pump();
            stage.point = Point::Renewing;
        },
    ));
    faults.extend(Fault::both(
        "TLS bytes before the soft reset",
        Point::Up,
        Dropped,
        |stage| {
            deliver(stage, say(Opcode::ControlV1, 1, &[22, 3, 3, 0, 1, 0]));
            stage.puppet.lanes.remove(&1);
        },
    ));
    faults.extend(Fault::both(
        "a second soft reset of the same key",
        Point::Renewing,
        Survived,
        |stage| {
            deliver(stage, say(Opcode::SoftResetV1, 1, &[]));
        },
    ));
    faults
}

/// Lets so much time pass, with a sign of life every ten seconds.
fn wait(stage: &mut Stage, seconds: u64) {
    for _ in 0..seconds / 10 {
        stage.pass(Duration::from_secs(10));
        if let Ok(packet) = stage.puppet.seal(0, &[0x45; 20]) {
            stage.deliver(packet);
        }
    }
}

fn failures() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(Fault::both(
        "a renegotiation without an end",
        Point::Renewing,
        Survived,
        |stage| {
            wait(stage, 70);
        },
    ));
    faults.extend(Fault::both(
        "a renegotiation without a key exchange",
        Point::RenewingTls,
        Survived,
        |stage| {
            wait(stage, 70);
        },
    ));
    faults.extend(Fault::both(
        "no TLS in a renegotiation",
        Point::Renewing,
        Survived,
        |stage| {
            stage.puppet.say(Opcode::ControlV1, 1, &[0xd7; 100]);
        },
    ));
    faults.extend(Fault::both(
        "an alert in a renegotiation",
        Point::Renewing,
        Survived,
        |stage| {
            stage
                .puppet
                .say(Opcode::ControlV1, 1, &[21, 3, 3, 0, 2, 2, 40]);
        },
    ));
    faults.extend(Fault::both(
        "the end of TLS in a renegotiation",
        Point::RenewingTls,
        Survived,
        |stage| {
            if let Some(tls) = &mut stage.puppet.lane(1).tls {
                tls.send_close_notify();
            }
            stage.puppet.flush(1);
        },
    ));
    faults.push(Fault::new(
        "the certificate of somebody else in a renegotiation",
        Side::Client,
        Point::Renewing,
        Survived,
        |stage| {
            let other = SimIdentity::new().expect("certificates");
            stage.puppet.pretend(&other).expect("a certificate");
            stage.puppet.begin_tls(1);
        },
    ));
    faults
}

fn exchanged(
    what: &str,
    attacked: Side,
    expected: Expected,
    change: impl Fn(&mut KeyExchange) + 'static,
) -> Fault {
    Fault::new(what, attacked, Point::RenewingTls, expected, move |stage| {
        let mut message = stage.puppet.exchange();
        change(&mut message);
        stage.puppet.say_this_exchange(1, message);
        stage.pump();
    })
}

fn exchanges() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(Fault::both(
        "key method 1 in a renegotiation",
        Point::RenewingTls,
        Survived,
        |stage| {
            stage.puppet.say_secret(1, &[0, 0, 0, 0, 1]);
        },
    ));
    faults.extend(Fault::both(
        "a text of 200,000 bytes in a renegotiation",
        Point::RenewingTls,
        Survived,
        |stage| {
            stage.puppet.say_secret(1, &vec![0; 200_000]);
        },
    ));
    faults.push(exchanged(
        "another user",
        Side::Server,
        Ends("PeerRefused/UserChanged"),
        |message| {
            message.username = Some("somebody-else".to_owned());
        },
    ));
    faults.push(exchanged(
        "a wrong password in a renegotiation",
        Side::Server,
        Ends("Rejected"),
        |message| {
            message.password = Some("guess".to_owned());
        },
    ));
    faults.push(Fault::new(
        "a refusal in a renegotiation",
        Side::Client,
        Point::RenewingTls,
        Ends("PeerRefused/Credentials"),
        |stage| {
            stage.puppet.say_exchange(1);
            stage.puppet.tell(1, "AUTH_FAILED,no more");
        },
    ));
    faults.push(Fault::new(
        "a refusal in place of the key exchange of a renegotiation",
        Side::Client,
        Point::RenewingTls,
        Ends("PeerRefused/Credentials"),
        |stage| {
            stage.puppet.tell(1, "AUTH_FAILED,no more");
        },
    ));
    faults.push(Fault::new(
        "another configuration in a renegotiation",
        Side::Client,
        Point::RenewingTls,
        Borne,
        |stage| {
            stage.puppet.say_exchange(1);
            stage.puppet.tell(
                1,
                "PUSH_REPLY,cipher none,ifconfig 10.66.0.2 255.255.255.0,peer-id 99",
            );
            stage.pump();
            stage.puppet.make_keys(1).expect("keys");
            stage.current = 1;
            stage.point = Point::Up;
        },
    ));
    faults
}

fn storms() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(Fault::both(
        "100 renegotiations without a pause",
        Point::Up,
        Borne,
        |stage| {
            for _ in 0..100 {
                stage.renew().expect("a new key");
            }
        },
    ));
    faults.extend(Fault::both(
        "20 renegotiations that all fail",
        Point::Up,
        Survived,
        |stage| {
            for key_id in (1..=7).chain(1..=7).chain(1..=6) {
                *stage.puppet.lane(key_id) = spoke_sim::puppet::Lane::default();
                stage.puppet.say(Opcode::SoftResetV1, key_id, &[]);
                stage.puppet.say(Opcode::ControlV1, key_id, &[0xd7; 100]);
                stage.pump();
            }
        },
    ));
    faults
}
