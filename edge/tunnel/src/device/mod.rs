//! What the system says of a tun device, and is told of us.

#[path = "elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;

pub(crate) use system::announce;
