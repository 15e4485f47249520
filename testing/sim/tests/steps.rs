//! A million steps of long connections over bad links: traffic, renegotiations and blackouts in any order, over both
//! transports, all wrappings and ciphers. A payload comes out at most once and unchanged, and never for long none.
//!
//! A step is a packet that arrives or a timer that is due. `SPOKE_SIM=full` (`cargo xtask sim`) plays twenty times as many.

use fastrand::Rng;
use spoke_engine::{OpenError, TransportKind};
use spoke_moment::Moment;
use spoke_sim::{Conditions, End, Pair, Protection, Scenario, SimIdentity};
use std::collections::BTreeSet;
use std::time::Duration;

/// Steps in the ordinary run and in the full one.
const STEPS: u64 = 1_000_000;
const STEPS_FULL: u64 = 20_000_000;

/// To see one failure again, put its seed here.
const REPLAY: Option<u64> = None;

/// The longest that a connection takes to stand, however bad the link is here: a lost packet is sent again after 1, 2,
/// 4 and 8 seconds.
const TO_STAND: Duration = Duration::from_secs(60);

/// The drought limit: while the link is there, and both ends send all the time, no end goes without new traffic for
/// longer than this.
const DROUGHT: Duration = Duration::from_secs(3);

/// Nothing is on its way for longer than this.
const SETTLES: Duration = Duration::from_secs(5);

/// How long one connection is played.
const LIFE: Duration = Duration::from_secs(20 * 60);

#[test]
fn a_million_steps_lose_no_connection_and_repeat_no_payload() {
    let identity = SimIdentity::new().expect("certificates");
    let full = std::env::var_os("SPOKE_SIM").is_some_and(|size| size == "full");
    let wanted = if full { STEPS_FULL } else { STEPS };
    let (mut steps, mut longest) = (0, Duration::ZERO);
    let mut seed = REPLAY.unwrap_or(0);
    while steps < wanted {
        let transport = match seed % 2 {
            0 => TransportKind::Udp,
            _ => TransportKind::Tcp,
        };
        let played = World::new(&identity, seed, transport).and_then(World::live);
        match played {
            Ok((more, drought)) => {
                steps += more;
                longest = longest.max(drought);
            }
            Err(fault) => panic!(
                "seed {seed} over {transport:?}: {fault}\n(to play it alone, set REPLAY to Some({seed}) in this file)"
            ),
        }
        if REPLAY.is_some() {
            break;
        }
        seed += 1;
    }
    println!("{steps} steps in {seed} connections, the longest drought {longest:?}");
}

struct World {
    pair: Pair,
    chance: Rng,
    transport: TransportKind,
    up: Conditions,
    down: Conditions,
    /// What arrived: at the server, and at the client.
    arrived: [Arrivals; 2],
    sent: u32,
    drought: Duration,
    /// The key that the client sends with, and since when.
    key: Option<u8>,
    settled: Moment,
}

#[derive(Default)]
struct Arrivals {
    seen: BTreeSet<u32>,
    last: Moment,
}

impl World {
    fn new(identity: &SimIdentity, seed: u64, transport: TransportKind) -> Result<Self, String> {
        let mut chance = Rng::with_seed(seed ^ 0x57e9_5000);
        let mut scenario = Scenario::draw(identity, seed, transport);
        scenario.up = conditions(&mut chance, transport);
        scenario.down = conditions(&mut chance, transport);
        if scenario.protection == Protection::None {
            // Without a wrapping nothing notices a flipped bit before TLS does, and TLS may not survive one.
            (scenario.up.corruption, scenario.down.corruption) = (0.0, 0.0);
        }
        let pair = Pair::new(&scenario).map_err(|error| error.to_string())?;
        Ok(Self {
            pair,
            chance,
            transport,
            up: scenario.up,
            down: scenario.down,
            arrived: Default::default(),
            sent: 0,
            drought: Duration::ZERO,
            key: None,
            settled: Moment::ORIGIN,
        })
    }

    /// Lives a whole life; gives the steps that it took and the longest drought.
    fn live(mut self) -> Result<(u64, Duration), String> {
        let stands = self.pair.run_until(TO_STAND, "both ends are up", |pair| {
            pair.client.is_up() && pair.server.is_up()
        });
        stands.map_err(|stall| stall.to_string())?;
        self.has_arrived_now();
        let end = self.pair.now() + LIFE;
        while self.pair.now() < end {
            let now = self.pair.now();
            let settled = self.is_settled();
            match self.chance.u16(0..1500) {
                0..3 if !settled => {}
                0 => self.pair.client.session().renegotiate(now),
                1 => self.pair.server.session().renegotiate(now),
                2 => {
                    self.pair.client.session().renegotiate(now);
                    self.pair.server.session().renegotiate(now);
                }
                3 if self.transport == TransportKind::Udp => self.blackout()?,
                _ => {}
            }
            self.traffic()?;
        }
        self.settle_up()?;
        Ok((self.pair.steps(), self.drought))
    }

    /// Whether the last renegotiation is over for so long that nothing is on its way under the key before it: only two
    /// keys are ever kept, here and in OpenVPN.
    fn is_settled(&mut self) -> bool {
        let ends = [&self.pair.client, &self.pair.server];
        let key = ends[0].sending();
        let in_use = ends
            .iter()
            .all(|end| end.sending() == key && end.known().installed.last().copied() == key);
        if !in_use || key != self.key {
            (self.key, self.settled) = (key, self.pair.now());
        }
        self.pair.now().since(self.settled) > SETTLES
    }

    /// One payload each way, and a while.
    fn traffic(&mut self) -> Result<(), String> {
        self.send()?;
        let pause = Duration::from_millis(self.chance.u64(50..250));
        self.pass(pause)?;
        for (end, arrivals) in ["server", "client"].iter().zip(&self.arrived) {
            let drought = self.pair.now().since(arrivals.last);
            self.drought = self.drought.max(drought);
            if drought > DROUGHT {
                return Err(format!(
                    "at {:?} nothing has reached the {end} for {drought:?}\nclient: {}\nserver: {}",
                    self.pair.now(),
                    summary(&self.pair.client),
                    summary(&self.pair.server)
                ));
            }
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), String> {
        let number = self.sent;
        self.sent += 1;
        let up = self.pair.send_up(&payload(0, number));
        let down = self.pair.send_down(&payload(1, number));
        match (up, down) {
            (Ok(true), Ok(true)) => Ok(()),
            (Err(stall), _) | (_, Err(stall)) => Err(stall.to_string()),
            _ => Err("an end that is up has no key to send with".to_owned()),
        }
    }

    /// The link is gone for a while, shorter than what either end takes for the end.
    fn blackout(&mut self) -> Result<(), String> {
        let lost = |conditions| Conditions {
            loss: 1.0,
            ..conditions
        };
        self.pair.set_conditions(lost(self.up), lost(self.down));
        for _ in 0..self.chance.u8(1..40) {
            self.send()?;
            self.pass(Duration::from_secs(1))?;
        }
        self.pair.set_conditions(self.up, self.down);
        self.has_arrived_now();
        Ok(())
    }

    fn pass(&mut self, time: Duration) -> Result<(), String> {
        self.pair.run_for(time).map_err(|stall| stall.to_string())?;
        let now = self.pair.now();
        for (end, arrivals, way) in [(&mut self.pair.server, 0, 0), (&mut self.pair.client, 1, 1)] {
            if let Some(closed) = &end.known().closed {
                return Err(format!("an end closed after {now:?}: {closed:?}"));
            }
            let arrived = self.arrived.get_mut(arrivals).ok_or("two ends")?;
            for got in end.take_received() {
                let number = number(&got).ok_or("a payload came out that nobody sent")?;
                if number >= self.sent || got != payload(way, number) {
                    return Err(format!("payload {number} was changed on the way"));
                }
                if !arrived.seen.insert(number) {
                    return Err(format!("payload {number} came out twice"));
                }
                arrived.last = now;
            }
            if let Some(error) = end.known().unopened.iter().find(|error| !is_honest(error)) {
                return Err(format!("a packet was not opened: {error}"));
            }
            end.forget();
        }
        Ok(())
    }

    /// A drought counts from now on.
    fn has_arrived_now(&mut self) {
        for arrivals in &mut self.arrived {
            arrivals.last = self.pair.now();
        }
    }

    /// A stream loses nothing.
    fn settle_up(&mut self) -> Result<(), String> {
        self.pass(Duration::from_secs(10))?;
        for arrivals in &self.arrived {
            let missing = self.sent as usize - arrivals.seen.len();
            if self.transport == TransportKind::Tcp && missing > 0 {
                let missing: Vec<u32> = (0..self.sent)
                    .filter(|number| !arrivals.seen.contains(number))
                    .collect();
                return Err(format!(
                    "{missing:?} of {} payloads are missing\nclient: {}\nserver: {}",
                    self.sent,
                    summary(&self.pair.client),
                    summary(&self.pair.server)
                ));
            }
            if missing * 2 > self.sent as usize {
                return Err(format!("most payloads are missing: {missing}"));
            }
        }
        Ok(())
    }
}

/// What the link itself brings about: copies, and spoiled bits.
fn is_honest(error: &OpenError) -> bool {
    matches!(
        error,
        OpenError::Replay(_)
            | OpenError::Forged
            | OpenError::Header(_)
            | OpenError::OtherEpoch { .. }
    )
}

fn conditions(chance: &mut Rng, transport: TransportKind) -> Conditions {
    let datagrams = transport == TransportKind::Udp;
    let mut up_to = |most: f64| if datagrams { chance.f64() * most } else { 0.0 };
    let (loss, duplication, corruption) = (up_to(0.15), up_to(0.2), up_to(0.05));
    Conditions {
        loss,
        duplication,
        corruption,
        delay: Duration::from_millis(chance.u64(0..300)),
        jitter: Duration::from_millis(chance.u64(0..400)),
        bandwidth: chance.bool().then(|| chance.u32(50_000..1_000_000)),
        piece: [16, 100, 300, 1448, 16_000][chance.usize(0..5)],
    }
}

fn payload(way: u8, number: u32) -> Vec<u8> {
    let mut payload = vec![0x45, way];
    payload.extend_from_slice(&number.to_be_bytes());
    payload.resize(6 + (number as usize * 37) % 900, way ^ 0x5a);
    payload
}

fn number(payload: &[u8]) -> Option<u32> {
    let bytes = payload.get(2..6)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

fn summary(end: &End) -> String {
    let known = end.known();
    let last = |keys: &[u8]| keys.iter().rev().take(3).copied().collect::<Vec<u8>>();
    format!(
        "installed {:?}, sends with {:?}, {} packets without a key, deadline {:?}, {:?}",
        last(&known.installed),
        end.sending(),
        known.keyless,
        end.deadline(),
        known.notices.last()
    )
}
