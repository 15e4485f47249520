use std::path::PathBuf;
use tauri::{ActivationPolicy, AppHandle, RunEvent};

/// The files that the Finder hands over, and none of them when the icon in the Dock was
/// clicked while there is no window: both ask for the window.
pub(crate) fn asked_for(event: &RunEvent) -> Option<Vec<PathBuf>> {
    match event {
        RunEvent::Opened { urls } => Some(
            urls.iter()
                .filter_map(|url| url.to_file_path().ok())
                .collect(),
        ),
        RunEvent::Reopen {
            has_visible_windows: false,
            ..
        } => Some(Vec::new()),
        _ => None,
    }
}

/// Shows the app in the Dock and among those that one switches between, or nowhere but
/// in the menu bar.
pub(crate) fn set_shown(app: &AppHandle, shown: bool) {
    let policy = if shown {
        ActivationPolicy::Regular
    } else {
        ActivationPolicy::Accessory
    };
    if let Err(error) = app.set_activation_policy(policy) {
        tracing::warn!("the Dock is not changed: {error}");
    }
}
