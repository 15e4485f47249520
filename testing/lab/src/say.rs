//! What the program prints.

use std::io::Write as _;

/// Text as it is, at once.
pub(crate) fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed terminal ends the lab soon enough.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// One line.
pub(crate) fn line(line: &str) {
    text(&format!("{line}\n"));
}

/// What went wrong.
pub(crate) fn error(line: &str) {
    let _ = writeln!(std::io::stderr(), "spoke-lab: {line}");
}
