use crate::dns::{LinkDns, RoutingDomain};
use crate::files::FileState;
use crate::route::{Route, Via};
use ipnet::IpNet;
use std::net::IpAddr;

/// A snapshot of the host's network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostView {
    /// The operating system, with what only it has.
    pub platform: Platform,
    /// Changes with every boot; tells whether what dies with a boot is gone.
    pub boot_id: String,
    /// Network links.
    pub links: Vec<Link>,
    /// Routes of the main table, both families.
    pub routes: Vec<KnownRoute>,
}

/// The operating system as a value, so that plans for each can be tested on any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux.
    Linux(Linux),
    /// macOS.
    MacOs(MacOs),
}

/// What matters of a Linux host beside links and routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linux {
    /// Whether systemd-resolved answers on the system bus.
    pub resolved: bool,
    /// What it has of each link, whoever set it; none when it did not tell.
    pub link_dns: Option<Vec<KnownLinkDns>>,
    /// What stands at `/etc/resolv.conf`.
    pub resolv_conf: FileState,
    /// Whether a new device may have IPv6 addresses.
    pub ipv6: bool,
    /// Whether a lockdown of Spoke's is in force.
    pub locked: bool,
}

/// What systemd-resolved has of one link, as far as it tells of all links at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLinkDns {
    /// The link.
    pub interface: String,
    /// Its resolvers, in order.
    pub servers: Vec<IpAddr>,
    /// Names they answer for.
    pub domains: Vec<RoutingDomain>,
}

/// What matters of a macOS host beside links and routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MacOs {
    /// What stands at `/etc/resolv.conf`. configd writes there which resolvers answer
    /// where nothing says otherwise; programs do not go by it.
    pub resolv_conf: FileState,
}

/// One network link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Its index.
    pub index: u32,
    /// Whether it is set up.
    pub up: bool,
    /// MTU in bytes.
    pub mtu: u32,
    /// Addresses with their prefix lengths.
    pub addresses: Vec<IpNet>,
}

/// One route as the host has it, whoever added it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRoute {
    /// Where to.
    pub prefix: IpNet,
    /// The link it leaves by; none for routes that refuse (`unreachable` and the like).
    pub interface: Option<String>,
    /// The router, if any.
    pub gateway: Option<IpAddr>,
    /// The router is reached directly although no route covers it.
    pub onlink: bool,
    /// Its metric; lower wins between equal prefixes. macOS has none.
    pub metric: u32,
    /// Whether it carries Spoke's mark.
    pub ours: bool,
    /// A DHCP server or a router of the network told of it: nobody on this computer
    /// chose it. Never so on macOS, which does not note where a route is from.
    pub announced: bool,
}

impl Platform {
    /// Whether a new device may have IPv6 addresses. macOS has no switch for that.
    #[must_use]
    pub const fn has_ipv6(&self) -> bool {
        match self {
            Self::Linux(linux) => linux.ipv6,
            Self::MacOs(_) => true,
        }
    }

    /// Whether two routes may lead to the same prefix, told apart by their metric.
    #[must_use]
    pub(crate) const fn has_metrics(&self) -> bool {
        matches!(self, Self::Linux(_))
    }

    /// Whether it is seen that no lockdown of Spoke's is in force.
    #[must_use]
    pub(crate) const fn is_unlocked(&self) -> bool {
        matches!(self, Self::Linux(linux) if !linux.locked)
    }

    /// Whether it is seen that a link's settings in systemd-resolved are not these.
    #[must_use]
    pub(crate) fn has_lost(&self, interface: &str, link: &LinkDns) -> bool {
        let Self::Linux(Linux {
            link_dns: Some(links),
            ..
        }) = self
        else {
            return false;
        };
        let mut links = links.iter();
        !links.any(|known| known.interface == interface && link.stands_in(known))
    }

    /// What stands at `/etc/resolv.conf`.
    #[must_use]
    pub(crate) const fn resolv_conf(&self) -> &FileState {
        match self {
            Self::Linux(linux) => &linux.resolv_conf,
            Self::MacOs(macos) => &macos.resolv_conf,
        }
    }
}

impl HostView {
    /// Whether a route could stand: the link that it leaves by, if any, is there and up.
    #[must_use]
    pub(crate) fn carries(&self, route: &Route) -> bool {
        let Via::Physical { interface, .. } = &route.via else {
            return true;
        };
        let mut links = self.links.iter();
        links.any(|link| link.name == *interface && link.up)
    }

    /// Whether a link of this name exists.
    #[must_use]
    pub fn has_link(&self, name: &str) -> bool {
        self.links.iter().any(|link| link.name == name)
    }

    /// The name servers that programs on this host are told of, in order, and whether
    /// Spoke wrote that list.
    #[must_use]
    pub fn name_servers(&self) -> (Vec<IpAddr>, bool) {
        let file = self.platform.resolv_conf();
        let text = String::from_utf8_lossy(file.visible().unwrap_or_default());
        let servers = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let server = (words.next() == Some("nameserver")).then(|| words.next())??;
            // A zone after `%` says on which link a link-local server is.
            server.split('%').next()?.parse().ok()
        });
        (servers.collect(), file.is_ours())
    }
}
