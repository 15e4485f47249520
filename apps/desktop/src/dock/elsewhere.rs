use std::path::PathBuf;
use tauri::{AppHandle, RunEvent};

/// Other systems hand files over as arguments of a second start.
pub(crate) const fn asked_for(_event: &RunEvent) -> Option<Vec<PathBuf>> {
    None
}

/// Other systems show what has a window.
pub(crate) const fn set_shown(_app: &AppHandle, _shown: bool) {}
