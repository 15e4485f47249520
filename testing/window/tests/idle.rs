//! What the app costs while nobody does anything with it. It runs as a person starts it,
//! without a WebDriver, which would keep it awake.

#![expect(clippy::print_stdout, reason = "numbers for people who read them")]

mod common;

use common::journey::{Desktop, import};
use spoke_lab::{Background, LabError, Options};
use spoke_window::Cost;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// After a change, until what follows from it has begun.
const BEGUN: Duration = Duration::from_secs(2);
/// How long it is looked at.
const LOOK: Duration = Duration::from_secs(3);
/// So often it is looked at until it has come to rest: a busy machine takes its time.
const LOOKS: usize = 8;
/// The most memory that it may have, in KiB: a build for development has more of it.
const MEMORY: u64 = 350 * 1024;

#[test]
fn an_idle_window_sleeps_and_stays_small() {
    common::inside(
        "an_idle_window_sleeps_and_stays_small",
        || -> Result<(), LabError> {
            let desktop = Desktop::set_up(Options::default())?;
            import(&desktop)?;
            let _app = start(&desktop)?;
            // Nothing on screen moves.
            rests("visible, not connected", 20.0, 2.0)?;

            let connected = desktop.lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            // One picture a second, of which the program itself knows nothing.
            rests("visible, connected, with its graph", 150.0, 2.0)?;

            desktop.screen.hide_window(&desktop.lab)?;
            rests("connected, hidden", 5.0, 2.0)?;
            Ok(())
        },
    );
}

fn start(desktop: &Desktop) -> Result<Background, LabError> {
    let mut command = Command::new(spoke_lab::find_program("spoke-desktop")?);
    desktop.screen.dress(&desktop.lab, &mut command);
    let log = desktop.screen.home().join("app.log");
    Background::start(desktop.screen.machine(), command, log)
}

/// Waits until the app wakes up no more often, in times a second: all of its processes, and
/// the program's own threads among them.
fn rests(what: &str, most: f64, most_own: f64) -> Result<(), LabError> {
    thread::sleep(BEGUN);
    for _ in 0..LOOKS {
        let before = Cost::now()?;
        thread::sleep(LOOK);
        let after = Cost::now()?;
        let all = a_second(before.wake_ups, after.wake_ups);
        let own = a_second(before.own_wake_ups, after.own_wake_ups);
        println!(
            "{what}: {} processes, {} KiB, {all:.1} wake-ups a second, {own:.1} of them its own",
            after.processes, after.memory
        );
        let is_there = before.processes >= 2 && after.processes == before.processes;
        if is_there && all < most && own < most_own && after.memory < MEMORY {
            return Ok(());
        }
    }
    Err(LabError::Other(format!("{what}: it does not come to rest")))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of some seconds are small"
)]
fn a_second(before: u64, after: u64) -> f64 {
    after.saturating_sub(before) as f64 / LOOK.as_secs_f64()
}
