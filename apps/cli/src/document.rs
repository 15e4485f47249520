//! The JSON documents of the command line. Each carries its schema's name and version
//! and only ever gains fields within a version.

use serde::Serialize;
use spoke_api::{Connection, LogLine, Phase, ProblemCode, Remedy, State};
use spoke_profile::{Difference, DryRun, FieldError, Finding, Profile, ProfileView};

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

/// A document of a schema that has a file of its own.
#[must_use]
pub(crate) fn of<T: Serialize>(schema: &'static str, body: T) -> Document<T> {
    Document::new(schema, body)
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
    /// Passwords that are kept, by user name and profile.
    passwords: Vec<PasswordBody<'a>>,
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

/// One kept password, without it.
#[derive(Debug, Serialize)]
pub(crate) struct PasswordBody<'a> {
    username: &'a str,
    profile: &'a str,
}

/// `spoke.accounts/1`: who is signed in, and whose passwords are kept.
#[must_use]
pub(crate) fn accounts<'a>(
    accounts: &'a [spoke_agent::SignedIn],
    passwords: &'a [spoke_agent::KeptPassword],
) -> Document<AccountsBody<'a>> {
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
    let passwords = passwords
        .iter()
        .map(|one| PasswordBody {
            username: &one.username,
            profile: &one.profile,
        })
        .collect();
    Document::new(
        "spoke.accounts/1",
        AccountsBody {
            accounts,
            passwords,
        },
    )
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

/// `spoke.profile/1`: one profile; the secret only when it was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct ProfileBody<'a> {
    #[serde(flatten)]
    view: ProfileView,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_secret: Option<&'a str>,
}

/// `spoke.profile/1`: one profile; the secret only when it was asked for.
#[must_use]
pub(crate) fn profile<'a>(profile: &Profile, secret: Option<&'a str>) -> ProfileBody<'a> {
    ProfileBody {
        view: ProfileView::from(profile),
        server_secret: secret,
    }
}

/// `spoke.import/1`: what was found, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct ImportBody<'a> {
    #[serde(flatten)]
    found: &'a DryRun,
    saved: Option<&'a str>,
}

/// `spoke.import/1`: what was found, and under which name it was saved.
#[must_use]
pub(crate) fn import<'a>(found: &'a DryRun, saved: Option<&'a str>) -> ImportBody<'a> {
    ImportBody { found, saved }
}

/// `spoke.check/1`
#[derive(Debug, Serialize)]
pub(crate) struct CheckBody<'a> {
    name: &'a str,
    valid: bool,
    repaired: bool,
    findings: &'a [Finding],
    errors: Vec<CheckError<'a>>,
}

/// A field that cannot stand.
#[derive(Debug, Serialize)]
pub(crate) struct CheckError<'a> {
    code: &'static str,
    field: &'a str,
    message: &'a str,
    next: &'a str,
}

/// `spoke.check/1`: what a stored profile is like.
#[must_use]
pub(crate) fn check<'a>(
    name: &'a str,
    findings: &'a [Finding],
    errors: &'a [FieldError],
    repaired: bool,
) -> Document<CheckBody<'a>> {
    let errors: Vec<_> = errors
        .iter()
        .map(|error| CheckError {
            code: error.kind.code(),
            field: &error.field,
            message: &error.message,
            next: &error.next,
        })
        .collect();
    Document::new(
        "spoke.check/1",
        CheckBody {
            name,
            valid: errors.is_empty(),
            repaired,
            findings,
            errors,
        },
    )
}

/// `spoke.diff/1`
#[derive(Debug, Serialize)]
pub(crate) struct DiffBody<'a> {
    name: &'a str,
    file: &'a str,
    differences: &'a [Difference],
}

/// `spoke.diff/1`: where a stored profile and a file differ.
#[must_use]
pub(crate) fn diff<'a>(
    name: &'a str,
    file: &'a str,
    differences: &'a [Difference],
) -> Document<DiffBody<'a>> {
    Document::new(
        "spoke.diff/1",
        DiffBody {
            name,
            file,
            differences,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{self, Event};
    use crate::example;
    use serde_json::Value;
    use spoke_api::{DaemonInfo, Notice, NoticeCode, SignInProgress};
    use std::collections::BTreeSet;

    /// Names of all fields. A snapshot of them may only ever grow.
    fn fields(document: &impl Serialize) -> String {
        let mut names = BTreeSet::new();
        collect(&serde_json::to_value(document).unwrap(), "", &mut names);
        names.into_iter().collect::<Vec<_>>().join("\n")
    }

    fn collect(value: &Value, path: &str, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let path = format!("{path}.{name}");
                    names.insert(path.clone());
                    collect(value, &path, names);
                }
            }
            Value::Array(list) => {
                for value in list {
                    collect(value, &format!("{path}[]"), names);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn status_keeps_its_fields() {
        let mut state = example::connected();
        if let Some(connection) = &mut state.connection {
            connection.sign_in = Some(SignInProgress::DeviceCode {
                url: String::new(),
                code: String::new(),
            });
            connection.problem = Some(problem_example());
        }
        insta::assert_snapshot!(fields(&status(&state)));
    }

    #[test]
    fn events_keep_their_fields() {
        let mut state = example::connected();
        if let Some(connection) = &mut state.connection {
            connection.notices = vec![
                Notice::new(NoticeCode::NoWayTo, "no way to 10.20.0.0/24").about("10.20.0.0/24"),
            ];
            connection.problem = Some(problem_example());
            connection.sign_in = Some(SignInProgress::Browser);
        }
        let mut texts: Vec<String> = events::between(&State::default(), &state)
            .iter()
            .map(|one| fields(&event(1, one)))
            .collect();
        texts.push(fields(&event(
            1,
            &Event::State {
                profile: None,
                state: Phase::Disconnected,
                problem: None,
            },
        )));
        texts.dedup();
        insta::assert_snapshot!(texts.join("\n\n"));
    }

    #[test]
    fn the_small_documents_keep_their_fields() {
        let line = LogLine {
            at_ms: 1,
            level: "info".to_owned(),
            text: String::new(),
        };
        let info = DaemonInfo {
            version: String::new(),
            pid: 1,
            started: 1,
            resident_bytes: Some(1),
        };
        let signed_in = spoke_agent::SignedIn {
            account: None,
            authority: String::new(),
            scope: String::new(),
            expires: 1,
            renewable: true,
        };
        let texts = [
            fields(&problem(&problem_example())),
            fields(&log(&[line])),
            fields(&daemon("/s", &info, Phase::Connected)),
            fields(&accounts(&[signed_in], &[])),
            fields(&version("1", 1, None)),
        ];
        insta::assert_snapshot!(texts.join("\n\n"));
    }

    fn problem_example() -> spoke_api::Problem {
        spoke_api::Problem::new(ProblemCode::Other, "s", "h")
            .cause("c")
            .detail("d")
    }
}
