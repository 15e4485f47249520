//! `spoke reconnect [PROFILE]`

use crate::commands::connect;
use crate::context::Context;
use crate::exit::Outcome;
use crate::{follow, select};
use spoke_api::Problem;

#[derive(Debug, clap::Args)]
#[command(after_help = "The connection is made anew with the profile as it is stored now.")]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do. The connected one when absent.
    profile: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let connected = connected(context)?;
    let named = args.profile.as_deref().or(connected.as_deref());
    let profile = select::profile(context, named)?;
    connect::anew(context, profile)
}

/// Name of the profile of the connection that there is.
fn connected(context: &Context) -> Result<Option<String>, Problem> {
    let state = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        follow::state(&daemon).await
    })?;
    let name = state.connection.map(|connection| connection.profile);
    // Another user's has no name here.
    Ok(name.filter(|name| !name.is_empty()))
}
