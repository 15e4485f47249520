//! Plays the cases, one after the other, round by round.

use crate::case::Case;
use crate::client_end::ClientEnd;
use crate::datagrams::Datagrams;
use crate::papers::Papers;
use crate::ping::Pinger;
use crate::programs::Programs;
use crate::quantity::Quantity;
use crate::results::Results;
use crate::scene::Scene;
use crate::server_end::ServerEnd;
use crate::stage::Stage;
use crate::streams::{Streams, Way};
use crate::usage::{own_memory, peak_memory, processor_time};
use crate::whole::{Amount, transfer};
use spoke_lab::LabError;
use std::thread;
use std::time::{Duration, Instant};

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often each case is played.
    pub rounds: usize,
    /// How long each thing is measured.
    pub window: Duration,
    /// How long streams run before they are.
    pub warm_up: Duration,
    /// How much is compared byte for byte, each way.
    pub whole: Amount,
}

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenes.
    pub scenes: Vec<Scene>,
    /// The cases, of each scene.
    pub cases: Vec<Case>,
    /// How much.
    pub effort: Effort,
}

/// Between pings that look for the best of an idle tunnel, and beside a transfer.
const BETWEEN_PINGS: Duration = Duration::from_millis(10);
/// How much longer a window may last where nothing comes through.
const PATIENCE: Duration = Duration::from_secs(10);
/// Datagrams a millisecond of the paced ones.
const A_BEAT: u32 = 20;

/// Plays all of it, each round with every case, so that a change of the machine's
/// mood meets them all. To be called once, inside the lab's namespaces.
///
/// # Errors
/// When a program is missing or does not do its part. No number is an error.
pub fn play(programs: &Programs, plan: &Plan, say: &dyn Fn(&str)) -> Result<Results, LabError> {
    spoke_lab::furnish()?;
    let papers = Papers::write()?;
    let mut results = Results::default();
    for round in 1..=plan.effort.rounds {
        // Bytes that were right once need not be compared again.
        let scenes = plan.scenes.iter();
        for scene in scenes.filter(|scene| round == 1 || **scene != Scene::Whole) {
            for case in plan.cases.iter().filter(|case| scene.concerns(**case)) {
                let begun = Instant::now();
                let mut one = One {
                    scene: *scene,
                    case: *case,
                    effort: plan.effort,
                    results: &mut results,
                };
                one.play(programs, &papers)?;
                let took = begun.elapsed().as_secs_f32();
                say(&format!(
                    "round {round}: {}: {case}: {took:.1} s",
                    scene.name()
                ));
            }
        }
    }
    Ok(results)
}

/// One case in one round.
struct One<'a> {
    scene: Scene,
    case: Case,
    effort: Effort,
    results: &'a mut Results,
}

/// Both ends, connected.
struct Tunnel<'a> {
    stage: &'a Stage,
    client: u32,
    server: u32,
}

/// What happened in a window of time.
struct Window {
    seconds: f64,
    count: f64,
    client: f64,
    server: f64,
}

impl One<'_> {
    fn play(&mut self, programs: &Programs, papers: &Papers) -> Result<(), LabError> {
        let stage = Stage::build(self.scene)?;
        let server = ServerEnd::start(&stage, programs, papers, self.case, self.scene.manners())?;
        let mut client = ClientEnd::ready(&stage, programs, papers, self.case)?;
        let took = client.connect()?;
        self.note(Quantity::Connect, milliseconds(took));
        let tunnel = Tunnel {
            stage: &stage,
            client: client.process()?,
            server: server.process(),
        };
        match self.scene {
            Scene::Lab => self.everything(&tunnel)?,
            Scene::Uplink | Scene::Far => self.one_stream(&tunnel)?,
            Scene::Farther | Scene::FartherNoDelay => {}
            Scene::Whole => {
                self.whole(&tunnel)?;
                self.note(Quantity::NewKeys, server.new_keys());
            }
        }
        client.disconnect()
    }

    fn everything(&mut self, tunnel: &Tunnel<'_>) -> Result<(), LabError> {
        self.idle(tunnel)?;
        self.one_stream(tunnel)?;
        for (way, rate, cpu) in [
            (Way::Up, Quantity::UpFour, Quantity::UpFourCpu),
            (Way::Down, Quantity::DownFour, Quantity::DownFourCpu),
        ] {
            let streams = Streams::start(tunnel.stage, way, 4)?;
            thread::sleep(self.effort.warm_up);
            let window = tunnel.watch(self.effort.window, || streams.received())?;
            self.note(rate, window.gigabits());
            self.note(cpu, window.client_for_gigabyte());
        }
        self.small(tunnel)?;
        for (quantity, bytes) in [
            (Quantity::Memory, peak_memory(tunnel.client)?),
            (Quantity::OwnMemory, own_memory(tunnel.client)?),
        ] {
            self.note(quantity, bytes / f64::from(1 << 20));
        }
        Ok(())
    }

    fn idle(&mut self, tunnel: &Tunnel<'_>) -> Result<(), LabError> {
        let pinger = Pinger::start(tunnel.stage, BETWEEN_PINGS)?;
        thread::sleep(self.effort.window);
        let times = pinger.finish().round_trips();
        self.note_at(Quantity::IdlePing, &times, 50, microseconds);
        self.note_at(Quantity::IdlePingTail, &times, 99, microseconds);
        Ok(())
    }

    fn one_stream(&mut self, tunnel: &Tunnel<'_>) -> Result<(), LabError> {
        for (way, [rate, client, server, busy, ping, tail]) in [
            (
                Way::Up,
                [
                    Quantity::UpOne,
                    Quantity::UpOneCpu,
                    Quantity::UpServerCpu,
                    Quantity::UpServerBusy,
                    Quantity::UpPing,
                    Quantity::UpPingTail,
                ],
            ),
            (
                Way::Down,
                [
                    Quantity::DownOne,
                    Quantity::DownOneCpu,
                    Quantity::DownServerCpu,
                    Quantity::DownServerBusy,
                    Quantity::DownPing,
                    Quantity::DownPingTail,
                ],
            ),
        ] {
            let streams = Streams::start(tunnel.stage, way, 1)?;
            thread::sleep(self.effort.warm_up);
            let pinger = Pinger::start(tunnel.stage, BETWEEN_PINGS)?;
            let window = tunnel.watch(self.effort.window, || streams.received())?;
            let times = pinger.finish().round_trips();
            self.note(rate, window.gigabits());
            self.note(client, window.client_for_gigabyte());
            self.note(server, window.server_for_gigabyte());
            self.note(busy, window.server * 100.0 / window.seconds);
            self.note_at(ping, &times, 50, milliseconds);
            self.note_at(tail, &times, 99, milliseconds);
        }
        Ok(())
    }

    fn small(&mut self, tunnel: &Tunnel<'_>) -> Result<(), LabError> {
        let flood = Datagrams::start(tunnel.stage, None)?;
        thread::sleep(self.effort.warm_up);
        let window = tunnel.watch(self.effort.window, || flood.received())?;
        drop(flood);
        self.note(Quantity::Flood, window.count / window.seconds / 1e3);
        let paced = Datagrams::start(tunnel.stage, Some(A_BEAT))?;
        thread::sleep(self.effort.warm_up);
        let window = tunnel.watch(self.effort.window, || paced.received())?;
        self.note(Quantity::PacketCpu, window.client * 1e6 / window.count);
        Ok(())
    }

    fn whole(&mut self, tunnel: &Tunnel<'_>) -> Result<(), LabError> {
        let mut bytes = 0;
        for way in [Way::Up, Way::Down] {
            bytes += transfer(tunnel.stage, way, self.effort.whole)?;
        }
        self.note(Quantity::Whole, float(bytes) / 1e9);
        Ok(())
    }

    fn note(&mut self, quantity: Quantity, value: f64) {
        // Nothing may have come through in a short window; that is no number.
        if value.is_finite() {
            self.results.add(self.scene, self.case, quantity, value);
        }
    }

    /// Notes the time that so many of a hundred do not exceed.
    fn note_at(
        &mut self,
        quantity: Quantity,
        times: &[Duration],
        percent: usize,
        unit: fn(Duration) -> f64,
    ) {
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        if let Some(time) = times.get(at) {
            self.note(quantity, unit(*time));
        }
    }
}

impl Tunnel<'_> {
    /// Looks at the counter and at the clocks of both ends, before and after. It lasts
    /// longer where nothing came through.
    fn watch(&self, length: Duration, counter: impl Fn() -> u64) -> Result<Window, LabError> {
        let look = || -> Result<_, LabError> {
            let client = processor_time(self.client)?;
            let server = processor_time(self.server)?;
            Ok((Instant::now(), counter(), client, server))
        };
        let before = look()?;
        thread::sleep(length);
        let mut after = look()?;
        while after.1 == before.1 && after.0.duration_since(before.0) < PATIENCE {
            thread::sleep(length);
            after = look()?;
        }
        Ok(Window {
            seconds: after.0.duration_since(before.0).as_secs_f64(),
            count: float(after.1 - before.1),
            client: (after.2 - before.2).as_secs_f64(),
            server: (after.3 - before.3).as_secs_f64(),
        })
    }
}

/// Of bytes.
impl Window {
    fn gigabits(&self) -> f64 {
        self.count * 8.0 / 1e9 / self.seconds
    }

    fn client_for_gigabyte(&self) -> f64 {
        self.client * 1e9 / self.count
    }

    fn server_for_gigabyte(&self) -> f64 {
        self.server * 1e9 / self.count
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers for people need no more digits"
)]
const fn float(count: u64) -> f64 {
    count as f64
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
