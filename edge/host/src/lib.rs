//! Reads and changes this machine's network: opens the tunnel device, lists links
//! and routes, sets addresses, routes and DNS. What to set, and whether it is still
//! Spoke's to take back, is decided in `spoke-plan`; here it is only done.

mod error;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod outcome;

pub use error::HostError;
#[cfg(target_os = "linux")]
pub use linux::{Host, TunDevice, Watch, behind_portal};
#[cfg(target_os = "macos")]
pub use macos::{Host, TunDevice, Watch, behind_portal};
pub use outcome::Outcome;
pub use spoke_plan::HostEvent;
