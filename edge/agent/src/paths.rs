use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the user's files and the daemon's socket are.
///
/// On Linux `$XDG_CONFIG_HOME/spoke`, `$XDG_STATE_HOME/spoke` and
/// `/run/spoke/spoke.sock`; on macOS everything of the user's is in
/// `~/Library/Application Support/Spoke`. `SPOKE_CONFIG_DIR` replaces the
/// first two, `SPOKE_SOCKET` the third.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Settings and profiles.
    pub config: PathBuf,
    /// What a program remembers between runs.
    pub state: PathBuf,
    /// The folder below which the system looks for what starts with the user's session:
    /// `$XDG_CONFIG_HOME`, and on macOS `~/Library/LaunchAgents`.
    pub session: PathBuf,
    /// What an administrator has decided, where one has. No variable names another.
    pub policy: PathBuf,
    /// The daemon's socket.
    pub socket: PathBuf,
    /// The folders in which Microsoft's own client keeps its profiles, whether or not they
    /// are there. On Linux its profiles are files without an ending.
    pub azure_vpn_client: Vec<PathBuf>,
}

impl Paths {
    /// The paths that this process's environment names.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::choose(
            |name| std::env::var_os(name),
            std::env::consts::OS == "macos",
        )
    }

    /// The folder that holds one file for each profile.
    #[must_use]
    pub fn profiles(&self) -> PathBuf {
        self.config.join("profiles")
    }

    /// The file that holds tokens when the user chose a file for them.
    #[must_use]
    pub fn token_file(&self) -> PathBuf {
        self.config.join("tokens.json")
    }

    /// With another socket (`--socket`).
    #[must_use]
    pub fn with_socket(mut self, socket: impl AsRef<Path>) -> Self {
        self.socket = socket.as_ref().to_owned();
        self
    }

    fn choose(variable: impl Fn(&str) -> Option<OsString>, macos: bool) -> Self {
        let named = |name: &str| variable(name).filter(|value| !value.is_empty());
        // The XDG specification tells to ignore relative paths.
        let xdg = |name: &str| {
            named(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = named("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let azure_vpn_client = if macos {
            let container = "Library/Containers/com.microsoft.AzureVpnMac/Data";
            let inside = "Library/Application Support/com.microsoft.AzureVpnMac";
            vec![home.join(container).join(inside)]
        } else {
            let config = xdg("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
            let data = xdg("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
            let below = |folder: PathBuf| folder.join("microsoft-azurevpnclient/profiles");
            vec![below(config), below(data)]
        };
        let session = if macos {
            home.join("Library/LaunchAgents")
        } else {
            xdg("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"))
        };
        let (config, state) = if let Some(folder) = named("SPOKE_CONFIG_DIR").map(PathBuf::from) {
            (folder.clone(), folder.join("state"))
        } else if macos {
            let folder = home.join("Library/Application Support/Spoke");
            (folder.clone(), folder.join("state"))
        } else {
            (
                xdg("XDG_CONFIG_HOME")
                    .unwrap_or_else(|| home.join(".config"))
                    .join("spoke"),
                xdg("XDG_STATE_HOME")
                    .unwrap_or_else(|| home.join(".local/state"))
                    .join("spoke"),
            )
        };
        let socket = named("SPOKE_SOCKET").map_or_else(
            || {
                PathBuf::from(if macos {
                    "/var/run/spoke/spoke.sock"
                } else {
                    "/run/spoke/spoke.sock"
                })
            },
            PathBuf::from,
        );
        Self {
            config,
            state,
            session,
            policy: spoke_settings::policy_path(if macos { "macos" } else { "linux" }).into(),
            socket,
            azure_vpn_client,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(variables: &[(&str, &str)], macos: bool) -> Paths {
        Paths::choose(
            |name| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| OsString::from(value))
            },
            macos,
        )
    }

    #[test]
    fn xdg_is_followed_unless_it_is_relative() {
        let plain = paths(&[("HOME", "/home/ana")], false);
        assert_eq!(plain.config, Path::new("/home/ana/.config/spoke"));
        assert_eq!(plain.state, Path::new("/home/ana/.local/state/spoke"));
        let xdg = paths(&[("HOME", "/home/ana"), ("XDG_CONFIG_HOME", "/cfg")], false);
        assert_eq!(xdg.config, Path::new("/cfg/spoke"));
        let relative = paths(&[("HOME", "/home/ana"), ("XDG_CONFIG_HOME", "cfg")], false);
        assert_eq!(relative, plain);
    }

    #[test]
    fn the_own_variables_win() {
        let own = [
            ("HOME", "/h"),
            ("SPOKE_CONFIG_DIR", "/c"),
            ("SPOKE_SOCKET", "/s"),
        ];
        let seen = paths(&own, false);
        assert_eq!(seen.profiles(), Path::new("/c/profiles"));
        assert_eq!(seen.state, Path::new("/c/state"));
        assert_eq!(seen.socket, Path::new("/s"));
        assert_eq!(paths(&own, true).config, Path::new("/c"));
    }

    #[test]
    fn the_folders_of_microsofts_client_are_known() {
        let linux = paths(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")], false);
        let folders = linux.azure_vpn_client;
        assert_eq!(
            folders[0],
            Path::new("/h/.config/microsoft-azurevpnclient/profiles")
        );
        assert_eq!(
            folders[1],
            Path::new("/d/microsoft-azurevpnclient/profiles")
        );
        let macos = paths(&[("HOME", "/Users/ana")], true);
        let [folder] = macos.azure_vpn_client.as_slice() else {
            panic!("{macos:?}");
        };
        assert!(folder.starts_with("/Users/ana/Library/Containers/com.microsoft.AzureVpnMac"));
    }

    #[test]
    fn macos_keeps_everything_in_one_folder() {
        let seen = paths(&[("HOME", "/Users/ana")], true);
        assert_eq!(
            seen.config,
            Path::new("/Users/ana/Library/Application Support/Spoke")
        );
    }
}
