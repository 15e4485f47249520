//! What goes wrong on the way between the window and the others.

use spoke_api::{Problem, ProblemCode};

pub(crate) fn no_daemon() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "The Spoke daemon is being looked for.",
        "Start it: sudo systemctl start spoked",
    )
}

pub(crate) fn strange_answer() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "The daemon's answer does not fit the question.",
        "Restart the updated daemon: sudo systemctl restart spoked",
    )
}

pub(crate) fn cancelled(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::Cancelled,
        format!("Connecting to {profile} was cancelled."),
        "Connect again when you like.",
    )
}

pub(crate) fn not_opened(why: &str) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("The page could not be opened: {why}."),
        "Copy the address into your browser.",
    )
}

pub(crate) fn no_agent(why: &std::io::Error) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("The agent that renews the sign-in cannot be started: {why}."),
        "The connection lasts until the sign-in expires; keep the program running to have it renewed.",
    )
}
