//! The pages in the desktop app's window.

use crate::turn;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

const FOLDER: &str = "apps/desktop/ui";
const TYPES: &str = "apps/desktop/ui/src/types.ts";
/// The newest of what a build writes.
const BUILT: &str = "apps/desktop/ui/dist/index.html";
/// What npm writes last when it has installed everything.
const INSTALLED: &str = "apps/desktop/ui/node_modules/.package-lock.json";
/// What the pages are built from.
const SOURCES: &[&str] = &[
    "src",
    "index.html",
    "package.json",
    "tsconfig.json",
    "vite.config.ts",
];

/// Builds the pages into `dist`, which the desktop app embeds, unless those that are
/// there are newer than everything they are built from.
pub(crate) fn build() -> Result<(), String> {
    let _turn = turn::take("pages")?;
    install()?;
    let built = changed(Path::new(BUILT));
    let sources = SOURCES.iter().map(|name| Path::new(FOLDER).join(name));
    let newest = sources.filter_map(|path| newest(&path)).max();
    if built.is_some() && built >= newest && built >= changed(Path::new(INSTALLED)) {
        return Ok(());
    }
    npm(&["run", "--silent", "build"])
}

/// Whether there are pages that can be embedded.
pub(crate) fn built() -> bool {
    Path::new(BUILT).is_file()
}

/// Whether pages can be built.
pub(crate) fn buildable() -> bool {
    Command::new("npm")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Passes the pages' own tests.
pub(crate) fn test() -> Result<(), String> {
    let _turn = turn::take("pages")?;
    install()?;
    npm(&["test", "--silent"])
}

/// Writes the types that the pages share with the program.
pub(crate) fn write_types() -> Result<(), String> {
    std::fs::write(TYPES, spoke_view::typescript()).map_err(|error| format!("{TYPES}: {error}"))
}

/// Installs what the pages are built with, when that is not what the lock file says.
fn install() -> Result<(), String> {
    let locked = Path::new(FOLDER).join("package-lock.json");
    if changed(Path::new(INSTALLED)) >= changed(&locked) {
        return Ok(());
    }
    npm(&["ci", "--silent"])
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

/// When the newest file below `path` was changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let below = std::fs::read_dir(path).into_iter().flatten().flatten();
    let below = below.filter_map(|entry| newest(&entry.path()));
    // The folder's own time tells of files that were taken away.
    below.chain(changed(path)).max()
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
