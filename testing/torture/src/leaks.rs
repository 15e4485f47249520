//! Everything that happens to a connection, under packets for the virtual network: none
//! of them may be heard outside while the tunnel is meant to be up; with a lockdown, none
//! for the internet either.

use crate::capture::Capture;
use crate::probes::Probes;
use crate::report::{Report, at_percent, in_words};
use crate::stage::{PATIENCE, expect, ready, wait_for};
use crate::trial::Size;
use nix::sys::signal::Signal;
use spoke_lab::{GatewayOptions, Lab, LabError};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

/// How many probes have to be heard outside where there is no tunnel.
const PROOF: u64 = 100;
/// How long the gateway is away when it restarts, and the computer when it sleeps.
const AWAY: Duration = Duration::from_millis(300);
/// How long the last packets are waited for.
const LAST_PACKETS: Duration = Duration::from_millis(300);

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Connect,
    GatewayRestart,
    Roam,
    RoamBack,
    Sleep,
    Reconnect,
    Killed,
    Pause,
    Disconnect,
}

/// One round of a connection's life.
const ROUND: [Step; 10] = [
    Step::Connect,
    Step::Roam,
    Step::GatewayRestart,
    Step::RoamBack,
    Step::Sleep,
    Step::Reconnect,
    Step::Killed,
    Step::GatewayRestart,
    Step::Pause,
    Step::Disconnect,
];

impl Step {
    const fn words(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::GatewayRestart => "restart of the gateway",
            Self::Roam => "another address",
            Self::RoamBack => "the first address again",
            Self::Sleep => "the daemon stopped for a while, as by sleep",
            Self::Reconnect => "`spoke reconnect`",
            Self::Killed => "`kill -9` of the daemon and its restart",
            Self::Pause => "`spoke pause`, `spoke resume`",
            Self::Disconnect => "disconnect",
        }
    }
}

struct Play {
    lab: Lab,
    probes: Probes,
    /// With a lockdown: probes for the internet.
    outside: Option<Probes>,
    capture: Capture,
    /// Time from the end of what happened to traffic through the tunnel.
    times: BTreeMap<Step, Vec<Duration>>,
    /// Probes that have leaked, and what was going on then.
    leaked: usize,
    circumstances: Vec<String>,
}

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    play_with(size, false)
}

/// The same with a lockdown, and with packets for the internet beside the others.
pub(crate) fn play_locked(size: Size) -> Result<Report, LabError> {
    play_with(size, true)
}

fn play_with(size: Size, lockdown: bool) -> Result<Report, LabError> {
    let lab = ready("udp")?;
    let outside = match lockdown {
        true => {
            expect(&lab, &["settings", "set", "lockdown=true"])?;
            Some(Probes::start_outside(&lab)?)
        }
        false => None,
    };
    let before = lab.host_snapshot()?;
    let capture = Capture::start(&lab)?;
    let probes = Probes::start(&lab)?;
    let mut play = Play {
        lab,
        probes,
        outside,
        capture,
        times: BTreeMap::new(),
        leaked: 0,
        circumstances: Vec::new(),
    };
    let mut report = Report::default();
    for probes in play.all_probes() {
        let proven = play.heard_outside(probes)?;
        let seen = format!("{} of {}", proven.0, proven.1);
        let all = proven.0 == proven.1;
        let what = format!("{} heard outside before there is a tunnel", probes.words());
        report.demand(what, "all", seen, all);
    }

    let rounds = size.times(1, 100);
    for round in 0..rounds {
        // Every other round over TCP.
        let transport = if round % 2 == 0 {
            "transport=udp"
        } else {
            "transport=tcp"
        };
        expect(
            &play.lab,
            &["profile", "set", spoke_lab::places::PROFILE, transport],
        )?;
        for (place, step) in ROUND.into_iter().enumerate() {
            let scene = round * ROUND.len() + place + 1;
            play.take(step, u32::try_from(scene).unwrap_or(u32::MAX))?;
            play.look_for_leaks(scene, step);
        }
    }
    thread::sleep(LAST_PACKETS);
    report.note("transitions", rounds * ROUND.len());
    report.note("packets heard on the outer link", play.capture.packets());
    for probes in play.all_probes() {
        let what = format!(
            "{} sent while the tunnel was meant to be up",
            probes.words()
        );
        report.note(what, probes.sent_meant());
    }
    report.note(
        "of them come back through the tunnel, and those before",
        play.probes.returned(),
    );
    play.count(&mut report);
    for text in std::mem::take(&mut play.circumstances) {
        report.add_circumstances(text);
    }
    for (step, times) in &play.times {
        let seen = format!(
            "{} in the middle, {} at the most",
            in_words(at_percent(times, 50)),
            in_words(at_percent(times, 100))
        );
        report.note(format!("to traffic again after {}", step.words()), seen);
    }
    let difference = before.difference(&play.lab.host_snapshot()?);
    let clean = difference.is_empty();
    let seen = if clean {
        "as before".to_owned()
    } else {
        difference.replace('\n', "; ")
    };
    report.demand(
        "the computer's network afterwards",
        "as before",
        seen,
        clean,
    );
    Ok(report)
}

impl Play {
    fn all_probes(&self) -> impl Iterator<Item = &Probes> {
        [&self.probes].into_iter().chain(&self.outside)
    }

    /// What happens now, and whether all of it is meant to stay inside.
    fn scene(&self, scene: u32, meant: bool) {
        for probes in self.all_probes() {
            probes.scene(scene, meant);
        }
    }

    /// How many of the probes that are sent now are heard outside, and how many are sent.
    fn heard_outside(&self, probes: &Probes) -> Result<(usize, usize), LabError> {
        let first = probes.next();
        let sent = || Ok(probes.next() > first + PROOF);
        wait_for(&self.lab, "sending", sent)?;
        let last = probes.next();
        thread::sleep(LAST_PACKETS);
        let heard = self.capture.probes();
        let mine = heard
            .iter()
            .filter(|probe| (first..last).contains(&probe.number));
        Ok((
            mine.count(),
            usize::try_from(last - first).unwrap_or_default(),
        ))
    }

    fn count(&self, report: &mut Report) {
        let mut leaks: BTreeMap<Step, u64> = BTreeMap::new();
        for probe in self.capture.probes().iter().filter(|probe| probe.meant) {
            let scene = usize::try_from(probe.scene).unwrap_or_default();
            let step = ROUND[scene.saturating_sub(1) % ROUND.len()];
            *leaks.entry(step).or_default() += 1;
        }
        let total: u64 = leaks.values().sum();
        let mut seen = total.to_string();
        for (step, count) in leaks {
            seen += &format!("; {count} at: {}", step.words());
        }
        report.demand("of them heard outside", "0", seen, total == 0);
    }

    /// Keeps what the daemon was doing, where something leaked: its log goes with it.
    fn look_for_leaks(&mut self, scene: usize, step: Step) {
        let heard = self.capture.probes();
        let leaked = heard.iter().filter(|probe| probe.meant).count();
        if leaked > self.leaked {
            let more = leaked - self.leaked;
            let log = self.lab.daemon_log();
            let words = step.words();
            let text = format!("{more} leaked at transition {scene}, {words}\n{log}");
            self.circumstances.push(text);
            self.leaked = leaked;
        }
    }

    fn take(&mut self, step: Step, scene: u32) -> Result<(), LabError> {
        match step {
            Step::Connect => {
                self.scene(scene, false);
                expect(&self.lab, &["connect", "--timeout", "40s"])?;
                self.scene(scene, true);
            }
            Step::Disconnect => {
                self.scene(scene, false);
                return expect(&self.lab, &["disconnect"]);
            }
            Step::Pause => {
                // A lockdown holds over a pause.
                self.scene(scene, self.outside.is_some());
                expect(&self.lab, &["pause", "10m"])?;
                expect(&self.lab, &["resume"])?;
                expect(
                    &self.lab,
                    &["wait", "--for", "connected", "--timeout", "40s"],
                )?;
                self.scene(scene, true);
            }
            Step::GatewayRestart => {
                self.scene(scene, true);
                self.lab.stop_gateway();
                thread::sleep(AWAY);
                self.lab.start_gateway(&GatewayOptions::default())?;
                // Over UDP a gateway that is gone is noticed by its silence alone.
                expect(&self.lab, &["reconnect"])?;
            }
            Step::Roam => {
                self.scene(scene, true);
                self.lab.move_user()?;
            }
            Step::RoamBack => {
                self.scene(scene, true);
                self.lab.move_user_back()?;
            }
            Step::Sleep => {
                self.scene(scene, true);
                self.lab.signal_daemon(Signal::SIGSTOP)?;
                thread::sleep(AWAY);
                self.lab.signal_daemon(Signal::SIGCONT)?;
            }
            Step::Reconnect => {
                self.scene(scene, true);
                expect(&self.lab, &["reconnect"])?;
            }
            Step::Killed => {
                self.scene(scene, true);
                self.lab.kill_daemon();
                self.lab.start_daemon()?;
            }
        }
        let time = self.probes.time_to_traffic(PATIENCE).ok_or_else(|| {
            let log = self.lab.daemon_log();
            LabError::Other(format!("no traffic after: {}\n{log}", step.words()))
        })?;
        self.times.entry(step).or_default().push(time);
        Ok(())
    }
}
