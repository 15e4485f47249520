//! What a process has used.

use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use spoke_lab::LabError;
use std::thread;
use std::time::{Duration, Instant};

/// How long a service is looked at, and the processor time that it may take meanwhile
/// and be called still.
const LOOK: Duration = Duration::from_millis(50);
const STILL: Duration = Duration::from_millis(1);
/// Longest that this may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Processor time of all threads of a process, in user and kernel mode, since it began.
///
/// # Errors
/// When there is no such process.
pub(crate) fn processor_time(process: u32) -> Result<Duration, LabError> {
    let id = i32::try_from(process).unwrap_or(i32::MAX);
    let time = clock_getcpuclockid(Pid::from_raw(id)).and_then(nix::time::ClockId::now);
    time.map(Duration::from)
        .map_err(|errno| LabError::io(format!("read the clock of process {process}"))(errno.into()))
}

/// The most memory that a process has held, in bytes.
///
/// # Errors
/// When the kernel does not say.
pub(crate) fn peak_memory(process: u32) -> Result<f64, LabError> {
    status(process, "VmHWM:")
}

/// What of a process' memory is its own now, in bytes: no file's pages, which are its
/// program's and libraries' for the most part.
///
/// # Errors
/// When the kernel does not say.
pub(crate) fn own_memory(process: u32) -> Result<f64, LabError> {
    status(process, "RssAnon:")
}

/// A size that the kernel tells under this name (proc_pid_status(5)), in bytes.
fn status(process: u32, name: &str) -> Result<f64, LabError> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path).map_err(LabError::io(format!("read {path}")))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse::<f64>().ok())
        .map(|kibibytes| kibibytes * 1024.0)
        .ok_or_else(|| LabError::Other(format!("{path} does not say {name}")))
}

/// Waits until a service has done all that it does at its start: who connects does so
/// long after.
///
/// # Errors
/// When there is no such process.
pub(crate) fn settle(process: u32) -> Result<(), LabError> {
    let begun = Instant::now();
    let mut before = processor_time(process)?;
    loop {
        thread::sleep(LOOK);
        let now = processor_time(process)?;
        // On a busy machine one that is not still may have had no turn.
        let still = now - before < STILL && !wants_processor(process);
        if still || begun.elapsed() > PATIENCE {
            return Ok(());
        }
        before = now;
    }
}

/// Whether a thread of the process runs, or would if it had a processor (state `R` of
/// proc_pid_stat(5)).
fn wants_processor(process: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task"));
    tasks.into_iter().flatten().flatten().any(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        // Behind the name, which may have anything in it.
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('R'))
    })
}
