//! What happens to the user's packets on their way through a tunnel, as values: super-packets of a tun device are cut
//! into packets ([`Split`]), packets that came in are joined to super-packets ([`Coalescer`]), so that one system call
//! moves dozens of them. Before a slow socket they wait in fair order ([`FairQueue`]), [`Pace`] says how much it is
//! given at once, [`StandingQueue`] whether a queue stands on the way behind it, and [`Moderation`] when it is worth waiting for
//! more to come in.

#![forbid(unsafe_code)]

mod checksum;
mod coalesce;
mod fair_queue;
mod flow;
mod layout;
mod moderation;
mod pace;
mod segment;
mod split;
mod standing_queue;
mod virtio;

pub use coalesce::{Coalescer, Joined, Joins};
pub use fair_queue::{FairQueue, Next};
pub use flow::{flow_of, mark_congestion};
pub use moderation::Moderation;
pub use pace::Pace;
pub use split::{Split, SplitError};
pub use standing_queue::StandingQueue;
pub use virtio::VirtioHeader;
