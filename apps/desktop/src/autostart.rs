//! Starting with the user's session: one small file of the user's own that names the
//! program, in the place where each system looks.

use spoke_store::{Access, AtomicFile};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Begins or ends it. A failure is told in the log: the window goes on without.
pub(crate) fn set(wanted: bool) {
    let Some(file) = File::of(
        |name| std::env::var_os(name),
        std::env::consts::OS == "macos",
    ) else {
        tracing::warn!("this user has no folder for programs to start with the session");
        return;
    };
    let changed = if wanted { file.write() } else { file.remove() };
    if let Err(error) = changed {
        tracing::warn!("starting with the session was not changed: {error}");
    }
}

struct File {
    path: PathBuf,
    macos: bool,
}

impl File {
    /// XDG autostart (Desktop Application Autostart Specification 0.5), or a launch
    /// agent (launchd.plist(5)).
    fn of(variable: impl Fn(&str) -> Option<OsString>, macos: bool) -> Option<Self> {
        let folder = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let path = if macos {
            folder("HOME")?.join("Library/LaunchAgents/org.spoke-vpn.Spoke.plist")
        } else {
            folder("XDG_CONFIG_HOME")
                .or_else(|| Some(folder("HOME")?.join(".config")))?
                .join("autostart/org.spoke-vpn.Spoke.desktop")
        };
        Some(Self { path, macos })
    }

    fn write(&self) -> io::Result<()> {
        // An image that mounts itself runs from a folder that is gone tomorrow.
        let program = match std::env::var_os("APPIMAGE") {
            Some(image) => PathBuf::from(image),
            None => std::env::current_exe()?,
        };
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = if self.macos {
            launch_agent(&program)
        } else {
            desktop_entry(&program)
        };
        let file = AtomicFile::new(&self.path, Access::Shared);
        file.write(text.as_bytes()).map_err(io::Error::other)
    }

    fn remove(&self) -> io::Result<()> {
        let file = AtomicFile::new(&self.path, Access::Shared);
        match self.path.exists() {
            true => file.remove().map_err(io::Error::other),
            false => Ok(()),
        }
    }
}

fn desktop_entry(program: &Path) -> String {
    format!(
        "[Desktop Entry]\nType=Application\nName=Spoke\nIcon=org.spoke-vpn.Spoke\n\
         Exec={} --hidden\nTerminal=false\nX-GNOME-Autostart-enabled=true\n",
        quoted(&program.to_string_lossy())
    )
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

fn launch_agent(program: &Path) -> String {
    let program = program
        .to_string_lossy()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>org.spoke-vpn.Spoke</string>
  <key>ProgramArguments</key>
  <array>
    <string>{program}</string>
    <string>--hidden</string>
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>ProcessType</key>
  <string>Interactive</string>
</dict>
</plist>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn file(variables: &[(&str, &Path)], macos: bool) -> Option<File> {
        File::of(
            |name| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, path)| OsString::from(path))
            },
            macos,
        )
    }

    #[test]
    fn it_stands_where_the_system_looks() {
        let home = Path::new("/home/ana");
        assert_eq!(
            file(&[("HOME", home)], false).expect("a file").path,
            Path::new("/home/ana/.config/autostart/org.spoke-vpn.Spoke.desktop")
        );
        let config = Path::new("/cfg");
        assert_eq!(
            file(&[("HOME", home), ("XDG_CONFIG_HOME", config)], false)
                .expect("a file")
                .path,
            Path::new("/cfg/autostart/org.spoke-vpn.Spoke.desktop")
        );
        assert_eq!(
            file(&[("HOME", home)], true).expect("a file").path,
            Path::new("/home/ana/Library/LaunchAgents/org.spoke-vpn.Spoke.plist")
        );
        assert!(file(&[], false).is_none());
    }

    #[test]
    fn it_comes_and_goes() {
        for macos in [false, true] {
            let home = tempfile::tempdir().expect("a folder");
            let file = file(&[("HOME", home.path())], macos).expect("a file");
            file.remove().expect("nothing to remove");
            file.write().expect("written");
            let text = fs::read_to_string(&file.path).expect("the file");
            let program = std::env::current_exe().expect("this program");
            assert!(
                text.contains(&program.to_string_lossy().into_owned()),
                "{text}"
            );
            assert!(text.contains("--hidden"));
            file.remove().expect("removed");
            assert!(!file.path.exists());
        }
    }

    #[test]
    fn paths_with_special_characters_stay_one_argument() {
        assert_eq!(quoted("/opt/my spoke"), "\"/opt/my spoke\"");
        assert_eq!(quoted("/a\"b$c%d\\e"), r#""/a\\"b\\$c%%d\\\\e""#);
        assert!(launch_agent(Path::new("/a&b")).contains("<string>/a&amp;b</string>"));
    }
}
