//! The pages in the desktop app's window.

use std::path::Path;
use std::process::Command;

const FOLDER: &str = "apps/desktop/ui";
const TYPES: &str = "apps/desktop/ui/src/types.ts";

/// Builds the pages into `dist`, which the desktop app embeds.
pub(crate) fn build() -> Result<(), String> {
    npm(&["ci", "--silent"])?;
    npm(&["run", "--silent", "build"])
}

/// Writes the types that the pages share with the program.
pub(crate) fn write_types() -> Result<(), String> {
    std::fs::write(TYPES, spoke_view::typescript()).map_err(|error| format!("{TYPES}: {error}"))
}

fn npm(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("npm")
        .args(arguments)
        .current_dir(Path::new(FOLDER))
        .status()
        .map_err(|error| format!("npm cannot be started ({error}); it comes with Node.js 20"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("npm {} failed ({status})", arguments.join(" ")))
    }
}
