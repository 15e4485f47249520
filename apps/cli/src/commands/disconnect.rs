//! `spoke disconnect [PROFILE]`

use crate::context::Context;
use crate::document;
use crate::exit::Outcome;
use crate::follow;
use crate::progress::done;
use spoke_api::{ExitCode, Problem, Request, State};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only if this profile is the connected one; the beginning of its name will do.
    profile: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    // A name that is connected but no longer stored counts as it stands.
    let named = args.profile.map(|name| {
        context
            .store()
            .find(&name)
            .map_or(name, |profile| profile.name)
    });
    context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let before = follow::state(&daemon).await?;
        let ended = end(&daemon, &before, named.as_deref(), context).await?;
        if context.print.json() {
            let state = follow::state(&daemon).await?;
            context.print.document(&document::status(&state));
        } else if let Some(name) = ended {
            context
                .print
                .note(done(&context.print, &format!("Disconnected from {name}.")));
        } else {
            let what = named.map_or_else(String::new, |name| format!(" from {name}"));
            context
                .print
                .note(format_args!("Already disconnected{what}."));
        }
        Ok(ExitCode::Success)
    })
}

/// Ends the connection, if there is one of that profile; gives its name.
async fn end(
    daemon: &spoke_agent::DaemonClient,
    before: &State,
    named: Option<&str>,
    context: &Context,
) -> Result<Option<String>, Problem> {
    let Some(connection) = &before.connection else {
        // Nothing is connected, but may be wanted to be.
        let profile = named.map(ToOwned::to_owned);
        daemon.request(Request::Disconnect { profile }).await?;
        return Ok(None);
    };
    if !follow::concerns(before, named) {
        return Ok(None);
    }
    context.print.wait_for("Disconnecting");
    // A failed attempt is told to the daemon too, so that it forgets it.
    let outcome = daemon
        .request(Request::Disconnect {
            profile: named.map(ToOwned::to_owned),
        })
        .await;
    context.print.stop_waiting();
    outcome?;
    Ok((!follow::idle(before)).then(|| connection.profile.clone()))
}

/// Ends the connection of this profile ahead of another.
///
/// # Errors
/// When it could not be ended.
pub(crate) fn before_another(context: &Context, name: &str) -> Result<(), Problem> {
    context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let before = follow::state(&daemon).await?;
        end(&daemon, &before, Some(name), context).await.map(drop)
    })
}

/// Ends the connection of this profile ahead of its removal; a daemon that does not
/// run has none.
///
/// # Errors
/// When a running daemon could not end it.
pub(crate) fn before_removal(context: &Context, name: &str) -> Result<(), Problem> {
    context.run(async {
        let Ok((daemon, _updates)) = context.daemon().await else {
            return Ok(());
        };
        let before = follow::state(&daemon).await?;
        if let Some(name) = end(&daemon, &before, Some(name), context).await? {
            context
                .print
                .note(done(&context.print, &format!("Disconnected from {name}.")));
        }
        Ok(())
    })
}
