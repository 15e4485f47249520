mod addresses;
mod host;
mod lockdown;
mod netlink;
mod nftables;
mod portal;
mod resolv_conf;
mod resolved;
mod routes;
mod tun;
mod view;
mod watch;

pub use host::Host;
pub use portal::behind_portal;
pub use tun::TunDevice;
pub use watch::Watch;
