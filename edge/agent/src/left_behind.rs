//! The agent that a program leaves behind when it ends before its connection does.

use crate::agent_loop::AgentLoop;
use crate::keyring::Keyring;
use crate::paths::Paths;
use crate::profiles::ProfileStore;
use crate::provider::{ProviderOptions, TokenProvider};
use spoke_api::Problem;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Starts `PROGRAM agent --socket SOCKET [--handed]` with this very program, in a session
/// of its own, and hands it the tokens that live in this process alone. It ends with the
/// user's connection. `arguments` come beside those.
///
/// # Errors
/// When it cannot be started.
pub fn leave_behind(paths: &Paths, provider: &TokenProvider, arguments: &[&str]) -> io::Result<()> {
    let handed = provider.hand_over();
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("agent")
        .arg("--socket")
        .arg(std::path::absolute(&paths.socket)?)
        .args(arguments);
    // It outlives the folder that this was started in.
    command.current_dir("/");
    if std::env::var_os("SPOKE_CONFIG_DIR").is_some() {
        command.env("SPOKE_CONFIG_DIR", std::path::absolute(&paths.config)?);
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

/// What a program does that was started by [`leave_behind`]; `handed` when it was given
/// `--handed`, and tokens come on standard input.
///
/// # Errors
/// When there is no store of tokens, or the daemon could not be reached at the start.
pub async fn stay_behind(
    paths: &Paths,
    version: &str,
    options: ProviderOptions,
    handed: bool,
) -> Result<(), Problem> {
    // Already a session leader when started by hand from a service manager.
    let _ = nix::unistd::setsid();
    let mut tokens = Zeroizing::new(String::new());
    if handed {
        let _ = io::stdin().read_to_string(&mut tokens);
    }
    let keyring = Keyring::choose(paths).await?;
    let provider = TokenProvider::new(keyring, options);
    if !tokens.is_empty() {
        provider.take_over(&tokens).await?;
    }
    drop(tokens);
    AgentLoop {
        socket: paths.socket.clone(),
        version: version.to_owned(),
        profiles: ProfileStore::new(paths.profiles()),
        provider: Arc::new(provider),
    }
    .run()
    .await
}
