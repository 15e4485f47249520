//! Immediate acknowledgements, where the system can be asked for them.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::acknowledge_quickly;
#[cfg(target_os = "linux")]
pub(crate) use linux::acknowledge_quickly;
