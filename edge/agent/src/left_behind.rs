//! The agent that a program leaves behind when it ends before its connection does.

use crate::agent_loop::{AgentLoop, SEARCH};
use crate::keyring::Keyring;
use crate::last::LastConnected;
use crate::paths::Paths;
use crate::preferences::PreferenceStore;
use crate::profiles::ProfileStore;
use crate::provider::{ProviderOptions, TokenProvider};
use nix::fcntl::{Flock, FlockArg};
use spoke_api::Problem;
use spoke_profile::Profile;
use spoke_settings::ConnectAtLogin;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a keyring may take to be opened after login.
const UNLOCKING: Duration = Duration::from_secs(30);
/// How often, and how far apart, an agent looks whether the one before it has ended.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

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
/// When there is no store of tokens, or the daemon could not be reached for long.
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
    let alone = only_one(paths).await;
    // The other one knows all that is in the keyring, and nothing of what was handed over.
    if alone.is_err() && tokens.is_empty() {
        return Ok(());
    }
    let keyring = Keyring::choose(paths).await?;
    let provider = TokenProvider::new(keyring, options);
    if !tokens.is_empty() {
        provider.take_over(&tokens).await?;
    }
    drop(tokens);
    agent(paths, version, provider, None).run().await
}

/// What a program does that the system starts with the user's session: connects what the
/// settings say and goes on as what [`leave_behind`] starts. Nothing, where they say so.
///
/// # Errors
/// When the settings or profiles cannot be read, or there is no store of tokens.
pub async fn connect_at_login(
    paths: &Paths,
    version: &str,
    options: ProviderOptions,
) -> Result<(), Problem> {
    let name = match PreferenceStore::new(paths).load()?.connect_at_login {
        ConnectAtLogin::Off => None,
        ConnectAtLogin::Last => LastConnected::new(paths).name(),
        ConnectAtLogin::Profile(name) => Some(name),
    };
    let Some(name) = name else { return Ok(()) };
    let profile = ProfileStore::new(paths.profiles()).load(&name)?;
    let provider = opened(paths, &options, &profile).await?;
    agent(paths, version, provider, Some(name)).run().await
}

fn agent(
    paths: &Paths,
    version: &str,
    provider: TokenProvider,
    begin: Option<String>,
) -> AgentLoop {
    AgentLoop {
        socket: paths.socket.clone(),
        version: version.to_owned(),
        profiles: ProfileStore::new(paths.profiles()),
        preferences: PreferenceStore::new(paths),
        provider: Arc::new(provider),
        begin,
        search: SEARCH,
    }
}

/// The store of tokens. Right after login it may not be there yet, or still be locked, which
/// looks as if nobody had ever signed in.
async fn opened(
    paths: &Paths,
    options: &ProviderOptions,
    profile: &Profile,
) -> Result<TokenProvider, Problem> {
    let pause = Duration::from_secs(1);
    let mut waited = Duration::ZERO;
    loop {
        let provider = TokenProvider::new(Keyring::choose(paths).await?, options.clone());
        let accounts = provider.accounts_of(std::slice::from_ref(profile)).await;
        let known = accounts.is_ok_and(|accounts| accounts.iter().any(Option::is_some));
        let needs_none = !matches!(profile.sign_in, spoke_profile::SignIn::Entra(_));
        if known || needs_none || waited >= UNLOCKING {
            return Ok(provider);
        }
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}

/// The user has an agent for this daemon already.
struct AnotherAgent;

/// Makes this the user's only agent of the daemon for as long as the lock lives; none where
/// there can be no lock.
async fn only_one(paths: &Paths) -> Result<Option<Flock<File>>, AnotherAgent> {
    let socket = paths.socket.to_string_lossy().replace('/', "-");
    // Where there is no such folder, two agents are better than none.
    let _ = std::fs::create_dir_all(&paths.state);
    let path = paths.state.join(format!("agent{socket}.lock"));
    for _ in 0..LOOKS {
        let Ok(file) = File::create(&path) else {
            return Ok(None);
        };
        if let Ok(lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            return Ok(Some(lock));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(AnotherAgent)
}
