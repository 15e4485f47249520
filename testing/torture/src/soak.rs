//! A long time with traffic, addresses that change and a gateway that restarts: what the
//! daemon holds must not grow.

use crate::probes::Probes;
use crate::report::{Report, at_percent, in_words};
use crate::stage::{PATIENCE, expect, ready};
use crate::trial::Size;
use spoke_lab::{GatewayOptions, Lab, LabError, places};
use std::time::{Duration, Instant};

/// How long it goes on.
const TIME: Duration = Duration::from_secs(30 * 60);
/// Between two looks.
const BETWEEN: Duration = Duration::from_secs(5);
/// How much memory may have grown from the end of the first quarter to the end, in KiB.
const GROWTH: u64 = 1024;

/// What a process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    memory: u64,
    descriptors: usize,
}

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    let mut lab = ready("udp")?;
    let probes = Probes::start(&lab)?;
    expect(&lab, &["connect", "--timeout", "40s"])?;
    let seconds = size.times(6, usize::try_from(TIME.as_secs()).unwrap_or_default());
    let time = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    let begun = Instant::now();
    let mut looks = vec![held(&lab)?];
    let mut gaps = Vec::new();
    let mut moved = false;
    while begun.elapsed() < time {
        let place = looks.len();
        if place % 24 == 0 {
            lab.stop_gateway();
            lab.start_gateway(&GatewayOptions::default())?;
            expect(&lab, &["reconnect"])?;
        } else if moved {
            lab.move_user_back()?;
            moved = false;
        } else {
            lab.move_user()?;
            moved = true;
        }
        let gap = probes.time_to_traffic(PATIENCE);
        gaps.push(gap.ok_or_else(|| LabError::Other("no traffic any more".to_owned()))?);
        expect(&lab, &["status"])?;
        std::thread::sleep(BETWEEN);
        looks.push(held(&lab)?);
    }
    let (first, last) = (looks[looks.len() / 4], looks[looks.len() - 1]);
    let mut report = Report::default();
    report.note("time", in_words(begun.elapsed()));
    report.note(
        "probes sent, come back",
        format!("{}, {}", probes.next(), probes.returned()),
    );
    report.note(
        "interruptions, the longest",
        format!("{}, {}", gaps.len(), in_words(at_percent(&gaps, 100))),
    );
    let grown = last.memory.saturating_sub(first.memory);
    report.demand(
        "the daemon's memory after a quarter of the time and at the end",
        format!("no more than {GROWTH} KiB more"),
        format!("{} KiB, {} KiB", first.memory, last.memory),
        grown <= GROWTH,
    );
    report.demand(
        "its descriptors",
        "as many",
        format!("{}, {}", first.descriptors, last.descriptors),
        first.descriptors == last.descriptors,
    );
    report.note(
        "the gateway's memory at the end, which was restarted",
        format!("{} KiB", lab.gateway_memory()?),
    );
    expect(&lab, &["disconnect"])?;
    Ok(report)
}

fn held(lab: &Lab) -> Result<Held, LabError> {
    let id = lab.daemon_id().unwrap_or_default();
    let path = format!("/proc/{id}/status");
    let status = std::fs::read_to_string(&path).map_err(LabError::io(format!("read {path}")))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let path = format!("/proc/{id}/fd");
    let descriptors = std::fs::read_dir(&path).map_err(LabError::io(format!("read {path}")))?;
    Ok(Held {
        memory: memory
            .ok_or_else(|| LabError::Other(format!("no memory of {}", places::PROFILE)))?,
        descriptors: descriptors.count(),
    })
}
