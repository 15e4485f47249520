//! One browser or web view under a WebDriver.

use crate::wire::Wire;
use base64::Engine as _;
use serde_json::{Value, json};
use spoke_lab::{Background, LabError, Machine};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// The key under which WebDriver hands out elements (W3C WebDriver, section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How often it is looked whether something has come.
const LOOK: Duration = Duration::from_millis(40);
/// How long an element must stay in its place to be at rest.
const REST: Duration = Duration::from_millis(120);
/// Longest that it may take to come to rest.
const RESTING: Duration = Duration::from_secs(5);
/// Longest that a WebDriver server may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Longest that what it drives may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);
/// What a person means by a control's name.
const FIND: &str = include_str!("find.js");

/// A running browser or web view.
pub struct Session {
    wire: Wire,
    path: String,
    // Ends the browser with it.
    driver: Background,
}

/// Something on a page.
#[derive(Clone, Debug)]
pub struct Element(String);

impl Session {
    /// Starts a WebDriver server and what it drives.
    ///
    /// # Errors
    /// When one of both does not start; with what they printed.
    pub fn start(
        machine: &Machine,
        server: Command,
        port: u16,
        log: PathBuf,
        capabilities: &Value,
    ) -> Result<Self, LabError> {
        let mut driver = Background::start(machine, server, log)?;
        let wire = Wire::new(machine, port);
        driver.wait_until("listening", START_LIMIT, |_| wire.answers())?;
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let begun = wire
            .ask("POST", "/session", Some(&wanted))
            .map_err(|error| LabError::Other(format!("{error}; it printed:\n{}", driver.log())))?;
        let id = begun["sessionId"].as_str().unwrap_or_default();
        Ok(Self {
            path: format!("/session/{id}"),
            wire,
            driver,
        })
    }

    /// What the driver and what it drives have printed.
    #[must_use]
    pub fn log(&self) -> String {
        self.driver.log()
    }

    /// Process id of the driver, whose child the browser is.
    #[must_use]
    pub fn driver_id(&self) -> u32 {
        self.driver.id()
    }

    /// Sends one command of this session.
    ///
    /// # Errors
    /// As the driver says.
    pub fn command(&self, method: &str, command: &str, body: &Value) -> Result<Value, LabError> {
        let path = format!("{}{command}", self.path);
        let body = (method == "POST").then_some(body);
        self.wire.ask(method, &path, body)
    }

    /// Runs a script in the page; it gets `arguments` and may `return` a value.
    ///
    /// # Errors
    /// When the script fails.
    pub fn run(&self, script: &str, arguments: &Value) -> Result<Value, LabError> {
        self.command(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// The same for a script that hands its value to the last of its arguments.
    ///
    /// # Errors
    /// When the script fails, or never does.
    pub fn run_async(&self, script: &str, arguments: &Value) -> Result<Value, LabError> {
        self.command(
            "POST",
            "/execute/async",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Goes to a page.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn open(&self, url: &str) -> Result<(), LabError> {
        self.command("POST", "/url", &json!({ "url": url }))
            .map(drop)
    }

    /// The text that a person sees: of the dialog on top, when there is one.
    ///
    /// # Errors
    /// When the page does not answer.
    pub fn text(&self) -> Result<String, LabError> {
        let shown = self.run(
            "const open = [...document.querySelectorAll('dialog[open]')]; return (open.at(-1) ?? document.body).innerText",
            &json!([]),
        )?;
        Ok(shown.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page shows `text`.
    ///
    /// # Errors
    /// When it still does not after `limit`; with what it shows.
    pub fn wait_for(&self, text: &str, limit: Duration) -> Result<(), LabError> {
        let shown = self.wait(limit, || {
            let page = self.text()?;
            Ok(if page.contains(text) {
                Ok(())
            } else {
                Err(page)
            })
        })?;
        shown.map_err(|page| {
            LabError::Other(format!("`{text}` does not appear; the page shows:\n{page}"))
        })
    }

    /// Waits until the page no longer shows `text`.
    ///
    /// # Errors
    /// When it still does after `limit`.
    pub fn wait_until_gone(&self, text: &str, limit: Duration) -> Result<(), LabError> {
        let gone = self.wait(limit, || {
            let page = self.text()?;
            Ok(if page.contains(text) {
                Err(page)
            } else {
                Ok(())
            })
        })?;
        gone.map_err(|page| {
            LabError::Other(format!("`{text}` does not go; the page shows:\n{page}"))
        })
    }

    /// The control of this kind (`button`, `field`) with this name, once it can be used.
    ///
    /// # Errors
    /// When there is none after `limit`; with the names of those that there are.
    pub fn find(&self, kind: &str, name: &str, limit: Duration) -> Result<Element, LabError> {
        let found = self.wait(limit, || {
            let found = match self.run(FIND, &json!([kind, name])) {
                // The page was drawn anew between the look and its answer.
                Err(error) if error.to_string().contains("stale element reference") => {
                    return Ok(Err(Value::Null));
                }
                other => other?,
            };
            Ok(match found[ELEMENT].as_str() {
                Some(id) => Ok(Element(id.to_owned())),
                None => Err(found),
            })
        })?;
        found.map_err(|others| {
            let page = self.text().unwrap_or_default();
            LabError::Other(format!(
                "no {kind} is named `{name}`, only {others}; the page shows:\n{page}"
            ))
        })
    }

    /// Asks again and again until there is an answer.
    fn wait<T, E>(
        &self,
        limit: Duration,
        mut ask: impl FnMut() -> Result<Result<T, E>, LabError>,
    ) -> Result<Result<T, E>, LabError> {
        let started = Instant::now();
        loop {
            let answer = ask()?;
            if answer.is_ok() || started.elapsed() > limit {
                return Ok(answer);
            }
            thread::sleep(LOOK);
        }
    }

    /// Presses an element, once it rests in its place.
    ///
    /// # Errors
    /// When something lies over it, or it is gone.
    pub fn press(&self, element: &Element) -> Result<(), LabError> {
        // Not only just in sight, where a bar at the page's end may lie over it.
        let place = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' });
            const { x, y, width, height } = arguments[0].getBoundingClientRect();
            return [x, y, width, height]";
        let look = || self.run(place, &json!([element.as_value()]));
        // The press goes to a point: something that comes in above meanwhile moves the
        // element away from it.
        let mut before = look()?;
        self.wait(RESTING, || {
            thread::sleep(REST);
            let now = look()?;
            let rests = now == before;
            before = now;
            Ok(if rests { Ok(()) } else { Err(()) })
        })?
        .map_err(|()| LabError::Other("an element to be pressed does not come to rest".into()))?;
        let command = format!("/element/{}/click", element.0);
        self.command("POST", &command, &json!({})).map(drop)
    }

    /// Types into an element, key by key, in the place of what it holds.
    ///
    /// # Errors
    /// When it takes no keys.
    pub fn fill(&self, element: &Element, text: &str) -> Result<(), LabError> {
        self.run(
            "arguments[0].focus(); arguments[0].select?.()",
            &json!([element.as_value()]),
        )?;
        // The key that deletes, when there is nothing to put in the place.
        let keys = if text.is_empty() { "\u{e017}" } else { text };
        self.keys(element, keys)
    }

    /// Types into an element.
    ///
    /// # Errors
    /// When it takes no keys.
    pub fn keys(&self, element: &Element, keys: &str) -> Result<(), LabError> {
        let command = format!("/element/{}/value", element.0);
        self.command("POST", &command, &json!({ "text": keys }))
            .map(drop)
    }

    /// What is seen, as PNG.
    ///
    /// # Errors
    /// When the driver cannot take a picture.
    pub fn picture(&self) -> Result<Vec<u8>, LabError> {
        let picture = self.command("GET", "/screenshot", &Value::Null)?;
        base64::engine::general_purpose::STANDARD
            .decode(picture.as_str().unwrap_or_default())
            .map_err(LabError::other("read a picture"))
    }
}

impl Element {
    /// As an argument for a script.
    #[must_use]
    pub fn as_value(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let browser = children(self.driver.id());
        // It may have ended by itself.
        let _ = self.command("DELETE", "", &Value::Null);
        // The next one may be told that there is one already, and leave again.
        let begun = Instant::now();
        let there = |id: &u32| std::fs::read_link(format!("/proc/{id}/exe")).is_ok();
        while browser.iter().any(there) && begun.elapsed() < END_LIMIT {
            thread::sleep(LOOK);
        }
    }
}

/// Processes that this one has started.
fn children(id: u32) -> Vec<u32> {
    let path = format!("/proc/{id}/task/{id}/children");
    let known = std::fs::read_to_string(path).unwrap_or_default();
    let known = known.split_whitespace();
    known.filter_map(|id| id.parse().ok()).collect()
}
