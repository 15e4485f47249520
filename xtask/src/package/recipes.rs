//! Fills the version and the hash of the sources into the recipes of other package managers.

use super::Release;
use super::stage::{at, read, write};
use super::tool::Tool;
use std::path::Path;

/// Files with a hash, and what stands around it.
const HASHED: &[(&str, &str, &str)] = &[
    ("packaging/aur/PKGBUILD", "sha256sums=(", ")"),
    ("packaging/aur/.SRCINFO", "\tsha256sums = ", ""),
    ("packaging/homebrew/spoke.rb", "  sha256 ", ""),
];
/// Files with the version, and what stands around it; each place in a file.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("packaging/aur/PKGBUILD", "pkgver=", ""),
    ("packaging/aur/.SRCINFO", "\tpkgver = ", ""),
    ("packaging/aur/.SRCINFO", "\tdepends = spoke-vpn=", ""),
    ("packaging/nix/package.nix", "  version = \"", "\";"),
];

/// Programs that read a recipe to see whether it is one, and build nothing.
const GRAMMARS: &[(&str, &[&str])] = &[
    ("bash", &["-n", "packaging/aur/PKGBUILD"]),
    ("ruby", &["-c", "packaging/homebrew/spoke.rb"]),
    (
        "nix-instantiate",
        &[
            "--parse",
            // Or it would make its store on this machine.
            "--store",
            "dummy://",
            "packaging/nix/flake.nix",
            "packaging/nix/module.nix",
            "packaging/nix/package.nix",
        ],
    ),
];

/// Whether each recipe keeps to the grammar of its language.
pub(crate) fn are_sound() -> Result<(), String> {
    for (program, arguments) in GRAMMARS {
        Tool::new(program).args(*arguments).run()?;
    }
    println!("✓ the recipes for Arch, Homebrew and Nix keep to their grammars");
    Ok(())
}

/// The addresses of a release name its version twice: what stands before it and behind it.
const ADDRESS: &[(&str, &str)] = &[("releases/download/v", "/"), ("/spoke-", ".tar.gz")];

/// Packs the commit that is checked out, which is to be published with the release of its version:
/// what a forge packs by itself may be other bytes next year.
pub(crate) fn fill(release: &Release) -> Result<(), String> {
    let prefix = format!("--prefix=spoke-{}/", release.version);
    let archive = format!("target/package/spoke-{}.tar.gz", release.version);
    let archive = Path::new(&archive);
    Tool::new("git")
        .args([
            "-c",
            "tar.tar.gz.command=gzip -n",
            "archive",
            "--format=tar.gz",
        ])
        .arg(prefix)
        .arg("-o")
        .arg(archive)
        .arg("HEAD")
        .run()?;
    let sum = Tool::new("sha256sum").arg(archive).output()?;
    let sum = sum.split_whitespace().next().unwrap_or_default();
    for (file, before, after) in VERSIONED {
        replace(file, before, &release.version, after)?;
    }
    for (file, before, after) in HASHED {
        let quoted = file.ends_with(".rb").then(|| format!("\"{sum}\""));
        replace(file, before, quoted.as_deref().unwrap_or(sum), after)?;
    }
    for file in ["packaging/aur/.SRCINFO", "packaging/homebrew/spoke.rb"] {
        let path = Path::new(file);
        let text = String::from_utf8_lossy(&read(path)?).into_owned();
        write(path, addressed(&text, &release.version).as_bytes())?;
    }
    println!("the recipes are for {} with {sum}", release.version);
    println!("publish {} with the release", archive.display());
    Ok(())
}

/// Puts `value` between `before` and `after` in the line that begins so.
fn replace(file: &str, before: &str, value: &str, after: &str) -> Result<(), String> {
    let path = Path::new(file);
    let text = std::fs::read_to_string(path).map_err(|error| at(path, &error))?;
    let filled = put(&text, before, value, after).ok_or(format!("{file} has no line {before}…"))?;
    write(path, filled.as_bytes())
}

fn put(text: &str, before: &str, value: &str, after: &str) -> Option<String> {
    let found = text.lines().any(|line| line.starts_with(before));
    let lines = text.lines().map(|line| match line.starts_with(before) {
        true => format!("{before}{value}{after}\n"),
        false => format!("{line}\n"),
    });
    found.then(|| lines.collect())
}

/// Every address of a release names this one.
fn addressed(text: &str, version: &str) -> String {
    let fill =
        |text: String, (before, after): &(&str, &str)| between(&text, before, version, after);
    ADDRESS.iter().fold(text.to_owned(), fill)
}

/// Puts `version` between these wherever there is one already.
fn between(text: &str, mark: &str, version: &str, end: &str) -> String {
    let mut parts = text.split(mark);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled += mark;
        match part.split_once(end) {
            Some((old, rest)) if old.starts_with(|one: char| one.is_ascii_digit()) => {
                filled += &format!("{version}{end}{rest}");
            }
            _ => filled += part,
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_has_its_places() {
        for (file, before, after) in HASHED.iter().chain(VERSIONED) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            let filled = put(&text, before, "9.9.9", after).unwrap();
            assert!(filled.contains(&format!("{before}9.9.9{after}")), "{file}");
        }
    }

    #[test]
    fn addresses_name_the_release() {
        let text =
            "url \"https://x/spoke-vpn/spoke/releases/download/v0.1.0/spoke-0.1.0.tar.gz\"\n";
        let filled = addressed(text, "9.9.9");
        assert_eq!(filled, text.replace("0.1.0", "9.9.9"));
    }
}
