//! A real browser with a person in front of it.

use crate::screen::Screen;
use crate::session::Session;
use serde_json::json;
use spoke_lab::{Lab, LabError, Typed};
use std::process::Command;
use std::time::Duration;

/// Where the driver listens, on a computer where nobody else does.
const PORT: u16 = 9515;
/// Longest that a page may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Chromium without a window.
pub struct Browser(Session);

impl Browser {
    /// Starts it on the computer that the screen stands at.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(lab: &Lab, screen: &Screen) -> Result<Self, LabError> {
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={PORT}"));
        screen.dress(lab, &mut driver);
        let folder = screen.home().join("chromium").display().to_string();
        let capabilities = json!({
            // Its own list of roots cannot be added to by a file, as the lab's root is
            // added to everything else.
            "acceptInsecureCerts": true,
            "goog:chromeOptions": { "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                format!("--user-data-dir={folder}"),
            ] },
        });
        let log = screen.home().join("browser.log");
        Session::start(screen.machine(), driver, PORT, log, &capabilities).map(Self)
    }

    /// Opens a sign-in page and fills it in by typing; gives the text of the page that
    /// says `ending`.
    ///
    /// # Errors
    /// When the page is not as expected, or does not come.
    pub fn sign_in(&self, url: &str, typed: &Typed, ending: &str) -> Result<String, LabError> {
        self.0.open(url)?;
        if let Some(code) = &typed.user_code {
            self.0
                .fill(&self.0.find("field", "Code", PATIENCE)?, code)?;
        }
        for (label, text) in [("Account", &typed.account), ("Password", &typed.password)] {
            self.0.fill(&self.0.find("field", label, PATIENCE)?, text)?;
        }
        self.0.press(&self.0.find("button", "Sign in", PATIENCE)?)?;
        self.0.wait_for(ending, PATIENCE)?;
        self.0.text()
    }

    /// The web page.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.0
    }
}
