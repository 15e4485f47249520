//! Documents that tables are written into. What stands between the marks of a part is
//! replaced; the rest is written by people.

use crate::error::LabError;
use std::path::Path;

/// Puts `text` into the part of this name.
///
/// # Errors
/// When the document cannot be read or written, or has no such part.
pub fn write_part(path: &Path, part: &str, text: &str) -> Result<(), LabError> {
    let shown = path.display();
    let document = std::fs::read_to_string(path).map_err(LabError::io(format!("read {shown}")))?;
    let document = replace(&document, part, text)
        .ok_or_else(|| LabError::Other(format!("{shown} has no part `{part}`")))?;
    std::fs::write(path, document).map_err(LabError::io(format!("write {shown}")))
}

fn replace(document: &str, part: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- begin: {part} -->\n");
    let end = format!("<!-- end: {part} -->\n");
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_and_the_rest_left_alone() {
        let document = "# A\n<!-- begin: roams -->\nold\n<!-- end: roams -->\n# B\n";
        let expected = "# A\n<!-- begin: roams -->\nnew\n<!-- end: roams -->\n# B\n";
        let written = replace(document, "roams", "new\n\n");
        assert_eq!(written.as_deref(), Some(expected));
        assert_eq!(replace(document, "leaks", "new"), None);
    }
}
