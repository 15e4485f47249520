//! `spoke profile rename OLD NEW`

use crate::context::Context;
use crate::document;
use crate::exit::Outcome;
use crate::progress::done;
use spoke_agent::follow_profile;
use spoke_api::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
    /// The new name.
    new: String,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let old = context.store().find(&args.name)?.name;
    context.store().rename(&old, &args.new)?;
    follow_profile(&context.paths, &old, Some(&args.new))?;
    let line = format!("{old} is now called {}.", args.new);
    context.print.note(done(&context.print, &line));
    if context.print.json() {
        let profile = context.store().load(&args.new)?;
        context.print.document(&document::profile(&profile, None));
    }
    Ok(ExitCode::Success)
}
