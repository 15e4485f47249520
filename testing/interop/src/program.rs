//! A running program with its log.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running program; ended when dropped.
pub(crate) struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command` in `folder`; all that it says goes to `log` there.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(mut command: Command, folder: &Path, log: &str) -> Result<Self, Failure> {
        let log = folder.join(log);
        let out = std::fs::File::create(&log).map_err(Failure::during(log.display()))?;
        let errors = out.try_clone().map_err(Failure::during(log.display()))?;
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(errors)
            .spawn()
            .map_err(Failure::during("start a program"))?;
        Ok(Self { child, log })
    }

    /// What it has said so far.
    #[must_use]
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether it said this.
    #[must_use]
    pub(crate) fn said(&self, words: &str) -> bool {
        self.log().contains(words)
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Asks it to leave in order.
    ///
    /// # Errors
    /// When it is gone already.
    pub(crate) fn terminate(&self) -> Result<(), Failure> {
        let id = i32::try_from(self.child.id()).map_err(Failure::during("end a program"))?;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::SIGTERM)
            .map_err(Failure::during("end a program"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
