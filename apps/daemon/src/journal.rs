use spoke_plan::{Change, JOURNAL_VERSION, Journal};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
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
#[derive(Debug)]
pub(crate) struct JournalFile {
    path: PathBuf,
    journal: Journal,
}

impl JournalFile {
    /// Reads what a former run has left; an absent file is an empty journal.
    pub(crate) fn open(state_dir: &Path) -> Result<Self, JournalError> {
        let path = state_dir.join("host-journal.json");
        let failed = |reason: String| JournalError {
            operation: "read",
            path: path.clone(),
            reason,
        };
        let journal = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| failed(e.to_string()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Journal::new(String::new()),
            Err(error) => return Err(failed(error.to_string())),
        };
        if journal.version != JOURNAL_VERSION {
            let reason = format!(
                "it has version {}, this spoked writes {JOURNAL_VERSION}",
                journal.version
            );
            return Err(failed(reason));
        }
        Ok(Self { path, journal })
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

    /// Takes off the disk what `change`, applied, has settled.
    pub(crate) fn confirm(&mut self, change: &Change) -> Result<(), JournalError> {
        if self.journal.confirm(change) {
            self.write()?;
        }
        Ok(())
    }

    /// Everything is taken back.
    pub(crate) fn clear(&mut self) -> Result<(), JournalError> {
        self.journal = Journal::new(String::new());
        match fs::remove_file(&self.path) {
            Ok(()) => sync_parent(&self.path).map_err(|error| self.failed("clear", &error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.failed("clear", &error)),
        }
    }

    fn write(&self) -> Result<(), JournalError> {
        let bytes = serde_json::to_vec(&self.journal)
            .map_err(|error| self.failed("write", &error.into()))?;
        replace(&self.path, &bytes).map_err(|error| self.failed("write", &error))
    }

    fn failed(&self, operation: &'static str, error: &io::Error) -> JournalError {
        JournalError {
            operation,
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }
}

/// A file in place of another: whoever reads, before or after a crash, sees the one
/// or the other.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    sync_parent(path)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
