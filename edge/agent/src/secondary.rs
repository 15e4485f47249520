//! The profile that a connection falls back to.

use crate::client_certificate::client_key;
use crate::keyring::Keyring;
use crate::profiles::ProfileStore;
use crate::prompt::Unattended;
use crate::proxy_password::proxy_password;
use spoke_api::Secondary;
use spoke_profile::Profile;

/// What goes with a wish to connect so that the daemon can fall back to the gateways of the
/// profile's secondary one; none where it names none, or none that is stored and complete.
/// Nobody is asked anything for it: it may never be needed.
pub async fn secondary(
    profile: &Profile,
    profiles: &ProfileStore,
    keyring: &Keyring,
) -> Option<Secondary> {
    let name = profile.secondary_profile.as_deref()?;
    let found = profiles
        .load(name)
        .ok()
        .filter(|it| it.name != profile.name);
    let Some(profile) = found else {
        tracing::warn!("there is no secondary profile {name}");
        return None;
    };
    let private_key = client_key(&profile, keyring, false, &mut Unattended).await;
    let proxy_password = proxy_password(&profile, keyring, false, &mut Unattended).await;
    match (private_key, proxy_password) {
        (Ok(private_key), Ok(proxy_password)) => Some(Secondary {
            profile: Box::new(profile),
            private_key,
            proxy_password,
        }),
        (Err(problem), _) | (_, Err(problem)) => {
            tracing::warn!("the secondary profile {name} cannot be used: {problem}");
            None
        }
    }
}
