//! The document that the table is written into.

use crate::cell::AXES;
use crate::failure::{Failure, require};
use crate::matrix::Plan;
use crate::reasons::REASONS;
use std::fmt::Write;
use std::path::Path;

/// The part of the document about one pairing.
#[must_use]
pub fn section(plan: &Plan) -> String {
    let mut text = format!("## {}\n", plan.pairing.title);
    let heads: Vec<&str> = AXES.iter().map(|(head, _)| *head).collect();
    let _ = writeln!(
        text,
        "| # | {} | |\n|{}",
        heads.join(" | "),
        "---|".repeat(AXES.len() + 2)
    );
    for (number, cell) in plan.cells() {
        let _ = writeln!(text, "| {number} | {} | pass |", cell.names().join(" | "));
    }
    text
}

/// The whole document.
#[must_use]
pub fn document(plans: &[Plan]) -> String {
    let mut text = String::from(include_str!("preamble.md"));
    text += "\n## What is left out\n| what | why |\n|---|---|\n";
    for reason in REASONS {
        let _ = writeln!(text, "| {} | {} |", reason.what, reason.why);
    }
    for plan in plans {
        let _ = write!(text, "\n{}", section(plan));
    }
    text
}

/// Writes the document.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, plans: &[Plan]) -> Result<(), Failure> {
    std::fs::write(path, document(plans)).map_err(Failure::during(path.display()))
}

/// Compares each pairing's part with the document.
///
/// # Errors
/// When the document says something else.
pub fn check(path: &Path, plans: &[Plan]) -> Result<(), Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::during(path.display()))?;
    for plan in plans {
        require(text.contains(&section(plan)), || {
            format!(
                "{} says something else about \"{}\" than what was seen. Write it anew: cargo xtask interop",
                path.display(),
                plan.pairing.title
            )
        })?;
    }
    Ok(())
}
