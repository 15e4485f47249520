//! The pieces of the data path, each alone: how long it takes by the clock of the
//! thread, which does not count what other programs do, and how many instructions it
//! is, which is the same number each time.

mod cost;
mod failure;
mod piece;

pub use cost::Cost;
pub use failure::Failure;
pub use piece::{Piece, pieces};

use std::path::Path;

/// Puts the table into the document's part for it.
///
/// # Errors
/// When the document cannot be read or written, or has no such part.
pub fn write(path: &Path, table: &str) -> Result<(), Failure> {
    const BEGIN: &str = "<!-- begin: pieces -->\n";
    const END: &str = "<!-- end: pieces -->\n";
    let failed = |source| Failure::Document {
        path: path.to_owned(),
        source,
    };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| Failure::NoPart(path.to_owned()))?;
    std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).map_err(failed)
}
