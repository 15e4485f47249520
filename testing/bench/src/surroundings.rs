//! The machine and what else went on in it.

use std::fmt;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// How long the machine is watched before anything is started.
const LOOK: Duration = Duration::from_secs(1);
/// From this share of the processors on, others have spoilt the numbers.
const NOISE: f64 = 0.05;
/// From this share on, the hypervisor has.
const STEAL: f64 = 0.01;

/// What was seen before a run.
pub struct Surroundings {
    machine: String,
    load: String,
    busy: f64,
    before: Times,
}

/// What was seen before a run and after.
pub struct Account {
    machine: String,
    load: String,
    busy: f64,
    stolen: f64,
}

/// Processor time of the whole machine, in ticks (the first line of `/proc/stat`).
#[derive(Clone, Copy, Default)]
struct Times {
    idle: f64,
    stolen: f64,
    all: f64,
}

impl Surroundings {
    /// Watches for a second.
    #[must_use]
    pub fn look() -> Self {
        let before = Times::now();
        thread::sleep(LOOK);
        let passed = Times::now().since(before);
        Self {
            machine: machine(),
            load: first_words("/proc/loadavg", 3),
            busy: 1.0 - passed.idle / passed.all.max(1.0),
            before: Times::now(),
        }
    }

    /// To be called after the run.
    #[must_use]
    pub fn account(self) -> Account {
        let passed = Times::now().since(self.before);
        Account {
            machine: self.machine,
            load: self.load,
            busy: self.busy,
            stolen: passed.stolen / passed.all.max(1.0),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.machine)?;
        write!(
            f,
            "Before the run the load average was {}, and {:.0}% of the processors were busy for a second; during it the hypervisor took {:.1}%.",
            self.load,
            self.busy * 100.0,
            self.stolen * 100.0
        )?;
        if self.busy > NOISE || self.stolen > STEAL {
            write!(
                f,
                " **The machine was not quiet**: rates and times are those of what was left of it; ratios of processor time are what to look at."
            )?;
        }
        Ok(())
    }
}

impl Times {
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        let ticks: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .take(8)
            .filter_map(|word| word.parse().ok())
            .collect();
        let at = |index: usize| ticks.get(index).copied().unwrap_or_default();
        Self {
            // Idle, and idle waiting for a disk.
            idle: at(3) + at(4),
            stolen: at(7),
            all: ticks.iter().sum(),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            idle: self.idle - before.idle,
            stolen: self.stolen - before.stolen,
            all: self.all - before.all,
        }
    }
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name);
    let count = info
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = first_words("/proc/sys/kernel/osrelease", 1);
    format!(
        "On {}: {count} cores of {model}, Linux {kernel}, {}; {}.",
        date(),
        system(),
        openvpn()
    )
}

fn date() -> String {
    let output = Command::new("date").arg("+%F").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}

fn system() -> String {
    let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or("unknown system")
        .trim_matches('"')
        .to_owned()
}

fn openvpn() -> String {
    let output = Command::new("openvpn").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let words = text.unwrap_or_default();
    words.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn first_words(path: &str, count: usize) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().take(count).collect();
    words.join(" ")
}
