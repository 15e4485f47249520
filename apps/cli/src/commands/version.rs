//! `spoke version`

use crate::context::{Context, VERSION};
use crate::document;
use crate::exit::Outcome;
use spoke_api::{API_VERSION, ExitCode};

pub(crate) fn run(context: &Context) -> Outcome {
    // A daemon that does not run is no failure here: it has no version then.
    let daemon = context
        .run(async { Ok(context.daemon().await?.0.daemon().version.clone()) })
        .ok();
    if context.print.json() {
        context
            .print
            .document(&document::version(VERSION, API_VERSION, daemon.as_deref()));
        return Ok(ExitCode::Success);
    }
    context
        .print
        .result(format_args!("spoke {VERSION} (API {API_VERSION})"));
    match daemon {
        Some(version) => context.print.result(format_args!("spoked {version}")),
        None => context.print.note("spoked does not run"),
    }
    Ok(ExitCode::Success)
}
