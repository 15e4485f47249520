//! What C code is compiled with: scripts, since cargo's builds want one program.

use super::macho::Processor;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Makes empty objects, in no time, and is Clang to who asks.
const STAND_IN: &str = r#"#!/bin/sh
case "$*" in
  # Whether it is one of Microsoft's.
  *-\?*) exit 1 ;;
  -E*) echo '"clang"' ;;
esac
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then shift; : > "$1"; fi
  shift
done
"#;

/// Zig brings the headers of Darwin's C library, and stops giving them where an SDK is named. By
/// default it also checks for undefined behaviour, with functions that no Mac has.
const ZIG: &str = r#"#!/bin/sh
unset SDKROOT
for argument in "$@"; do
  shift
  case "$argument" in
    --target=* | -mmacosx-version-min=*) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec '@ZIG@' cc -target @TARGET@ -fno-sanitize=all "$@"
"#;

/// What compiles C for a processor, and makes archives of the objects.
pub(crate) struct Tools {
    pub(crate) compiler: PathBuf,
    pub(crate) archiver: PathBuf,
}

/// What stands for a C compiler where nothing is linked.
pub(crate) fn stand_in(folder: &Path) -> Result<PathBuf, String> {
    script(folder.join("empty-cc"), STAND_IN)
}

/// The tools of the Zig in this folder.
pub(crate) fn of_zig(folder: &Path, zig: &Path, processor: Processor) -> Result<Tools, String> {
    let zig = zig.join("zig");
    let compiler = ZIG
        .replace("@ZIG@", &zig.to_string_lossy())
        .replace("@TARGET@", processor.zig());
    let archiver = format!("#!/bin/sh\nexec '{}' ar \"$@\"\n", zig.display());
    let target = processor.target();
    Ok(Tools {
        compiler: script(folder.join(format!("cc-{target}")), &compiler)?,
        archiver: script(folder.join("ar"), &archiver)?,
    })
}

/// Writes a script. What it says decides whether C code is compiled anew, not its time.
fn script(path: PathBuf, text: &str) -> Result<PathBuf, String> {
    fs::write(&path, text)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
        .map_err(|error: io::Error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
