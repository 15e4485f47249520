//! The package that a Mac's installer opens ("flat package", of the kind that `productbuild`
//! makes), signed by nobody.

mod bom;
mod cpio;
mod tree;
mod xar;

use super::Release;
use super::stage::{read, write};
use super::tool::Tool;
use std::path::Path;
use tree::Entry;
use xar::Archive;

/// Its only part, by the name that `Distribution.xml` calls it.
const PART: &str = "spoke.pkg";

/// What goes into a package, all below one folder.
pub(crate) struct Layout<'a> {
    /// What is installed, as it will lie below `/`.
    pub(crate) payload: &'a Path,
    /// The scripts that the installer runs.
    pub(crate) scripts: &'a Path,
    /// What the installer is told, as `productbuild` takes it.
    pub(crate) distribution: &'a Path,
}

/// Writes the package into `file`.
pub(crate) fn write_to(file: &Path, layout: &Layout<'_>, release: &Release) -> Result<(), String> {
    let epoch: u32 = release
        .epoch
        .parse()
        .map_err(|_| format!("{} is no time", release.epoch))?;
    let entries = tree::walk(layout.payload)?;
    let size = entries
        .iter()
        .map(|entry| u64::from(entry.size))
        .sum::<u64>()
        / 1024;
    let work = file.with_extension("parts");
    let packed = |name: &str, entries: &[Entry]| {
        let place = work.join(name);
        write(&place, &cpio::of(entries, epoch)?)?;
        let effort = match release.loose {
            true => "-1nf",
            false => "-9nf",
        };
        Tool::new("gzip").arg(effort).arg(&place).run()?;
        read(&place.with_extension("gz"))
    };
    let payload = packed("Payload", &entries)?;
    let scripts = packed("Scripts", &tree::walk(layout.scripts)?)?;
    let bill = bom::of(&entries, &sums(&entries)?, epoch)?;
    let information = information(&release.version, entries.len(), size);
    let distribution = String::from_utf8_lossy(&read(layout.distribution)?).replace(
        &format!(">{PART}<"),
        &format!(" installKBytes=\"{size}\">#{PART}<"),
    );
    let mut archive = Archive::new();
    archive.file("Distribution", distribution.as_bytes());
    archive.folder(PART, |archive| {
        archive.file("Bom", &bill);
        archive.file("PackageInfo", information.as_bytes());
        archive.file("Payload", &payload);
        archive.file("Scripts", &scripts);
    });
    write(file, &archive.finish(&time(&release.epoch)?))
}

/// What `pkgbuild` would write of it. Folders that were there keep their owners: Homebrew's, for one.
fn information(version: &str, count: usize, size: u64) -> String {
    let bundle = "org.spoke-vpn.Spoke";
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<pkg-info overwrite-permissions="false" relocatable="false" identifier="{bundle}" postinstall-action="none" version="{version}" format-version="2" install-location="/" auth="root">
    <payload numberOfFiles="{count}" installKBytes="{size}"/>
    <bundle path="./Applications/Spoke.app" id="{bundle}" CFBundleShortVersionString="{version}" CFBundleVersion="{version}"/>
    <bundle-version>
        <bundle id="{bundle}"/>
    </bundle-version>
    <upgrade-bundle>
        <bundle id="{bundle}"/>
    </upgrade-bundle>
    <update-bundle/>
    <atomic-update-bundle/>
    <strict-identifier>
        <bundle id="{bundle}"/>
    </strict-identifier>
    <relocate/>
    <scripts>
        <postinstall file="./postinstall"/>
    </scripts>
</pkg-info>
"#
    )
}

/// The sum of each file, of the kind that a bill of materials has; 0 for folders.
fn sums(entries: &[Entry]) -> Result<Vec<u32>, String> {
    let sum = |entry: &Entry| {
        if entry.is_folder() {
            return Ok(0);
        }
        let said = Tool::new("cksum").arg(&entry.place).output()?;
        let sum = said.split(' ').next().and_then(|sum| sum.parse().ok());
        sum.ok_or(format!("cksum says {said}"))
    };
    entries.iter().map(sum).collect()
}

fn time(epoch: &str) -> Result<String, String> {
    let time = Tool::new("date").args(["--utc", "+%Y-%m-%dT%H:%M:%SZ", "--date"]);
    let time = time.arg(format!("@{epoch}")).output()?;
    Ok(time.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::architecture::Architecture;
    use super::*;

    #[test]
    fn a_package_has_what_the_installer_looks_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        write(&at("payload/usr/local/bin/spoke"), b"program").unwrap();
        write(&at("scripts/postinstall"), b"#!/bin/sh\n").unwrap();
        write(
            &at("Distribution.xml"),
            b"<pkg-ref id=\"x\">spoke.pkg</pkg-ref>",
        )
        .unwrap();
        let release = Release {
            version: "1.2.3".to_owned(),
            epoch: "1000000000".to_owned(),
            programs: "nowhere".into(),
            native: "nowhere".into(),
            architecture: Architecture::X86_64,
            loose: true,
        };
        let layout = Layout {
            payload: &at("payload"),
            scripts: &at("scripts"),
            distribution: &at("Distribution.xml"),
        };
        let made = at("made.pkg");
        write_to(&made, &layout, &release).unwrap();
        let first = std::fs::read(&made).unwrap();
        let text = String::from_utf8_lossy(&first);
        for part in [
            "<creation-time>2001-09-09T01:46:40Z<",
            "installKBytes=\"0\">#spoke.pkg<",
            "<name>Bom<",
            "<name>PackageInfo<",
            "<name>Payload<",
            "<name>Scripts<",
            "numberOfFiles=\"5\"",
        ] {
            assert!(text.contains(part), "{part}");
        }
        write_to(&made, &layout, &release).unwrap();
        assert!(first == std::fs::read(&made).unwrap());
    }
}
