//! The document that the tables are written into. What stands between the marks of a
//! part is replaced; the rest is written by people.

use crate::case::Transport;
use crate::play::Effort;
use crate::report::{goals, table};
use crate::results::Results;
use crate::scene::Scene;
use crate::surroundings::Account;
use spoke_lab::LabError;
use std::fmt::Write as _;
use std::path::Path;

/// All tables of a run.
#[must_use]
pub fn section(results: &Results, account: &Account, effort: &Effort) -> String {
    let mut text = format!(
        "{account} Rounds: {}, each thing measured for {} s.\n\n### Goals\n{}",
        effort.rounds,
        effort.window.as_secs_f32(),
        goals(results)
    );
    for scene in Scene::ALL {
        for transport in [Transport::Tcp, Transport::Udp] {
            if let Some(table) = table(results, scene, transport) {
                let over = transport.to_string().to_uppercase();
                let _ = write!(text, "\n### {}: {over}\n{table}", scene.title());
            }
        }
    }
    text
}

/// Puts `text` into the part of this name.
///
/// # Errors
/// When the document cannot be read or written, or has no such part.
pub fn write(path: &Path, part: &str, text: &str) -> Result<(), LabError> {
    let document =
        std::fs::read_to_string(path).map_err(LabError::io(format!("read {}", path.display())))?;
    let document = replace(&document, part, text)
        .ok_or_else(|| LabError::Other(format!("{} has no part `{part}`", path.display())))?;
    std::fs::write(path, document).map_err(LabError::io(format!("write {}", path.display())))
}

fn replace(document: &str, part: &str, text: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- begin: {part} -->\n"),
        format!("<!-- end: {part} -->\n"),
    );
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_and_the_rest_left_alone() {
        let document = "# A\n<!-- begin: run -->\nold\n<!-- end: run -->\n# B\n";
        let expected = "# A\n<!-- begin: run -->\nnew\n<!-- end: run -->\n# B\n";
        assert_eq!(
            replace(document, "run", "new\n\n").as_deref(),
            Some(expected)
        );
        assert_eq!(replace(document, "micro", "new"), None);
    }
}
