//! Which profile a command is about.

use crate::context::Context;
use spoke_agent::Listing;
use spoke_api::{Problem, ProblemCode};
use spoke_profile::Profile;

/// The named profile (a unique beginning will do), else that of `SPOKE_PROFILE`, else
/// the only one.
///
/// # Errors
/// [`ProblemCode::ProfileNotFound`] with the names there are.
pub(crate) fn profile(context: &Context, named: Option<&str>) -> Result<Profile, Problem> {
    let variable = std::env::var("SPOKE_PROFILE").ok();
    let meant = named.or(variable.as_deref().filter(|name| !name.is_empty()));
    let store = context.store();
    if let Some(meant) = meant {
        return store.find(meant).map_err(|problem| {
            let problem = listed(context, problem);
            if named.is_none() {
                problem.detail("The name was taken from SPOKE_PROFILE.")
            } else {
                problem
            }
        });
    }
    let Listing {
        mut profiles,
        damaged,
    } = store.list()?;
    // It may be the one that is meant.
    if let (..=1, Some(problem)) = (profiles.len(), damaged.into_iter().next()) {
        return Err(problem);
    }
    if profiles.len() > 1 {
        let names: Vec<_> = profiles.into_iter().map(|profile| profile.name).collect();
        return Err(Problem::new(
            ProblemCode::ProfileNotFound,
            format!("Which profile? There are {}.", names.join(", ")),
            "name one of them, or set SPOKE_PROFILE",
        ));
    }
    profiles.pop().ok_or_else(|| {
        Problem::new(
            ProblemCode::ProfileNotFound,
            "There is no profile yet.",
            "spoke import FILE   (the portal's zip or azurevpnconfig.xml)",
        )
    })
}

/// The problem with the names that would have been right.
fn listed(context: &Context, problem: Problem) -> Problem {
    match context.store().list().map(|listing| listing.profiles) {
        Ok(profiles) if profiles.is_empty() => Problem {
            hint: "spoke import FILE   (the portal's zip or azurevpnconfig.xml)".to_owned(),
            ..problem
        },
        Ok(profiles) if problem.cause.is_none() => {
            let names: Vec<_> = profiles.iter().map(|one| one.name.as_str()).collect();
            let cause = format!("There are: {}.", names.join(", "));
            problem.cause(cause)
        }
        _ => problem,
    }
}
