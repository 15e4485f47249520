//! What the system says of a tun device, and is told of us.

#[path = "elsewhere.rs"]
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;
#[path = "macos.rs"]
#[cfg(target_os = "macos")]
mod system;

pub(crate) use system::announce;
