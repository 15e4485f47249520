//! `spoke explain HOST|IP|URL`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{clean, document, explain_view};
use spoke_agent::inquire;
use spoke_api::ExitCode;
use spoke_diagnose::{Explanation, Target, explain};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke explain db1.privatelink.database.windows.net\n  \
                        spoke explain 10.20.0.9:22\n  \
                        spoke explain https://wiki.contoso.internal/\n\n\
                        Exit code 1 says: it cannot be reached as it should be. A port that is not said \
                        is that of the URL or of Azure's service, else 443.")]
pub(crate) struct Args {
    /// What to reach: a host name or an address, with a port or as a URL.
    #[arg(value_name = "HOST|IP|URL")]
    target: Target,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let explanation = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        context
            .print
            .wait_for(format!("Looking at the way to {}", args.target));
        let facts = inquire(&daemon, args.target).await;
        context.print.stop_waiting();
        let mut facts = facts?;
        clean::state(&mut facts.state);
        Ok(explain(&facts))
    })?;
    if context.print.json() {
        context
            .print
            .document(&document::of("spoke.explain/1", &explanation));
    } else {
        for line in explain_view::lines(&explanation, &context.print) {
            context.print.result(line);
        }
    }
    Ok(code(&explanation))
}

const fn code(explanation: &Explanation) -> ExitCode {
    match explanation.reached {
        true => ExitCode::Success,
        false => ExitCode::Failure,
    }
}
