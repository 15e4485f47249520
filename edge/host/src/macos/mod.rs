//! What the plan says, done on macOS. Bytes for the kernel and values for configd come
//! from `spoke_plan`, where they are tested.

mod addresses;
mod dynamic_store;
mod host;
mod layout;
mod portal;
mod routes;
mod sysctl;
mod tun;
mod watch;

pub use host::Host;
pub use portal::behind_portal;
pub use tun::TunDevice;
pub use watch::Watch;
