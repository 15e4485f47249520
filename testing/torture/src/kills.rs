//! The daemon killed before each step that it takes, from its start to its end: the next
//! one puts the computer's network back.

use crate::report::{Report, at_percent, in_words};
use crate::stage::{PATIENCE, ready};
use crate::trial::Size;
use spoke_lab::{FOLDER, Lab, LabError, Snapshot, find_program};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// How soon after the new start everything is to be as before.
const GOAL: Duration = Duration::from_secs(2);
/// What changes something outside of the process, or puts it on disk. It is killed before
/// the kernel gets to see the call.
const CALLS: [&str; 11] = [
    "sendto",
    "sendmsg",
    "ioctl",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "unlink",
    "openat",
    "bind",
];
/// Writes are log lines for the most part, opened files for the most part read.
const OFTEN: [&str; 3] = ["write", "openat", "sendmsg"];
/// Every so many of those are enough.
const EVERY: usize = 7;
/// How many kills a small run is content with.
const FEW: usize = 7;

/// A moment in the daemon's life: before the call of this name for the so-many-th time.
#[derive(Clone, Copy, Debug)]
struct Moment {
    call: &'static str,
    time: usize,
}

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    let mut lab = ready("tcp")?;
    lab.kill_daemon();
    let before = lab.host_snapshot()?;
    let counts = life(&mut lab)?;
    let moments = moments(&counts, size);
    let rounds = size.times(1, 20);
    let mut report = Report::default();
    let mut times = Vec::new();
    let (mut unreached, mut left_behind) = (0, Vec::new());
    for moment in std::iter::repeat_n(&moments, rounds).flatten() {
        let (door, inject) = moment.door()?;
        if !killed(
            &mut lab,
            &[
                &door,
                "-D",
                "-f",
                "--seccomp-bpf",
                "-o",
                "/dev/null",
                "-e",
                &inject,
            ],
        )? {
            unreached += 1;
            continue;
        }
        match restored(&mut lab, &before)? {
            Ok(time) => times.push(time),
            Err(difference) => left_behind.push(format!("{moment:?}: {difference}")),
        }
    }
    let shown: Vec<String> = counts
        .iter()
        .map(|(call, count)| format!("{count} {call}"))
        .collect();
    report.note(
        "calls to the kernel in a connection's life",
        shown.join(", "),
    );
    report.note("different moments", moments.len());
    report.note("kills", times.len() + left_behind.len());
    report.note("times that the moment did not come", unreached);
    let seen = match left_behind.first() {
        None => "0".to_owned(),
        Some(first) => format!(
            "{}; the first: {}",
            left_behind.len(),
            first.replace('\n', " ")
        ),
    };
    report.demand(
        "times that something was left behind",
        "0",
        seen,
        left_behind.is_empty(),
    );
    report.note(
        "from the new start to the network as before, in the middle",
        in_words(at_percent(&times, 50)),
    );
    report.at_most("the same, at the most", GOAL, at_percent(&times, 100));
    Ok(report)
}

/// How often each call is made by any one thread in a connection's life.
fn life(lab: &mut Lab) -> Result<BTreeMap<&'static str, usize>, LabError> {
    let strace = strace()?;
    let log = format!("{FOLDER}/client/calls");
    let trace = format!("trace={}", CALLS.join(","));
    if killed(
        lab,
        &[
            &strace,
            "-D",
            "-f",
            "--seccomp-bpf",
            "-o",
            &log,
            "-e",
            &trace,
        ],
    )? {
        return Err(LabError::Other(format!(
            "the daemon died under strace:\n{}",
            lab.daemon_log()
        )));
    }
    lab.kill_daemon();
    let text = std::fs::read_to_string(&log).map_err(LabError::io(format!("read {log}")))?;
    let mut threads: BTreeMap<(&str, &'static str), usize> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let thread = words.next().unwrap_or_default();
        let call = words.next().and_then(|word| word.split_once('('));
        let known = call.and_then(|(call, _)| CALLS.into_iter().find(|known| *known == call));
        if let Some(call) = known {
            *threads.entry((thread, call)).or_default() += 1;
        }
    }
    let mut counts = BTreeMap::new();
    for ((_, call), count) in threads {
        let most = counts.entry(call).or_insert(count);
        *most = count.max(*most);
    }
    Ok(counts)
}

fn moments(counts: &BTreeMap<&'static str, usize>, size: Size) -> Vec<Moment> {
    let mut all = Vec::new();
    for (call, count) in counts {
        let every = if OFTEN.contains(call) { EVERY } else { 1 };
        let times = (1..=*count).step_by(every);
        all.extend(times.map(|time| Moment { call, time }));
    }
    let every = if size.is_small() {
        all.len().div_ceil(FEW).max(1)
    } else {
        1
    };
    all.into_iter().step_by(every).collect()
}

impl Moment {
    fn door(self) -> Result<(String, String), LabError> {
        let Self { call, time } = self;
        Ok((strace()?, format!("inject={call}:signal=KILL:when={time}")))
    }
}

fn strace() -> Result<String, LabError> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut paths = std::env::split_paths(&folders).map(|folder| folder.join("strace"));
    let found: Option<PathBuf> = paths.find(|path| path.is_file());
    let missing = || LabError::Impossible("strace is missing (apt-get install strace)".to_owned());
    Ok(found.ok_or_else(missing)?.display().to_string())
}

/// Starts the daemon, connects and disconnects; says whether the daemon died on the way.
fn killed(lab: &mut Lab, door: &[&str]) -> Result<bool, LabError> {
    // It may die before it listens; the program has to be there, though.
    find_program("spoked")?;
    if lab.start_daemon_through(door).is_err() {
        return Ok(true);
    }
    lab.spoke(&["connect", "--timeout", "20s"])?;
    if lab.daemon_runs() {
        lab.spoke(&["disconnect"])?;
    }
    Ok(!lab.daemon_runs())
}

/// How long a new daemon takes to put everything back, or what is left.
fn restored(lab: &mut Lab, before: &Snapshot) -> Result<Result<Duration, String>, LabError> {
    lab.kill_daemon();
    let begun = Instant::now();
    lab.start_daemon()?;
    // It may be on its way to connect again, which is the user's last wish.
    lab.spoke(&["disconnect"])?;
    loop {
        let difference = before.difference(&lab.host_snapshot()?);
        if difference.is_empty() {
            return Ok(Ok(begun.elapsed()));
        }
        if begun.elapsed() > PATIENCE / 4 {
            return Ok(Err(difference));
        }
        thread::sleep(Duration::from_millis(20));
    }
}
