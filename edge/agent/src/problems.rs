use spoke_api::{Problem, ProblemCode, Remedy};
use spoke_diagnose::shell;
use spoke_signin::{RefusalKind, SettingsError, SignInError};
use std::time::Duration;

/// A failed sign-in in the words for the user.
pub(crate) fn failed(profile: &str, error: &SignInError) -> Problem {
    match error {
        SignInError::Refused(refusal) => {
            let code = refusal.code.map_or(String::new(), |code| format!(" (AADSTS{code})"));
            let meaning = refusal.meaning();
            let problem = Problem::new(
                ProblemCode::SignInRefused,
                format!("Sign-in failed: {}{code}.", meaning.trim_end_matches('.')),
                fitted(refusal.next(), profile),
            )
            .remedy(match refusal.kind {
                RefusalKind::Transient => Remedy::Backoff,
                _ => Remedy::AskUser,
            });
            refusal.details().into_iter().fold(problem, Problem::detail)
        }
        SignInError::CodeExpired => Problem::new(
            ProblemCode::TimedOut,
            "Nobody signed in with the code before it expired.",
            fitted("Ask for a new one: spoke login --device-code", profile),
        ),
        SignInError::NotOAuth { status } => Problem::new(
            ProblemCode::Other,
            format!("The sign-in server answered {status} with something that is no sign-in answer."),
            "A proxy or a captive portal may answer in its place: open a web page first, then try again.",
        )
        .remedy(Remedy::Backoff),
        SignInError::Incomplete(_) | SignInError::IdToken { .. } => Problem::new(
            ProblemCode::SignInRefused,
            format!("Sign-in failed: {error}."),
            fitted("Try again: spoke login", profile),
        ),
    }
}

/// Only the user can go on, and may not be asked now.
pub(crate) fn needed(profile: &str, why: Option<&SignInError>) -> Problem {
    let problem = Problem::new(
        ProblemCode::SignInNeeded,
        format!("Sign-in is needed for “{profile}”."),
        fitted("Sign in: spoke login", profile),
    );
    match why {
        Some(SignInError::Refused(refusal)) => {
            let problem = problem.cause(refusal.meaning());
            refusal.details().into_iter().fold(problem, Problem::detail)
        }
        Some(error) => problem.cause(error.to_string()),
        None => problem,
    }
}

/// A password is wanted, and nobody can be asked.
pub(crate) fn password_needed(profile: &str) -> Problem {
    let name = shell(profile);
    Problem::new(
        ProblemCode::SignInNeeded,
        format!("“{profile}” wants a user name and a password."),
        format!(
            "Connect from a terminal: spoke connect {name}   (to be asked but once: spoke login {name})"
        ),
    )
}

/// The gateway asks something that only the user can answer.
pub(crate) fn unanswered(profile: &str, question: &str) -> Problem {
    Problem::new(
        ProblemCode::SignInNeeded,
        format!("The gateway of “{profile}” asks a question, and nobody answered it."),
        format!("Connect from a terminal: spoke connect {}", shell(profile)),
    )
    .detail(format!("question: {question}"))
}

/// The user did not come back in time.
pub(crate) fn too_late(profile: &str, patience: Duration) -> Problem {
    Problem::new(
        ProblemCode::TimedOut,
        format!("Nobody signed in within {} s.", patience.as_secs()),
        fitted(
            "Try again: spoke login   (if the page showed an error, try a device code: spoke login --device-code)",
            profile,
        ),
    )
}

/// The profile's sign-in settings are no good.
pub(crate) fn unusable(profile: &str, error: &SettingsError) -> Problem {
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("“{profile}” cannot be used to sign in: {error}."),
        fitted("See what is wrong: spoke profile check", profile),
    )
}

/// Somebody else signed in than the profile is for.
pub(crate) fn another_user(profile: &str, user: &str, chosen: &str) -> Problem {
    Problem::new(
        ProblemCode::SignInRefused,
        format!("{user} signed in, but “{profile}” signs in as {chosen}."),
        format!(
            "spoke account use {} --profile {}",
            shell(user),
            shell(profile)
        ),
    )
}

/// The profile wants a sign-in at a host that nobody vouched for.
pub(crate) fn untrusted(profile: &str, host: &str) -> Problem {
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("“{profile}” would sign in at {host}, which is not one of Microsoft's hosts."),
        format!(
            "If you trust it with your password, import the profile again: spoke import FILE --replace --trust-authority {host}"
        ),
    )
}

/// A hint with the profile's name in its commands.
fn fitted(hint: &str, profile: &str) -> String {
    let name = shell(profile);
    hint.replace("PROFILE", &name)
        .replace("spoke login --", &format!("spoke login {name} --"))
        .replace(
            "spoke profile check",
            &format!("spoke profile check {name}"),
        )
        .split("spoke login")
        .enumerate()
        .fold(String::new(), |mut text, (at, part)| {
            if at > 0 {
                text.push_str("spoke login");
                if !part.starts_with(' ') || part.starts_with("   ") {
                    text.push(' ');
                    text.push_str(&name);
                }
            }
            text.push_str(part);
            text
        })
}

/// The daemon answered with something that fits no question.
pub(crate) fn strange_answer() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "The daemon's answer does not fit the question.",
        "Restart the updated daemon: sudo systemctl restart spoked",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_signin::Refusal;

    #[test]
    fn hints_can_be_typed_as_they_are() {
        let table = [
            (
                "Sign in again: spoke login",
                "hub",
                "Sign in again: spoke login hub",
            ),
            (
                "x: spoke login --browser; if",
                "hub",
                "x: spoke login hub --browser; if",
            ),
            (
                "spoke logout, then spoke login",
                "hub",
                "spoke logout, then spoke login hub",
            ),
            (
                "see spoke profile check",
                "my hub",
                "see spoke profile check 'my hub'",
            ),
            ("spoke login", "it's", r"spoke login 'it'\''s'"),
            (
                "spoke profile set PROFILE a=b",
                "hub",
                "spoke profile set hub a=b",
            ),
        ];
        for (hint, name, expected) in table {
            assert_eq!(fitted(hint, name), expected);
        }
    }

    #[test]
    fn a_refusal_keeps_its_number_and_ids() {
        let refusal = Refusal::new(
            "invalid_grant",
            "AADSTS65001: no\r\nTrace ID: t Correlation ID: c",
        );
        let problem = failed("hub", &SignInError::Refused(refusal));
        assert_eq!(problem.code, ProblemCode::SignInRefused);
        assert!(problem.summary.contains("AADSTS65001"));
        assert!(problem.details.contains(&"correlation id: c".to_owned()));
    }
}
