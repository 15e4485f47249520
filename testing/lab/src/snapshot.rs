//! What the network of a machine looks like, to be compared with later.

use crate::error::LabError;
use crate::machine::Machine;
use std::fmt::Write as _;

/// Links, addresses, routes of all tables, rules and `resolv.conf`, one thing a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(Vec<String>);

impl Snapshot {
    /// Looks at `machine`.
    ///
    /// # Errors
    /// When `ip` fails or `resolv.conf` cannot be read.
    pub fn take(machine: &Machine) -> Result<Self, LabError> {
        let mut lines = Vec::new();
        for (title, words) in [
            ("address", "-o addr show"),
            ("route", "-4 route show table all"),
            ("route6", "-6 route show table all"),
            ("rule", "rule show"),
            ("rule6", "-6 rule show"),
        ] {
            let text = machine.ip(words)?;
            lines.extend(text.lines().map(|line| format!("{title}: {}", tidy(line))));
        }
        let path = machine.etc_file("resolv.conf");
        let kind = std::fs::symlink_metadata(&path)
            .map(|data| if data.is_symlink() { "link" } else { "file" })
            .unwrap_or("nothing");
        lines.push(format!("resolv.conf is a {kind}"));
        let contents = std::fs::read_to_string(&path).unwrap_or_default();
        lines.extend(contents.lines().map(|line| format!("resolv.conf: {line}")));
        Ok(Self(lines))
    }

    /// What changed from `self` to `later`: `+` and `-` lines; empty when nothing did.
    #[must_use]
    pub fn difference(&self, later: &Self) -> String {
        let mut text = String::new();
        for line in self.0.iter().filter(|line| !later.0.contains(line)) {
            let _ = writeln!(text, "- {line}");
        }
        for line in later.0.iter().filter(|line| !self.0.contains(line)) {
            let _ = writeln!(text, "+ {line}");
        }
        text
    }

    /// Number of things looked at.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Link numbers in front and runs of blanks mean nothing.
fn tidy(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
