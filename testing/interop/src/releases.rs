//! Where the releases of OpenVPN are.

use crate::failure::Failure;
use crate::fetch::{OPENVPN_2_5, OPENVPN_2_7};
use crate::party::Release;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The installed program.
const INSTALLED: &str = "/usr/sbin/openvpn";
const LIBRARIES: [&str; 2] = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];

/// The releases on this machine.
pub struct Releases {
    /// Folders of unpacked packages, one for each release.
    peers: PathBuf,
}

impl Releases {
    /// The installed one, and those that are unpacked under `peers` or can be.
    #[must_use]
    pub fn new(peers: &Path) -> Self {
        Self {
            peers: peers.to_owned(),
        }
    }

    /// Sees to it that a release is here.
    ///
    /// # Errors
    /// When it is not to be had.
    pub fn provide(&self, release: Release) -> Result<(), Failure> {
        match release {
            Release::V2_5 => OPENVPN_2_5.fetch(&self.peers)?,
            Release::V2_6 => {}
            Release::V2_7 => OPENVPN_2_7.fetch(&self.peers)?,
        }
        self.present(release)
    }

    /// Whether a release is here.
    ///
    /// # Errors
    /// When it is not.
    pub fn present(&self, release: Release) -> Result<(), Failure> {
        self.command(release).map(drop)
    }

    /// The program; other releases than the installed one run with the libraries that they were built for.
    ///
    /// # Errors
    /// When it is not here.
    pub(crate) fn command(&self, release: Release) -> Result<Command, Failure> {
        let folder = match release {
            Release::V2_6 if Path::new(INSTALLED).exists() => return Ok(Command::new(INSTALLED)),
            Release::V2_6 => return Err(Failure::new("openvpn is not installed")),
            Release::V2_5 => self.peers.join(OPENVPN_2_5.folder),
            Release::V2_7 => self.peers.join(OPENVPN_2_7.folder),
        };
        let libraries: Vec<PathBuf> = LIBRARIES.iter().map(|path| folder.join(path)).collect();
        let loader = libraries
            .iter()
            .map(|path| path.join("ld-linux-x86-64.so.2"))
            .find(|path| path.exists())
            .ok_or_else(|| Failure::new(format!("nothing to run in {}", folder.display())))?;
        let path: Vec<String> = libraries
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let mut command = Command::new(loader);
        command
            .arg("--library-path")
            .arg(path.join(":"))
            .arg(folder.join("usr/sbin/openvpn"));
        Ok(command)
    }
}
