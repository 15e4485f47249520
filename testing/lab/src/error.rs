use std::io;
use std::path::PathBuf;

/// Why the lab could not do something.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A system call failed.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done, to which object.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program failed.
    #[error("`{command}` failed ({status}): {output}")]
    Command {
        /// The command line.
        command: String,
        /// Its exit status.
        status: String,
        /// What it printed to stderr.
        output: String,
    },
    /// This machine cannot hold the lab.
    #[error("the lab cannot run here: {0}")]
    Impossible(String),
    /// A built program is missing.
    #[error(
        "`{program}` is not built (looked in {}). Build it: cargo build -p spoke-cli -p spoke-daemon -p spoke-gateway -p spoke-lab",
        looked.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NotBuilt {
        /// Its name.
        program: String,
        /// Folders searched.
        looked: Vec<PathBuf>,
    },
    /// Something else went wrong.
    #[error("{0}")]
    Other(String),
}

impl LabError {
    /// For `map_err` on I/O results.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// For `map_err` on anything printable.
    pub fn other<E: std::fmt::Display>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |error| Self::Other(format!("cannot {doing}: {error}"))
    }
}
