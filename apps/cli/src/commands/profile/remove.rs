//! `spoke profile remove NAME`

use crate::certificates;
use crate::commands::disconnect;
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{document, words};
use spoke_agent::follow_profile;
use spoke_api::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = context.store().find(&args.name)?;
    let name = profile.name.clone();
    let sure = context.ask.confirm_danger(
        &format!("Remove the VPN connection {name}?"),
        &format!("spoke profile remove {}", words::shell(&name)),
    )?;
    if !sure {
        context.print.note("Kept.");
        return Ok(ExitCode::Success);
    }
    disconnect::before_removal(context, &name)?;
    context.store().remove(&name)?;
    follow_profile(&context.paths, &name, None)?;
    context
        .print
        .note(done(&context.print, &format!("Removed {name}.")));
    certificates::forget_unused(context, &profile, None)?;
    if context.print.json() {
        let left = context.store().list()?.profiles;
        context.print.document(&document::profiles(&left, None));
    }
    Ok(ExitCode::Success)
}
