use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read or written: what was tried, on which file, and what
/// was there instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system refused an operation.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// What was tried, such as "write" or "rename".
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else than a plain file is there; a symbolic link is never followed.
    #[error("{} is {found}, not a plain file; remove it and try again", path.display())]
    NotAFile {
        /// Which path.
        path: PathBuf,
        /// What it is, such as "a symbolic link".
        found: &'static str,
    },
    /// A folder that others may write to, or that is another user's.
    #[error("{} is not safe to use: {problem}", path.display())]
    Unsafe {
        /// Which folder.
        path: PathBuf,
        /// Why, and what to do.
        problem: String,
    },
    /// The file is larger than anything that is stored in it.
    #[error("{} has more than {limit} bytes; it is not what is expected there", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The bound, in bytes.
        limit: u64,
    },
    /// The file has no content: an interrupted copy, or a full disk.
    #[error("{} is empty; move it away or restore it from a copy", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// The file is no document of ours, or only a part of one.
    #[error("{} is damaged: {why}; move it away or restore it from a copy", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// A newer program wrote the file.
    #[error("{} has format {found}, this program knows up to {known}; update it", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The newest known version.
        known: u32,
    },
    /// The file's format is older than any that can be brought up to date.
    #[error("{} has format {found}, which is too old to be read; move it away", path.display())]
    TooOld {
        /// Which file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
    },
}

impl StoreError {
    pub(crate) fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            operation,
            path: path.to_owned(),
            source,
        }
    }

    /// The file or folder that it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. }
            | Self::NotAFile { path, .. }
            | Self::Unsafe { path, .. }
            | Self::TooLarge { path, .. }
            | Self::Empty { path }
            | Self::Damaged { path, .. }
            | Self::Newer { path, .. }
            | Self::TooOld { path, .. } => path,
        }
    }

    /// Whether there is no room left, on the disk or in a quota.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ))
    }

    /// Whether the contents are at fault, not the access to them: the file may be
    /// moved away without losing anything that this program could use.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Empty { .. } | Self::Damaged { .. } | Self::TooOld { .. } | Self::TooLarge { .. }
        )
    }
}
