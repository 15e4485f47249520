//! The pages that the app wants to be opened in a browser: they are only written down.

use crate::screen::Screen;
use spoke_lab::LabError;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that a page may take to come.
const PATIENCE: Duration = Duration::from_secs(12);

/// What stands in for the user's browser.
pub struct Pages {
    browser: PathBuf,
    noted: PathBuf,
}

impl Pages {
    /// Writes the program that stands in for a browser.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn noted(screen: &Screen) -> Result<Self, LabError> {
        let pages = Self {
            browser: screen.home().join("note-page"),
            noted: screen.home().join("opened-pages"),
        };
        let doing = format!("write {}", pages.browser.display());
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\n",
            pages.noted.display()
        );
        std::fs::write(&pages.browser, script).map_err(LabError::io(doing.clone()))?;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&pages.browser, mode).map_err(LabError::io(doing))?;
        Ok(pages)
    }

    /// The program, for `BROWSER`.
    #[must_use]
    pub fn browser(&self) -> &Path {
        &self.browser
    }

    /// The newest page; it is forgotten then.
    ///
    /// # Errors
    /// When none comes.
    pub fn newest(&self) -> Result<String, LabError> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(page) = self.take() {
                return Ok(page);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(LabError::Other("no browser was opened".to_owned()))
    }

    /// The newest page, when there is one by now; it is forgotten then.
    #[must_use]
    pub fn take(&self) -> Option<String> {
        let pages = std::fs::read_to_string(&self.noted).ok()?;
        let page = pages.lines().last()?.to_owned();
        let _ = std::fs::remove_file(&self.noted);
        Some(page)
    }
}
