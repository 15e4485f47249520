//! What stands for Apple's frameworks when linking: their names and the symbols that
//! Spoke calls, so that the linker finds all of them and nothing else. A symbol that
//! the linker misses is entered here once it was looked up in Apple's documentation.

use std::fs;
use std::path::PathBuf;

/// A framework and what is called of it.
struct Framework {
    name: &'static str,
    symbols: &'static [&'static str],
}

const FRAMEWORKS: &[Framework] = &[];

/// Writes the stubs in the form of text-based dynamic libraries, version 4.
pub(crate) fn write(sdk: PathBuf) -> Result<(), String> {
    for framework in FRAMEWORKS {
        let name = framework.name;
        let folder = sdk.join(format!("System/Library/Frameworks/{name}.framework"));
        let symbols: Vec<String> = framework
            .symbols
            .iter()
            .map(|symbol| format!("_{symbol}"))
            .collect();
        let text = format!(
            "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\n\
             install-name: '/System/Library/Frameworks/{name}.framework/Versions/A/{name}'\n\
             exports:\n  - targets: [ x86_64-macos, arm64-macos ]\n    symbols: [ {} ]\n...\n",
            symbols.join(", ")
        );
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join(format!("{name}.tbd")), text))
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok(())
}
