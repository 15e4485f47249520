use crate::view::KnownRoute;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// The most routes that are taken into the tunnel; a gateway that pushes more is
/// broken or hostile, and the kernel's table is shared with everyone.
pub const MAX_ROUTES: usize = 1000;

/// Metric of every route that Spoke adds: below what network managers give to
/// ordinary links (100 and up), above 0, which IPv6 reads as "default".
pub const ROUTE_METRIC: u32 = 50;

/// The `rtm_protocol` that marks a route as Spoke's. It is one of the values that
/// neither the kernel nor iproute2's `rt_protos` assigns.
pub const ROUTE_PROTOCOL: u8 = 83;

/// One route that Spoke adds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Route {
    /// Where to; host bits are zero.
    pub prefix: IpNet,
    /// Which way.
    pub via: Via,
}

/// Which way a route leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Via {
    /// Past the tunnel: the way the host used before.
    Physical {
        /// The link that leads there.
        interface: String,
        /// The router on that link; none when the destination is on the link.
        gateway: Option<IpAddr>,
        /// The router is reached directly although no route covers it.
        onlink: bool,
    },
    /// Nowhere: the prefix is to stay out of the tunnel and the host has no other
    /// way to it.
    Nowhere,
    /// Into the tunnel.
    Tunnel {
        /// Name of the tunnel device.
        interface: String,
    },
}

impl Route {
    /// A route into the tunnel.
    #[must_use]
    pub fn into_tunnel(prefix: IpNet, interface: &str) -> Self {
        Self {
            prefix,
            via: Via::Tunnel {
                interface: interface.to_owned(),
            },
        }
    }

    /// Whether it leads into the tunnel.
    #[must_use]
    pub fn is_tunnel(&self) -> bool {
        matches!(self.via, Via::Tunnel { .. })
    }

    /// Whether a route of the host is this one, added by Spoke.
    #[must_use]
    pub fn is(&self, known: &KnownRoute) -> bool {
        let (interface, gateway) = match &self.via {
            Via::Tunnel { interface } => (Some(interface), None),
            Via::Physical {
                interface, gateway, ..
            } => (Some(interface), *gateway),
            Via::Nowhere => (None, None),
        };
        known.ours
            && known.prefix == self.prefix
            && known.interface.as_ref() == interface
            && known.gateway == gateway
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.prefix, self.via)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tunnel { interface }
            | Self::Physical {
                interface,
                gateway: None,
                ..
            } => write!(f, "via {interface}"),
            Self::Physical {
                interface,
                gateway: Some(gateway),
                ..
            } => write!(f, "via {gateway} on {interface}"),
            Self::Nowhere => f.write_str("to nowhere"),
        }
    }
}
