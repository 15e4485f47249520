use crate::dns::LinkDns;
use crate::dynamic_store::ServiceDns;
use crate::files::FileState;
use crate::lockdown::Lockdown;
use crate::route::{Route, Via};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One step of changing the host's network. Applying one twice is the same as once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Gives the tunnel device an address, without the route that the kernel would
    /// add for its prefix.
    AddAddress {
        /// Name of the device.
        interface: String,
        /// The address and its prefix length.
        address: IpNet,
    },
    /// Takes an address away.
    RemoveAddress {
        /// Name of the device.
        interface: String,
        /// The address and its prefix length.
        address: IpNet,
    },
    /// Sets the tunnel device's MTU, in bytes.
    SetMtu {
        /// Name of the device.
        interface: String,
        /// What it was.
        from: u16,
        /// What it becomes.
        to: u16,
    },
    /// Sets the tunnel device up or down.
    SetUp {
        /// Name of the device.
        interface: String,
        /// Up, or down.
        up: bool,
    },
    /// Adds a route with Spoke's metric and mark.
    AddRoute {
        /// The route.
        route: Route,
    },
    /// Removes a route that carries Spoke's metric and mark.
    RemoveRoute {
        /// The route.
        route: Route,
    },
    /// Sets systemd-resolved's settings of the tunnel device; none takes them back.
    SetResolved {
        /// Name of the device.
        interface: String,
        /// What they were.
        from: Option<LinkDns>,
        /// What they become.
        to: Option<LinkDns>,
    },
    /// Replaces `/etc/resolv.conf`, if what stands there is still `from`.
    SetResolvConf {
        /// What stands there.
        from: FileState,
        /// What is to stand there.
        to: FileState,
    },
    /// Sets what alone may leave this computer, as a whole; none lets everything leave.
    SetLockdown {
        /// What it was.
        from: Option<Lockdown>,
        /// What it becomes.
        to: Option<Lockdown>,
    },
    /// Sets the tunnel's resolver in macOS' dynamic store; none takes it away.
    SetServiceDns {
        /// What it was.
        from: Option<ServiceDns>,
        /// What it becomes.
        to: Option<ServiceDns>,
    },
}

/// The stage of connecting that a change belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The tunnel device with its addresses.
    Interface,
    /// Routes.
    Routes,
    /// DNS.
    Dns,
}

/// What a change dies with when nobody takes it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// With the tunnel device, and so with the process that holds it open.
    Device,
    /// With the process.
    Process,
    /// With the boot.
    Boot,
    /// Never: it is on disk.
    Disk,
}

impl Change {
    /// The change that takes this one back.
    #[must_use]
    pub fn undo(&self) -> Self {
        match self.clone() {
            Self::AddAddress { interface, address } => Self::RemoveAddress { interface, address },
            Self::RemoveAddress { interface, address } => Self::AddAddress { interface, address },
            Self::SetMtu {
                interface,
                from,
                to,
            } => Self::SetMtu {
                interface,
                from: to,
                to: from,
            },
            Self::SetUp { interface, up } => Self::SetUp { interface, up: !up },
            Self::AddRoute { route } => Self::RemoveRoute { route },
            Self::RemoveRoute { route } => Self::AddRoute { route },
            Self::SetResolved {
                interface,
                from,
                to,
            } => Self::SetResolved {
                interface,
                from: to,
                to: from,
            },
            Self::SetResolvConf { from, to } => Self::SetResolvConf { from: to, to: from },
            Self::SetServiceDns { from, to } => Self::SetServiceDns { from: to, to: from },
            Self::SetLockdown { from, to } => Self::SetLockdown { from: to, to: from },
        }
    }

    /// The stage of connecting that it belongs to.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::AddAddress { .. }
            | Self::RemoveAddress { .. }
            | Self::SetMtu { .. }
            | Self::SetUp { .. }
            | Self::SetLockdown { .. } => Stage::Interface,
            Self::AddRoute { .. } | Self::RemoveRoute { .. } => Stage::Routes,
            Self::SetResolved { .. } | Self::SetResolvConf { .. } | Self::SetServiceDns { .. } => {
                Stage::Dns
            }
        }
    }

    /// What it dies with. systemd-resolved forgets a link's servers with the link,
    /// macOS' dynamic store what a process has set for its own session with that.
    #[must_use]
    pub const fn lifetime(&self) -> Lifetime {
        match self {
            Self::AddRoute { route } | Self::RemoveRoute { route } => match route.via {
                Via::Tunnel { .. } => Lifetime::Device,
                Via::Physical { .. } | Via::Nowhere | Via::Backstop => Lifetime::Boot,
            },
            Self::SetLockdown { .. } => Lifetime::Boot,
            Self::SetServiceDns { .. } => Lifetime::Process,
            Self::SetResolvConf { .. } => Lifetime::Disk,
            _ => Lifetime::Device,
        }
    }

    /// Whether its undo must be in the [`Journal`](crate::Journal), on disk, before
    /// it is applied.
    #[must_use]
    pub fn needs_journal(&self) -> bool {
        self.lifetime() > Lifetime::Process
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddAddress { interface, address } => {
                write!(f, "add address {address} to {interface}")
            }
            Self::RemoveAddress { interface, address } => {
                write!(f, "remove address {address} from {interface}")
            }
            Self::SetMtu { interface, to, .. } => write!(f, "set MTU of {interface} to {to}"),
            Self::SetUp { interface, up } => {
                write!(f, "set {interface} {}", if *up { "up" } else { "down" })
            }
            Self::AddRoute { route } => write!(f, "add route {route}"),
            Self::RemoveRoute { route } => write!(f, "remove route {route}"),
            Self::SetResolved {
                interface,
                to: Some(link),
                ..
            } => write!(f, "set DNS of {interface} to {link}"),
            Self::SetResolved {
                interface,
                to: None,
                ..
            } => write!(f, "take back DNS of {interface}"),
            Self::SetResolvConf { to, .. } if to.is_ours() => {
                f.write_str("replace /etc/resolv.conf")
            }
            Self::SetServiceDns { to: Some(to), .. } => {
                write!(f, "set the tunnel's resolver to {to}")
            }
            Self::SetServiceDns { to: None, .. } => f.write_str("take back the tunnel's resolver"),
            Self::SetLockdown { to: Some(to), .. } => write!(f, "let out {to}"),
            Self::SetLockdown { to: None, .. } => f.write_str("let everything out"),
            Self::SetResolvConf { .. } => f.write_str("restore /etc/resolv.conf"),
        }
    }
}
