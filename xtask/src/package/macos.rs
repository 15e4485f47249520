//! `cargo xtask package --macos`: the app and all else that is installed on a Mac, laid out as it
//! will lie there, with programs for both processors in each file, and a `.pkg` of it that nobody
//! has signed. What only a Mac can do (sign, have it notarised, make the `.dmg`) is one script
//! beside the layout.

use super::contents::MACOS;
use super::pkg::{self, Layout};
use super::stage::{Stage, at, read, write};
use super::tarball::archive;
use super::tool::Tool;
use super::{Release, icon};
use crate::macos::macho::{self, Processor};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Programs, and where they are on a Mac.
const PROGRAMS: &[(&str, &str)] = &[
    ("spoke", "usr/local/bin/spoke"),
    ("spoked", "usr/local/bin/spoked"),
    (
        "spoke-desktop",
        "Applications/Spoke.app/Contents/MacOS/spoke-desktop",
    ),
];
/// Files, and where they are on a Mac; `@VERSION@` stands for the version in them.
const FILES: &[(&str, &str)] = &[
    (
        "packaging/launchd/org.spoke-vpn.spoked.plist",
        "Library/LaunchDaemons/org.spoke-vpn.spoked.plist",
    ),
    (
        "packaging/macos/Info.plist",
        "Applications/Spoke.app/Contents/Info.plist",
    ),
];
/// Scripts, and where they are beside what is installed or in it.
const SCRIPTS: &[(&str, &str)] = &[
    ("packaging/macos/finish.sh", "finish.sh"),
    ("packaging/macos/scripts/postinstall", "scripts/postinstall"),
    (
        "packaging/macos/uninstall.sh",
        "payload/usr/local/share/spoke/uninstall.sh",
    ),
];
const ICON: &[&str] = &[
    "apps/desktop/icons/32x32.png",
    "apps/desktop/icons/128x128.png",
    "apps/desktop/icons/icon.png",
];

/// Lays everything out and returns the package and an archive of the layout. `built` has the
/// folder with a processor's programs.
pub(crate) fn pack(
    release: &Release,
    folder: &Path,
    built: &dyn Fn(Processor) -> Result<PathBuf, String>,
) -> Result<[PathBuf; 2], String> {
    let name = format!("Spoke-{}-macos", release.version);
    let place = folder.join("macos");
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| at(&place, &error))?;
    }
    let top = place.join(&name);
    let payload = top.join("payload");
    let stage = Stage::lay_out(MACOS, release, &folder.join("stage"))?;
    fs::create_dir_all(&payload).map_err(|error| at(&payload, &error))?;
    Tool::new("cp")
        .args(["-a", "--"])
        .arg(stage.root.join("."))
        .arg(&payload)
        .run()?;
    programs(&payload, built)?;
    for (from, to) in FILES {
        fill(from, &payload.join(to), release)?;
    }
    let icon = ICON.iter().map(|path| read(Path::new(path)));
    let icon = icon::of(&icon.collect::<Result<Vec<_>, _>>()?)?;
    let app = payload.join("Applications/Spoke.app/Contents");
    write(&app.join("Resources/Spoke.icns"), &icon)?;
    write(&app.join("PkgInfo"), b"APPL????")?;
    fill(
        "packaging/macos/Distribution.xml",
        &top.join("Distribution.xml"),
        release,
    )?;
    write(&top.join("VERSION"), release.version.as_bytes())?;
    for (from, to) in SCRIPTS {
        write(&top.join(to), &read(Path::new(from))?)?;
        executable(&top.join(to))?;
    }
    well_formed(&payload)?;
    let package = folder.join(format!("Spoke-{}.pkg", release.version));
    let layout = Layout {
        payload: &payload,
        scripts: &top.join("scripts"),
        distribution: &top.join("Distribution.xml"),
    };
    pkg::write_to(&package, &layout, release)?;
    let file = folder.join(format!("{name}.tar.gz"));
    Ok([package, archive(&name, &place, release, &file)?])
}

/// Each program for both processors in one file.
fn programs(
    payload: &Path,
    built: &dyn Fn(Processor) -> Result<PathBuf, String>,
) -> Result<(), String> {
    let mut folders = Vec::new();
    for processor in Processor::ALL {
        folders.push(built(processor)?);
    }
    for (program, to) in PROGRAMS {
        let each = folders.iter().map(|folder| read(&folder.join(program)));
        let joined = macho::universal(&each.collect::<Result<Vec<_>, _>>()?)?;
        write(&payload.join(to), &joined)?;
        executable(&payload.join(to))?;
    }
    Ok(())
}

fn fill(from: &str, to: &Path, release: &Release) -> Result<(), String> {
    let text = read(Path::new(from))?;
    let text = String::from_utf8_lossy(&text).replace("@VERSION@", &release.version);
    write(to, text.as_bytes())
}

fn executable(path: &Path) -> Result<(), String> {
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, mode).map_err(|error| at(path, &error))
}

/// Whether the property lists are ones, and name programs and an icon that are there.
fn well_formed(payload: &Path) -> Result<(), String> {
    let script = "import os, plistlib, sys
top = sys.argv[1]
app = os.path.join(top, 'Applications/Spoke.app/Contents')
info = plistlib.load(open(os.path.join(app, 'Info.plist'), 'rb'))
job = plistlib.load(open(os.path.join(top, 'Library/LaunchDaemons/org.spoke-vpn.spoked.plist'), 'rb'))
for path in [
    os.path.join(app, 'MacOS', info['CFBundleExecutable']),
    os.path.join(app, 'Resources', info['CFBundleIconFile'] + '.icns'),
    os.path.join(top, job['ProgramArguments'][0].lstrip('/')),
]:
    assert os.path.isfile(path), path
";
    Tool::new("python3").args(["-c", script]).arg(payload).run()
}

#[cfg(test)]
mod tests {
    use super::super::contents::Source;
    use super::*;

    #[test]
    fn what_is_packed_for_macos_is_there() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = FILES.iter().chain(SCRIPTS).map(|(from, _)| *from);
        for file in files.chain(ICON.iter().copied()) {
            assert!(top.join(file).is_file(), "{file}");
        }
        assert!(
            MACOS
                .files
                .iter()
                .all(|entry| !matches!(entry.from, Source::Program(_)))
        );
    }

    #[test]
    fn the_icon_is_made_of_the_apps_own_pictures() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let pictures: Vec<_> = ICON
            .iter()
            .map(|path| fs::read(top.join(path)).unwrap())
            .collect();
        assert!(icon::of(&pictures).unwrap().starts_with(b"icns"));
    }
}
