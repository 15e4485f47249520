//! What it takes to have the system start the daemon, and to have it no more: files and
//! calls, as values, for either system.

use spoke_settings::xml_text;
use std::fmt;
use std::path::{Path, PathBuf};

/// The systemd unit, for a daemon in `/usr/bin`.
const UNIT: &str = include_str!("../../../packaging/systemd/spoked.service");

/// The launchd job, for a daemon in `/usr/local/bin`.
const JOB: &str = include_str!("../../../packaging/launchd/org.spoke-vpn.spoked.plist");

/// What both files name their daemon as.
const UNIT_PROGRAM: &str = "ExecStart=/usr/bin/spoked";
const JOB_PROGRAM: &str = "<string>/usr/local/bin/spoked</string>";

/// The systems that can be told to start something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    /// systemd.
    Linux,
    /// launchd.
    MacOs,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Write a file that everybody may read, in a folder that is made when missing.
    Write {
        /// Where.
        path: PathBuf,
        /// What.
        text: String,
    },
    /// Make a folder.
    Folder(PathBuf),
    /// Remove a file.
    Remove(PathBuf),
    /// Call a program of the system's. Not where another root is worked in.
    Call {
        /// The program and its arguments.
        words: Vec<String>,
        /// Whether it may fail, since what it ends may have ended already.
        may_fail: bool,
    },
}

impl System {
    /// The system that this program runs on.
    #[must_use]
    pub(crate) fn present() -> Self {
        match std::env::consts::OS {
            "macos" => Self::MacOs,
            _ => Self::Linux,
        }
    }

    /// What makes the system start this daemon now and with every boot.
    #[must_use]
    pub(crate) fn install(self, daemon: &Path) -> Vec<Step> {
        let path = self.file();
        match self {
            Self::Linux => vec![
                Step::Write {
                    path,
                    text: UNIT.replace(
                        UNIT_PROGRAM,
                        &format!("ExecStart={}", unit_word(&daemon.to_string_lossy())),
                    ),
                },
                call("systemctl daemon-reload", false),
                call("systemctl enable spoked.service", false),
                // Anew where it runs already.
                call("systemctl restart spoked.service", false),
            ],
            Self::MacOs => vec![
                Step::Folder(PathBuf::from("/Library/Logs/Spoke")),
                Step::Write {
                    path: path.clone(),
                    text: JOB.replace(
                        JOB_PROGRAM,
                        &format!("<string>{}</string>", xml_text(&daemon.to_string_lossy())),
                    ),
                },
                call("launchctl bootout system/org.spoke-vpn.spoked", true),
                call("launchctl enable system/org.spoke-vpn.spoked", false),
                Step::Call {
                    words: ["launchctl", "bootstrap", "system"]
                        .map(str::to_owned)
                        .into_iter()
                        .chain([path.to_string_lossy().into_owned()])
                        .collect(),
                    may_fail: false,
                },
            ],
        }
    }

    /// What undoes [`System::install`]. Profiles, sign-ins and the daemon's own state stay.
    #[must_use]
    pub(crate) fn uninstall(self) -> Vec<Step> {
        match self {
            Self::Linux => vec![
                call("systemctl disable --now spoked.service", true),
                Step::Remove(self.file()),
                call("systemctl daemon-reload", false),
            ],
            Self::MacOs => vec![
                call("launchctl bootout system/org.spoke-vpn.spoked", true),
                Step::Remove(self.file()),
            ],
        }
    }

    /// What has the system start it anew.
    #[must_use]
    pub(crate) fn restart(self) -> Vec<Step> {
        vec![match self {
            Self::Linux => call("systemctl restart spoked.service", false),
            Self::MacOs => call("launchctl kickstart -k system/org.spoke-vpn.spoked", false),
        }]
    }

    /// The file that names the daemon to the system: in the administrator's folder, where
    /// no package puts its own.
    #[must_use]
    pub(crate) fn file(self) -> PathBuf {
        PathBuf::from(match self {
            Self::Linux => "/etc/systemd/system/spoked.service",
            Self::MacOs => "/Library/LaunchDaemons/org.spoke-vpn.spoked.plist",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { path, .. } => write!(f, "write   {}", path.display()),
            Self::Folder(path) => write!(f, "make    {}", path.display()),
            Self::Remove(path) => write!(f, "remove  {}", path.display()),
            Self::Call { words, .. } => write!(f, "run     {}", words.join(" ")),
        }
    }
}

fn call(words: &str, may_fail: bool) -> Step {
    Step::Call {
        words: words.split(' ').map(str::to_owned).collect(),
        may_fail,
    }
}

/// A word of a command line in a unit (systemd.syntax(7), systemd.service(5)).
fn unit_word(word: &str) -> String {
    let escaped = word
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('%', "%%")
        .replace('$', "$$");
    match escaped.contains([' ', '\t', '\'']) {
        true => format!("\"{escaped}\""),
        false => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(steps: &[Step]) -> Vec<String> {
        steps.iter().map(ToString::to_string).collect()
    }

    fn text(steps: &[Step]) -> &str {
        steps
            .iter()
            .find_map(|step| match step {
                Step::Write { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .unwrap_or_default()
    }

    #[test]
    fn each_system_is_told_in_its_own_way_and_told_otherwise_again() {
        let daemon = Path::new("/opt/spoke/spoked");
        assert_eq!(
            said(&System::Linux.install(daemon)),
            [
                "write   /etc/systemd/system/spoked.service",
                "run     systemctl daemon-reload",
                "run     systemctl enable spoked.service",
                "run     systemctl restart spoked.service",
            ]
        );
        assert_eq!(
            said(&System::Linux.uninstall()),
            [
                "run     systemctl disable --now spoked.service",
                "remove  /etc/systemd/system/spoked.service",
                "run     systemctl daemon-reload",
            ]
        );
        let job = "/Library/LaunchDaemons/org.spoke-vpn.spoked.plist";
        assert_eq!(
            said(&System::MacOs.install(daemon)),
            [
                "make    /Library/Logs/Spoke".to_owned(),
                format!("write   {job}"),
                "run     launchctl bootout system/org.spoke-vpn.spoked".to_owned(),
                "run     launchctl enable system/org.spoke-vpn.spoked".to_owned(),
                format!("run     launchctl bootstrap system {job}"),
            ]
        );
        assert_eq!(
            said(&System::MacOs.uninstall()),
            [
                "run     launchctl bootout system/org.spoke-vpn.spoked".to_owned(),
                format!("remove  {job}"),
            ]
        );
    }

    #[test]
    fn the_files_name_the_daemon_that_was_found() {
        let odd = Path::new("/opt/my spoke/100%/spoked");
        let unit = System::Linux.install(odd);
        let named = text(&unit)
            .lines()
            .find(|line| line.starts_with("ExecStart="));
        assert_eq!(named, Some("ExecStart=\"/opt/my spoke/100%%/spoked\""));
        let job = System::MacOs.install(Path::new("/Users/ana&co/spoked"));
        assert!(text(&job).contains("<string>/Users/ana&amp;co/spoked</string>"));
        assert!(!text(&job).contains("/usr/local/bin"));
    }

    #[test]
    fn the_job_has_the_places_of_the_manual() {
        for place in [
            "/var/run/spoke/spoke.sock",
            "/Library/Application Support/Spoke",
            "/Library/Logs/Spoke/spoked.log",
        ] {
            assert!(
                JOB.contains(&format!("<string>{place}</string>")),
                "{place}"
            );
        }
        assert!(UNIT.contains(UNIT_PROGRAM) && JOB.contains(JOB_PROGRAM));
    }
}
