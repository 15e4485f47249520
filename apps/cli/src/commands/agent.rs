//! `spoke agent`: what `spoke connect` leaves behind to renew tokens.

use crate::commands::connect::Auth;
use crate::context::{Context, VERSION};
use crate::exit::Outcome;
use spoke_agent::{AgentLoop, Keyring, ProviderOptions, TokenProvider};
use spoke_api::{ExitCode, Problem, ProblemCode};
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
/// process alone.
///
/// # Errors
/// When this program cannot be started once more.
pub(crate) fn leave_behind(
    context: &Context,
    provider: &TokenProvider,
    auth: Auth,
) -> Result<(), Problem> {
    let handed = provider.hand_over();
    let failed = |error: io::Error| {
        Problem::new(
            ProblemCode::Other,
            format!("The agent that renews the sign-in cannot be started: {error}."),
            "spoke status   (the connection lasts until the sign-in expires)",
        )
    };
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command
        .arg("agent")
        .arg("--socket")
        .arg(&context.paths.socket);
    if auth == Auth::Never {
        command.args(["--auth", "never"]);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    match handed {
        None => {
            command.stdin(Stdio::null()).spawn().map_err(failed)?;
        }
        Some(tokens) => {
            command.arg("--handed").stdin(Stdio::piped());
            let mut agent = command.spawn().map_err(failed)?;
            if let Some(mut stdin) = agent.stdin.take() {
                stdin.write_all(tokens.as_bytes()).map_err(failed)?;
            }
        }
    }
    Ok(())
}
