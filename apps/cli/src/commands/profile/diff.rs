//! `spoke profile diff NAME FILE`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{document, profile_view};
use spoke_agent::source::Source;
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::{differences, options_of};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
    /// The file to compare with: as `spoke import` takes it.
    file: PathBuf,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let stored = context.store().find(&args.name)?;
    let source = Source::open(&args.file)?;
    let unusable = |error: &spoke_profile::ReadError| {
        Problem::new(
            ProblemCode::ProfileInvalid,
            format!(
                "{} cannot be compared with: {}",
                source.name(),
                error.message
            ),
            error.next.clone(),
        )
    };
    let package = source
        .package(&options_of(&stored))
        .map_err(|error| unusable(&error))?;
    // Of several the one that signs in alike; else the first.
    let kind = stored.sign_in.azure_type();
    let Some((_, reading)) = package
        .profiles()
        .find(|(_, reading)| reading.profile.sign_in.azure_type() == kind)
        .or_else(|| package.profiles().next())
    else {
        return Err(package.first_error().map_or_else(
            || {
                Problem::new(
                    ProblemCode::ProfileInvalid,
                    format!("{} holds no profile.", source.name()),
                    "name the portal's zip or azurevpnconfig.xml",
                )
            },
            unusable,
        ));
    };
    let differences = differences(&stored, &reading.profile);
    if context.print.json() {
        context
            .print
            .document(&document::diff(&stored.name, source.name(), &differences));
        return Ok(ExitCode::Success);
    }
    if differences.is_empty() {
        context.print.note(format_args!(
            "{} and {} are the same.",
            stored.name,
            source.name()
        ));
    }
    for line in profile_view::difference_lines(&differences, &context.print) {
        context.print.result(line);
    }
    Ok(ExitCode::Success)
}
