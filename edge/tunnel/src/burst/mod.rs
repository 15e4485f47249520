//! Many datagrams in one system call, where the system has that.

#[path = "elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;

pub(crate) use system::{
    LONGEST_OF_RUN, control_space, cut, is_refusal, receive, receive_bursts, receive_singly,
    send_run, size_of,
};

/// What one call received: so many bytes, in datagrams of this size but for the last,
/// which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// All bytes.
    pub count: usize,
    /// The length of each datagram but the last.
    pub size: usize,
}

impl Burst {
    /// A single datagram.
    #[must_use]
    pub const fn one(count: usize) -> Self {
        Self { count, size: count }
    }
}
