//! Why something did not pass.

use std::fmt::Display;

/// Why a cell did not pass, or the matrix could not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    what: String,
}

impl Failure {
    /// With these words.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }

    /// For `map_err`: what was being done, and the error.
    pub fn during<E: Display>(doing: impl Display) -> impl FnOnce(E) -> Self {
        move |error| Self::new(format!("{doing}: {error}"))
    }
}

/// Fails with `what` unless `holds`.
///
/// # Errors
/// When it does not hold.
pub fn require(holds: bool, what: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(what()))
    }
}
