//! The packages tried where nothing of ours has ever been: in a Debian made for it, under
//! its own systemd, in the lab's networks. Nothing of this machine is touched.

use super::contents::PACKAGES;
use super::stage::Stage;
use super::tool::Tool;
use super::{FOLDER, Release, deb, pack, recipes, tarball};
use crate::{cargo, packages};
use std::fs;
use std::path::{Path, PathBuf};

/// What the system has beside what every Debian has.
const SYSTEM: &str = "systemd,systemd-sysv,libpam-systemd,dbus,iproute2,ca-certificates,rpm";
const SCRIPTS: &[&str] = &["debian", "tarball", "macos", "macos/scripts"];
/// What `systemd-analyze security` may at most say, in tenths.
const EXPOSURE: &str = "25";

/// Tries what was packed.
pub(crate) fn run(release: &Release, made: &[PathBuf]) -> Result<(), String> {
    packages::provide(packages::PACKAGE_TRIAL)?;
    scripts_are_sound()?;
    recipes::are_sound()?;
    services_are_hardened()?;
    packing_again_gives_the_same_bytes(release, made)?;
    the_rpms_are_whole(made)?;
    the_tarball_comes_and_goes(release)?;
    let root = clean_system()?;
    the_dependencies_exist(&root, made)?;
    live(release, &root, made)
}

fn scripts_are_sound() -> Result<(), String> {
    let mut scripts = Vec::new();
    for folder in SCRIPTS {
        let folder = Path::new("packaging").join(folder);
        let files = fs::read_dir(&folder).map_err(|error| super::stage::at(&folder, &error))?;
        let files = files.flatten().map(|file| file.path());
        scripts
            .extend(files.filter(|file| fs::read(file).is_ok_and(|text| text.starts_with(b"#!"))));
    }
    Tool::new("shellcheck").args(&scripts).run()?;
    println!(
        "✓ {} scripts have no fault that shellcheck knows",
        scripts.len()
    );
    Ok(())
}

fn services_are_hardened() -> Result<(), String> {
    for unit in ["spoked.service", "spoke-gateway.service"] {
        let path = Path::new("packaging/systemd").join(unit);
        let report = Tool::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager"])
            .arg(format!("--threshold={EXPOSURE}"))
            .arg(&path)
            .output()?;
        let last = report.lines().last().unwrap_or_default();
        println!("✓ {}", last.trim_start_matches(['→', ' ']));
    }
    Ok(())
}

fn packing_again_gives_the_same_bytes(release: &Release, made: &[PathBuf]) -> Result<(), String> {
    let folder = Path::new(FOLDER).join("again");
    let names: Vec<_> = made.iter().filter_map(|path| path.file_name()).collect();
    let packed = |name: &str| {
        names
            .iter()
            .any(|file| is_of(&file.to_string_lossy(), name))
    };
    for path in pack(release, &folder, &packed)? {
        let name = path.file_name().unwrap_or_default();
        let first = made.iter().find(|one| one.file_name() == Some(name));
        let first = first.ok_or(format!("{} was not packed before", path.display()))?;
        Tool::new("cmp").args([first, &path]).run()?;
    }
    println!(
        "✓ packed again, all {} packages are the same bytes",
        made.len()
    );
    Ok(())
}

/// Whether this file is a package of this name.
fn is_of(file: &str, name: &str) -> bool {
    let rest = file.strip_prefix(name);
    rest.is_some_and(|rest| rest.starts_with('_'))
}

fn the_rpms_are_whole(made: &[PathBuf]) -> Result<(), String> {
    let database = Path::new(FOLDER).join("rpm-root");
    let _ = fs::remove_dir_all(&database);
    fs::create_dir_all(&database).map_err(|error| super::stage::at(&database, &error))?;
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let rpm = || Tool::new("rpm").arg("--root").arg(here.join(&database));
    let rpms: Vec<&PathBuf> = made.iter().filter(|path| has_ending(path, "rpm")).collect();
    // The libraries are those of no RPM here, and scripts would want programs in there.
    let install = ["--install", "--nodeps", "--noscripts", "--nosignature"];
    rpm().args(install).args(&rpms).run()?;
    for package in PACKAGES {
        let of = |question: &str| rpm().args(["--query", question, package.name]).output();
        let Ok(files) = of("--list") else { continue };
        let whole = files
            .lines()
            .filter(|line| line.starts_with("/usr/"))
            .count();
        if whole < package.files.len() {
            return Err(format!("{} installs only {whole} files", package.name));
        }
        let needs = of("--requires")?;
        if !needs.contains("libc.so.6(GLIBC_") {
            return Err(format!(
                "{} does not know its libraries:\n{needs}",
                package.name
            ));
        }
        rpm()
            .arg("--verify")
            .args(["--nodeps", "--nouser", "--nogroup", package.name])
            .run()?;
    }
    let scripts = rpm().args(["--query", "--scripts", "spoke"]).output()?;
    if !scripts.contains("systemctl kill --signal=HUP spoked.service") {
        return Err(format!("the scripts of the RPM are not ours:\n{scripts}"));
    }
    let names = rpm()
        .args(["--query", "--all", "--queryformat", "%{NAME}\n"])
        .output()?;
    rpm()
        .args(["--erase", "--nodeps", "--noscripts"])
        .args(names.lines())
        .run()?;
    let left = Tool::new("find")
        .arg(&database)
        .args(["-path", "*/usr/*", "-name", "*spoke*"]);
    let left = left.output()?;
    if !left.is_empty() {
        return Err(format!("the RPMs leave behind:\n{left}"));
    }
    println!("✓ {} RPMs install, verify and leave nothing", rpms.len());
    Ok(())
}

fn the_tarball_comes_and_goes(release: &Release) -> Result<(), String> {
    let folder = Path::new(FOLDER).join("tarball-root");
    let _ = fs::remove_dir_all(&folder);
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let root = here.join(&folder).join("system");
    fs::create_dir_all(root.join("usr/local/bin"))
        .map_err(|error| super::stage::at(&root, &error))?;
    let list = || {
        Tool::new("find")
            .arg(&root)
            .arg("-printf")
            .arg("%P %m\n")
            .output()
    };
    let before = list()?;
    let archive = here.join(FOLDER).join(tarball::name(release));
    Tool::new("tar")
        .arg("-xf")
        .arg(archive)
        .within(&here.join(&folder))
        .run()?;
    let unpacked = here.join(&folder).join(tarball::folder(release));
    // Twice, as an upgrade does.
    for _ in 0..2 {
        Tool::new(unpacked.join("install.sh"))
            .arg("--root")
            .arg(&root)
            .run()?;
    }
    let version = Tool::new(root.join("usr/local/bin/spoke"))
        .arg("--version")
        .output()?;
    if !version.contains(&release.version) {
        return Err(format!("the installed spoke says it is {version}"));
    }
    let unit = root.join("usr/local/lib/systemd/system/spoked.service");
    let unit = fs::read_to_string(&unit).map_err(|error| super::stage::at(&unit, &error))?;
    if !unit.contains("ExecStart=/usr/local/bin/spoked\n") {
        return Err(format!(
            "the unit does not start what was installed:\n{unit}"
        ));
    }
    Tool::new(root.join("usr/local/share/spoke/uninstall.sh")).run()?;
    let after = list()?;
    if before != after {
        return Err(format!("the tarball leaves behind:\n{after}"));
    }
    println!("✓ the tarball installs, again over itself, and leaves nothing");
    Ok(())
}

/// A Debian of the suite that this machine has, from where this machine gets its own.
fn clean_system() -> Result<PathBuf, String> {
    let root = Path::new(FOLDER).join("root");
    // Another system than the one that is wanted now is made anew.
    let list = root.with_extension("packages");
    if root.is_dir() && fs::read_to_string(&list).is_ok_and(|text| text == SYSTEM) {
        return Ok(root);
    }
    let _ = fs::remove_dir_all(&root);
    let half = root.with_extension("half");
    let _ = fs::remove_dir_all(&half);
    let text = fs::read_to_string("/etc/os-release").map_err(|error| error.to_string())?;
    let suite = text
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let suite = suite.ok_or("this is no Debian: its os-release has no VERSION_CODENAME")?;
    let sources = Tool::new("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(SITE) $(RELEASE)",
            "Created-By: Packages",
        ])
        .output()?;
    let named = |line: &&str| line.ends_with(&format!(" {suite}"));
    let source = sources.lines().find(named);
    let source = source.and_then(|line| line.split(' ').next());
    let source = source.ok_or(format!("no package source of this machine has {suite}"))?;
    println!("making a clean Debian {suite} in {}", root.display());
    Tool::new("mmdebstrap")
        .args(["--mode=root", "--variant=apt", "--skip=cleanup/apt/lists"])
        .arg(format!("--include={SYSTEM}"))
        .args([
            "--dpkgopt=force-unsafe-io",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
        ])
        .arg(suite)
        .arg(&half)
        .arg(source)
        .run()?;
    fs::rename(&half, &root).map_err(|error| super::stage::at(&root, &error))?;
    super::stage::write(&list, SYSTEM.as_bytes())?;
    Ok(root)
}

/// All that the packages depend on is in Debian, in these versions: what installing them
/// would do, without doing it.
fn the_dependencies_exist(root: &Path, made: &[PathBuf]) -> Result<(), String> {
    let inside = root.join("packages");
    fs::create_dir_all(&inside).map_err(|error| super::stage::at(&inside, &error))?;
    let mut names = Vec::new();
    for path in made.iter().filter(|path| has_ending(path, "deb")) {
        let name = path.file_name().unwrap_or_default();
        fs::copy(path, inside.join(name)).map_err(|error| super::stage::at(path, &error))?;
        names.push(format!("/packages/{}", name.to_string_lossy()));
    }
    let plan = Tool::new("chroot")
        .arg(root)
        .args([
            "apt-get",
            "install",
            "--simulate",
            "--no-install-recommends",
        ])
        .args(&names)
        .output();
    fs::remove_dir_all(&inside).map_err(|error| super::stage::at(&inside, &error))?;
    let plan = plan?;
    let count = plan
        .lines()
        .filter(|line| line.starts_with("Inst "))
        .count();
    println!(
        "✓ a clean Debian would install them, with {} others",
        count.saturating_sub(names.len())
    );
    Ok(())
}

/// Installed, used, upgraded and downgraded while connected, removed and purged.
fn live(release: &Release, root: &Path, made: &[PathBuf]) -> Result<(), String> {
    let made_as = |start: &str, ending: &str| {
        let mut found = made.iter().filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(ending)
        });
        found
            .next()
            .ok_or(format!("{start}…{ending} was not packed"))
    };
    let of_version = |mark: char| format!("spoke{mark}{}", release.version);
    let old = made_as(&of_version('_'), ".deb")?;
    let rpm = made_as(&of_version('-'), ".rpm")?;
    let tarball = made_as(&of_version('-'), ".tar.gz")?;
    let later = Release {
        version: format!("{}+1", release.version),
        ..release.clone()
    };
    let folder = Path::new(FOLDER).join("later");
    let package = PACKAGES.iter().find(|package| package.name == "spoke");
    let package = package.ok_or("there is no package spoke")?;
    let stage = Stage::lay_out(package, &later, &folder.join("stage"))?;
    let new = deb::pack(package, &stage, &later, &folder)?;
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let path = |path: &Path| here.join(path).display().to_string();
    cargo::built(
        "spoke-lab",
        &[
            "installed",
            "--root",
            &path(root),
            "--old",
            &path(old),
            "--new",
            &path(&new),
            "--rpm",
            &path(rpm),
            "--tarball",
            &path(tarball),
        ],
        &[],
    )
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}
