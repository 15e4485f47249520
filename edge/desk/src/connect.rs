use crate::problems;
use crate::shared::Shared;
use crate::user::User;
use spoke_agent::{LastConnected, client_key, proxy_password, secondary};
use spoke_api::{ConnectOptions, Problem, Request};
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
        prepared = prepare(desk, &profile, &mut user) => prepared?,
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

async fn prepare(
    desk: &Arc<Shared>,
    profile: &Profile,
    user: &mut User,
) -> Result<Request, Problem> {
    let provider = desk.provider().await?;
    let private_key = client_key(profile, provider.keyring(), true, user).await?;
    let proxy_password = proxy_password(profile, provider.keyring(), true, user).await?;
    let secondary = secondary(profile, &desk.store, provider.keyring()).await;
    Ok(Request::Connect {
        profile: Box::new(profile.clone()),
        options: ConnectOptions {
            interactive: true,
            anew: false,
        },
        private_key,
        proxy_password,
        secondary,
    })
}
