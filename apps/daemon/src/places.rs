use std::path::PathBuf;

/// Where a daemon keeps things unless it is told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// Where clients connect.
    pub(crate) socket: PathBuf,
    /// Where the way back from host changes is kept.
    pub(crate) state_dir: PathBuf,
}

impl Places {
    /// Those of this system.
    #[must_use]
    pub(crate) fn here() -> Self {
        Self::of(std::env::consts::OS)
    }

    fn of(system: &str) -> Self {
        let (socket, state_dir) = match system {
            "macos" => (
                "/var/run/spoke/spoke.sock",
                "/Library/Application Support/Spoke",
            ),
            _ => ("/run/spoke/spoke.sock", "/var/lib/spoke"),
        };
        Self {
            socket: socket.into(),
            state_dir: state_dir.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn each_system_has_its_own() {
        let linux = Places::of("linux");
        assert_eq!(linux.socket, Path::new("/run/spoke/spoke.sock"));
        assert_eq!(linux.state_dir, Path::new("/var/lib/spoke"));
        let macos = Places::of("macos");
        assert_eq!(macos.socket, Path::new("/var/run/spoke/spoke.sock"));
        assert_eq!(
            macos.state_dir,
            Path::new("/Library/Application Support/Spoke")
        );
    }
}
