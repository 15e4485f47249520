//! What it takes to have a system start something with the user's session, and to have it
//! no more: small files of the user's own, as values, for each system.

use crate::xml::xml_text;
use std::path::{Path, PathBuf};

/// What starts programs with the user's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// systemd's manager of the user's services (systemd.unit(5)).
    Systemd,
    /// The desktop (Desktop Application Autostart Specification 0.5).
    Xdg,
    /// launchd (launchd.plist(5)).
    Launchd,
}

/// What is to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginItem {
    /// The desktop app, in the tray.
    Desktop,
    /// The agent, which connects and renews the sign-in.
    Connection,
}

/// A file that names a program to the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFile {
    /// Where, below the folder that the system looks into: `$XDG_CONFIG_HOME`, and on
    /// macOS `~/Library/LaunchAgents`.
    pub path: PathBuf,
    /// What it holds.
    pub content: LoginContent,
}

/// What a [`LoginFile`] holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginContent {
    /// This text.
    Text(String),
    /// It is a symbolic link to this.
    Link(PathBuf),
}

impl LoginItem {
    /// The files that have this program started.
    #[must_use]
    pub fn files(self, starter: Starter, program: &Path) -> Vec<LoginFile> {
        let text = |text| LoginFile {
            path: self.path(starter),
            content: LoginContent::Text(text),
        };
        match (starter, self) {
            (Starter::Launchd, _) => vec![text(self.launch_agent(program))],
            (Starter::Systemd, Self::Connection) => vec![
                text(self.unit(program)),
                // What `systemctl --user enable` makes of the unit's [Install] section.
                LoginFile {
                    path: PathBuf::from(WANTED).join(UNIT),
                    content: LoginContent::Link(Path::new("..").join(UNIT)),
                },
            ],
            (Starter::Xdg | Starter::Systemd, _) => vec![text(self.desktop_entry(program))],
        }
    }

    /// Every file that [`LoginItem::files`] may have named on this system, whatever
    /// started programs when it did.
    #[must_use]
    pub fn paths(self, starter: Starter) -> Vec<PathBuf> {
        let starters: &[Starter] = match starter {
            Starter::Launchd => &[Starter::Launchd],
            Starter::Systemd | Starter::Xdg => &[Starter::Systemd, Starter::Xdg],
        };
        let files = |starter: &Starter| self.files(*starter, Path::new("/"));
        let mut paths: Vec<PathBuf> = starters
            .iter()
            .flat_map(files)
            .map(|file| file.path)
            .collect();
        paths.dedup();
        paths
    }

    fn path(self, starter: Starter) -> PathBuf {
        let id = self.id();
        match (starter, self) {
            (Starter::Launchd, _) => PathBuf::from(format!("{id}.plist")),
            (Starter::Systemd, Self::Connection) => Path::new(UNITS).join(UNIT),
            (Starter::Xdg | Starter::Systemd, _) => {
                PathBuf::from(format!("autostart/{id}.desktop"))
            }
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Desktop => "org.spoke-vpn.Spoke",
            Self::Connection => "org.spoke-vpn.Spoke.connection",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Desktop => &["--hidden"],
            Self::Connection => &["agent", "--at-login"],
        }
    }

    fn unit(self, program: &Path) -> String {
        let program = program.to_string_lossy();
        format!(
            "[Unit]\nDescription=Spoke VPN connection of this session\n\
             ConditionFileIsExecutable={}\n\n\
             [Service]\nType=exec\nExecStart={} {}\n\n\
             [Install]\nWantedBy=default.target\n",
            program.replace('%', "%%"),
            unit_word(&program),
            self.arguments().join(" ")
        )
    }

    fn desktop_entry(self, program: &Path) -> String {
        let shown = match self {
            Self::Desktop => "",
            Self::Connection => "NoDisplay=true\n",
        };
        format!(
            "[Desktop Entry]\nType=Application\nName=Spoke\nIcon=org.spoke-vpn.Spoke\n\
             Exec={} {}\nTerminal=false\n{shown}X-GNOME-Autostart-enabled=true\n",
            quoted(&program.to_string_lossy()),
            self.arguments().join(" ")
        )
    }

    fn launch_agent(self, program: &Path) -> String {
        let program = program.to_string_lossy();
        let words = std::iter::once(&*program).chain(self.arguments().iter().copied());
        let words: String = words
            .map(|word| format!("    <string>{}</string>\n", xml_text(word)))
            .collect();
        let kind = match self {
            Self::Desktop => "Interactive",
            Self::Connection => "Background",
        };
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{}</string>
  <key>ProgramArguments</key>
  <array>
{words}  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>{kind}</string>
</dict>
</plist>
"#,
            self.id()
        )
    }
}

const UNIT: &str = "spoke-connection.service";
const UNITS: &str = "systemd/user";
const WANTED: &str = "systemd/user/default.target.wants";

/// A word of a command line in a unit (systemd.syntax(7), systemd.service(5)).
fn unit_word(word: &str) -> String {
    let escaped = word
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('%', "%%")
        .replace('$', "$$");
    format!("\"{escaped}\"")
}

/// An argument in an `Exec` key (Desktop Entry Specification 1.5, "The Exec key"):
/// quoted, with the characters escaped that a quoted argument reserves, and all of it
/// escaped once more as every string in such a file.
fn quoted(argument: &str) -> String {
    let mut quoted = String::from("\"");
    for character in argument.chars() {
        match character {
            '"' | '`' | '$' => quoted.extend(["\\\\", &character.to_string()]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(item: LoginItem, starter: Starter, program: &str) -> Vec<String> {
        let files = item.files(starter, Path::new(program));
        files
            .into_iter()
            .map(|file| match file.content {
                LoginContent::Text(text) => format!("{}\n{text}", file.path.display()),
                LoginContent::Link(to) => format!("{} -> {}", file.path.display(), to.display()),
            })
            .collect()
    }

    #[test]
    fn each_system_is_told_in_its_own_place() {
        use {LoginItem::*, Starter::*};
        for (item, starter, places) in [
            (
                Connection,
                Systemd,
                &[
                    "systemd/user/spoke-connection.service",
                    "systemd/user/default.target.wants/spoke-connection.service",
                ][..],
            ),
            (
                Connection,
                Xdg,
                &["autostart/org.spoke-vpn.Spoke.connection.desktop"],
            ),
            (
                Connection,
                Launchd,
                &["org.spoke-vpn.Spoke.connection.plist"],
            ),
            (Desktop, Systemd, &["autostart/org.spoke-vpn.Spoke.desktop"]),
            (Desktop, Xdg, &["autostart/org.spoke-vpn.Spoke.desktop"]),
            (Desktop, Launchd, &["org.spoke-vpn.Spoke.plist"]),
        ] {
            let files = item.files(starter, Path::new("/usr/bin/spoke"));
            let paths: Vec<_> = files.into_iter().map(|file| file.path).collect();
            assert_eq!(paths, places.iter().map(PathBuf::from).collect::<Vec<_>>());
            // Whatever is written is also found again to be removed.
            let known = item.paths(starter);
            assert!(paths.iter().all(|path| known.contains(path)), "{known:?}");
        }
    }

    #[test]
    fn the_unit_connects_as_long_as_the_program_is_there() {
        let [unit, link] = &texts(LoginItem::Connection, Starter::Systemd, "/usr/bin/spoke")[..]
        else {
            panic!("two files");
        };
        assert!(unit.contains("\nConditionFileIsExecutable=/usr/bin/spoke\n"));
        assert!(unit.contains("\nExecStart=\"/usr/bin/spoke\" agent --at-login\n"));
        assert!(unit.contains("\nWantedBy=default.target\n"));
        assert!(link.ends_with(
            "default.target.wants/spoke-connection.service -> ../spoke-connection.service"
        ));
    }

    #[test]
    fn paths_with_special_characters_stay_one_argument() {
        assert_eq!(quoted("/opt/my spoke"), "\"/opt/my spoke\"");
        assert_eq!(quoted("/a\"b$c%d\\e"), r#""/a\\"b\\$c%%d\\\\e""#);
        let odd = "/a&b 100%/spoke";
        let job = texts(LoginItem::Desktop, Starter::Launchd, odd).concat();
        assert!(
            job.contains("<string>/a&amp;b 100%/spoke</string>\n    <string>--hidden</string>")
        );
        let unit = texts(LoginItem::Connection, Starter::Systemd, odd).concat();
        assert!(unit.contains("ExecStart=\"/a&b 100%%/spoke\" agent"));
        assert!(unit.contains("ConditionFileIsExecutable=/a&b 100%%/spoke\n"));
        let entry = texts(LoginItem::Connection, Starter::Xdg, odd).concat();
        assert!(entry.contains("Exec=\"/a&b 100%%/spoke\" agent --at-login\n"));
    }
}
