use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

/// How long a browser command has for failing visibly.
const FAILS_WITHIN: Duration = Duration::from_millis(700);

/// The user's browser.
pub struct Browser {
    command: Option<OsString>,
    usable: bool,
}

impl Browser {
    /// The browser of this session: the program that `$BROWSER` names, else the
    /// system's own. In a remote session without `$BROWSER`, and where there is
    /// no display, there is none.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::choose(
            |name| std::env::var_os(name),
            std::env::consts::OS == "macos",
        )
    }

    /// Whether there is a browser that the user would see.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Opens a page. `$BROWSER` is one program and gets the address as its only
    /// argument, without a shell.
    ///
    /// # Errors
    /// Why it could not be opened, as a part of a sentence.
    pub async fn open(&self, url: &str) -> Result<(), String> {
        match &self.command {
            Some(command) => run(command, url).await,
            None if !self.usable => Err("this session has no display".to_owned()),
            None => open_with_system(url.to_owned()).await,
        }
    }

    fn choose(variable: impl Fn(&str) -> Option<OsString>, macos: bool) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let command = set("BROWSER");
        let remote = set("SSH_CONNECTION").or_else(|| set("SSH_TTY")).is_some();
        let display = macos || set("DISPLAY").or_else(|| set("WAYLAND_DISPLAY")).is_some();
        Self {
            usable: command.is_some() || (display && !remote),
            command,
        }
    }
}

async fn run(command: &OsString, url: &str) -> Result<(), String> {
    let name = command.to_string_lossy().into_owned();
    let mut child = tokio::process::Command::new(command)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{name} cannot be started: {error}"))?;
    match tokio::time::timeout(FAILS_WITHIN, child.wait()).await {
        Ok(Ok(status)) if !status.success() => Err(format!("{name} ended with {status}")),
        Ok(Err(error)) => Err(format!("{name}: {error}")),
        // Still running, as browsers do; it outlives this program.
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

async fn open_with_system(url: String) -> Result<(), String> {
    let opening = tokio::task::spawn_blocking(move || {
        let mut options = webbrowser::BrowserOptions::new();
        options.with_suppress_output(true);
        webbrowser::open_browser_with_options(webbrowser::Browser::Default, &url, &options)
    });
    match tokio::time::timeout(Duration::from_secs(5), opening).await {
        Ok(Ok(Ok(()))) | Err(_) => Ok(()),
        Ok(Ok(Err(error))) => Err(error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browser(variables: &[(&str, &str)], macos: bool) -> Browser {
        Browser::choose(
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
    fn a_remote_or_displayless_session_has_none_unless_it_is_named() {
        assert!(!browser(&[], false).is_usable());
        assert!(browser(&[], true).is_usable());
        assert!(browser(&[("DISPLAY", ":0")], false).is_usable());
        assert!(!browser(&[("DISPLAY", ":10"), ("SSH_TTY", "/dev/pts/1")], false).is_usable());
        assert!(browser(&[("SSH_TTY", "/dev/pts/1"), ("BROWSER", "w3m")], false).is_usable());
    }

    #[tokio::test]
    async fn the_address_is_the_only_argument_and_no_shell_sees_it() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("my browser");
        let seen = folder.path().join("seen");
        std::fs::write(
            &script,
            format!(
                "#!/bin/sh\nprintf '%s|%s' \"$#\" \"$1\" > '{}'\n",
                seen.display()
            ),
        )
        .unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&script, mode).unwrap();
        let browser = browser(&[("BROWSER", script.to_str().unwrap())], false);
        browser.open("https://a/?b=c&d=$(id)").await.unwrap();
        assert_eq!(
            std::fs::read_to_string(seen).unwrap(),
            "1|https://a/?b=c&d=$(id)"
        );
    }

    #[tokio::test]
    async fn a_failing_browser_is_told() {
        let failing = browser(&[("BROWSER", "/bin/false")], false);
        assert!(failing.open("https://a/").await.is_err());
        let missing = browser(&[("BROWSER", "/no/such")], false);
        assert!(
            missing
                .open("https://a/")
                .await
                .unwrap_err()
                .contains("/no/such")
        );
    }
}
