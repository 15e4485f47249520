//! Thousands of connections over bad links in virtual time: they come up, carry data, renew their keys and end.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use fastrand::Rng;
use spoke_engine::{Closed, OpenError, TransportKind};
use spoke_sim::{Conditions, End, Pair, Protection, Scenario, SimIdentity};
use std::collections::BTreeSet;
use std::time::Duration;

/// How many connections are played for each transport in the ordinary run, and in the full one (`SPOKE_SIM=full`).
const SEEDS: u64 = 1500;
const SEEDS_FULL: u64 = 30_000;

/// To see one failure again, put its seed here.
const REPLAY: Option<u64> = None;

/// A negotiation takes at most this long, or is given up (OpenVPN's `hand-window`); the links below are never so bad.
const NEGOTIATION: Duration = Duration::from_secs(60);

#[test]
fn datagrams_get_through_loss_and_disorder() {
    play_all(TransportKind::Udp);
}

#[test]
fn streams_lose_nothing_however_they_are_cut() {
    play_all(TransportKind::Tcp);
}

fn play_all(transport: TransportKind) {
    let identity = SimIdentity::new().expect("certificates");
    let full = std::env::var_os("SPOKE_SIM").is_some_and(|size| size == "full");
    let count = if full { SEEDS_FULL } else { SEEDS };
    let seeds = REPLAY.map_or(0..count, |seed| seed..seed + 1);
    for seed in seeds {
        if let Err(fault) = Game::new(&identity, seed, transport).and_then(Game::play) {
            panic!(
                "seed {seed} over {transport:?}: {fault}\n(to play it alone, set REPLAY to Some({seed}) in this file)"
            );
        }
    }
}

#[test]
fn one_seed_always_takes_one_path() {
    let identity = SimIdentity::new().expect("certificates");
    for (seed, transport) in [
        (11, TransportKind::Udp),
        (12, TransportKind::Udp),
        (13, TransportKind::Tcp),
    ] {
        let path = || {
            let mut game = Game::new(&identity, seed, transport).expect("a game");
            game.wait(NEGOTIATION, "both ends are up", |pair| {
                pair.client.is_up() && pair.server.is_up()
            })?;
            game.exchange()?;
            game.renew()?;
            Ok::<_, String>((
                game.pair.now(),
                summary(&game.pair.client),
                summary(&game.pair.server),
            ))
        };
        let first = path().expect("it works");
        assert_eq!(first, path().expect("it works"), "seed {seed}");
    }
}

#[test]
fn a_dead_link_is_noticed_in_time() {
    let identity = SimIdentity::new().expect("certificates");
    for seed in 0..20 {
        let mut scenario = Scenario::draw(&identity, seed, TransportKind::Udp);
        scenario.up.loss = 1.0;
        let mut pair = Pair::new(&scenario).expect("a pair");
        let gone = pair.run_until(Duration::from_secs(61), "the client gives up", |pair| {
            pair.client.known().closed.is_some()
        });
        assert_eq!(gone, Ok(()), "seed {seed}");
        assert!(
            matches!(pair.client.known().closed, Some(Closed::Failed(_))),
            "seed {seed}"
        );
    }
}

#[test]
fn however_bad_the_link_nobody_hangs() {
    let identity = SimIdentity::new().expect("certificates");
    for seed in 0..300 {
        let mut chance = Rng::with_seed(seed);
        let mut scenario = Scenario::draw(&identity, seed, TransportKind::Udp);
        for conditions in [&mut scenario.up, &mut scenario.down] {
            conditions.loss = 0.2 + 0.7 * chance.f64();
            conditions.jitter = Duration::from_millis(chance.u64(0..3000));
        }
        let mut pair = Pair::new(&scenario).expect("a pair");
        // Reset, TLS and keys, then the configuration: each may take one negotiation window.
        let decided = pair.run_until(3 * NEGOTIATION, "both are up, or one gave up", |pair| {
            let closed = |end: &End| end.known().closed.is_some();
            (pair.client.is_up() && pair.server.is_up())
                || closed(&pair.client)
                || closed(&pair.server)
        });
        assert_eq!(decided, Ok(()), "seed {seed}");
    }
}

struct Game {
    pair: Pair,
    chance: Rng,
    transport: TransportKind,
    /// Payloads sent so far, up and down; each is different.
    sent: [u32; 2],
}

impl Game {
    fn new(identity: &SimIdentity, seed: u64, transport: TransportKind) -> Result<Self, String> {
        let mut chance = Rng::with_seed(seed ^ 0x0bad_11e7);
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
            sent: [0, 0],
        })
    }

    fn play(mut self) -> Result<(), String> {
        self.wait(NEGOTIATION, "both ends are up", |pair| {
            pair.client.is_up() && pair.server.is_up()
        })?;
        self.check_open()?;
        self.exchange()?;
        let renewals = match self.chance.u8(0..10) {
            // Key ids come around after seven.
            0 => 9,
            1..5 => 2,
            _ => 1,
        };
        for _ in 0..renewals {
            self.renew()?;
            self.exchange()?;
            // Only two keys are ever kept, here and in OpenVPN: what is underway under the older one has to arrive
            // before the next renewal begins.
            self.pass(Duration::from_secs(3))?;
        }
        self.check_data()?;
        self.leave()
    }

    fn renew(&mut self) -> Result<(), String> {
        let old = self.pair.client.sending().ok_or("no key")?;
        let next = if old == 7 { 1 } else { old + 1 };
        let now = self.pair.now();
        let who = self.chance.u8(0..3);
        if who != 0 {
            self.pair.client.session().renegotiate(now);
        }
        if who != 1 {
            self.pair.server.session().renegotiate(now);
        }
        // Traffic goes on meanwhile, and none of it may fall between the keys.
        for _ in 0..20 {
            self.send()?;
            self.pass(Duration::from_millis(100))?;
        }
        self.wait(
            2 * NEGOTIATION,
            "both ends send with the next key",
            |pair| {
                [&pair.client, &pair.server]
                    .iter()
                    .all(|end| end.sending() == Some(next))
            },
        )?;
        self.check_open()
    }

    fn send(&mut self) -> Result<(), String> {
        let up = self
            .pair
            .send_up(&payload(0, self.sent[0]))
            .map_err(|stall| stall.to_string())?;
        let down = self
            .pair
            .send_down(&payload(1, self.sent[1]))
            .map_err(|stall| stall.to_string())?;
        if !(up && down) {
            return Err("an end that is up has no key to send with".to_owned());
        }
        self.sent = [self.sent[0] + 1, self.sent[1] + 1];
        Ok(())
    }

    /// Sends until something new has come out at both ends.
    fn exchange(&mut self) -> Result<(), String> {
        let before = [received(&self.pair.client), received(&self.pair.server)];
        for _ in 0..50 {
            self.send()?;
            self.pass(Duration::from_millis(200))?;
            let now = [received(&self.pair.client), received(&self.pair.server)];
            if now.iter().zip(before).all(|(now, before)| *now > before) {
                return Ok(());
            }
        }
        Err("data does not flow both ways".to_owned())
    }

    fn check_data(&mut self) -> Result<(), String> {
        self.pass(Duration::from_secs(5))?;
        let ends = [
            (&self.pair.server, 0, self.sent[0]),
            (&self.pair.client, 1, self.sent[1]),
        ];
        for (end, way, sent) in ends {
            let known = end.known();
            let all: Vec<Vec<u8>> = (0..sent).map(|number| payload(way, number)).collect();
            match self.transport {
                TransportKind::Tcp => {
                    if known.received != all || !known.unopened.is_empty() || known.keyless > 0 {
                        return Err(format!(
                            "of {sent} payloads {} arrived, {} packets had no key, not opened: {:?}",
                            known.received.len(),
                            known.keyless,
                            known.unopened
                        ));
                    }
                }
                TransportKind::Udp => {
                    let once: BTreeSet<&Vec<u8>> = known.received.iter().collect();
                    if once.len() != known.received.len() {
                        return Err("a payload came out twice".to_owned());
                    }
                    if !once.iter().all(|payload| all.contains(payload)) {
                        return Err("a payload came out that nobody sent".to_owned());
                    }
                    let honest = |error: &&OpenError| {
                        !matches!(
                            error,
                            OpenError::Replay(_)
                                | OpenError::Forged
                                | OpenError::Header(_)
                                | OpenError::OtherEpoch { .. }
                        )
                    };
                    if let Some(error) = known.unopened.iter().find(honest) {
                        return Err(format!("a packet was not opened: {error}"));
                    }
                }
            }
        }
        Ok(())
    }

    fn leave(mut self) -> Result<(), String> {
        let now = self.pair.now();
        let by_client = self.chance.bool();
        let leaver = if by_client {
            &mut self.pair.client
        } else {
            &mut self.pair.server
        };
        leaver.session().close(now, "enough");
        // A goodbye that is lost is made up for by the keepalive.
        self.pair
            .run_until(Duration::from_secs(90), "both ends are closed", |pair| {
                pair.client.known().closed.is_some() && pair.server.known().closed.is_some()
            })
            .map_err(|stall| stall.to_string())?;
        let leaver = if by_client {
            &self.pair.client
        } else {
            &self.pair.server
        };
        match &leaver.known().closed {
            Some(Closed::Asked { why }) if why == "enough" => Ok(()),
            other => Err(format!("the one that left says {other:?}")),
        }
    }

    fn wait(
        &mut self,
        longest: Duration,
        wish: &'static str,
        done: impl Fn(&Pair) -> bool,
    ) -> Result<(), String> {
        let closed = |end: &End| end.known().closed.is_some();
        let outcome = self.pair.run_until(longest, wish, |pair| {
            done(pair) || closed(&pair.client) || closed(&pair.server)
        });
        outcome.map_err(|stall| {
            format!(
                "{stall}\nclient: {:?}\nserver: {:?}",
                summary(&self.pair.client),
                summary(&self.pair.server)
            )
        })?;
        self.check_open()
    }

    fn pass(&mut self, time: Duration) -> Result<(), String> {
        self.pair.run_for(time).map_err(|stall| stall.to_string())
    }

    fn check_open(&self) -> Result<(), String> {
        for (name, end) in [("client", &self.pair.client), ("server", &self.pair.server)] {
            if let Some(closed) = &end.known().closed {
                return Err(format!(
                    "the {name} closed after {:?}: {closed:?}",
                    self.pair.now()
                ));
            }
        }
        Ok(())
    }
}

fn conditions(chance: &mut Rng, transport: TransportKind) -> Conditions {
    let datagrams = transport == TransportKind::Udp;
    let mut up_to = |most: f64| if datagrams { chance.f64() * most } else { 0.0 };
    let (loss, duplication, corruption) = (up_to(0.15), up_to(0.2), up_to(0.05));
    Conditions {
        loss,
        duplication,
        corruption,
        delay: Duration::from_millis(chance.u64(0..200)),
        jitter: Duration::from_millis(chance.u64(0..150)),
        bandwidth: chance.bool().then(|| chance.u32(20_000..1_000_000)),
        piece: [1, 16, 100, 300, 1448, 1448, 16_000, 16_000][chance.usize(0..8)],
    }
}

fn payload(way: u8, number: u32) -> Vec<u8> {
    let mut payload = vec![0x45, way];
    payload.extend_from_slice(&number.to_be_bytes());
    payload.resize(6 + (number as usize * 37) % 300, way);
    payload
}

fn received(end: &End) -> usize {
    end.known().received.len()
}

fn summary(end: &End) -> String {
    let known = end.known();
    format!(
        "tls {:?}, pushed {}, installed {:?}, sent with {:?}, received {}, deadline {:?}, notices {:?}",
        known.tls,
        known.pushed.is_some(),
        known.installed,
        known.sent_with,
        known.received.len(),
        end.deadline(),
        known.notices
    )
}
