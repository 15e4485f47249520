//! The password for a profile's proxy: remembered in the keyring, else asked for.

use crate::keyring::{Keyring, SecretKind, SecretName};
use crate::prompt::Prompt;
use spoke_api::{Problem, ProblemCode, ProxyPassword};
use spoke_profile::{Profile, Proxy};

/// The password that goes with `spoke connect`; `None` when the profile names no user
/// for its proxy, or nobody can be asked: the proxy may let one through without.
///
/// # Errors
/// When the keyring cannot be used.
pub async fn proxy_password(
    profile: &Profile,
    keyring: &Keyring,
    interactive: bool,
    prompt: &mut dyn Prompt,
) -> Result<Option<ProxyPassword>, Problem> {
    let Some((proxy, username)) = user_of(profile) else {
        return Ok(None);
    };
    let name = secret_name(proxy, username);
    if let Some(text) = keyring.secret(&name, interactive).await? {
        return Ok(Some(ProxyPassword::new(text)));
    }
    if !interactive {
        return Ok(None);
    }
    let place = format!("the proxy {}:{}", proxy.host, proxy.port);
    let Some(answer) = prompt.password(&place, Some(username)).await else {
        return Ok(None);
    };
    if answer.username != username {
        return Err(Problem::new(
            ProblemCode::Usage,
            format!("The profile names {username} for {place}."),
            format!(
                "spoke profile set {} proxy=…   (with the other name)",
                profile.name
            ),
        ));
    }
    if answer.remember {
        let label = label(proxy, username);
        keyring.keep(&name, &label, &answer.password).await?;
    }
    Ok(Some(ProxyPassword::new(answer.password)))
}

/// Keeps a password for the profile's proxy that came with its file, as if it had been
/// typed; nothing when the profile names no user for its proxy.
///
/// # Errors
/// When there is no lasting store, or it cannot be changed.
pub async fn keep_proxy_password(
    profile: &Profile,
    password: &str,
    keyring: &Keyring,
) -> Result<(), Problem> {
    let Some((proxy, username)) = user_of(profile) else {
        return Ok(());
    };
    let name = secret_name(proxy, username);
    keyring
        .keep_for_good(&name, &label(proxy, username), password)
        .await
}

fn label(proxy: &Proxy, username: &str) -> String {
    let Proxy { host, port, .. } = proxy;
    format!("Spoke password of {username} for the proxy {host}:{port}")
}

/// Forgets the password that the proxy has refused: sending it again could lock the
/// account.
///
/// # Errors
/// When the keyring cannot be changed.
pub async fn forget_proxy_password(profile: &Profile, keyring: &Keyring) -> Result<(), Problem> {
    match user_of(profile) {
        Some((proxy, username)) => keyring.forget(&secret_name(proxy, username)).await,
        None => Ok(()),
    }
}

/// Forgets the password for the proxy of a profile that is gone, unless another one goes
/// through the same proxy as the same user.
///
/// # Errors
/// When the keyring cannot be changed.
pub(crate) async fn forget_unused_proxy_password(
    gone: &Profile,
    others: &[Profile],
    keyring: &Keyring,
) -> Result<(), Problem> {
    let name_of = |profile| user_of(profile).map(|(proxy, user)| secret_name(proxy, user));
    match name_of(gone) {
        Some(name)
            if !others
                .iter()
                .any(|other| name_of(other).as_ref() == Some(&name)) =>
        {
            keyring.forget(&name).await
        }
        _ => Ok(()),
    }
}

fn user_of(profile: &Profile) -> Option<(&Proxy, &str)> {
    let proxy = profile.proxy.as_ref()?;
    Some((proxy, proxy.username.as_deref()?))
}

fn secret_name(proxy: &Proxy, username: &str) -> SecretName {
    let key = format!("{username}@{}:{}", proxy.host, proxy.port);
    SecretName::new(SecretKind::ProxyPassword, key)
}
