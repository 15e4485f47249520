use super::{Lane, Puppet};
use crate::credentials::SimIdentity;
use crate::end::End;
use crate::scenario::Scenario;
use spoke_engine::Side;
use spoke_moment::{Moment, WallTime};
use spoke_wire::{ControlMessage, Opcode, PushReply, PushText};
use std::time::Duration;

/// What a puppet pushes when it behaves.
const PUSH: &str = "topology subnet,ifconfig 10.88.0.2 255.255.255.0,route-gateway 10.88.0.1,\
route 10.20.0.0 255.255.0.0,peer-id 7,cipher AES-256-GCM,protocol-flags cc-exit tls-ekm,ping 10,ping-restart 60";

/// How far a puppet and its victim have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The puppet has said nothing.
    Start,
    /// The hard resets are exchanged.
    Reset,
    /// TLS stands.
    Tls,
    /// The key exchange is over; a client awaits its configuration.
    Keys,
    /// Data flows.
    Up,
    /// The soft resets of a renegotiation are exchanged.
    Renewing,
    /// TLS of the renegotiation stands.
    RenewingTls,
}

/// A session under test and its puppet, with nothing between them: what one says, the other hears at once.
pub struct Stage {
    /// The session under test.
    pub victim: End,
    /// Its peer.
    pub puppet: Puppet,
    /// How far they have come.
    pub point: Point,
    /// The key that data flows under.
    pub current: u8,
    /// Bytes that the victim was sent and that it said since they were last counted.
    pub traffic: (usize, usize),
    now: Moment,
}

impl Stage {
    /// A victim of the role `attacked` with the settings of `scenario`, and its puppet.
    ///
    /// # Errors
    /// When the certificates cannot be used, as text.
    pub fn new(scenario: &Scenario<'_>, attacked: Side) -> Result<Self, String> {
        let now = Moment::ORIGIN;
        let (victim, side) = match attacked {
            Side::Client => (scenario.client_end(now), Side::Server),
            Side::Server => (scenario.server_end(now), Side::Client),
        };
        let victim = victim.map_err(|error| error.to_string())?;
        let wrapping = match side {
            Side::Client => scenario.client_wrapping(),
            Side::Server => scenario.server_wrapping(),
        };
        let puppet = Puppet::new(side, scenario.identity, &wrapping)?;
        let mut stage = Self {
            victim,
            puppet,
            point: Point::Start,
            current: 0,
            traffic: (0, 0),
            now,
        };
        stage.hear();
        Ok(stage)
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// The calendar's time.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        SimIdentity::WALL.plus(self.now.since_origin())
    }

    /// Lets the puppet hear what the victim says; gives how many packets that were.
    pub fn hear(&mut self) -> usize {
        let packets = self.victim.poll(self.now).unwrap_or_default();
        let count = packets.len();
        for packet in packets {
            self.traffic.1 += packet.len();
            self.puppet.handle(packet);
        }
        count
    }

    /// Delivers one packet to the victim; gives how many packets it answers.
    pub fn deliver(&mut self, packet: Vec<u8>) -> usize {
        self.traffic.0 += packet.len();
        self.victim.handle_packet(self.now, self.wall(), packet);
        self.hear()
    }

    /// Delivers what the puppet has to say, and the acknowledgements, until both are silent.
    pub fn pump(&mut self) {
        loop {
            while let Some(packet) = self.puppet.outbox.pop_front() {
                self.deliver(packet);
            }
            self.puppet.acknowledge();
            if self.puppet.outbox.is_empty() {
                return;
            }
        }
    }

    /// Lets time pass for the victim; the puppet stays silent meanwhile but for acknowledgements.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.victim.deadline().filter(|deadline| deadline.at <= end) {
            self.now = self.now.max(deadline.at);
            let wall = self.wall();
            self.victim.handle_timeout(self.now, wall);
            self.hear();
            self.pump();
        }
        self.now = end;
    }

    /// Goes on correctly as far as `point`.
    ///
    /// # Errors
    /// When the victim does not follow, as text.
    pub fn reach(&mut self, point: Point) -> Result<(), String> {
        while self.point < point {
            self.step()?;
            self.check_open()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        let next = match self.point {
            Point::Start => {
                let reset = self.puppet.reset();
                self.puppet.say(reset, 0, &[]);
                self.pump();
                Point::Reset
            }
            Point::Reset => {
                self.secure(0)?;
                Point::Tls
            }
            Point::Tls => {
                self.puppet.say_exchange(0);
                self.pump();
                Point::Keys
            }
            Point::Keys => {
                self.configure()?;
                Point::Up
            }
            Point::Up => {
                self.puppet.say(Opcode::SoftResetV1, 1, &[]);
                self.pump();
                Point::Renewing
            }
            Point::Renewing => {
                self.secure(1)?;
                Point::RenewingTls
            }
            Point::RenewingTls => return Err("there is nothing after that".to_owned()),
        };
        self.point = next;
        Ok(())
    }

    fn secure(&mut self, key_id: u8) -> Result<(), String> {
        self.puppet.begin_tls(key_id);
        self.pump();
        let lane = self.puppet.lane(key_id);
        match lane.is_secure() {
            true => Ok(()),
            false => Err(format!("TLS does not stand: {:?}", lane.fault)),
        }
    }

    fn configure(&mut self) -> Result<(), String> {
        match self.puppet.side {
            Side::Server => self.push(PUSH),
            Side::Client => {
                self.puppet.tell(0, "PUSH_REQUEST");
                self.pump();
                let messages = self.puppet.lane(0).messages();
                let reply = messages.iter().find_map(|message| match message {
                    ControlMessage::PushReply(text) => Some(text.as_str().to_owned()),
                    _ => None,
                });
                let reply = PushText::new(reply.ok_or("no configuration came")?);
                self.puppet.agreed = PushReply::parse(&reply).map_err(|error| error.to_string())?;
                self.puppet.make_keys(0)
            }
        }
    }

    /// Pushes `options`; when the victim takes them, data can flow.
    ///
    /// # Errors
    /// When the keys cannot be made, as text.
    pub fn push(&mut self, options: &str) -> Result<(), String> {
        self.puppet.tell(0, &format!("PUSH_REPLY,{options}"));
        self.pump();
        if let Some(reply) = &self.victim.known().pushed {
            self.puppet.agreed = reply.clone();
            self.point = Point::Up;
            self.puppet.make_keys(0)?;
        }
        Ok(())
    }

    /// Goes on correctly until data has flown both ways.
    ///
    /// # Errors
    /// When it does not, as text.
    pub fn finish(&mut self) -> Result<(), String> {
        self.reach(Point::Up)?;
        if self.point == Point::Renewing {
            self.reach(Point::RenewingTls)?;
        }
        if self.point == Point::RenewingTls {
            self.puppet.say_exchange(1);
            self.pump();
            self.puppet.make_keys(1)?;
            self.exchange(1)?;
        }
        self.exchange(self.current)
    }

    /// Renegotiates once more, correctly and all of it.
    ///
    /// # Errors
    /// When the victim does not follow, as text.
    pub fn renew(&mut self) -> Result<(), String> {
        let next = if self.current == 7 {
            1
        } else {
            self.current + 1
        };
        *self.puppet.lane(next) = Lane::default();
        self.puppet.say(Opcode::SoftResetV1, next, &[]);
        self.pump();
        self.secure(next)?;
        self.puppet.say_exchange(next);
        self.pump();
        self.puppet.make_keys(next)?;
        self.current = next;
        self.exchange(next)
    }

    /// Sends data both ways, the puppet's under `key_id`.
    ///
    /// # Errors
    /// When it does not arrive, as text.
    pub fn exchange(&mut self, key_id: u8) -> Result<(), String> {
        let mark = u8::try_from(self.victim.known().received.len() % 250).unwrap_or(0);
        let (down, up) = ([0x45, mark, 1, key_id], [0x45, mark, 2, key_id]);
        let packet = self.puppet.seal(key_id, &down)?;
        self.deliver(packet);
        if self.victim.known().received.last().map(Vec::as_slice) != Some(&down[..]) {
            return Err(format!(
                "the puppet's data does not arrive: {:?}, {} without a key",
                self.victim.known().unopened,
                self.victim.known().keyless
            ));
        }
        let sealed = self.victim.seal(self.now, &up);
        match sealed {
            Ok(Some(packet)) => self.puppet.handle(packet),
            other => return Err(format!("the victim cannot send: {other:?}")),
        }
        match self.puppet.received.last().map(Vec::as_slice) == Some(&up[..]) {
            true => self.check_open(),
            false => Err("the victim's data does not arrive".to_owned()),
        }
    }

    /// Whether the victim is still there.
    ///
    /// # Errors
    /// With how it ended.
    pub fn check_open(&self) -> Result<(), String> {
        match &self.victim.known().closed {
            None => Ok(()),
            Some(closed) => Err(format!("the victim has closed: {closed:?}")),
        }
    }
}
