use std::io;
use std::path::PathBuf;

/// Why the daemon could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// A file or folder could not be used.
    #[error("{operation} {}: {source}", path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// Another daemon is there.
    #[error("another spoked uses {}; stop it first: systemctl stop spoked", .0.display())]
    Running(PathBuf),
    /// The asynchronous runtime did not start.
    #[error("start the runtime: {0}")]
    Runtime(#[source] io::Error),
    /// The log filter makes no sense.
    #[error("the log filter {filter:?} cannot be read: {reason}")]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The journal of host changes cannot be used.
    #[error(transparent)]
    Journal(#[from] crate::journal::JournalError),
    /// What a crash has left could not be taken back.
    #[error("take back what a former run has left: {0}")]
    Recovery(String),
}

impl StartError {
    pub(crate) fn file(
        operation: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            operation,
            path,
            source,
        }
    }
}
