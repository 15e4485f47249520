//! `.deb`, packed by dpkg's own tools.

use super::Release;
use super::contents::{Kind, Package};
use super::stage::{Stage, at, read, write};
use super::tool::Tool;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where Debian's zsh looks; others look where the table says.
const ZSH: (&str, &str) = (
    "usr/share/zsh/site-functions",
    "usr/share/zsh/vendor-completions",
);
const SCRIPTS: &[&str] = &["postinst", "prerm", "postrm"];

/// Packs `stage` and returns the package.
pub(crate) fn pack(
    package: &Package,
    stage: &Stage,
    release: &Release,
    folder: &Path,
) -> Result<PathBuf, String> {
    let root = folder.join("deb").join(package.name);
    if root.exists() {
        fs::remove_dir_all(&root).map_err(|error| at(&root, &error))?;
    }
    let parent = folder.join("deb");
    fs::create_dir_all(&parent).map_err(|error| at(&parent, &error))?;
    Tool::new("cp")
        .args(["-a", "--"])
        .args([&stage.root, &root])
        .run()?;
    if root.join(ZSH.0).is_dir() {
        fs::rename(root.join(ZSH.0), root.join(ZSH.1)).map_err(|error| at(&root, &error))?;
    }
    let architecture = release.architecture.debian();
    let control = control(package, stage, release, architecture)?;
    write(&root.join("DEBIAN/control"), control.as_bytes())?;
    write(&root.join("DEBIAN/md5sums"), sums(&root)?.as_bytes())?;
    for script in SCRIPTS {
        let from = PathBuf::from(format!("packaging/debian/{}.{script}", package.name));
        if from.is_file() {
            let to = root.join("DEBIAN").join(script);
            write(&to, &read(&from)?)?;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&to, mode).map_err(|error| at(&to, &error))?;
        }
    }
    // However the person who packs creates files.
    Tool::new("find")
        .arg(&root)
        .args(["-type", "d", "-exec", "chmod", "0755", "{}", "+"])
        .run()?;
    let file = format!("{}_{}_{architecture}.deb", package.name, release.version);
    let file = folder.join(file);
    let compression = match release.loose {
        true => ["-Zgzip", "-z1"],
        false => ["-Zxz", "-z6"],
    };
    Tool::new("dpkg-deb")
        .args(compression)
        .args(["--root-owner-group", "--build"])
        .args([&root, &file])
        .env("SOURCE_DATE_EPOCH", &release.epoch)
        .run()?;
    Ok(file)
}

fn control(
    package: &Package,
    stage: &Stage,
    release: &Release,
    architecture: &str,
) -> Result<String, String> {
    let listed = |kind: Kind| {
        let relations = package.needs.iter().filter(move |one| one.kind == kind);
        let named = relations.filter_map(|one| one.debian);
        named
            .map(|name| name.replace("VERSION", &release.version))
            .collect::<Vec<_>>()
    };
    let mut depends = libraries(stage)?;
    depends.extend(listed(Kind::Depends));
    let mut text = format!(
        "Package: {}\nVersion: {}\nArchitecture: {architecture}\nMaintainer: The Spoke contributors <packages@spoke-vpn.org>\nInstalled-Size: {}\nSection: {}\nPriority: optional\nHomepage: https://github.com/spoke-vpn/spoke\nDepends: {}\n",
        package.name,
        release.version,
        size(stage)?,
        package.section,
        depends.join(", "),
    );
    for (field, kind) in [
        ("Recommends", Kind::Recommends),
        ("Suggests", Kind::Suggests),
    ] {
        let names = listed(kind);
        if !names.is_empty() {
            text += &format!("{field}: {}\n", names.join(", "));
        }
    }
    text += &format!(
        "Description: {}\n {}\n",
        package.summary, package.description
    );
    Ok(text)
}

/// The packages of the libraries that the programs are linked with, with the versions
/// that have the symbols which they use.
fn libraries(stage: &Stage) -> Result<Vec<String>, String> {
    // It wants to be in a source package.
    let place = stage.root.with_extension("shlibs");
    write(
        &place.join("debian/control"),
        b"Source: spoke\n\nPackage: spoke\nArchitecture: any\n",
    )?;
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let programs = stage.programs.iter().map(|path| here.join(path));
    let found = Tool::new("dpkg-shlibdeps")
        .args(["-O", "--ignore-missing-info"])
        .args(programs)
        .within(&place)
        .output()?;
    let list = found
        .trim()
        .strip_prefix("shlibs:Depends=")
        .unwrap_or_default();
    Ok(list.split(", ").map(str::to_owned).collect())
}

/// In KiB, as Debian's policy counts.
fn size(stage: &Stage) -> Result<u64, String> {
    let mut size = 0;
    for file in &stage.files {
        let path = stage.root.join(file.trim_start_matches('/'));
        let bytes = fs::metadata(&path)
            .map_err(|error| at(&path, &error))?
            .len();
        size += bytes.div_ceil(1024);
    }
    Ok(size)
}

fn sums(root: &Path) -> Result<String, String> {
    let script = "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum";
    Tool::new("sh").args(["-c", script]).within(root).output()
}
