//! The keyring that comes with the user's session.

#[path = "keychain.rs"]
#[cfg(target_os = "macos")]
mod keyring;
#[path = "secret_service.rs"]
#[cfg(not(target_os = "macos"))]
mod keyring;

pub(super) use keyring::SystemKeyring;
