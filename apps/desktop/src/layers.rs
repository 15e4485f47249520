//! How the web view puts its pages together: by layers, which only a graphics card is
//! good at, or without.

#[path = "layers/linux.rs"]
#[cfg(target_os = "linux")]
mod system;
#[path = "layers/elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;

pub(crate) use system::do_without;
