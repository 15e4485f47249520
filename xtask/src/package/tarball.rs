//! A tarball with a script that installs it, for systems without a package of ours.

use super::Release;
use super::stage::Stage;
use super::stage::at;
use super::tool::Tool;
use std::fs;
use std::path::{Path, PathBuf};

/// Packs all stages together and returns the tarball.
pub(crate) fn pack(stages: &[Stage], release: &Release, folder: &Path) -> Result<PathBuf, String> {
    let name = self::folder(release);
    let place = folder.join("tarball");
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| at(&place, &error))?;
    }
    let files = place.join(&name).join("files");
    fs::create_dir_all(&files).map_err(|error| at(&files, &error))?;
    for stage in stages {
        Tool::new("cp")
            .args(["-a", "--"])
            .arg(stage.root.join("usr/."))
            .arg(&files)
            .run()?;
    }
    for script in ["install.sh", "uninstall.sh"] {
        Tool::new("cp")
            .args(["-a", "--"])
            .arg(Path::new("packaging/tarball").join(script))
            .arg(place.join(&name))
            .run()?;
    }
    archive(&name, &place, release, &folder.join(self::name(release)))
}

/// Packs the folder `name` of `place` into `file`, the same bytes each time.
pub(crate) fn archive(
    name: &str,
    place: &Path,
    release: &Release,
    file: &Path,
) -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let compressor = match release.loose {
        true => "--use-compress-program=gzip -1n",
        false => "--use-compress-program=gzip -9n",
    };
    Tool::new("tar")
        .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
        .args(["--mode=u+rwX,go+rX,go-w", compressor])
        .arg(format!("--mtime=@{}", release.epoch))
        .arg("-cf")
        .arg(here.join(file))
        .arg(name)
        .within(place)
        .run()?;
    Ok(file.to_owned())
}

/// The tarball's name.
pub(crate) fn name(release: &Release) -> String {
    format!("{}.tar.gz", folder(release))
}

/// The folder that it unpacks to.
pub(crate) fn folder(release: &Release) -> String {
    format!(
        "spoke-{}-{}-linux",
        release.version,
        release.architecture.name()
    )
}
