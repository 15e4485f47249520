//! What a person types to have the daemon started.

use std::path::Path;

/// Starts the daemon anew, by whatever runs services on this system.
pub const RESTART_DAEMON: &str = "sudo spoke daemon restart";

/// Is there where systemd is in charge (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";

/// What runs services on a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceManager {
    /// On Linux, mostly.
    Systemd,
    /// On macOS.
    Launchd,
    /// In a container, for instance: nothing that could be told.
    Absent,
}

impl ServiceManager {
    /// What is in charge here.
    #[must_use]
    pub fn present() -> Self {
        match std::env::consts::OS {
            "macos" => Self::Launchd,
            _ if Path::new(SYSTEMD).is_dir() => Self::Systemd,
            _ => Self::Absent,
        }
    }

    /// What starts the daemon that would listen at this socket.
    #[must_use]
    pub fn start_daemon(self, socket: &Path) -> String {
        let usual = match self {
            Self::Systemd | Self::Absent => "/run/spoke/spoke.sock",
            Self::Launchd => "/var/run/spoke/spoke.sock",
        };
        match self {
            _ if socket != Path::new(usual) => {
                format!("sudo spoked --socket {}", socket.display())
            }
            Self::Systemd => "sudo systemctl start spoked".to_owned(),
            // Writes the job too, which launchd has not kept where it was taken away.
            Self::Launchd => "sudo spoke daemon install".to_owned(),
            Self::Absent => "sudo spoked".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemon_is_started_by_what_runs_services() {
        let linux = Path::new("/run/spoke/spoke.sock");
        let macos = Path::new("/var/run/spoke/spoke.sock");
        let other = Path::new("/tmp/other.sock");
        for (manager, socket, command) in [
            (
                ServiceManager::Systemd,
                linux,
                "sudo systemctl start spoked",
            ),
            (ServiceManager::Absent, linux, "sudo spoked"),
            (ServiceManager::Launchd, macos, "sudo spoke daemon install"),
            (
                ServiceManager::Launchd,
                other,
                "sudo spoked --socket /tmp/other.sock",
            ),
            (
                ServiceManager::Systemd,
                other,
                "sudo spoked --socket /tmp/other.sock",
            ),
        ] {
            assert_eq!(manager.start_daemon(socket), command);
        }
    }
}
