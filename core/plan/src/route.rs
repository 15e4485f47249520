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

/// Metric of [`Via::Backstop`]: the next worse one.
pub const BACKSTOP_METRIC: u32 = ROUTE_METRIC + 1;

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
    /// Nowhere, once the route into the tunnel is gone, which is better by its metric: the
    /// tunnel's device dies with its process, and what is meant for the tunnel shall not go
    /// past it then.
    Backstop,
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

    /// Whether it only stands behind one that leads into the tunnel.
    #[must_use]
    pub const fn is_backstop(&self) -> bool {
        matches!(self.via, Via::Backstop)
    }

    /// Whether the host cannot have both: they are for the same prefix and have the same metric.
    #[must_use]
    pub(crate) fn is_rival_of(&self, other: &Self) -> bool {
        self.prefix == other.prefix && self.is_backstop() == other.is_backstop()
    }

    /// The metric that it has where routes have one.
    #[must_use]
    pub const fn metric(&self) -> u32 {
        match self.is_backstop() {
            true => BACKSTOP_METRIC,
            false => ROUTE_METRIC,
        }
    }

    /// Whether a route of the host is this one, added by Spoke.
    #[must_use]
    pub fn is(&self, known: &KnownRoute) -> bool {
        let (interface, gateway) = match &self.via {
            Via::Tunnel { interface } => (Some(interface), None),
            Via::Physical {
                interface, gateway, ..
            } => (Some(interface), *gateway),
            Via::Nowhere | Via::Backstop => (None, None),
        };
        known.ours
            && self.is_backstop() == (known.metric == BACKSTOP_METRIC)
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
            Self::Backstop => f.write_str("to nowhere, behind the tunnel"),
        }
    }
}
