//! A server's first packets over UDP, which it answers without memory: cookies that are forged, stale or stolen.

use crate::fault::Fault;
use spoke_engine::{
    Admission, Answer, Side, StatelessConfig, StatelessHandshake, TransportKind, Wrap,
};
use spoke_moment::Moment;
use spoke_sim::puppet::Point;
use spoke_sim::{Protection, Scenario, SeededEntropy, SimIdentity};
use spoke_wire::{Control, FirstByte, Message, Opcode, SessionId};
use std::time::Duration;

/// A client and the server's door, without a session behind it.
struct Door {
    handshake: StatelessHandshake,
    wrap: Wrap,
    own: SessionId,
    cookie: Option<SessionId>,
    now: Moment,
    address: [u8; 6],
}

impl Door {
    fn new(protection: Protection) -> Self {
        let identity = SimIdentity::new().expect("certificates");
        let scenario = Scenario {
            protection,
            ..Scenario::plain(&identity, TransportKind::Udp)
        };
        let mut entropy = SeededEntropy::new(4);
        let config = StatelessConfig::new(scenario.server_wrapping());
        Self {
            handshake: StatelessHandshake::new(config, &mut entropy),
            wrap: Wrap::new(&scenario.client_wrapping(), Side::Client),
            own: SessionId::from_random([5; 8]),
            cookie: None,
            now: Moment::from_origin(Duration::from_secs(1000)),
            address: [192, 0, 2, 1, 4, 170],
        }
    }

    fn say(&mut self, opcode: Opcode, key_id: u8, control: &Control<'_>) -> String {
        let mut rest = Vec::new();
        control.encode(&mut rest);
        let first = FirstByte { opcode, key_id };
        let packet = self.wrap.wrap(SimIdentity::WALL, first, self.own, &rest);
        self.send(&packet.expect("a packet"))
    }

    fn send(&mut self, packet: &[u8]) -> String {
        let answer =
            self.handshake
                .handle_packet(self.now, SimIdentity::WALL, &self.address, packet);
        match answer {
            Answer::Reply(reply) => {
                if let Ok(unwrapped) = self.wrap.unwrap(SimIdentity::WALL, &reply) {
                    self.cookie = Some(unwrapped.sender);
                }
                assert!(reply.len() <= packet.len() + 32, "an amplifier");
                "answered".to_owned()
            }
            Answer::Admit(Admission { .. }) => "let in".to_owned(),
            Answer::Drop(_) => "dropped".to_owned(),
        }
    }

    fn reset(&mut self) -> String {
        self.say(Opcode::HardResetClientV2, 0, &hello(vec![], None, 0))
    }

    /// The second packet, which gives the cookie back.
    fn come_in(&mut self) -> String {
        let control = hello(vec![0], self.cookie, 1);
        self.say(Opcode::ControlV1, 0, &control)
    }
}

fn hello(acks: Vec<u32>, receiver: Option<SessionId>, id: u32) -> Control<'static> {
    Control {
        acks,
        receiver,
        message: Some(Message {
            id,
            payload: &[22, 3, 1],
        }),
    }
}

fn at_the_door(
    what: &str,
    expected: &'static str,
    play: impl Fn(&mut Door) -> String + 'static,
) -> Fault {
    Fault::plain(what, Side::Server, Point::Start, expected, move || {
        let mut door = Door::new(Protection::TlsAuth(spoke_engine::Digest::Sha256));
        assert_eq!(door.reset(), "answered");
        play(&mut door)
    })
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = cookies();
    faults.extend(packets());
    faults
}

fn cookies() -> Vec<Fault> {
    vec![
        at_the_door(
            "the cookie given back (which is right)",
            "let in",
            Door::come_in,
        ),
        at_the_door("a cookie that was never given", "dropped", |door| {
            door.cookie = Some(SessionId::from_random([9; 8]));
            door.come_in()
        }),
        at_the_door("a cookie with one bit changed", "dropped", |door| {
            let mut bytes = *door.cookie.expect("a cookie").bytes();
            bytes[7] ^= 1;
            door.cookie = SessionId::new(bytes);
            door.come_in()
        }),
        at_the_door("no cookie", "dropped", |door| {
            door.say(Opcode::ControlV1, 0, &hello(vec![], None, 1))
        }),
        at_the_door("the cookie of another address", "dropped", |door| {
            door.address[3] ^= 1;
            door.come_in()
        }),
        at_the_door("the cookie of another port", "dropped", |door| {
            door.address[5] ^= 1;
            door.come_in()
        }),
        at_the_door("the cookie of another session id", "dropped", |door| {
            door.own = SessionId::from_random([6; 8]);
            door.come_in()
        }),
        at_the_door(
            "a cookie after 59 seconds (which is right)",
            "let in",
            |door| {
                door.now += Duration::from_secs(59);
                door.come_in()
            },
        ),
        at_the_door("a cookie after two minutes", "dropped", |door| {
            door.now += Duration::from_secs(120);
            door.come_in()
        }),
    ]
}

fn packets() -> Vec<Fault> {
    let mut faults = vec![
        at_the_door("the cookie with a message far ahead", "dropped", |door| {
            let control = hello(vec![0], door.cookie, 2);
            door.say(Opcode::ControlV1, 0, &control)
        }),
        at_the_door(
            "the cookie with acknowledgements of what was not sent",
            "dropped",
            |door| {
                let control = hello(vec![0, 5], door.cookie, 1);
                door.say(Opcode::ControlV1, 0, &control)
            },
        ),
        at_the_door("the cookie with key 1", "dropped", |door| {
            let control = hello(vec![0], door.cookie, 1);
            door.say(Opcode::ControlV1, 1, &control)
        }),
        at_the_door("a soft reset at the door", "dropped", |door| {
            let control = hello(vec![0], door.cookie, 1);
            door.say(Opcode::SoftResetV1, 0, &control)
        }),
        at_the_door("a hard reset with a message id", "dropped", |door| {
            door.say(Opcode::HardResetClientV2, 0, &hello(vec![], None, 7))
        }),
        at_the_door("a hard reset with acknowledgements", "dropped", |door| {
            let control = hello(vec![0], door.cookie, 0);
            door.say(Opcode::HardResetClientV2, 0, &control)
        }),
        at_the_door("data at the door", "dropped", |door| {
            door.send(&[0x48; 100])
        }),
        at_the_door("nothing at the door", "dropped", |door| door.send(&[])),
        at_the_door("a stranger without the key", "dropped", |door| {
            door.send(&[0x38; 54])
        }),
        at_the_door(
            "1,000 resets at once, of which 99 more are answered",
            "99",
            |door| {
                let answered = (0..1000_u32).filter(|number| {
                    let mut id = [1; 8];
                    id[..4].copy_from_slice(&number.to_be_bytes());
                    door.own = SessionId::from_random(id);
                    door.reset() == "answered"
                });
                answered.count().to_string()
            },
        ),
    ];
    faults.push(
        Fault::plain(
            "a hard reset without its client key, where tls-crypt-v2 is wanted",
            Side::Server,
            Point::Start,
            "dropped",
            || {
                let mut door = Door::new(Protection::TlsCryptV2);
                door.reset()
            },
        )
        .because("it is not even unwrapped"),
    );
    faults
}
