//! What stands for Apple's frameworks when linking: their names, so that the linker finds
//! each. What they export is left to be looked up where the programs are loaded.

use std::fs;
use std::io;
use std::path::Path;

/// The frameworks and libraries that Spoke's programs ask the linker for.
const FRAMEWORKS: &[&str] = &[
    "AppKit",
    "ApplicationServices",
    "Carbon",
    "CloudKit",
    "Cocoa",
    "CoreData",
    "CoreFoundation",
    "CoreGraphics",
    "CoreImage",
    "CoreLocation",
    "CoreServices",
    "CoreText",
    "CoreVideo",
    "Foundation",
    "IOKit",
    "IOSurface",
    "QuartzCore",
    "Security",
    "SystemConfiguration",
    "UserNotifications",
    "WebKit",
];
const LIBRARIES: &[&str] = &["libobjc.A", "libiconv.2"];

/// Writes them as text-based dynamic libraries, version 4.
pub(crate) fn write(sdk: &Path) -> Result<(), String> {
    for name in FRAMEWORKS {
        let folder = format!("System/Library/Frameworks/{name}.framework");
        let install = format!("/{folder}/Versions/A/{name}");
        put(&sdk.join(folder), name, &install)?;
    }
    for name in LIBRARIES {
        let short = name.split('.').next().unwrap_or(name);
        put(
            &sdk.join("usr/lib"),
            short,
            &format!("/usr/lib/{name}.dylib"),
        )?;
    }
    Ok(())
}

fn put(folder: &Path, name: &str, install: &str) -> Result<(), String> {
    let text = format!(
        "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\ninstall-name: '{install}'\n...\n"
    );
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join(format!("{name}.tbd")), text))
        .map_err(|error: io::Error| format!("{}: {error}", folder.display()))
}
