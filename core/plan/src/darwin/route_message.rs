use super::layout::{ROUTE_HEADER, VERSION, address, flag, kind};
use super::socket_address::{put_address, put_link, put_netmask};
use crate::route::{Route, Via};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is to be done with a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteAction {
    /// `RTM_ADD`.
    Add,
    /// `RTM_DELETE`. The kernel looks at nothing but the prefix, so whether the route is
    /// Spoke's must be known before.
    Delete,
}

/// What to write to a routing socket, given the number of the link that the route names
/// (zero when it names none). `sequence` comes back in the kernel's copy.
#[must_use]
pub fn route_message(action: RouteAction, route: &Route, link: u16, sequence: i32) -> Vec<u8> {
    let is_host = route.prefix.prefix_len() == route.prefix.max_prefix_len();
    let mut flags = flag::UP | flag::STATIC | flag::PROTOCOL_3;
    let mut with = address::DESTINATION | address::GATEWAY;
    let mut addresses = Vec::new();
    put_address(&mut addresses, route.prefix.network(), link);
    match &route.via {
        Via::Physical {
            gateway: Some(gateway),
            ..
        } => {
            flags |= flag::GATEWAY;
            put_address(&mut addresses, *gateway, link);
        }
        Via::Tunnel { .. } | Via::Physical { .. } => put_link(&mut addresses, link),
        Via::Nowhere | Via::Backstop => {
            flags |= flag::GATEWAY | flag::REJECT;
            put_address(&mut addresses, loopback(route.prefix.addr()), 0);
        }
    }
    if is_host {
        flags |= flag::HOST;
    } else {
        with |= address::NETMASK;
        put_netmask(&mut addresses, route.prefix);
    }
    // Two links may have routers of the same address.
    if !matches!(route.via, Via::Nowhere | Via::Backstop) {
        with |= address::INTERFACE;
        put_link(&mut addresses, link);
    }
    let kind = match action {
        RouteAction::Add => kind::ADD,
        RouteAction::Delete => kind::DELETE,
    };
    let length = ROUTE_HEADER + addresses.len();
    let mut message = Vec::with_capacity(length);
    // The longest there can be has 92 + 28 + 28 + 28 + 20 bytes.
    message.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
    message.extend([VERSION, kind]);
    message.extend(link.to_le_bytes());
    message.extend([0; 2]);
    message.extend(flags.to_le_bytes());
    message.extend(with.to_le_bytes());
    // The process's number, which the kernel fills in.
    message.extend([0; 4]);
    message.extend(sequence.to_le_bytes());
    // Error, use count, and metrics of which none is set.
    message.resize(ROUTE_HEADER, 0);
    message.extend(addresses);
    message
}

/// Routes that refuse need a gateway like all others; it is not used.
const fn loopback(of: IpAddr) -> IpAddr {
    match of {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    }
}
