use fastrand::Rng;
use spoke_moment::Moment;
use spoke_wire::{FrameError, StreamFramer, frame_prefix};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How one direction of a link treats what is sent over it. Chances are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// The time that everything takes.
    pub delay: Duration,
    /// More time on top, drawn anew for each packet, at most this: datagrams overtake each other, a stream stutters.
    pub jitter: Duration,
    /// Chance of a datagram to be lost.
    pub loss: f64,
    /// Chance of a datagram to arrive twice.
    pub duplication: f64,
    /// Chance of a datagram to arrive with one bit flipped.
    pub corruption: f64,
    /// Bytes per second; what does not fit waits its turn.
    pub bandwidth: Option<u32>,
    /// The longest piece in which a stream arrives, in bytes.
    pub piece: usize,
}

impl Default for Conditions {
    /// A good link of 10 milliseconds each way.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            corruption: 0.0,
            bandwidth: None,
            piece: 1448,
        }
    }
}

/// One direction of an emulated link: packets go in at one moment and come out at a later one, or never.
#[derive(Debug)]
pub struct Link {
    conditions: Conditions,
    chance: Rng,
    /// By arrival, then by order of sending.
    underway: BTreeMap<(Moment, u64), Vec<u8>>,
    sent: u64,
    free_at: Moment,
    stream: Option<Stream>,
}

#[derive(Debug)]
struct Stream {
    framer: StreamFramer,
    last_arrival: Moment,
    ready: VecDeque<Vec<u8>>,
}

impl Link {
    /// A link that carries datagrams: each arrives whole, late, twice, spoiled or not at all.
    #[must_use]
    pub fn datagrams(conditions: Conditions, seed: u64) -> Self {
        Self::new(conditions, seed, None)
    }

    /// A link that carries a byte stream: everything arrives in order, cut anywhere. Packets are framed as on TCP.
    #[must_use]
    pub fn stream(conditions: Conditions, seed: u64) -> Self {
        let stream = Stream {
            framer: StreamFramer::new(spoke_wire::MAX_FRAME),
            last_arrival: Moment::ORIGIN,
            ready: VecDeque::new(),
        };
        Self::new(conditions, seed, Some(stream))
    }

    fn new(conditions: Conditions, seed: u64, stream: Option<Stream>) -> Self {
        Self {
            conditions,
            chance: Rng::with_seed(seed),
            underway: BTreeMap::new(),
            sent: 0,
            free_at: Moment::ORIGIN,
            stream,
        }
    }

    /// Treats what is sent from now on like this.
    pub fn set_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// Sends one packet.
    pub fn send(&mut self, now: Moment, packet: &[u8]) {
        if self.stream.is_some() {
            let prefix = frame_prefix(packet.len()).unwrap_or_default();
            let framed = [prefix.as_slice(), packet].concat();
            let mut rest = framed.as_slice();
            while !rest.is_empty() {
                let cut = self.chance.usize(1..=self.conditions.piece.max(1));
                let (piece, later) = rest.split_at(cut.min(rest.len()));
                self.depart(now, piece.to_vec());
                rest = later;
            }
            return;
        }
        let Conditions {
            loss,
            duplication,
            corruption,
            ..
        } = self.conditions;
        if self.chance.f64() < loss {
            return;
        }
        if self.chance.f64() < duplication {
            self.depart(now, packet.to_vec());
        }
        let mut packet = packet.to_vec();
        if self.chance.f64() < corruption {
            let at = self.chance.usize(0..packet.len().max(1));
            if let Some(byte) = packet.get_mut(at) {
                *byte ^= 1 << self.chance.u8(0..8);
            }
        }
        self.depart(now, packet);
    }

    fn depart(&mut self, now: Moment, bytes: Vec<u8>) {
        let mut leaves = now;
        if let Some(bandwidth) = self.conditions.bandwidth {
            let takes = Duration::from_secs_f64(bytes.len() as f64 / f64::from(bandwidth.max(1)));
            leaves = leaves.max(self.free_at) + takes;
            self.free_at = leaves;
        }
        let jitter = self.conditions.jitter.mul_f64(self.chance.f64());
        let mut arrives = leaves + self.conditions.delay + jitter;
        if let Some(stream) = &mut self.stream {
            arrives = arrives.max(stream.last_arrival);
            stream.last_arrival = arrives;
        }
        self.underway.insert((arrives, self.sent), bytes);
        self.sent += 1;
    }

    /// When something arrives next.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Moment> {
        if self
            .stream
            .as_ref()
            .is_some_and(|stream| !stream.ready.is_empty())
        {
            return Some(Moment::ORIGIN);
        }
        self.underway.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next packet that has arrived by `now`.
    ///
    /// # Errors
    /// When the stream cannot be cut into packets, which no correct sender brings about.
    pub fn receive(&mut self, now: Moment) -> Result<Option<Vec<u8>>, FrameError> {
        loop {
            if let Some(packet) = self
                .stream
                .as_mut()
                .and_then(|stream| stream.ready.pop_front())
            {
                return Ok(Some(packet));
            }
            let Some(first) = self.underway.first_entry() else {
                return Ok(None);
            };
            if first.key().0 > now {
                return Ok(None);
            }
            let bytes = first.remove();
            let Some(stream) = &mut self.stream else {
                return Ok(Some(bytes));
            };
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let taken = stream.framer.push(rest);
                rest = rest.get(taken..).unwrap_or_default();
                while let Some(frame) = stream.framer.next_frame()? {
                    let frame = frame.to_vec();
                    stream.ready.push_back(frame);
                }
            }
        }
    }
}
