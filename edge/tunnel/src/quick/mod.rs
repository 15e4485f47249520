//! Immediate acknowledgements, where the system can be asked for them.

#[path = "elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;

pub(crate) use system::acknowledge_quickly;
