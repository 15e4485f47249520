use crate::error::StoreError;
use nix::fcntl::OFlag;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A lock on a file of its own, held until it is dropped or the process ends,
/// however it ends.
///
/// The file stays when the lock goes: whoever removed it could give two processes
/// locks on two files of one name.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock, or gives `None` when another process (or another opening of
    /// the file in this one) holds it.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn try_acquire(path: impl Into<PathBuf>) -> Result<Option<Self>, StoreError> {
        let path = path.into();
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Self::held(file, path).map(Some),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path, error)),
        }
    }

    /// Takes the lock, waiting for as long as another holds it.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn acquire(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let file = open(&path)?;
        file.lock()
            .map_err(|error| StoreError::io("lock", &path, error))?;
        Self::held(file, path)
    }

    /// The process that holds, or last held, the lock at this path, for a message.
    #[must_use]
    pub fn holder(path: &Path) -> Option<u32> {
        let mut text = String::new();
        open(path).ok()?.take(32).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }

    /// Where the lock file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn held(mut file: File, path: PathBuf) -> Result<Self, StoreError> {
        let io = |error| StoreError::io("write", &path, error);
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { file, path })
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
        .map_err(|error| StoreError::io("open the lock", path, error))
}
