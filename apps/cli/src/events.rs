//! What changed between two states of the daemon: one list for the lines of
//! `connect`, for `watch` and for its JSON.

use serde::Serialize;
use spoke_api::{
    Connection, Notice, Phase, Problem, SignInProgress, Stage, StageReport, StageStatus, State,
};

/// One change. Programs look at `event`; fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The connection does something else now.
    State {
        /// Name of the profile, when there is a connection.
        profile: Option<String>,
        /// What it does.
        state: Phase,
        /// Why, for `failed` and `reconnecting`.
        problem: Option<Problem>,
    },
    /// A stage of connecting began or ended.
    Stage {
        /// Name of the profile.
        profile: String,
        /// The stage and how it went.
        #[serde(flatten)]
        report: StageReport,
    },
    /// The sign-in waits for the user.
    SignIn {
        /// Name of the profile.
        profile: String,
        /// Where.
        waits: SignInProgress,
    },
    /// The sign-in was renewed, or another account signed in.
    Account {
        /// Name of the profile.
        profile: String,
        /// Who.
        account: Option<String>,
        /// When the token expires, Unix time in seconds.
        sign_in_expires: Option<u64>,
    },
    /// Something to know although it is no failure.
    Notice {
        /// Name of the profile.
        profile: String,
        /// What it is.
        #[serde(flatten)]
        notice: Notice,
    },
}

/// What happened between `old` and `new`, in a sensible order. Counters of traffic
/// are no events.
#[must_use]
pub(crate) fn between(old: &State, new: &State) -> Vec<Event> {
    let mut events = Vec::new();
    let before = old.connection.as_ref();
    let after = new.connection.as_ref();
    let same = match (before, after) {
        (Some(before), Some(after)) if before.profile == after.profile => Some(before),
        _ => None,
    };
    if let Some(after) = after {
        // Stages end before the phase that follows from them is told.
        stages(same, after, &mut events);
        sign_in(same, after, &mut events);
    }
    let phase_changed = old.phase() != new.phase()
        || before.map(|c| &c.profile) != after.map(|c| &c.profile)
        || before.and_then(|c| c.problem.as_ref()) != after.and_then(|c| c.problem.as_ref());
    if phase_changed {
        events.push(Event::State {
            profile: after.map(|connection| connection.profile.clone()),
            state: new.phase(),
            problem: after.and_then(|connection| connection.problem.clone()),
        });
    }
    if let Some(after) = after {
        for notice in &after.notices {
            if !same.is_some_and(|before| before.notices.contains(notice)) {
                events.push(Event::Notice {
                    profile: after.profile.clone(),
                    notice: notice.clone(),
                });
            }
        }
    }
    events
}

fn stages(before: Option<&Connection>, after: &Connection, events: &mut Vec<Event>) {
    for report in &after.stages {
        let known = before.and_then(|before| find(&before.stages, report.stage));
        if known.is_none_or(|known| known.status != report.status) {
            events.push(Event::Stage {
                profile: after.profile.clone(),
                report: report.clone(),
            });
        }
    }
}

fn sign_in(before: Option<&Connection>, after: &Connection, events: &mut Vec<Event>) {
    if let Some(waits) = &after.sign_in
        && before.and_then(|before| before.sign_in.as_ref()) != Some(waits)
    {
        events.push(Event::SignIn {
            profile: after.profile.clone(),
            waits: waits.clone(),
        });
    }
    let known = before.map(|before| (&before.account, before.sign_in_expires));
    let now = (&after.account, after.sign_in_expires);
    if known != Some(now) && now != (&None, None) {
        events.push(Event::Account {
            profile: after.profile.clone(),
            account: after.account.clone(),
            sign_in_expires: after.sign_in_expires,
        });
    }
}

fn find(stages: &[StageReport], stage: Stage) -> Option<&StageReport> {
    stages.iter().find(|report| report.stage == stage)
}

/// What people see of the stages: a line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Milestone {
    /// The gateway answers and has proved itself.
    Gateway,
    /// The user has.
    SignIn,
    /// The tunnel device is there.
    Tunnel,
    /// The host sends its traffic into it.
    Routes,
}

impl Milestone {
    /// All of them in the order they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::Gateway, Self::SignIn, Self::Tunnel, Self::Routes];

    /// The stages it is made of.
    #[must_use]
    pub(crate) const fn stages(self) -> &'static [Stage] {
        match self {
            Self::Gateway => &[Stage::Resolve, Stage::Transport, Stage::Tls],
            Self::SignIn => &[Stage::Auth],
            Self::Tunnel => &[Stage::Options, Stage::Interface],
            Self::Routes => &[Stage::Routes, Stage::Dns, Stage::Verify],
        }
    }

    /// How far it is: `None` before its first stage, `Failed` with any of them, `Done`
    /// with the last (or with whatever there was, once `connected`).
    #[must_use]
    pub(crate) fn status(self, connection: &Connection) -> Option<StageStatus> {
        let reports: Vec<_> = self
            .stages()
            .iter()
            .filter_map(|stage| find(&connection.stages, *stage))
            .collect();
        if reports.is_empty() {
            return None;
        }
        if reports
            .iter()
            .any(|report| report.status == StageStatus::Failed)
        {
            return Some(StageStatus::Failed);
        }
        let all = reports.len() == self.stages().len()
            && reports
                .iter()
                .all(|report| report.status == StageStatus::Done);
        if all || connection.phase == Phase::Connected {
            return Some(StageStatus::Done);
        }
        Some(StageStatus::Running)
    }

    /// How long its stages took together, in milliseconds.
    #[must_use]
    pub(crate) fn took_ms(self, connection: &Connection) -> u64 {
        self.stages()
            .iter()
            .filter_map(|stage| find(&connection.stages, *stage)?.took_ms)
            .sum()
    }

    /// What its stages say of themselves, joined.
    #[must_use]
    pub(crate) fn detail(self, connection: &Connection) -> String {
        self.stages()
            .iter()
            .filter_map(|stage| find(&connection.stages, *stage))
            .map(|report| report.detail.as_str())
            .filter(|detail| !detail.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn every_stage_belongs_to_one_milestone_in_order() {
        let joined: Vec<Stage> = Milestone::ALL
            .iter()
            .flat_map(|milestone| milestone.stages())
            .copied()
            .collect();
        assert_eq!(joined, Stage::ALL);
    }

    #[test]
    fn nothing_happens_between_equal_states() {
        let state = example::connected();
        assert_eq!(between(&state, &state), []);
    }

    #[test]
    fn traffic_is_no_event() {
        let old = example::connected();
        let mut new = old.clone();
        if let Some(connection) = &mut new.connection {
            connection.traffic.received += 1;
        }
        assert_eq!(between(&old, &new), []);
    }

    #[test]
    fn a_connection_is_told_stages_first() {
        let events = between(&State::default(), &example::connected());
        let stages = events
            .iter()
            .take_while(|event| matches!(event, Event::Stage { .. }))
            .count();
        assert_eq!(stages, Stage::ALL.len());
        assert!(events.iter().any(|event| matches!(
            event,
            Event::State {
                state: Phase::Connected,
                ..
            }
        )));
    }

    #[test]
    fn a_stage_is_told_when_it_begins_and_when_it_ends() {
        let begun = example::connecting(&[(Stage::Resolve, StageStatus::Running)]);
        let ended = example::connecting(&[(Stage::Resolve, StageStatus::Done)]);
        assert_eq!(between(&begun, &ended).len(), 1);
        assert_eq!(between(&ended, &ended).len(), 0);
    }

    #[test]
    fn a_milestone_needs_all_its_stages_until_connected() {
        let half = example::connecting(&[
            (Stage::Resolve, StageStatus::Done),
            (Stage::Transport, StageStatus::Done),
        ]);
        let connection = half.connection.as_ref().unwrap();
        assert_eq!(
            Milestone::Gateway.status(connection),
            Some(StageStatus::Running)
        );
        assert_eq!(Milestone::Tunnel.status(connection), None);
        let failed = example::connecting(&[
            (Stage::Resolve, StageStatus::Done),
            (Stage::Transport, StageStatus::Failed),
        ]);
        assert_eq!(
            Milestone::Gateway.status(failed.connection.as_ref().unwrap()),
            Some(StageStatus::Failed)
        );
    }
}
