//! Where the measured programs are.

use spoke_lab::{FOLDER, LabError, find_program};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders of the programs.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// Of Spoke's; beside this program when absent.
    pub folder: Option<PathBuf>,
}

impl Programs {
    /// A program of Spoke's, with the environment of the user.
    ///
    /// # Errors
    /// When it is not built.
    pub(crate) fn spoke(&self, program: &str) -> Result<Command, LabError> {
        let path = match &self.folder {
            Some(folder) => folder.join(program),
            None => find_program(program)?,
        };
        let home = home();
        let mut command = Command::new(path);
        command
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_RUNTIME_DIR", home.join(".runtime"))
            .env("SPOKE_TOKEN_STORE", "file")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("SPOKE_SOCKET")
            .env_remove("SPOKE_CONFIG_DIR");
        Ok(command)
    }
}

/// The user's home folder.
pub(crate) fn home() -> PathBuf {
    Path::new(FOLDER).join("client").join("home")
}
