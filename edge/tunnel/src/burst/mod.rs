//! Many datagrams in one system call, where the system has that.

#[path = "elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;

pub(crate) use system::{
    LONGEST_OF_RUN, control_space, is_refusal, receive, receive_bursts, receive_singly, send_run,
};

/// What one call received: so many bytes, in datagrams of this size but for the last,
/// which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Burst {
    pub(crate) count: usize,
    pub(crate) size: usize,
}

impl Burst {
    /// A single datagram.
    pub(crate) const fn one(count: usize) -> Self {
        Self { count, size: count }
    }
}
