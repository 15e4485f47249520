use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the program was started for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Wait in the tray, where there is one (`--hidden`): for the start with the user's
    /// session.
    pub(crate) hidden: bool,
    /// Profile files, packages and folders to be looked at.
    pub(crate) files: Vec<PathBuf>,
}

impl Arguments {
    /// Reads a command line without the program's name. Relative paths are taken from
    /// `folder`, in which it was typed. What looks like an option and is none of ours
    /// is left to the window system's libraries.
    pub(crate) fn parse(words: impl IntoIterator<Item = OsString>, folder: &Path) -> Self {
        let mut arguments = Self::default();
        let mut only_files = false;
        for word in words {
            let text = word.to_string_lossy();
            if !only_files && text == "--" {
                only_files = true;
            } else if !only_files && text == "--hidden" {
                arguments.hidden = true;
            } else if !only_files && text.starts_with('-') {
                tracing::debug!("{text} is no option of this program");
            } else if !text.is_empty() {
                arguments.files.push(folder.join(path_of(word)));
            }
        }
        arguments
    }
}

/// Desktops hand files over as paths or as `file:` addresses.
fn path_of(word: OsString) -> PathBuf {
    let from_address = word
        .to_str()
        .filter(|text| text.starts_with("file:"))
        .and_then(|text| tauri::Url::parse(text).ok())
        .and_then(|url| url.to_file_path().ok());
    from_address.unwrap_or_else(|| PathBuf::from(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Arguments {
        Arguments::parse(words.iter().map(OsString::from), Path::new("/home/ana"))
    }

    #[test]
    fn files_are_found_from_where_they_were_typed() {
        let arguments = parse(&["azurevpn.zip", "/tmp/profiles", "file:///tmp/a%20b.xml"]);
        assert_eq!(
            arguments.files,
            ["/home/ana/azurevpn.zip", "/tmp/profiles", "/tmp/a b.xml"].map(PathBuf::from)
        );
        assert!(!arguments.hidden);
    }

    #[test]
    fn options_are_no_files() {
        let arguments = parse(&["--hidden", "--gtk-debug=all", "", "--", "--hidden"]);
        assert!(arguments.hidden);
        assert_eq!(arguments.files, [PathBuf::from("/home/ana/--hidden")]);
        assert_eq!(parse(&[]), Arguments::default());
    }
}
