//! The Dock and the Finder, which only macOS has.

#[path = "dock/elsewhere.rs"]
#[cfg(not(target_os = "macos"))]
mod system;
#[path = "dock/macos.rs"]
#[cfg(target_os = "macos")]
mod system;

pub(crate) use system::{asked_for, set_shown};
