use crate::problems;
use crate::timer::Step;
use spoke_api::Problem;

/// What a session's error means to a user who connects to `host` with `profile`.
pub(crate) fn session_problem(error: &str, step: Step, host: &str, profile: &str) -> Problem {
    problems::transport_lost(step, host, profile, error)
}
