//! `spoke profile duplicate NAME NEW`

use crate::context::Context;
use crate::document;
use crate::exit::Outcome;
use crate::progress::done;
use spoke_api::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
    /// Name of the copy.
    new: String,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let old = context.store().find(&args.name)?.name;
    context.store().duplicate(&old, &args.new)?;
    let line = format!("Copied {old} to {}.", args.new);
    context.print.note(done(&context.print, &line));
    if context.print.json() {
        let profile = context.store().load(&args.new)?;
        context.print.document(&document::profile(&profile, None));
    }
    Ok(ExitCode::Success)
}
