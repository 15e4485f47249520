//! The JSON documents of the command line. Each carries its schema's name and version
//! and only ever gains fields within a version.

use serde::Serialize;
use spoke_api::{Connection, LogLine, Phase, ProblemCode, Remedy, State};

/// A document: the name of its schema, and its fields beside it.
#[derive(Debug, Serialize)]
pub(crate) struct Document<T> {
    schema: &'static str,
    #[serde(flatten)]
    body: T,
}

impl<T> Document<T> {
    fn new(schema: &'static str, body: T) -> Self {
        Self { schema, body }
    }
}

/// `spoke.problem/1`
#[derive(Debug, Serialize)]
pub(crate) struct ProblemBody<'a> {
    code: ProblemCode,
    exit: u8,
    summary: &'a str,
    cause: Option<&'a str>,
    hint: &'a str,
    remedy: Remedy,
    details: &'a [String],
}

/// `spoke.problem/1`: what any command prints when it could not do its work.
#[must_use]
pub(crate) fn problem(problem: &spoke_api::Problem) -> Document<ProblemBody<'_>> {
    Document::new("spoke.problem/1", problem_body(problem))
}

fn problem_body(problem: &spoke_api::Problem) -> ProblemBody<'_> {
    ProblemBody {
        code: problem.code,
        exit: problem.code.exit_code() as u8,
        summary: &problem.summary,
        cause: problem.cause.as_deref(),
        hint: &problem.hint,
        remedy: problem.remedy,
        details: &problem.details,
    }
}

/// `spoke.status/1`
#[derive(Debug, Serialize)]
pub(crate) struct StatusBody<'a> {
    state: Phase,
    profile: Option<&'a str>,
    connection: Option<&'a Connection>,
}

/// `spoke.status/1`: the whole state.
#[must_use]
pub(crate) fn status(state: &State) -> Document<StatusBody<'_>> {
    Document::new(
        "spoke.status/1",
        StatusBody {
            state: state.phase(),
            profile: state
                .connection
                .as_ref()
                .map(|connection| connection.profile.as_str()),
            connection: state.connection.as_ref(),
        },
    )
}

/// `spoke.event/1`
#[derive(Debug, Serialize)]
pub(crate) struct EventBody<'a> {
    at_ms: u64,
    #[serde(flatten)]
    event: &'a crate::events::Event,
}

/// `spoke.event/1`: one thing that happened.
#[must_use]
pub(crate) fn event(at_ms: u64, event: &crate::events::Event) -> Document<EventBody<'_>> {
    Document::new("spoke.event/1", EventBody { at_ms, event })
}

/// `spoke.log/1`
#[derive(Debug, Serialize)]
pub(crate) struct LogBody<'a> {
    lines: &'a [LogLine],
}

/// `spoke.log/1`: lines of the daemon's log, oldest first.
#[must_use]
pub(crate) fn log(lines: &[LogLine]) -> Document<LogBody<'_>> {
    Document::new("spoke.log/1", LogBody { lines })
}

/// `spoke.daemon/1`
#[derive(Debug, Serialize)]
pub(crate) struct DaemonBody<'a> {
    socket: &'a str,
    #[serde(flatten)]
    info: &'a spoke_api::DaemonInfo,
    state: Phase,
}

/// `spoke.daemon/1`: facts about the daemon.
#[must_use]
pub(crate) fn daemon<'a>(
    socket: &'a str,
    info: &'a spoke_api::DaemonInfo,
    state: Phase,
) -> Document<DaemonBody<'a>> {
    Document::new(
        "spoke.daemon/1",
        DaemonBody {
            socket,
            info,
            state,
        },
    )
}

/// `spoke.version/1`
#[derive(Debug, Serialize)]
pub(crate) struct VersionBody<'a> {
    version: &'a str,
    api: u32,
    daemon: Option<&'a str>,
}

/// `spoke.version/1`: versions of the program and of the daemon that runs.
#[must_use]
pub(crate) fn version<'a>(
    version: &'a str,
    api: u32,
    daemon: Option<&'a str>,
) -> Document<VersionBody<'a>> {
    Document::new(
        "spoke.version/1",
        VersionBody {
            version,
            api,
            daemon,
        },
    )
}

/// `spoke.accounts/1`
#[derive(Debug, Serialize)]
pub(crate) struct AccountsBody<'a> {
    accounts: Vec<AccountBody<'a>>,
}

/// One sign-in.
#[derive(Debug, Serialize)]
pub(crate) struct AccountBody<'a> {
    account: Option<&'a str>,
    authority: &'a str,
    scope: &'a str,
    expires: u64,
    renewable: bool,
}

/// `spoke.accounts/1`: who is signed in.
#[must_use]
pub(crate) fn accounts(accounts: &[spoke_agent::SignedIn]) -> Document<AccountsBody<'_>> {
    let accounts = accounts
        .iter()
        .map(|one| AccountBody {
            account: one.account.as_deref(),
            authority: &one.authority,
            scope: &one.scope,
            expires: one.expires,
            renewable: one.renewable,
        })
        .collect();
    Document::new("spoke.accounts/1", AccountsBody { accounts })
}

/// `spoke.profiles/1`
#[derive(Debug, Serialize)]
pub(crate) struct ProfilesBody<'a> {
    profiles: Vec<ListedBody<'a>>,
}

/// One stored profile, in short.
#[derive(Debug, Serialize)]
pub(crate) struct ListedBody<'a> {
    name: &'a str,
    servers: Vec<&'a str>,
    connected: bool,
}

/// `spoke.profiles/1`: the stored profiles, in short.
#[must_use]
pub(crate) fn profiles<'a>(
    profiles: &'a [spoke_profile::Profile],
    connected: Option<&str>,
) -> Document<ProfilesBody<'a>> {
    let profiles = profiles
        .iter()
        .map(|profile| ListedBody {
            name: &profile.name,
            servers: profile
                .servers
                .iter()
                .map(|one| one.host.as_str())
                .collect(),
            connected: connected == Some(profile.name.as_str()),
        })
        .collect();
    Document::new("spoke.profiles/1", ProfilesBody { profiles })
}
