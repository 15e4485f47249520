//! The window opens, shows what the program says, and can be driven.

mod common;

use serde_json::Value;
use spoke_lab::{Lab, LabError, Options};
use spoke_window::{Screen, Window};

#[test]
fn the_window_shows_what_the_program_says() {
    common::inside(
        "the_window_shows_what_the_program_says",
        || -> Result<(), LabError> {
            let mut lab = Lab::without_gateway(Options::default())?;
            lab.start_daemon()?;
            let screen = Screen::start(&lab)?;
            let window = Window::open(&lab, &screen, &[])?;
            let picture = window.call("picture", &Value::Null)?;
            assert_eq!(picture["state"]["connection"], Value::Null, "{picture}");
            let faults = window.accessibility_faults(false)?;
            assert!(faults.is_empty(), "{}", faults.join("\n"));
            Ok(())
        },
    );
}
