//! The desktop app in its window.

use crate::pages::Pages;
use crate::screen::Screen;
use crate::session::{Element, Session};
use serde_json::{Value, json};
use spoke_lab::{Lab, LabError, find_program};
use std::process::Command;
use std::time::Duration;

/// Where the driver listens, on a computer where nobody else does.
const PORT: u16 = 4444;
/// Longest that the window may take to show what follows from a press.
const PATIENCE: Duration = Duration::from_secs(12);

/// How often a box is pressed at most until it changes.
const TICKS: usize = 3;

/// The checker, as the pages' own tests have it.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../apps/desktop/ui/node_modules/axe-core/axe.min.js"
);
/// Runs it.
const CHECK: &str = "const [coloursOnly, done] = arguments;
// Nothing is fetched once more: all there is is in the page.
const options = { resultTypes: ['violations'], preload: false };
if (coloursOnly) options.runOnly = ['color-contrast'];
axe.run(document, options).then(
  ({ violations }) => done(violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary ?? ''}`))),
  (error) => done(String(error)),
);";

/// The open window of a running app.
pub struct Window {
    session: Session,
    pages: Pages,
}

impl Window {
    /// Starts the app with these arguments and waits for its window. Pages that it wants
    /// to be opened in a browser are only written down: [`Window::page_to_open`].
    ///
    /// # Errors
    /// When it is not built, or shows nothing.
    pub fn open(lab: &Lab, screen: &Screen, arguments: &[&str]) -> Result<Self, LabError> {
        Self::driven(lab, screen, arguments, Command::new("WebKitWebDriver"))
    }

    /// The same with a web view that draws in layers, also where there is no graphics card:
    /// without them it does not always answer when it is asked for a picture of itself.
    ///
    /// # Errors
    /// When it is not built, or shows nothing.
    pub fn open_to_photograph(
        lab: &Lab,
        screen: &Screen,
        arguments: &[&str],
    ) -> Result<Self, LabError> {
        let mut driver = Command::new("WebKitWebDriver");
        driver.env("WEBKIT_DISABLE_COMPOSITING_MODE", "0");
        Self::driven(lab, screen, arguments, driver)
    }

    /// The same without root's leave to open what its owner may not.
    ///
    /// # Errors
    /// When it is not built, or shows nothing.
    pub fn open_unprivileged(lab: &Lab, screen: &Screen) -> Result<Self, LabError> {
        let mut driver = Command::new("setpriv");
        driver.args([
            "--inh-caps=-all",
            "--bounding-set=-dac_override,-dac_read_search",
            "WebKitWebDriver",
        ]);
        Self::driven(lab, screen, &[], driver)
    }

    fn driven(
        lab: &Lab,
        screen: &Screen,
        arguments: &[&str],
        mut driver: Command,
    ) -> Result<Self, LabError> {
        let pages = Pages::noted(screen)?;
        driver.arg(format!("--port={PORT}"));
        screen.dress(lab, &mut driver);
        driver
            .env("BROWSER", pages.browser())
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        let capabilities = json!({
            "webkitgtk:browserOptions": {
                "binary": find_program("spoke-desktop")?,
                "args": arguments,
            },
        });
        let log = screen.home().join("window.log");
        let session = Session::start(screen.machine(), driver, PORT, log, &capabilities)?;
        let window = Self { session, pages };
        // The pages have begun once there is anything to press.
        let begun = window.session.find("button", "", PATIENCE);
        begun.map_err(|error| {
            let page = "return location.href + ' ' + document.documentElement.outerHTML";
            let page = window.session.run(page, &json!([])).unwrap_or_default();
            LabError::Other(format!("{error}\n{page}\n{}", window.session.log()))
        })?;
        Ok(window)
    }

    /// The web view.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The pages that it wants to be opened in a browser.
    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Presses the button, link or menu item of this name.
    ///
    /// # Errors
    /// When there is none, or it cannot be pressed.
    pub fn press(&self, name: &str) -> Result<(), LabError> {
        let found = self.session.find("button", name, PATIENCE)?;
        self.session.press(&found).map_err(|error| {
            let page = self.text().unwrap_or_default();
            LabError::Other(format!("press `{name}`: {error}; the page shows:\n{page}"))
        })
    }

    /// The field of this label.
    ///
    /// # Errors
    /// When there is none.
    pub fn field(&self, label: &str) -> Result<Element, LabError> {
        self.session.find("field", label, PATIENCE)
    }

    /// Types into the field of this label, in the place of what it holds.
    ///
    /// # Errors
    /// When there is none, or it takes no keys.
    pub fn fill(&self, label: &str, text: &str) -> Result<(), LabError> {
        self.session.fill(&self.field(label)?, text)
    }

    /// Ticks the box of this label, or takes its tick away.
    ///
    /// # Errors
    /// When there is none, or it stays as it is.
    pub fn tick(&self, label: &str) -> Result<(), LabError> {
        let look = || {
            let place = json!([self.field(label)?.as_value()]);
            self.session.run("return arguments[0].checked", &place)
        };
        let before = look()?;
        // What is found wrong with the fields above comes in late, and moves the box away from
        // under the press.
        for _ in 0..TICKS {
            self.session.press(&self.field(label)?)?;
            if look()? != before {
                return Ok(());
            }
        }
        Err(LabError::Other(format!("`{label}` stays {before}")))
    }

    /// Chooses from the menu of this label the option that begins with `option`.
    ///
    /// # Errors
    /// When there is no such menu or option.
    pub fn choose(&self, label: &str, option: &str) -> Result<(), LabError> {
        let chosen = self.session.run(
            "const [menu, wanted] = arguments;
             const option = [...menu.options].find((one) => one.text.trim().startsWith(wanted));
             if (!option) return [...menu.options].map((one) => one.text);
             menu.value = option.value;
             menu.dispatchEvent(new Event('input', { bubbles: true }));
             menu.dispatchEvent(new Event('change', { bubbles: true }));
             return true;",
            &json!([self.field(label)?.as_value(), option]),
        )?;
        match chosen {
            Value::Bool(true) => Ok(()),
            others => Err(LabError::Other(format!(
                "`{label}` has no option `{option}`, only {others}"
            ))),
        }
    }

    /// Waits until the window shows this text.
    ///
    /// # Errors
    /// When it does not; with what it shows.
    pub fn shows(&self, text: &str) -> Result<(), LabError> {
        self.session.wait_for(text, PATIENCE)
    }

    /// Waits until the window no longer shows this text.
    ///
    /// # Errors
    /// When it still does.
    pub fn no_longer_shows(&self, text: &str) -> Result<(), LabError> {
        self.session.wait_until_gone(text, PATIENCE)
    }

    /// All text in the window, or in the dialog on top.
    ///
    /// # Errors
    /// When the page does not answer.
    pub fn text(&self) -> Result<String, LabError> {
        self.session.text()
    }

    /// The name of the control that has the focus.
    ///
    /// # Errors
    /// When the page does not answer.
    pub fn focused(&self) -> Result<String, LabError> {
        let name = self.session.run(
            "const one = document.activeElement; return one.getAttribute('aria-label') ?? one.innerText ?? ''",
            &json!([]),
        )?;
        Ok(name.as_str().unwrap_or_default().trim().to_owned())
    }

    /// Calls a command of the program, as the pages do.
    ///
    /// # Errors
    /// With the problem that it answers.
    pub fn call(&self, command: &str, arguments: &Value) -> Result<Value, LabError> {
        let answer = self.session.run_async(
            "const [command, given, done] = arguments;
             window.__TAURI_INTERNALS__.invoke(command, given).then(
               (value) => done({ value }),
               (problem) => done({ problem }),
             );",
            &json!([command, arguments]),
        )?;
        match answer.get("problem") {
            Some(problem) => Err(LabError::Other(format!("{command}: {problem}"))),
            None => Ok(answer.get("value").cloned().unwrap_or_default()),
        }
    }

    /// What axe-core finds wrong with the page for people who do not see it, or not well,
    /// or use no mouse: one line for each violation and element.
    ///
    /// With `colours_only` nothing but contrast is looked at, which is quicker.
    ///
    /// # Errors
    /// When axe-core is not installed, or does not run in the page.
    pub fn accessibility_faults(&self, colours_only: bool) -> Result<Vec<String>, LabError> {
        let there = self
            .session
            .run("return typeof axe === 'object'", &json!([]))?;
        if there != Value::Bool(true) {
            let axe = std::fs::read_to_string(AXE).map_err(LabError::io(format!("read {AXE}")))?;
            self.session
                .run(&format!("{axe}\nwindow.axe = axe;"), &json!([]))?;
        }
        let found = self.session.run_async(CHECK, &json!([colours_only]))?;
        match found {
            Value::Array(lines) => Ok(lines
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()),
            other => Err(LabError::Other(format!("axe-core did not run: {other}"))),
        }
    }

    /// Gives the window another size, in pixels.
    ///
    /// # Errors
    /// When the driver cannot.
    pub fn resize(&self, width: u32, height: u32) -> Result<(), LabError> {
        let size = json!({ "width": width, "height": height });
        self.session
            .command("POST", "/window/rect", &size)
            .map(drop)
    }

    /// The newest page that the app wanted to be opened in a browser; it is forgotten then.
    ///
    /// # Errors
    /// When it wants none.
    pub fn page_to_open(&self) -> Result<String, LabError> {
        self.pages.newest().map_err(|error| {
            let page = self.text().unwrap_or_default();
            LabError::Other(format!("{error}; the window shows:\n{page}"))
        })
    }
}
