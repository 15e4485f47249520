//! `spoke wait [PROFILE] --for connected|disconnected`

use crate::context::Context;
use crate::document;
use crate::exit::Outcome;
use crate::follow::{self, Budget};
use crate::words;
use spoke_api::{ExitCode, Phase, Problem, ProblemCode, State};
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit code 3 says: the attempt has failed, so waiting is no use; \
                        124: not so within the time."
)]
pub(crate) struct Args {
    /// Only this profile counts; the beginning of its name will do.
    profile: Option<String>,
    /// What to wait for.
    #[arg(long = "for", value_enum, value_name = "STATE")]
    what: What,
    /// Give up after this long.
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration)]
    timeout: Option<Duration>,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Traffic flows.
    Connected,
    /// The host's network is as without Spoke.
    Disconnected,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let named = args
        .profile
        .as_ref()
        .map(|name| context.store().find(name).map(|profile| profile.name))
        .transpose()?;
    context.run(wait(context, args, named))
}

async fn wait(context: &Context, args: Args, named: Option<String>) -> Outcome {
    let (daemon, mut updates) = context.daemon().await?;
    let mut state = follow::subscribe(&daemon, &mut updates).await?;
    let mut budget = Budget::new(args.timeout);
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let mine = follow::concerns(&state, named.as_deref());
        let arrived = match args.what {
            What::Connected => mine && state.phase() == Phase::Connected,
            What::Disconnected => !mine || follow::idle(&state),
        };
        if arrived {
            if context.print.json() {
                context.print.document(&document::status(&state));
            }
            return Ok(ExitCode::Success);
        }
        if args.what == What::Connected && mine && state.phase() == Phase::Failed {
            return Err(failed(&state));
        }
        state = tokio::select! {
            next = follow::next_state(&mut updates) => next?,
            () = budget.spent() => {
                let what = match args.what {
                    What::Connected => "Not connected",
                    What::Disconnected => "Not disconnected",
                };
                return Err(budget.problem(what, "spoke status"));
            }
            _ = &mut interrupt => {
                return Err(Problem::new(
                    ProblemCode::Cancelled,
                    "No longer waiting; nothing was changed.",
                    "spoke status",
                ));
            }
        };
    }
}

fn failed(state: &State) -> Problem {
    let problem = state
        .connection
        .as_ref()
        .and_then(|connection| connection.problem.clone());
    let not_connected = Problem::new(
        ProblemCode::NotConnected,
        "The attempt to connect has failed.",
        "spoke connect",
    );
    match problem {
        Some(problem) => Problem {
            hint: problem.hint,
            ..not_connected.cause(problem.summary)
        },
        None => not_connected,
    }
}
