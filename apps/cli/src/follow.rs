//! Following the daemon's state until something is so.

use crate::{clean, clock};
use spoke_agent::{DaemonClient, Updates};
use spoke_api::{Phase, Problem, ProblemCode, Request, Response, State, Update};
use std::time::{Duration, Instant};

/// Asks for the state once.
///
/// # Errors
/// When the daemon does not give it.
pub(crate) async fn state(daemon: &DaemonClient) -> Result<State, Problem> {
    match daemon.request(Request::Status).await? {
        Response::State { mut state } => {
            clean::state(&mut state);
            Ok(*state)
        }
        _ => Err(strange()),
    }
}

/// Subscribes and gives the first state.
///
/// # Errors
/// When the daemon does not give it.
pub(crate) async fn subscribe(
    daemon: &DaemonClient,
    updates: &mut Updates,
) -> Result<State, Problem> {
    daemon.request(Request::Subscribe { traffic: true }).await?;
    next_state(updates).await
}

/// The next state that is published.
///
/// # Errors
/// When the daemon goes away.
pub(crate) async fn next_state(updates: &mut Updates) -> Result<State, Problem> {
    loop {
        match updates.next().await {
            Some(Update::State { mut state }) => {
                clean::state(&mut state);
                return Ok(*state);
            }
            Some(_) => {}
            None => return Err(gone()),
        }
    }
}

/// The daemon answered with something that fits no question.
#[must_use]
pub(crate) fn strange() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "The daemon's answer does not fit the question.",
        "spoke version   (both sides should be of one version)",
    )
}

/// The daemon went away.
#[must_use]
pub(crate) fn gone() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "The daemon ended while it was being waited for.",
        "spoke daemon status",
    )
}

/// Whether `state` is about this profile (any, when none is named).
#[must_use]
pub(crate) fn concerns(state: &State, profile: Option<&str>) -> bool {
    match (profile, &state.connection) {
        (None, _) => true,
        (Some(name), Some(connection)) => connection.profile == name,
        (Some(_), None) => false,
    }
}

/// Whether nothing is there to be connected or taken down.
#[must_use]
pub(crate) fn idle(state: &State) -> bool {
    matches!(state.phase(), Phase::Disconnected | Phase::Failed)
}

/// A length of time that stands still while a person is expected to act.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Option<Duration>,
    whole: Duration,
    running_since: Option<Instant>,
}

impl Budget {
    /// This much time, or all of it.
    #[must_use]
    pub(crate) fn new(time: Option<Duration>) -> Self {
        Self {
            left: time,
            whole: time.unwrap_or_default(),
            running_since: Some(Instant::now()),
        }
    }

    /// Stops or restarts the clock.
    pub(crate) fn run(&mut self, run: bool) {
        self.settle();
        self.running_since = run.then(Instant::now);
    }

    /// Ends when the time has been used up.
    pub(crate) async fn spent(&mut self) {
        self.settle();
        match (self.left, self.running_since) {
            (Some(left), Some(_)) => tokio::time::sleep(left).await,
            _ => std::future::pending().await,
        }
    }

    /// The problem of having used it up while waiting for `what`.
    #[must_use]
    pub(crate) fn problem(&self, what: &str, hint: &str) -> Problem {
        Problem::new(
            ProblemCode::TimedOut,
            format!(
                "{what} within {}.",
                crate::words::seconds(u64::try_from(self.whole.as_millis()).unwrap_or(u64::MAX))
            ),
            hint,
        )
    }

    fn settle(&mut self) {
        if let (Some(left), Some(since)) = (&mut self.left, self.running_since) {
            *left = left.saturating_sub(since.elapsed());
            self.running_since = Some(Instant::now());
        }
    }
}

/// How long ago `since_ms` was, in words.
#[must_use]
pub(crate) fn ago(since_ms: u64) -> String {
    crate::words::duration(clock::now_ms().saturating_sub(since_ms) / 1000)
}
