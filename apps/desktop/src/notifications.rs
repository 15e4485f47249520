//! Shows the notifications that [`spoke_view::Notifier`] decided on.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub(crate) use linux::Notifications;
#[cfg(target_os = "macos")]
pub(crate) use macos::Notifications;
