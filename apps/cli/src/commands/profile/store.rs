//! Saving a profile that was changed or made by hand.

use crate::context::Context;
use crate::progress::done;
use crate::{certificates, document, profile_view, words};
use spoke_agent::{faults, follow_profile};
use spoke_api::{Problem, ProblemCode};
use spoke_profile::{Finding, Profile, differences};

/// Saves the changed profile in place of `before`, and says what has changed. The key of a
/// certificate that it shows no more leaves the keyring.
///
/// # Errors
/// When it is not valid, its new name is taken, or it cannot be saved.
pub(crate) fn changed(context: &Context, before: &Profile, after: Profile) -> Result<(), Problem> {
    let known = before
        .normalised()
        .map(|(_, findings)| findings)
        .unwrap_or_default();
    let after = valid(context, after, &known)?;
    let store = context.store();
    if after == *before {
        context
            .print
            .note(format_args!("{} stays as it is.", before.name));
    } else {
        if after.name != before.name && store.contains(&after.name)? {
            return Err(taken(&after.name));
        }
        store.save(&after)?;
        if after.name != before.name {
            store.remove(&before.name)?;
            follow_profile(&context.paths, &before.name, Some(&after.name))?;
        }
        let differences = differences(before, &after);
        for line in profile_view::difference_lines(&differences, &context.print) {
            context.print.note(line);
        }
        let line = format!("Saved {}.", after.name);
        context.print.note(done(&context.print, &line));
        certificates::forget_unused(context, before, Some(&after))?;
    }
    if context.print.json() {
        context.print.document(&document::profile(&after, None));
    }
    Ok(())
}

/// Saves a new profile.
///
/// # Errors
/// When it is not valid, its name is taken, or it cannot be saved.
pub(crate) fn added(context: &Context, profile: Profile) -> Result<(), Problem> {
    let profile = valid(context, profile, &[])?;
    if context.store().contains(&profile.name)? {
        return Err(taken(&profile.name));
    }
    context.store().save(&profile)?;
    let line = format!(
        "Saved {}.   Next: spoke connect {}",
        profile.name,
        words::shell(&profile.name)
    );
    context.print.note(done(&context.print, &line));
    if context.print.json() {
        context.print.document(&document::profile(&profile, None));
    }
    Ok(())
}

/// The problem of a name that another profile has.
#[must_use]
pub(crate) fn taken(name: &str) -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        format!("There is already a profile {name}."),
        format!(
            "choose another name, or first: spoke profile remove {}",
            words::shell(name)
        ),
    )
}

/// The profile in normal form; shows what is worth a look and not `known` yet.
fn valid(context: &Context, profile: Profile, known: &[Finding]) -> Result<Profile, Problem> {
    let (profile, mut findings) = profile
        .normalised()
        .map_err(|errors| faults::in_profile(&profile.name, &errors))?;
    findings.retain(|finding| !known.contains(finding));
    for line in profile_view::finding_lines(&findings, &context.print) {
        context.print.note(line);
    }
    Ok(profile)
}
