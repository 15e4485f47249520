//! `spoke pause TIME` and `spoke resume`

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{document, follow, words};
use spoke_api::{ExitCode, Request};
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "This computer's network is as without Spoke until then. `spoke resume` ends the \
                        pause before its time, `spoke disconnect` the connection."
)]
pub(crate) struct PauseArgs {
    /// How long; afterwards the connection comes back by itself.
    #[arg(value_name = "TIME", value_parser = words::parse_duration)]
    time: Duration,
}

pub(crate) fn pause(context: &Context, args: PauseArgs) -> Outcome {
    let seconds = args.time.as_secs().max(1);
    let said = format!(
        "Paused for {}.   Next: spoke resume, when it is too long",
        words::duration(seconds)
    );
    ask(context, Request::Pause { seconds }, &said)
}

pub(crate) fn resume(context: &Context) -> Outcome {
    let said = "The connection comes back.   Next: spoke wait --for connected";
    ask(context, Request::Resume, said)
}

fn ask(context: &Context, request: Request, said: &str) -> Outcome {
    let state = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        daemon.request(request).await?;
        follow::state(&daemon).await
    })?;
    if context.print.json() {
        context.print.document(&document::status(&state));
    } else {
        context.print.note(done(&context.print, said));
    }
    Ok(ExitCode::Success)
}
