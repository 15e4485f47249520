use spoke_plan::{Change, JOURNAL_VERSION, Journal, Route};
use spoke_store::{Access, AtomicFile};
use std::path::{Path, PathBuf};

/// The journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{operation} the journal of host changes {}: {reason}", path.display())]
pub(crate) struct JournalError {
    operation: &'static str,
    path: PathBuf,
    reason: String,
}

/// The journal and its file. What is in memory is never ahead of the disk when a
/// change is applied.
pub(crate) struct JournalFile {
    file: AtomicFile,
    journal: Journal,
    /// Something was struck out that is still on disk, where it does no harm.
    behind: bool,
}

impl JournalFile {
    /// Reads what a former run has left; an absent file is an empty journal.
    pub(crate) fn open(state_dir: &Path) -> Result<Self, JournalError> {
        let file = AtomicFile::new(state_dir.join("host-journal.json"), Access::Private);
        let failed = |reason: String| JournalError {
            operation: "read",
            path: file.path().to_owned(),
            reason,
        };
        let journal = match file.read().map_err(|error| failed(error.to_string()))? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|e| failed(e.to_string()))?,
            None => Journal::new(String::new()),
        };
        if journal.version != JOURNAL_VERSION {
            let reason = format!(
                "it has version {}, this spoked writes {JOURNAL_VERSION}",
                journal.version
            );
            return Err(failed(reason));
        }
        Ok(Self {
            file,
            journal,
            behind: false,
        })
    }

    pub(crate) const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Notes the boot that the next changes belong to. Entries of another boot must
    /// have been dealt with.
    pub(crate) fn begin(&mut self, boot_id: &str) {
        if self.journal.is_empty() {
            self.journal = Journal::new(boot_id.to_owned());
        }
    }

    /// Puts the undo of `change` on disk, if it needs one, before it is applied.
    pub(crate) fn record(&mut self, change: &Change) -> Result<(), JournalError> {
        if self.journal.record(change) {
            self.write()?;
        }
        Ok(())
    }

    /// The same for all routes among changes that are to come, in one go.
    pub(crate) fn record_routes(&mut self, changes: &[Change]) -> Result<(), JournalError> {
        if self.journal.record_routes(changes) {
            self.write()?;
        }
        Ok(())
    }

    /// Strikes out what `change`, applied, has settled.
    pub(crate) fn confirm(&mut self, change: &Change) {
        self.behind |= self.journal.confirm(change);
    }

    /// Takes off the disk what is struck out.
    pub(crate) fn catch_up(&mut self) -> Result<(), JournalError> {
        if self.behind {
            self.write()?;
        }
        Ok(())
    }

    /// Everything is taken back but these routes, and a lockdown if it stays.
    pub(crate) fn keep_only(
        &mut self,
        routes: &[Route],
        lockdown: bool,
    ) -> Result<(), JournalError> {
        let locked = lockdown && self.journal.lockdown().is_some();
        if routes.is_empty() && !locked {
            return self.clear();
        }
        self.journal.keep_only(routes, lockdown);
        self.write()
    }

    /// Everything is taken back.
    pub(crate) fn clear(&mut self) -> Result<(), JournalError> {
        self.journal = Journal::new(String::new());
        self.behind = false;
        self.file
            .remove()
            .map_err(|error| self.failed("clear", &error))
    }

    fn write(&mut self) -> Result<(), JournalError> {
        let bytes =
            serde_json::to_vec(&self.journal).map_err(|error| self.failed("write", &error))?;
        self.file
            .write(&bytes)
            .map_err(|error| self.failed("write", &error))?;
        self.behind = false;
        Ok(())
    }

    fn failed(&self, operation: &'static str, reason: &dyn ToString) -> JournalError {
        JournalError {
            operation,
            path: self.file.path().to_owned(),
            reason: reason.to_string(),
        }
    }
}
