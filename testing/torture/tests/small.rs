//! Each trial, at the size that fits into every change.

#![expect(clippy::print_stdout, reason = "a test reports by printing")]

use spoke_torture::{Size, Trial};

/// Plays the trial inside the lab's namespaces, as the test named `test`.
fn goals_are_kept(test: &str, trial: Trial) {
    spoke_lab::test_inside(test, || {
        let report = trial.play(Size::Small)?;
        println!("{report}");
        assert!(report.kept(), "{report}");
        Ok(())
    });
}

#[test]
fn nothing_leaks() {
    goals_are_kept("nothing_leaks", Trial::Leaks);
}

#[test]
fn nothing_leaves_a_lockdown() {
    goals_are_kept("nothing_leaves_a_lockdown", Trial::Lockdown);
}

#[test]
fn no_name_leaks() {
    goals_are_kept("no_name_leaks", Trial::Names);
}

#[test]
fn a_killed_daemon_leaves_nothing_behind() {
    goals_are_kept("a_killed_daemon_leaves_nothing_behind", Trial::Kills);
}

#[test]
fn a_transfer_comes_through_a_bad_link() {
    goals_are_kept("a_transfer_comes_through_a_bad_link", Trial::Links);
}

#[test]
fn a_crowd_keeps_nobody_waiting() {
    goals_are_kept("a_crowd_keeps_nobody_waiting", Trial::Crowd);
}
