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

/// After a start or a change, until everything that follows from it has been done.
const SETTLED: Duration = Duration::from_secs(6);
/// How long it is looked at.
const LOOK: Duration = Duration::from_secs(5);

#[test]
fn an_idle_window_sleeps_and_stays_small() {
    common::inside(
        "an_idle_window_sleeps_and_stays_small",
        || -> Result<(), LabError> {
            let desktop = Desktop::set_up(Options::default())?;
            import(&desktop)?;
            let app = start(&desktop)?;
            let (idle, memory) = look("visible, not connected")?;
            assert!(
                idle < 20.0,
                "{idle} wake-ups a second with nothing on screen that moves"
            );
            assert!(memory < 400 * 1024, "{memory} KiB\n{}", app.log());

            let connected = desktop.lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            let (graph, memory) = look("visible, connected, with its graph")?;
            assert!(
                graph < 200.0,
                "{graph} wake-ups a second for one line a second"
            );
            assert!(memory < 400 * 1024, "{memory} KiB\n{}", app.log());
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

/// Wake-ups a second, and memory in KiB.
fn look(what: &str) -> Result<(f64, u64), LabError> {
    thread::sleep(SETTLED);
    let before = Cost::now()?;
    thread::sleep(LOOK);
    let after = Cost::now()?;
    assert!(
        after.processes >= 2,
        "the app and its web view are not there: {after:?}"
    );
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of some seconds are small"
    )]
    let woken = after.wake_ups.saturating_sub(before.wake_ups) as f64 / LOOK.as_secs_f64();
    println!(
        "{what}: {} processes, {} KiB, {woken:.1} wake-ups a second",
        after.processes, after.memory
    );
    Ok((woken, after.memory))
}
