//! `spoked` killed (SIGKILL) at each step: `spoke` says so, and the next daemon
//! brings the user's network back to what it was.

mod common;

use nix::sys::signal::Signal;
use spoke_lab::{Background, Lab, LabError, Options, Snapshot};
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(20);
/// What the gateway logs when it lets a client in.
const LET_IN: &str = "event=accepted_credentials";

/// Kills the daemon while the gateway keeps it waiting at a stage, which shows in
/// the gateway's log by `sign`.
fn killed_while_waiting(test: &str, silent_at: &'static str, sign: &'static str) {
    spoke_lab::test_inside(test, || -> Result<(), LabError> {
        let mut options = Options::default();
        options.gateway.silent_at = Some(silent_at);
        let mut lab = Lab::up(options)?;
        let before = lab.host_snapshot()?;
        common::ready_to_connect(&mut lab)?;
        let mut connect = begin(&lab)?;
        wait_for_log(&lab, sign, 1)?;
        thread::sleep(Duration::from_millis(300));
        lab.kill_daemon();
        it_says_so(&mut connect);
        comes_back(&mut lab, &before)
    });
}

#[test]
fn killed_while_the_gateway_answers_nothing() {
    killed_while_waiting(
        "killed_while_the_gateway_answers_nothing",
        "accept",
        "event=accepted",
    );
}

#[test]
fn killed_in_the_tls_handshake() {
    killed_while_waiting("killed_in_the_tls_handshake", "tls", "event=accepted");
}

#[test]
fn killed_in_the_key_exchange() {
    killed_while_waiting("killed_in_the_key_exchange", "key_exchange", "event=tls");
}

#[test]
fn killed_before_the_configuration() {
    killed_while_waiting("killed_before_the_configuration", "push", LET_IN);
}

#[test]
fn killed_at_any_moment_of_setting_up_the_host() {
    spoke_lab::test_inside(
        "killed_at_any_moment_of_setting_up_the_host",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let signed_in = lab.spoke(&["login"])?;
            assert!(signed_in.success(), "{signed_in:?}");
            for delay_us in [0, 300, 700, 1500, 3000, 5000, 8000, 13_000, 21_000, 60_000] {
                let let_in = lab.gateway_log().matches(LET_IN).count();
                let mut connect = begin(&lab)?;
                wait_for_log(&lab, LET_IN, let_in + 1)?;
                thread::sleep(Duration::from_micros(delay_us));
                lab.kill_daemon();
                connect.exit_code(LIMIT);
                comes_back(&mut lab, &before)?;
            }
            Ok(())
        },
    );
}

#[test]
fn killed_while_connected() {
    spoke_lab::test_inside("killed_while_connected", || -> Result<(), LabError> {
        let mut lab = Lab::up(Options::default())?;
        let before = lab.host_snapshot()?;
        common::ready_to_connect(&mut lab)?;
        let connected = lab.spoke(&["connect"])?;
        assert!(connected.success(), "{connected:?}");
        assert!(!before.difference(&lab.host_snapshot()?).is_empty());
        lab.kill_daemon();
        // The device died with its daemon; the file is what only a journal brings back.
        let left = before.difference(&lab.host_snapshot()?);
        assert!(left.contains("resolv.conf"), "{left}");
        let status = lab.spoke(&["status"])?;
        assert_eq!(status.code(), Some(9), "{status:?}");
        comes_back(&mut lab, &before)
    });
}

#[test]
fn a_daemon_that_is_told_to_end_leaves_nothing_of_a_killed_one() {
    spoke_lab::test_inside(
        "a_daemon_that_is_told_to_end_leaves_nothing_of_a_killed_one",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            lab.kill_daemon();
            lab.start_daemon()?;
            lab.signal_daemon(Signal::SIGTERM)?;
            let begun = Instant::now();
            while lab.daemon_runs() {
                assert!(begun.elapsed() < LIMIT, "{}", lab.daemon_log());
                thread::sleep(Duration::from_millis(10));
            }
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}\n{}", lab.daemon_log());
            Ok(())
        },
    );
}

#[test]
fn a_connection_comes_back_after_its_daemon_was_killed() {
    spoke_lab::test_inside(
        "a_connection_comes_back_after_its_daemon_was_killed",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            // The agent that is left behind has to have found the daemon first.
            thread::sleep(Duration::from_secs(1));
            lab.kill_daemon();
            lab.start_daemon()?;
            let waited = lab.spoke(&["wait", "--for", "connected", "--timeout", "20s"])?;
            assert!(waited.success(), "{waited:?}\n{}", lab.daemon_log());
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            // Nobody wants it any more, whatever happens to the daemon.
            lab.kill_daemon();
            lab.start_daemon()?;
            thread::sleep(Duration::from_secs(3));
            let status = lab.spoke(&["status"])?;
            assert_eq!(status.code(), Some(3), "{status:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}

fn begin(lab: &Lab) -> Result<Background, LabError> {
    Background::start(
        &lab.network.client,
        lab.spoke_command(&["connect", "--timeout", "20s"])?,
        lab.home().join("connect.log"),
    )
}

fn it_says_so(connect: &mut Background) {
    let code = connect.exit_code(LIMIT);
    let text = connect.log();
    assert_eq!(code, Some(9), "{text}");
    assert!(text.contains("daemon") || text.contains("spoked"), "{text}");
    assert!(text.contains("→"), "no next step in:\n{text}");
}

fn wait_for_log(lab: &Lab, sign: &str, times: usize) -> Result<(), LabError> {
    let started = Instant::now();
    while lab.gateway_log().matches(sign).count() < times {
        if started.elapsed() > LIMIT {
            return Err(LabError::Other(format!(
                "`{sign}` does not come; the gateway's log:\n{}\nthe daemon's:\n{}",
                lab.gateway_log(),
                lab.daemon_log()
            )));
        }
        thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

fn comes_back(lab: &mut Lab, before: &Snapshot) -> Result<(), LabError> {
    lab.start_daemon()?;
    // It may be on its way to connect again, which is the user's last wish.
    let disconnected = lab.spoke(&["disconnect"])?;
    assert!(disconnected.success(), "{disconnected:?}");
    let difference = before.difference(&lab.host_snapshot()?);
    assert!(
        difference.is_empty(),
        "left behind:\n{difference}\n{}",
        lab.daemon_log()
    );
    Ok(())
}
