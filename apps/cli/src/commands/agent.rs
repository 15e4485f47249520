//! `spoke agent`: what `spoke connect` leaves behind to renew tokens, and what the session
//! starts with where something is to be connected at login.

use crate::commands::connect::Auth;
use crate::context::{Context, VERSION};
use crate::exit::Outcome;
use spoke_agent::{ProviderOptions, TokenProvider, connect_at_login, stay_behind};
use spoke_api::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How to sign in.
    #[arg(long, value_enum, default_value_t)]
    auth: Auth,
    /// Take over the tokens that come on standard input.
    #[arg(long)]
    handed: bool,
    /// Connect first what the settings say.
    #[arg(long, conflicts_with = "handed")]
    at_login: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let options = ProviderOptions {
        ask: args.auth.ask(),
        ..ProviderOptions::of_user(&context.paths)
    };
    context.run(async {
        if args.at_login {
            connect_at_login(&context.paths, VERSION, options).await
        } else {
            stay_behind(&context.paths, VERSION, options, args.handed).await
        }
    })?;
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
