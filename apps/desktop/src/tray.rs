//! The icon beside the clock, or in the menu bar, with its menu: shows what
//! [`spoke_view::Tray`] decided.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub(crate) use linux::Item;
#[cfg(target_os = "macos")]
pub(crate) use macos::Item;
