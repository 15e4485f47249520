//! Where the peers are.

use crate::enter::is_root;
use crate::failure::{Failure, require};
use crate::fetch::{OPENVPN_2_5, OPENVPN_2_7, OPENVPN_3, Package, SOFTETHER};
use crate::party::{Party, Release};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The installed program.
const INSTALLED: &str = "/usr/sbin/openvpn";
const LIBRARIES: [&str; 2] = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];

/// The peers on this machine.
pub struct Peers {
    /// Folders of unpacked packages, one for each peer.
    folder: PathBuf,
}

impl Peers {
    /// The installed ones, and those that are unpacked under `folder` or can be.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Sees to it that a party is here.
    ///
    /// # Errors
    /// When it is not to be had.
    pub fn provide(&self, party: Party) -> Result<(), Failure> {
        match party {
            Party::Spoke | Party::OpenVpn(Release::V2_6) => {}
            // Nothing is fetched for one who may not run it.
            Party::OpenVpn3 if !is_root() => {}
            Party::OpenVpn(Release::V2_5) => OPENVPN_2_5.fetch(&self.folder)?,
            Party::OpenVpn(Release::V2_7) => OPENVPN_2_7.fetch(&self.folder)?,
            Party::SoftEther => SOFTETHER.fetch(&self.folder)?,
            Party::OpenVpn3 => OPENVPN_3.fetch(&self.folder)?,
        }
        self.present(party)
    }

    /// Whether a party is here.
    ///
    /// # Errors
    /// When it is not.
    pub fn present(&self, party: Party) -> Result<(), Failure> {
        match party {
            Party::Spoke => Ok(()),
            Party::OpenVpn(release) => self.command(release).map(drop),
            Party::SoftEther => self.has(&SOFTETHER),
            // Its services change their user.
            Party::OpenVpn3 if !is_root() => Err(Failure::new("OpenVPN 3 needs root")),
            Party::OpenVpn3 => self.has(&OPENVPN_3),
        }
    }

    fn has(&self, package: &Package) -> Result<(), Failure> {
        let folder = self.folder.join(package.folder);
        require(folder.exists(), || {
            format!("there is no {}", folder.display())
        })
    }

    /// Where the unpacked ones are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program; other releases than the installed one run with the libraries that they were built for.
    ///
    /// # Errors
    /// When it is not here.
    pub(crate) fn command(&self, release: Release) -> Result<Command, Failure> {
        let folder = match release {
            Release::V2_6 if Path::new(INSTALLED).exists() => return Ok(Command::new(INSTALLED)),
            Release::V2_6 => return Err(Failure::new("openvpn is not installed")),
            Release::V2_5 => self.folder.join(OPENVPN_2_5.folder),
            Release::V2_7 => self.folder.join(OPENVPN_2_7.folder),
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
