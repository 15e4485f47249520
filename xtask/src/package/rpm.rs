//! `.rpm`, packed by rpmbuild, which finds the libraries that programs need by itself.

use super::Release;
use super::contents::{Kind, Package};
use super::stage::{Stage, write};
use super::tool::Tool;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Same input, same bytes; and nothing is changed that was staged.
const MACROS: &str = "%global debug_package %{nil}
%global _build_id_links none
%global __os_install_post %{nil}
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _buildhost spoke
";

/// Packs `stage` and returns the package.
pub(crate) fn pack(
    package: &Package,
    stage: &Stage,
    release: &Release,
    folder: &Path,
) -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let top = here.join(folder).join("rpm").join(package.name);
    let spec = top.join(format!("{}.spec", package.name));
    write(
        &spec,
        spec_of(package, &here.join(&stage.root), stage, release)?.as_bytes(),
    )?;
    Tool::new("rpmbuild")
        .arg("-bb")
        .arg("--quiet")
        .arg(format!("--target={}-linux", release.architecture.name()))
        .args(["--define", &format!("_topdir {}", top.display())])
        .args([
            "--define",
            &format!("_rpmdir {}", here.join(folder).display()),
        ])
        .args([
            "--define",
            "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
        ])
        .arg(&spec)
        .env("SOURCE_DATE_EPOCH", &release.epoch)
        .output()
        .map_err(|error| format!("{}: {error}", package.name))?;
    let architecture = release.architecture.name();
    Ok(folder.join(format!(
        "{}-{}-1.{architecture}.rpm",
        package.name,
        version(release)
    )))
}

/// A hyphen divides version and release.
fn version(release: &Release) -> String {
    release.version.replace('-', "~")
}

fn spec_of(
    package: &Package,
    root: &Path,
    stage: &Stage,
    release: &Release,
) -> Result<String, String> {
    let mut text = MACROS.to_owned();
    let header = format!(
        "Name: {}\nVersion: {}\nRelease: 1\nSummary: {}\nLicense: MIT OR Apache-2.0\nURL: https://github.com/spoke-vpn/spoke\n",
        package.name,
        version(release),
        package.summary
    );
    text += &header;
    let payload = match release.loose {
        true => "w1.gzdio",
        false => "w19.zstdio",
    };
    let _ = writeln!(text, "%global _binary_payload {payload}");
    for relation in package.needs {
        let Some(name) = relation.rpm else { continue };
        let field = match relation.kind {
            Kind::Depends => "Requires",
            Kind::Recommends => "Recommends",
            Kind::Suggests => "Suggests",
        };
        let name = name.replace("VERSION", &format!("{}-1", version(release)));
        let _ = writeln!(text, "{field}: {name}");
    }
    let _ = write!(text, "\n%description\n{}\n\n", package.description);
    let _ = write!(
        text,
        "%install\nmkdir -p %{{buildroot}}\ncp -a {}/. %{{buildroot}}/\n\n",
        root.display()
    );
    let scriptlets = PathBuf::from(format!("packaging/rpm/{}.scriptlets", package.name));
    if let Ok(scriptlets) = std::fs::read_to_string(&scriptlets) {
        text += &scriptlets;
        text.push('\n');
    }
    text += "%files\n%defattr(-,root,root)\n";
    for folder in own_folders(&stage.files) {
        let _ = writeln!(text, "%dir {folder}");
    }
    for file in &stage.files {
        let _ = writeln!(text, "{}{file}", kind_of(file));
    }
    Ok(text)
}

/// Folders that no other package has, to be taken away with this one.
fn own_folders(files: &[String]) -> BTreeSet<&str> {
    let documents = "/usr/share/doc/";
    let parents = files
        .iter()
        .filter_map(|file| Some(file.rsplit_once('/')?.0));
    parents
        .filter(|folder| folder.starts_with(documents))
        .collect()
}

fn kind_of(file: &str) -> &'static str {
    if file.contains("LICENSE") || file.ends_with("/copyright") {
        "%license "
    } else if file.starts_with("/usr/share/doc/") || file.starts_with("/usr/share/man/") {
        "%doc "
    } else {
        ""
    }
}
