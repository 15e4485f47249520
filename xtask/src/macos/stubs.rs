//! What stands for Apple's SDK when linking: text-based dynamic libraries that say where each
//! symbol comes from. Those of the C library Zig knows; those of the frameworks are the ones
//! that Spoke uses, by Apple's documentation, so that any other one fails to link.

use std::fs;
use std::io;
use std::path::Path;

/// Which library exports what Spoke uses of it: the library's path on a Mac in brackets, then
/// its symbols.
const EXPORTS: &str = include_str!("exports.txt");

/// The C library goes by several names.
const C_LIBRARY: [&str; 3] = ["System", "c", "m"];

/// Libraries that a program may be loaded with.
pub(crate) fn libraries() -> impl Iterator<Item = &'static str> {
    let named = sections().map(|(library, _)| library);
    named.chain(["/usr/lib/libSystem.B.dylib"])
}

/// Writes the SDK, with what Zig knows of the C library.
pub(crate) fn write(sdk: &Path, c_library: &Path) -> Result<(), String> {
    let exports = fs::read_to_string(c_library).map_err(at(c_library))?;
    let exports = without_newest_processors(&exports);
    for name in C_LIBRARY {
        put(&sdk.join(format!("usr/lib/lib{name}.tbd")), &exports)?;
    }
    for (library, symbols) in sections() {
        put(&sdk.join(place(library)), &text(library, &symbols))?;
    }
    Ok(())
}

fn sections() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let parts = EXPORTS.split("\n[").skip(1);
    parts.filter_map(|part| {
        let (library, symbols) = part.split_once("]\n")?;
        let lines = symbols.lines().filter(|line| !line.starts_with('#'));
        Some((library, lines.flat_map(str::split_whitespace).collect()))
    })
}

/// Where the linker looks for the stub of this library.
fn place(library: &str) -> String {
    let path = library.trim_start_matches('/');
    let path = path.replace("/Versions/A", "").replace("/Versions/C", "");
    let versions = [".A.dylib", ".2.dylib", ".dylib"];
    let bare = versions
        .iter()
        .find_map(|version| path.strip_suffix(version));
    format!("{}.tbd", bare.unwrap_or(&path))
}

fn text(library: &str, symbols: &[&str]) -> String {
    let targets = "[ x86_64-macos, arm64-macos ]";
    let quoted: Vec<String> = symbols.iter().map(|name| format!("'{name}'")).collect();
    let exports = match quoted.is_empty() {
        true => String::new(),
        false => format!(
            "exports:\n  - targets: {targets}\n    symbols: [ {} ]\n",
            quoted.join(", ")
        ),
    };
    format!(
        "--- !tapi-tbd\ntbd-version: 4\ntargets: {targets}\ninstall-name: '{library}'\n{exports}...\n"
    )
}

/// The linker that comes with the compiler does not know these yet, and refuses the file.
fn without_newest_processors(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    let known = words.filter(|word| !word.starts_with("arm64e.x1-"));
    known.collect()
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(at(folder))?;
    fs::write(path, text).map_err(at(path))
}

fn at(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stubs_lie_where_the_linker_looks() {
        for (library, stub) in [
            (
                "/System/Library/Frameworks/Security.framework/Versions/A/Security",
                "System/Library/Frameworks/Security.framework/Security.tbd",
            ),
            ("/usr/lib/libobjc.A.dylib", "usr/lib/libobjc.tbd"),
            ("/usr/lib/libiconv.2.dylib", "usr/lib/libiconv.tbd"),
        ] {
            assert_eq!(place(library), stub);
            assert!(libraries().any(|one| one == library), "{library}");
        }
    }

    #[test]
    fn processors_that_the_linker_does_not_know_are_left_out() {
        let text = "targets: [ arm64e-macos, \n  arm64e.x1-macos, arm64e.x1-maccatalyst ]\nname: _x18_abi\n";
        let left = "targets: [ arm64e-macos, \n  ]\nname: _x18_abi\n";
        assert_eq!(without_newest_processors(text), left);
    }

    #[test]
    fn each_symbol_comes_from_one_library() {
        let mut seen = std::collections::BTreeMap::new();
        for (library, symbols) in sections() {
            for symbol in symbols {
                let other = seen.insert(symbol, library);
                assert_eq!(other, None, "{symbol} of {library}");
            }
        }
    }
}
