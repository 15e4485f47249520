//! `spoke agent`: what `spoke connect` leaves behind to renew tokens.

use crate::commands::connect::Auth;
use crate::context::{Context, VERSION};
use crate::exit::Outcome;
use spoke_agent::{AgentLoop, Keyring, ProviderOptions, TokenProvider};
use spoke_api::ExitCode;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

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
    // Already a session leader when started by hand from a service manager.
    let _ = nix::unistd::setsid();
    let mut handed = Zeroizing::new(String::new());
    if args.handed {
        let _ = io::stdin().read_to_string(&mut handed);
    }
    context.run(async {
        let options = ProviderOptions {
            ask: args.auth.ask(),
            ..ProviderOptions::default()
        };
        let keyring = Keyring::choose(&context.paths).await?;
        let provider = TokenProvider::new(keyring, options);
        if !handed.is_empty() {
            provider.take_over(&handed).await?;
        }
        drop(handed);
        AgentLoop {
            socket: context.paths.socket.clone(),
            version: VERSION.to_owned(),
            profiles: context.store(),
            provider: Arc::new(provider),
        }
        .run()
        .await
    })?;
    Ok(ExitCode::Success)
}

/// Starts the agent in a session of its own and hands it the tokens that live in this
/// process alone. That it cannot be started is told, but ends no connection.
pub(crate) fn leave_behind(context: &Context, provider: &TokenProvider, auth: Auth) {
    if let Err(error) = start(context, provider, auth) {
        context.print.warning(format_args!(
            "The agent that renews the sign-in cannot be started ({error}): the connection lasts \
             until the sign-in expires. Next: spoke disconnect, then spoke connect"
        ));
    }
}

fn start(context: &Context, provider: &TokenProvider, auth: Auth) -> io::Result<()> {
    let handed = provider.hand_over();
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("agent")
        .arg("--socket")
        .arg(std::path::absolute(&context.paths.socket)?);
    if auth == Auth::Never {
        command.args(["--auth", "never"]);
    }
    // It outlives the folder that this was typed in.
    command.current_dir("/");
    if std::env::var_os("SPOKE_CONFIG_DIR").is_some() {
        command.env(
            "SPOKE_CONFIG_DIR",
            std::path::absolute(&context.paths.config)?,
        );
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let Some(tokens) = handed else {
        command.stdin(Stdio::null()).spawn()?;
        return Ok(());
    };
    let mut agent = command.arg("--handed").stdin(Stdio::piped()).spawn()?;
    match agent.stdin.take() {
        Some(mut stdin) => stdin.write_all(tokens.as_bytes()),
        None => Ok(()),
    }
}
