use crate::standing::Lost;
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// What the user should know about a plan although it is no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// No traffic is ever routed like this.
    AbsurdRoute(IpNet),
    /// It would lead the tunnel's own packets into the tunnel.
    RouteToGateway(IpNet),
    /// The tunnel has no address of this family.
    NoAddressFor(IpNet),
    /// The gateway gave an IPv6 address and the host has IPv6 switched off.
    Ipv6Off(IpNet),
    /// More than [`MAX_ROUTES`](crate::MAX_ROUTES); so many were left out.
    TooManyRoutes {
        /// How many were left out.
        left_out: usize,
    },
    /// The prefix exists on a link of the host too.
    Overlap {
        /// The tunnel's prefix.
        prefix: IpNet,
        /// The link's prefix.
        local: IpNet,
        /// The link.
        interface: String,
    },
    /// The network that this host is on leads a part of what belongs into the tunnel
    /// elsewhere; the tunnel's route was made to win.
    Announced {
        /// The part.
        prefix: IpNet,
        /// The link.
        interface: String,
    },
    /// Likewise, and no route can win over it.
    NotOutdone {
        /// The address.
        prefix: IpNet,
        /// The link.
        interface: String,
    },
    /// Another program has changed what was set; it was set again.
    SetAgain(Lost),
    /// The prefix is kept out of the tunnel and the host has no other way to it.
    NoWayTo(IpNet),
    /// All IPv4 traffic goes into the tunnel, IPv6 traffic does not.
    Ipv6Outside,
    /// An MTU that no tunnel works with, and what is used instead.
    MtuRaised {
        /// What was asked for, in bytes.
        asked: u16,
        /// What is used, in bytes.
        used: u16,
    },
    /// An address that no device can have.
    AbsurdAddress(IpNet),
    /// A resolver that cannot be one.
    AbsurdServer(IpAddr),
    /// A resolver that the tunnel's routes do not cover.
    ServerOutside(IpAddr),
    /// There are suffixes and no servers.
    SuffixesWithoutServer,
    /// A suffix that is no domain name.
    BadSuffix(String),
    /// Split DNS was wished for; the host can only send all names to the tunnel.
    CannotSplit,
    /// Servers without suffixes beside the host's own.
    AskedBoth,
    /// Servers without suffixes where the host asks one resolver for a name.
    AllAskedInside,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AbsurdRoute(prefix) => {
                write!(f, "route {prefix} left out: no network has such addresses")
            }
            Self::RouteToGateway(prefix) => write!(
                f,
                "route {prefix} left out: it is the VPN gateway's own address"
            ),
            Self::NoAddressFor(prefix) => write!(
                f,
                "route {prefix} left out: the tunnel has no {} address",
                if prefix.addr().is_ipv4() { "IPv4" } else { "IPv6" }
            ),
            Self::Ipv6Off(address) => write!(
                f,
                "address {address} left out: IPv6 is switched off on this host"
            ),
            Self::TooManyRoutes { left_out } => write!(
                f,
                "{left_out} routes left out: more than {} were asked for",
                crate::route::MAX_ROUTES
            ),
            Self::Overlap {
                prefix,
                local,
                interface,
            } => write!(
                f,
                "{prefix} in the tunnel overlaps {local} on {interface}: what is in both is reached by the longer prefix"
            ),
            Self::Announced { prefix, interface } => write!(
                f,
                "the network on {interface} leads {prefix} past the tunnel (by DHCP or as a router): Spoke leads it into the tunnel"
            ),
            Self::NotOutdone { prefix, interface } => write!(
                f,
                "the network on {interface} leads {prefix} past the tunnel, with a route that none can win over: do not trust this network"
            ),
            Self::SetAgain(lost) => {
                write!(f, "another program took {lost} away: Spoke has set it again")
            }
            Self::NoWayTo(prefix) => write!(
                f,
                "{prefix} is kept out of the tunnel and this host has no other way to it"
            ),
            Self::Ipv6Outside => f.write_str(
                "all IPv4 traffic goes into the tunnel; IPv6 traffic does not, the tunnel has no IPv6 address or route",
            ),
            Self::MtuRaised { asked, used } => {
                write!(f, "MTU {asked} is too small, {used} is used")
            }
            Self::AbsurdAddress(address) => {
                write!(f, "address {address} left out: no device can have it")
            }
            Self::AbsurdServer(server) => {
                write!(f, "DNS server {server} left out: it cannot be one")
            }
            Self::ServerOutside(server) => write!(
                f,
                "DNS server {server} is not in any route of the tunnel; add its prefix to the included routes if names do not resolve"
            ),
            Self::SuffixesWithoutServer => f.write_str(
                "DNS suffixes without a DNS server: names are resolved as without the tunnel; add a server to the profile",
            ),
            Self::BadSuffix(name) => {
                write!(f, "DNS suffix {name:?} left out: it is no domain name")
            }
            Self::CannotSplit => f.write_str(
                "this host cannot resolve only some names in the tunnel (that needs systemd-resolved): all names are asked there",
            ),
            Self::AllAskedInside => f.write_str(
                "the tunnel's DNS servers come without suffixes and are asked for all names; add suffixes to the profile to have them asked for those only",
            ),
            Self::AskedBoth => f.write_str(
                "the tunnel's DNS servers come without suffixes: names are asked there and at this host's own servers",
            ),
        }
    }
}
