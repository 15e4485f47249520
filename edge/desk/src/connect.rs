use crate::problems;
use crate::shared::Shared;
use crate::user::User;
use spoke_agent::{
    DaemonClient, LastConnected, Prompt, Unattended, client_key, proxy_password, secondary,
};
use spoke_api::{ConnectOptions, Problem, Request, Response};
use spoke_profile::Profile;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Begins to connect, with what the profile needs beside a token.
pub(crate) async fn connect(desk: &Arc<Shared>, name: &str) -> Result<(), Problem> {
    let mut wish = desk.new_wish();
    wish.mark_unchanged();
    let profile = Arc::new(desk.store.load(name)?);
    let daemon = desk.daemon().await?;
    desk.board.set(|picture| &mut picture.notices, Vec::new());
    let (to, mut said) = mpsc::unbounded_channel();
    let mut user = User::new(desk, name, to);
    let request = tokio::select! {
        prepared = prepare(desk, &profile, true, &mut user) => prepared?,
        // Whatever is said while this is being prepared is a wish to end it.
        Some(_) = said.recv() => return Err(problems::cancelled(name)),
        _ = wish.changed() => return Err(problems::cancelled(name)),
    };
    drop(user);
    desk.connecting(&profile);
    daemon.request(request).await?;
    LastConnected::new(&desk.options.paths).remember(name);
    Ok(())
}

/// Connects again what was connected when the daemon ended, where it ended without having
/// been asked to disconnect. Nobody is asked anything: they did not ask for it.
pub(crate) async fn restore(desk: Arc<Shared>, daemon: DaemonClient, name: String) {
    let wish = desk.wish.subscribe();
    let restored = async {
        let wanted = daemon.request(Request::Intent).await?;
        let as_before = Response::Intent {
            profile: Some(name.clone()),
        };
        if wanted != as_before || wish.has_changed().unwrap_or(true) {
            return Ok(());
        }
        let profile = desk.profile_of(&name)?;
        let request = prepare(&desk, &profile, false, &mut Unattended).await?;
        desk.connecting(&profile);
        daemon.request(request).await.map(drop)
    };
    let outcome: Result<(), Problem> = restored.await;
    if let Err(problem) = outcome {
        tracing::warn!("{name} is not connected again: {problem}");
    }
}

async fn prepare(
    desk: &Arc<Shared>,
    profile: &Profile,
    interactive: bool,
    user: &mut dyn Prompt,
) -> Result<Request, Problem> {
    let provider = desk.provider().await?;
    let private_key = client_key(profile, provider.keyring(), interactive, user).await?;
    let proxy_password = proxy_password(profile, provider.keyring(), interactive, user).await?;
    let secondary = secondary(profile, &desk.store, provider.keyring()).await;
    Ok(Request::Connect {
        profile: Box::new(profile.clone()),
        options: ConnectOptions {
            interactive,
            anew: false,
            lockdown: desk.board.now().preferences.lockdown,
        },
        private_key,
        proxy_password,
        secondary,
    })
}
