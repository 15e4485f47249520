//! Messages that come too often, too far ahead, or never, and acknowledgements that lie.

use crate::fault::Expected::{Borne, Dropped, Ends};
use crate::fault::Fault;
use spoke_engine::Side;
use spoke_sim::puppet::{Point, Stage};
use spoke_wire::{ChallengeAnswer, Control, Message, Opcode, ProtocolBits, PushUpdate, UpdateItem};
use std::time::Duration;

/// A message with this id, out of turn.
fn message(stage: &mut Stage, id: u32, payload: &[u8]) -> usize {
    let control = Control {
        acks: vec![],
        receiver: stage.puppet.peer,
        message: Some(Message { id, payload }),
    };
    let packet = stage.puppet.control(Opcode::ControlV1, 0, &control);
    stage.deliver(packet)
}

/// The id of the message that the victim waits for.
fn next(stage: &mut Stage) -> u32 {
    stage.puppet.lane(0).next_id
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(ids());
    faults.extend(acks());
    faults.extend(silence());
    faults.extend(deaf());
    faults
}

fn ids() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (what, ahead) in [
        ("a message 12 ahead of the next", 12),
        ("a message 1,000 ahead of the next", 1000),
    ] {
        faults.extend(Fault::both(what, Point::Tls, Dropped, move |stage| {
            let id = next(stage) + ahead;
            message(stage, id, &[23, 3, 3]);
        }));
    }
    faults.extend(Fault::both(
        "a message with the last id",
        Point::Tls,
        Dropped,
        |stage| {
            message(stage, u32::MAX, &[23, 3, 3]);
        },
    ));
    faults.extend(
        Fault::both(
            "5,000 times the same old message",
            Point::Tls,
            Borne,
            |stage| {
                for _ in 0..5000 {
                    message(stage, 1, &[22, 3, 3]);
                }
            },
        )
        .map(|fault| fault.because("each time it is acknowledged")),
    );
    faults.extend(Fault::both(
        "old messages with other content",
        Point::Tls,
        Borne,
        |stage| {
            for id in 0..next(stage) {
                message(stage, id, &[0xff; 900]);
            }
        },
    ));
    faults.extend(
        Fault::both(
            "a message with other content than it had when it came early",
            Point::Reset,
            Borne,
            |stage| {
                stage.puppet.begin_tls(0);
                let queued: Vec<Vec<u8>> = stage.puppet.outbox.drain(..).collect();
                if let Some(last) = queued.last().filter(|_| queued.len() > 1) {
                    stage.deliver(last.clone());
                    let id = next(stage) - 1;
                    message(stage, id, &[0xff; 900]);
                    stage
                        .puppet
                        .outbox
                        .extend(queued.into_iter().rev().skip(1).rev());
                } else {
                    stage.puppet.outbox.extend(queued);
                }
            },
        )
        .map(|fault| fault.because("the first to come counts")),
    );
    faults.extend(Fault::both(
        "eleven messages behind one that never comes",
        Point::Reset,
        Ends("Silence/NoTls"),
        |stage| {
            let id = next(stage);
            for ahead in 1..12 {
                message(stage, id + ahead, &[0xab; 60_000]);
            }
            stage.pass(Duration::from_secs(200));
        },
    ));
    faults.extend(Fault::both(
        "10,000 empty messages",
        Point::Reset,
        Borne,
        |stage| {
            for _ in 0..10_000 {
                stage.puppet.say(Opcode::ControlV1, 0, &[]);
                stage.pump();
            }
        },
    ));
    faults.extend(Fault::both(
        "TLS in pieces of one byte",
        Point::Reset,
        Borne,
        |stage| {
            stage.puppet.begin_tls_in_pieces(0, 1);
            stage.pump();
        },
    ));
    faults
}

fn acks() -> Vec<Fault> {
    let ack = |stage: &mut Stage, acks: Vec<u32>| {
        let control = Control {
            acks,
            receiver: stage.puppet.peer,
            message: None,
        };
        let packet = stage.puppet.control(Opcode::AckV1, 0, &control);
        stage.deliver(packet);
    };
    let mut faults = Vec::new();
    faults.extend(Fault::both(
        "acknowledgements of what was never sent",
        Point::Tls,
        Dropped,
        move |stage| {
            ack(stage, vec![50, 51, 1_000_000, u32::MAX]);
        },
    ));
    faults.extend(Fault::both(
        "acknowledgements of what was acknowledged",
        Point::Up,
        Dropped,
        move |stage| {
            for _ in 0..1000 {
                ack(stage, vec![0, 0, 0, 0, 1, 1, 1, 1]);
            }
        },
    ));
    faults.extend(
        Fault::both(
            "acknowledgements ahead of the messages",
            Point::Reset,
            Borne,
            move |stage| {
                ack(stage, vec![2, 3, 4, 5, 6, 7, 8, 9]);
            },
        )
        .map(|fault| fault.because("they mean nothing yet")),
    );
    faults
}

fn silence() -> Vec<Fault> {
    let wait = |stage: &mut Stage| stage.pass(Duration::from_secs(300));
    let mute = |stage: &mut Stage| {
        stage.puppet.acknowledges = false;
        stage.pass(Duration::from_secs(300));
    };
    let mut faults = Vec::new();
    for (what, point, error) in [
        ("nothing at all", Point::Start, "Silence/NoAnswer"),
        ("nothing after its reset", Point::Reset, "Silence/NoTls"),
        ("nothing after TLS", Point::Tls, "Silence/NoKeys"),
    ] {
        faults.extend(Fault::both(what, point, Ends(error), wait));
        if point > Point::Start {
            let what = format!("{what}, not even acknowledgements");
            faults.extend(Fault::both(&what, point, Ends(error), mute));
        }
    }
    faults.extend(Fault::both(
        "nothing any more",
        Point::Up,
        Ends("Silence/KeepaliveLost"),
        mute,
    ));
    faults
}

/// What its user, or its gateway's administrator, has to say waits for acknowledgements, up to a bound.
fn deaf() -> [Fault; 2] {
    const MORE_THAN_WAIT: usize = 1100;
    let nothing = Ends("PeerBrokeRules/NothingAcknowledged");
    [
        Fault::new(
            "1,100 questions to the user, and no acknowledgement of the answers",
            Side::Client,
            Point::Up,
            nothing,
            |stage| {
                for _ in 0..MORE_THAN_WAIT {
                    stage.puppet.tell(0, "INFO_PRE,CR_TEXT:R,E:and now?");
                }
                stage.pump();
                assert!(stage.victim.known().steps.len() >= MORE_THAN_WAIT);
                stage.puppet.acknowledges = false;
                for _ in 0..MORE_THAN_WAIT {
                    let now = stage.now();
                    let answer = ChallengeAnswer::new("no");
                    stage.victim.session().answer_challenge(now, answer);
                    stage.hear();
                }
            },
        ),
        Fault::new(
            "1,100 updates of its configuration, and no acknowledgement of them",
            Side::Server,
            Point::Tls,
            nothing,
            |stage| {
                stage.puppet.abilities |= ProtocolBits::PUSH_UPDATE.0;
                stage.reach(Point::Up).expect("a connection");
                stage.puppet.acknowledges = false;
                let update = PushUpdate {
                    items: vec![UpdateItem {
                        optional: false,
                        remove: false,
                        option: "route 10.1.0.0 255.255.0.0".to_owned(),
                    }],
                };
                for _ in 0..MORE_THAN_WAIT {
                    let now = stage.now();
                    let sent = stage.victim.session().push_update(now, &update);
                    assert!(sent.is_ok());
                    stage.hear();
                }
            },
        ),
    ]
}
