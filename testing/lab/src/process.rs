//! Programs that run beside the lab: their logs are kept, they die with their handle.

use crate::error::LabError;
use crate::machine::Machine;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A service on a machine, killed when dropped.
pub struct Background {
    child: Child,
    log: PathBuf,
    name: String,
}

impl Background {
    /// Starts it; all it prints goes to the file `log`, emptied first.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(machine: &Machine, mut command: Command, log: PathBuf) -> Result<Self, LabError> {
        let name = command.get_program().to_string_lossy().into_owned();
        let doing = format!("write {}", log.display());
        let file = File::create(&log).map_err(LabError::io(doing.clone()))?;
        let again = file.try_clone().map_err(LabError::io(doing))?;
        command.stdin(Stdio::null()).stdout(file).stderr(again);
        Ok(Self {
            child: machine.spawn(command)?,
            log,
            name,
        })
    }

    /// What it has printed.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end and gives its exit code; `None` when `limit` passes or a
    /// signal ended it.
    pub fn exit_code(&mut self, limit: Duration) -> Option<i32> {
        let started = Instant::now();
        while started.elapsed() < limit {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// Waits until `ready` says so of its log.
    ///
    /// # Errors
    /// When it ends before, or `limit` passes; with the log.
    pub fn wait_until(
        &mut self,
        what: &str,
        limit: Duration,
        ready: impl Fn(&str) -> bool,
    ) -> Result<(), LabError> {
        let started = Instant::now();
        while !ready(&self.log()) {
            let why = if !self.runs() {
                "ended before it was"
            } else if started.elapsed() > limit {
                "is still not"
            } else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            return Err(LabError::Other(format!(
                "`{}` {why} {what}; it printed:\n{}",
                self.name,
                self.log()
            )));
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
