//! Events, one a line on standard error: `time event=… name=value …`, words with
//! blanks quoted. Tokens and passwords never appear; their lengths may.

use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes one event.
pub(crate) fn event(name: &str, facts: &[(&str, &dyn Display)]) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut line = format!("{}.{:03} event={name}", now.as_secs(), now.subsec_millis());
    for (fact, value) in facts {
        let value = value.to_string();
        let plain = !value.is_empty() && value.chars().all(|c| !c.is_whitespace() && c != '"');
        let _ = if plain {
            write!(line, " {fact}={value}")
        } else {
            write!(line, " {fact}={value:?}")
        };
    }
    line.push('\n');
    // There is nowhere to complain about a broken standard error.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
