//! What some systems can be asked for on a socket and others decide by themselves.

#[path = "elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;

pub(crate) use system::{
    QUIETLY, acknowledge_quickly, allow_fragments, hold, hold_back_little, sharpen_timers, wait,
};
