//! Pictures for the tests of this crate.

use crate::{DaemonLink, Picture, ProfileSummary, PromptKind, UserPrompt};
use spoke_api::{Connection, Phase, Problem, ProblemCode, State};

/// A connection of the profile "contoso".
pub(crate) fn connection(phase: Phase) -> Connection {
    Connection {
        since_ms: 1,
        ..Connection::new("contoso", 1000, phase)
    }
}

pub(crate) fn daemon(there: bool) -> DaemonLink {
    if there {
        DaemonLink::Connected {
            version: "1".to_owned(),
        }
    } else {
        DaemonLink::Missing {
            problem: problem(ProblemCode::DaemonUnavailable),
            start: "start it".to_owned(),
        }
    }
}

pub(crate) fn problem(code: ProblemCode) -> Problem {
    Problem::new(code, "It went wrong", "Try again")
}

pub(crate) fn picture(phase: Phase) -> Picture {
    Picture {
        daemon: daemon(true),
        state: State {
            connection: Some(connection(phase)),
        },
        ..Picture::default()
    }
}

pub(crate) fn profile(name: &str) -> ProfileSummary {
    ProfileSummary {
        name: name.to_owned(),
        server: "gateway.example".to_owned(),
        account: None,
        beyond_form: false,
    }
}

pub(crate) fn prompt(id: u32) -> UserPrompt {
    UserPrompt {
        id,
        profile: "contoso".to_owned(),
        kind: PromptKind::Browser {
            url: "https://login.example/authorize".to_owned(),
            not_opened: None,
        },
    }
}
