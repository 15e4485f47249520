//! The document that the table is written into.

use crate::cell::AXES;
use crate::failure::Failure;
use crate::matrix::Plan;
use crate::party::PAIRINGS;
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

/// Compares the document, its preamble and its reasons among the rest, with what it is made of.
///
/// # Errors
/// When the document says something else, with the first line that does.
pub fn check(path: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::during(path.display()))?;
    match difference(&text, &whole()) {
        None => Ok(()),
        Some(difference) => Err(Failure::new(format!(
            "{}:{difference}. Write it anew: cargo xtask interop",
            path.display()
        ))),
    }
}

/// The document with all pairings.
#[must_use]
pub fn whole() -> String {
    let plans: Vec<Plan> = PAIRINGS.iter().map(Plan::of).collect();
    document(&plans)
}

/// The first line of `text` that is not as in `made`, with its number.
#[must_use]
pub fn difference(text: &str, made: &str) -> Option<String> {
    (1..)
        .zip(pairs(text, made))
        .find(|(_, (is, should))| is != should)
        .map(|(number, (is, should))| format!("{number} is \"{is}\" and should be \"{should}\""))
}

/// The lines of two texts side by side; where one has ended, its lines are "the end".
fn pairs<'t>(one: &'t str, other: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let more = || std::iter::repeat("the end");
    let longest = one.lines().count().max(other.lines().count());
    one.lines()
        .chain(more())
        .zip(other.lines().chain(more()))
        .take(longest)
}
