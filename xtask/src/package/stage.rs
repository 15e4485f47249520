//! The files of a package laid out as they will be installed.

use super::Release;
use super::contents::{Entry, Package, Source};
use super::sbom;
use super::tool::Tool;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const COPYRIGHT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Spoke
Source: https://github.com/spoke-vpn/spoke

Files: *
Copyright: the Spoke contributors
License: MIT or Apache-2.0
Comment: What is compiled in, with its licences, is listed in the bill of
 materials beside this file (CycloneDX).

License: MIT
 See LICENSE-MIT in the sources; also in the documentation of the package spoke.

License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
";

/// A package's files, below a folder in the place of `/`.
pub(crate) struct Stage {
    pub(crate) root: PathBuf,
    /// Its programs as they are for this machine, unstripped.
    pub(crate) programs: Vec<PathBuf>,
    /// All files, as they will be installed: `/usr/bin/spoke`.
    pub(crate) files: Vec<String>,
}

impl Stage {
    pub(crate) fn lay_out(
        package: &Package,
        release: &Release,
        folder: &Path,
    ) -> Result<Self, String> {
        let root = folder.join(package.name);
        if root.exists() {
            fs::remove_dir_all(&root).map_err(|error| at(&root, &error))?;
        }
        let mut stage = Self {
            root,
            programs: Vec::new(),
            files: Vec::new(),
        };
        for entry in package.files {
            stage.place(entry, package, release)?;
        }
        stage.files.sort();
        Ok(stage)
    }

    fn place(&mut self, entry: &Entry, package: &Package, release: &Release) -> Result<(), String> {
        let target = self.root.join("usr").join(entry.to);
        let program = |name: &str| release.native.join(name);
        match entry.from {
            Source::Program(name) => {
                let from = release.programs.join(name);
                make_parent(&target)?;
                // Line tables are for developers.
                Tool::new(release.architecture.tool("strip"))
                    .args(["--strip-unneeded", "-o"])
                    .args([&target, &from])
                    .run()
                    .map_err(|error| format!("{} is not built? {error}", from.display()))?;
                self.programs.push(program(name));
            }
            Source::File(path) => write(&target, &read(Path::new(path))?)?,
            Source::Written(path) => {
                write(&target.with_extension(""), &read(Path::new(path))?)?;
                compress(&target.with_extension(""))?;
            }
            Source::Page(name, arguments) => {
                let page = Tool::new(program(name)).args(arguments).output()?;
                write(&target.with_extension(""), page.as_bytes())?;
                compress(&target.with_extension(""))?;
            }
            Source::Pages => return self.place_pages(&target, &program("spoke")),
            Source::Completion(shell) => {
                let script = Tool::new(program("spoke")).args(["completion", shell]);
                write(&target, script.output()?.as_bytes())?;
            }
            Source::Materials => write(&target, sbom::of(package, release)?.as_bytes())?,
            Source::Copyright => write(&target, COPYRIGHT.as_bytes())?,
        }
        let mode = fs::Permissions::from_mode(entry.mode);
        fs::set_permissions(&target, mode).map_err(|error| at(&target, &error))?;
        self.files.push(format!("/usr/{}", entry.to));
        Ok(())
    }

    fn place_pages(&mut self, folder: &Path, spoke: &Path) -> Result<(), String> {
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
        Tool::new(spoke)
            .args(["man", "--write"])
            .arg(folder)
            .run()?;
        let pages = fs::read_dir(folder).map_err(|error| at(folder, &error))?;
        let pages: Vec<PathBuf> = pages.flatten().map(|page| page.path()).collect();
        for page in pages {
            compress(&page)?;
            let mode = fs::Permissions::from_mode(0o644);
            let name = page.file_name().unwrap_or_default().to_string_lossy();
            let page = folder.join(format!("{name}.gz"));
            fs::set_permissions(&page, mode).map_err(|error| at(&page, &error))?;
            self.files.push(format!("/usr/share/man/man1/{name}.gz"));
        }
        Ok(())
    }
}

/// Without name and time, so that the same page is the same bytes.
fn compress(page: &Path) -> Result<(), String> {
    Tool::new("gzip").args(["-9nf"]).arg(page).run()
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| at(path, &error))
}

pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), String> {
    make_parent(path)?;
    fs::write(path, contents).map_err(|error| at(path, &error))
}

fn make_parent(path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| at(folder, &error))
}

pub(crate) fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
