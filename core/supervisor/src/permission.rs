//! Who may ask for what: one table.

use crate::peer::Peer;
use spoke_api::{Connection, Problem, ProblemCode, Request, State};

/// Whether `peer` may make `request` while `owner` holds the connection (`None`:
/// nobody does).
///
/// Root and the owner may do everything. Another user may see that a connection
/// exists (see [`visible`]), may read what the log says of no other's connection, and may ask to connect, which is then a matter of
/// conflict and not of permission.
///
/// # Errors
/// A problem of code `NotPermitted` that says whose leave is needed.
pub fn allow(peer: Peer, request: &Request, owner: Option<u32>) -> Result<(), Problem> {
    let Some(owner) = owner else { return Ok(()) };
    if peer.is_root() || peer.uid == owner {
        return Ok(());
    }
    let act = match request {
        Request::Status
        | Request::Subscribe { .. }
        | Request::DaemonInfo
        | Request::Intent
        | Request::Network
        | Request::Log { .. }
        | Request::Connect { .. }
        | Request::Probe { .. }
        | Request::OfferTokens => return Ok(()),
        Request::Disconnect { .. } => "end the connection",
        Request::RetryNow => "hurry the connection",
        Request::Pause { .. } => "pause the connection",
        Request::Resume => "resume the connection",
        Request::SetLogLevel { .. } => "change what is logged",
        Request::RenewSignIn { .. } => "renew the sign-in",
        Request::GrantToken(_) | Request::RefuseToken { .. } | Request::SignInProgress { .. } => {
            "answer for the sign-in"
        }
    };
    Err(Problem::new(
        ProblemCode::NotPermitted,
        format!("user {} may not {act} of user {owner}", peer.uid),
        "ask its owner, or run the command with sudo",
    ))
}

/// What `peer` may see of `state`: root and the owner everything, others only that
/// somebody's connection exists and what it is doing.
#[must_use]
pub fn visible(state: &State, peer: Peer) -> State {
    match &state.connection {
        Some(connection) if !peer.is_root() && peer.uid != connection.owner => State {
            connection: Some(outline(connection)),
        },
        _ => state.clone(),
    }
}

fn outline(connection: &Connection) -> Connection {
    Connection {
        since_ms: connection.since_ms,
        ..Connection::new("", connection.owner, connection.phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_api::{AccessToken, LogLevel, Phase, SignInProgress, TokenGrant};
    use spoke_profile::{Profile, ServerSecret};

    const OWNER: u32 = 1000;

    fn peer(uid: u32) -> Peer {
        Peer {
            uid,
            gid: uid,
            pid: 1,
        }
    }

    fn profile() -> Profile {
        Profile::draft("hub", ServerSecret::new([0; 256].into()))
    }

    fn requests() -> Vec<(Request, bool)> {
        // The flag: whether another user than the owner may.
        vec![
            (Request::Status, true),
            (Request::Subscribe { traffic: false }, true),
            (
                Request::Probe {
                    profile: Box::new(profile()),
                    private_key: None,
                },
                true,
            ),
            (Request::RetryNow, false),
            (Request::Pause { seconds: 1 }, false),
            (Request::Resume, false),
            (
                Request::SetLogLevel {
                    level: LogLevel::Debug,
                },
                false,
            ),
            (Request::RenewSignIn { interactive: true }, false),
            (Request::DaemonInfo, true),
            (Request::Intent, true),
            (Request::Network, true),
            (Request::OfferTokens, true),
            (Request::Disconnect { profile: None }, false),
            (
                Request::Log {
                    since_seconds: None,
                    follow: false,
                },
                true,
            ),
            (
                Request::RefuseToken {
                    request: 1,
                    problem: Problem::new(ProblemCode::Other, "no", "none"),
                },
                false,
            ),
            (
                Request::SignInProgress {
                    request: 1,
                    progress: SignInProgress::Browser,
                },
                false,
            ),
            (
                Request::GrantToken(TokenGrant {
                    request: 1,
                    username: "AzureAD".into(),
                    token: AccessToken::new("t".into()),
                    account: None,
                    expires: None,
                    silent: true,
                    once: false,
                }),
                false,
            ),
        ]
    }

    #[test]
    fn the_table() {
        for (request, others) in requests() {
            assert_eq!(allow(peer(7), &request, None), Ok(()), "{request:?}");
            assert_eq!(allow(peer(0), &request, Some(OWNER)), Ok(()));
            assert_eq!(allow(peer(OWNER), &request, Some(OWNER)), Ok(()));
            let verdict = allow(peer(OWNER + 1), &request, Some(OWNER));
            match (others, verdict) {
                (true, Ok(())) => {}
                (false, Err(problem)) => assert_eq!(problem.code, ProblemCode::NotPermitted),
                (_, verdict) => panic!("{request:?}: {verdict:?}"),
            }
        }
    }

    #[test]
    fn another_user_sees_only_that_a_connection_exists() {
        let mut connection = Connection::new("", OWNER, Phase::Connected);
        connection.profile = "secret project".into();
        connection.account = Some("ana@contoso.com".into());
        let state = State {
            connection: Some(connection),
        };
        assert_eq!(visible(&state, peer(0)), state);
        assert_eq!(visible(&state, peer(OWNER)), state);
        let seen = visible(&state, peer(OWNER + 1));
        assert_eq!(
            seen.connection,
            Some(Connection::new("", OWNER, Phase::Connected))
        );
    }
}
