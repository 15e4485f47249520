//! What the user chose for a profile by its name, when that changes.

use crate::chosen_accounts::ChosenAccounts;
use crate::paths::Paths;
use crate::preferences::PreferenceStore;
use spoke_api::Problem;
use spoke_settings::{ConnectAtLogin, Preferences};

/// Has the choices for a profile follow it to its new name; with `None` it is gone, and they
/// with it.
///
/// # Errors
/// When the choices cannot be read or written.
pub fn follow_profile(paths: &Paths, from: &str, to: Option<&str>) -> Result<(), Problem> {
    ChosenAccounts::new(paths).follow(from, to)?;
    let store = PreferenceStore::new(paths);
    let kept = store.load()?;
    if kept.connect_at_login != ConnectAtLogin::Profile(from.to_owned()) {
        return Ok(());
    }
    let connect_at_login = to.map_or(ConnectAtLogin::Off, |to| {
        ConnectAtLogin::Profile(to.to_owned())
    });
    let wanted = Preferences {
        connect_at_login,
        ..kept.clone()
    };
    store.change(&kept, &wanted).map(drop)
}
