//! The icon beside the clock, or in the menu bar, with its menu: shows what
//! [`spoke_view::Tray`] decided.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;

pub(crate) use system::Item;
