//! What happens to the user's packets on their way through a tunnel, as values: super-packets of a tun device are cut
//! into packets ([`Split`]), packets that came in are joined to super-packets ([`Coalescer`]). One system call then
//! moves dozens of them.

#![forbid(unsafe_code)]

mod checksum;
mod coalesce;
mod layout;
mod moderation;
mod segment;
mod split;
mod virtio;

pub use coalesce::{Coalescer, Joined, Joins};
pub use moderation::Moderation;
pub use split::{Split, SplitError};
pub use virtio::VirtioHeader;
