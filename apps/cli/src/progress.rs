//! The lines of a connection that is being made.

use crate::events::{Event, Milestone, between};
use crate::render::{Printer, Tone};
use crate::{status_view, words};
use spoke_api::{Phase, SignInProgress, StageStatus, State};
use std::collections::BTreeSet;

/// Follows states and prints a line for each milestone as it is passed.
#[derive(Debug)]
pub(crate) struct Progress {
    print: Printer,
    last: State,
    told: BTreeSet<Milestone>,
    /// The sign-in is asked for here, so its dialogue tells where it waits.
    own_sign_in: bool,
}

impl Progress {
    /// Begins after `state`, whose stages are old.
    #[must_use]
    pub(crate) fn after(state: State, own_sign_in: bool, print: &Printer) -> Self {
        Self {
            print: print.clone(),
            last: state,
            told: BTreeSet::new(),
            own_sign_in,
        }
    }

    /// Prints what is new in `state`.
    pub(crate) fn follow(&mut self, state: State) {
        let (notices, others): (Vec<Event>, Vec<Event>) = between(&self.last, &state)
            .into_iter()
            .partition(|event| matches!(event, Event::Notice { .. }));
        for event in &others {
            self.tell(event, &state);
        }
        self.milestones(&state);
        for event in &notices {
            self.tell(event, &state);
        }
        self.last = state;
        self.waiting();
    }

    /// The state that was seen last.
    #[must_use]
    pub(crate) fn state(&self) -> &State {
        &self.last
    }

    fn tell(&self, event: &Event, state: &State) {
        match event {
            Event::Stage { report, .. } if self.print.verbose() => {
                if let Some(line) = status_view::stage_line(report, &self.print) {
                    self.print.note(line);
                }
            }
            Event::SignIn { waits, .. } if !self.own_sign_in => match waits {
                SignInProgress::Browser => {
                    self.print.note("→ The sign-in waits in a browser.");
                }
                SignInProgress::Page { url } => {
                    self.print.note(format_args!(
                        "→ The gateway waits for you in a browser, at {url}"
                    ));
                }
                SignInProgress::DeviceCode { url, code } => {
                    self.print
                        .note(format_args!("→ Open {url} and type the code {code}"));
                }
            },
            Event::State {
                state: Phase::Reconnecting | Phase::Blocked,
                problem: Some(problem),
                ..
            } if state.phase() != Phase::Failed => {
                self.print.warning(format_args!(
                    "{} Trying again.",
                    words::sentence(&problem.summary)
                ));
            }
            Event::Notice { notice, .. } => self.print.warning(words::sentence(&notice.text)),
            _ => {}
        }
    }

    fn milestones(&mut self, state: &State) {
        let Some(connection) = &state.connection else {
            self.told.clear();
            return;
        };
        for milestone in Milestone::ALL {
            match milestone.status(connection) {
                // Another attempt: its lines come again.
                None | Some(StageStatus::Running) => {
                    self.told.remove(&milestone);
                }
                Some(StageStatus::Done | StageStatus::Failed) => {
                    if self.told.insert(milestone) {
                        self.print.note(status_view::milestone_line(
                            milestone,
                            connection,
                            &self.print,
                        ));
                    }
                }
            }
        }
    }

    fn waiting(&self) {
        let Some(connection) = &self.last.connection else {
            return;
        };
        let running = connection
            .stages
            .iter()
            .find(|report| report.status == StageStatus::Running);
        match (connection.phase, running) {
            (Phase::SigningIn, _) => self.print.wait_for("Waiting for you to sign in"),
            (Phase::Connecting | Phase::Reconnecting, Some(report)) => {
                self.print.wait_for(status_view::waiting(report.stage));
            }
            (Phase::Connecting, None) => self.print.wait_for("Connecting"),
            (Phase::Reconnecting, None) => self.print.wait_for("Waiting for the next try"),
            (Phase::Blocked, _) => self.print.wait_for("Waiting for the network"),
            (Phase::Disconnecting, _) => self.print.wait_for("Disconnecting"),
            _ => self.print.stop_waiting(),
        }
    }
}

/// The mark and the words of something that went well.
#[must_use]
pub(crate) fn done(print: &Printer, text: &str) -> String {
    format!("{} {text}", print.paint(Tone::Good, "✓"))
}
