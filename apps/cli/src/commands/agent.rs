//! `spoke agent`: what `spoke connect` leaves behind to renew tokens.

use crate::commands::connect::Auth;
use crate::context::{Context, VERSION};
use crate::exit::Outcome;
use spoke_agent::{ProviderOptions, TokenProvider, stay_behind};
use spoke_api::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How to sign in.
    #[arg(long, value_enum, default_value_t)]
    auth: Auth,
    /// Take over the tokens that come on standard input.
    #[arg(long)]
    handed: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let options = ProviderOptions {
        ask: args.auth.ask(),
        ..ProviderOptions::default()
    };
    context.run(stay_behind(&context.paths, VERSION, options, args.handed))?;
    Ok(ExitCode::Success)
}

/// Leaves the agent behind. That it cannot be started is told, but ends no connection.
pub(crate) fn leave_behind(context: &Context, provider: &TokenProvider, auth: Auth) {
    let arguments: &[&str] = match auth {
        Auth::Never => &["--auth", "never"],
        _ => &[],
    };
    if let Err(error) = spoke_agent::leave_behind(&context.paths, provider, arguments) {
        context.print.warning(format_args!(
            "The agent that renews the sign-in cannot be started ({error}): the connection lasts \
             until the sign-in expires. Next: spoke disconnect, then spoke connect"
        ));
    }
}
