//! Reads and changes this machine's network: opens the tunnel device, lists links
//! and routes, sets addresses, routes and DNS. What to set, and whether it is still
//! Spoke's to take back, is decided in `spoke-plan`; here it is only done.

mod error;
#[cfg(target_os = "linux")]
mod linux;

pub use error::HostError;
#[cfg(target_os = "linux")]
pub use linux::{Host, HostEvent, Outcome, TunDevice, Watch};
