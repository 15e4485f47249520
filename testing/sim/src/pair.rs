use crate::end::End;
use crate::link::{Conditions, Link};
use crate::scenario::{Scenario, ScenarioError};
use spoke_engine::SealError;
use spoke_moment::{Deadline, Moment, WallTime};
use spoke_wire::FrameError;
use std::time::Duration;
use thiserror::Error;

/// More steps than this without the clock moving is a machine that runs in circles.
const STEPS_AT_ONCE: usize = 20_000;

/// A client and a server with a link between them, in virtual time.
pub struct Pair {
    now: Moment,
    wall: WallTime,
    /// The client's end.
    pub client: End,
    /// The server's end.
    pub server: End,
    up: Link,
    down: Link,
    steps: u64,
}

/// Why a simulation cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Stall {
    /// What was waited for did not come to be in time.
    #[error("{waited:?} have passed and it is not so: {wish}")]
    Late {
        /// How long was waited.
        waited: Duration,
        /// For what.
        wish: &'static str,
    },
    /// Nobody is ever going to do anything again.
    #[error("nothing is on its way and nobody waits, and it is not so: {wish}")]
    Dead {
        /// What was waited for.
        wish: &'static str,
    },
    /// Time does not move.
    #[error("the {who} wants to be called again and again at one moment: {why}")]
    Spins {
        /// Which end, or a link.
        who: &'static str,
        /// What it says that it waits for.
        why: &'static str,
    },
    /// The stream broke.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A packet could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Pair {
    /// The two ends of `scenario`, with the client's first packet ready to go.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub fn new(scenario: &Scenario<'_>) -> Result<Self, ScenarioError> {
        let now = Moment::ORIGIN;
        let (client, server) = (scenario.client_end(now)?, scenario.server_end(now)?);
        let (up, down) = scenario.links();
        Ok(Self {
            now,
            wall: crate::SimIdentity::WALL,
            client,
            server,
            up,
            down,
            steps: 0,
        })
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// The calendar's time.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        self.wall.plus(self.now.since_origin())
    }

    /// How many times a packet arrived or a timer was due.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Lets `time` pass in which neither end does anything: the machine sleeps. Packets wait.
    pub fn sleep(&mut self, time: Duration) {
        self.now += time;
    }

    /// Makes the calendar of both ends say `wall` now; it goes on from there.
    pub fn set_wall(&mut self, wall: WallTime) {
        let passed = self.now.since_origin().as_secs();
        self.wall = WallTime::from_unix(wall.unix().saturating_sub(passed));
    }

    /// Changes how the link treats what is sent from now on.
    pub fn set_conditions(&mut self, up: Conditions, down: Conditions) {
        self.up.set_conditions(up);
        self.down.set_conditions(down);
    }

    /// Sends user traffic from client to server; says whether there was a key for it.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn send_up(&mut self, payload: &[u8]) -> Result<bool, Stall> {
        let packet = self.client.seal(self.now, payload)?;
        if let Some(packet) = &packet {
            self.up.send(self.now, packet);
        }
        Ok(packet.is_some())
    }

    /// Sends user traffic from server to client; says whether there was a key for it.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn send_down(&mut self, payload: &[u8]) -> Result<bool, Stall> {
        let packet = self.server.seal(self.now, payload)?;
        if let Some(packet) = &packet {
            self.down.send(self.now, packet);
        }
        Ok(packet.is_some())
    }

    /// Lets time pass until `done`.
    ///
    /// # Errors
    /// When `longest` passes first, when nothing is left that could bring it about, or when an end spins.
    pub fn run_until(
        &mut self,
        longest: Duration,
        wish: &'static str,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), Stall> {
        let end = self.now + longest;
        let mut at_once = 0;
        loop {
            self.settle()?;
            if done(self) {
                return Ok(());
            }
            let next = self.next().ok_or(Stall::Dead { wish })?;
            if next.at > end {
                self.now = end;
                return Err(Stall::Late {
                    waited: longest,
                    wish,
                });
            }
            at_once = if next.at > self.now { 0 } else { at_once + 1 };
            if at_once > STEPS_AT_ONCE {
                return Err(self.spin(next));
            }
            self.now = self.now.max(next.at);
            self.step()?;
        }
    }

    /// Lets `time` pass.
    ///
    /// # Errors
    /// As [`Pair::run_until`], but for the time itself.
    pub fn run_for(&mut self, time: Duration) -> Result<(), Stall> {
        let end = self.now + time;
        let passed = self.run_until(time, "time passes", |_| false);
        match passed {
            Err(Stall::Late { .. } | Stall::Dead { .. }) | Ok(()) => {
                self.now = end;
                Ok(())
            }
            Err(stall) => Err(stall),
        }
    }

    fn step(&mut self) -> Result<(), Stall> {
        let wall = self.wall();
        self.steps += 1;
        while let Some(packet) = self.up.receive(self.now)? {
            self.server.handle_packet(self.now, wall, packet);
            self.settle()?;
        }
        while let Some(packet) = self.down.receive(self.now)? {
            self.client.handle_packet(self.now, wall, packet);
            self.settle()?;
        }
        for end in [&mut self.client, &mut self.server] {
            if end
                .deadline()
                .is_some_and(|deadline| deadline.at <= self.now)
            {
                end.handle_timeout(self.now, wall);
            }
        }
        self.settle()
    }

    fn settle(&mut self) -> Result<(), Stall> {
        for packet in self.client.poll(self.now)? {
            self.up.send(self.now, &packet);
        }
        for packet in self.server.poll(self.now)? {
            self.down.send(self.now, &packet);
        }
        Ok(())
    }

    fn next(&self) -> Option<Deadline> {
        let arrival = |link: &Link| {
            let at = link.next_arrival();
            at.map(|at| Deadline::new(at, "a packet arrives"))
        };
        [
            self.client.deadline(),
            self.server.deadline(),
            arrival(&self.up),
            arrival(&self.down),
        ]
        .into_iter()
        .fold(None, Deadline::earliest)
    }

    fn spin(&self, next: Deadline) -> Stall {
        let is = |end: &End| end.deadline().is_some_and(|deadline| deadline == next);
        let who = if is(&self.client) {
            "client"
        } else if is(&self.server) {
            "server"
        } else {
            "link"
        };
        Stall::Spins { who, why: next.why }
    }
}
