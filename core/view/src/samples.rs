//! Pictures for the tests of this crate.

use crate::{DaemonLink, Picture, ProfileSummary, PromptKind, UserPrompt};
use spoke_api::{Connection, Phase, Problem, ProblemCode, State, Traffic};

pub(crate) fn all_phases() -> [Phase; 9] {
    [
        Phase::Disconnected,
        Phase::Connecting,
        Phase::SigningIn,
        Phase::Connected,
        Phase::Reconnecting,
        Phase::Paused,
        Phase::Blocked,
        Phase::Disconnecting,
        Phase::Failed,
    ]
}

/// A connection of the profile "contoso".
pub(crate) fn connection(phase: Phase) -> Connection {
    Connection {
        profile: "contoso".to_owned(),
        owner: 1000,
        phase,
        since_ms: 1,
        connected_at_ms: None,
        stages: Vec::new(),
        sign_in: None,
        account: None,
        certificate: None,
        sign_in_expires: None,
        sign_in_renews: None,
        gateway: None,
        interface: None,
        addresses: Vec::new(),
        mtu: None,
        routes: Vec::new(),
        excluded: Vec::new(),
        dns: None,
        cipher: None,
        tls: None,
        description: None,
        traffic: Traffic::default(),
        notices: Vec::new(),
        unused_options: Vec::new(),
        problem: None,
        next_try: None,
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
