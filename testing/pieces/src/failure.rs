use spoke_engine::{KeyError, OpenError, SealError};
use spoke_wire::FrameError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why nothing was measured.
#[derive(Debug)]
pub enum Failure {
    /// There is none of this name.
    NoSuchPiece(String),
    /// A piece does not do its work.
    Piece(String),
    /// The thread has no clock.
    Clock(io::Error),
    /// The document cannot be read or written.
    Document {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The document has no part for the table.
    NoPart(PathBuf),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPiece(name) => write!(f, "there is no piece `{name}`"),
            Self::Piece(why) => write!(f, "a piece does not do its work: {why}"),
            Self::Clock(source) => write!(f, "read the thread's clock: {source}"),
            Self::Document { path, source } => write!(f, "{}: {source}", path.display()),
            Self::NoPart(path) => write!(f, "{} has no part `pieces`", path.display()),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Piece(error.to_string())
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::Piece(error.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Piece(error.to_string())
    }
}

impl From<FrameError> for Failure {
    fn from(error: FrameError) -> Self {
        Self::Piece(error.to_string())
    }
}
