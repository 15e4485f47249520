use crate::paths::Paths;
use spoke_api::{Problem, ProblemCode};
use spoke_settings::{Breach, Forbidden, Policy};
use spoke_store::read_trusted;

/// Only root decides for every user.
const ROOT: u32 = 0;

/// What an administrator has decided for this computer; `None` when nobody has.
///
/// # Errors
/// When others than root could have written it, or it is no policy: nobody can know then
/// what is allowed.
pub fn policy(paths: &Paths) -> Result<Option<Policy>, Problem> {
    let path = &paths.policy;
    let unusable = |why: String| {
        Problem::new(
            ProblemCode::Policy,
            format!("The administrator's policy cannot be used: {why}."),
            format!("ask the administrator to mend {}", path.display()),
        )
    };
    let text = read_trusted(path, ROOT).map_err(|error| unusable(error.to_string()))?;
    let policy = text.map(|text| Policy::read(&text)).transpose();
    policy.map_err(|error| unusable(format!("{}: {error}", path.display())))
}

/// Whether the user may do this.
///
/// # Errors
/// When it is forbidden, or the policy cannot be used.
pub fn permit(paths: &Paths, deed: Forbidden) -> Result<(), Problem> {
    let policy = policy(paths)?.unwrap_or_default();
    policy
        .allow(deed)
        .map_err(|breach| refused(&policy, &breach))
}

/// The problem of what a policy forbids.
#[must_use]
pub(crate) fn refused(policy: &Policy, breach: &Breach) -> Problem {
    Problem::new(ProblemCode::Policy, policy.refusal(breach), policy.remedy())
}
