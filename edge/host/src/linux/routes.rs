use super::netlink::{errno, failed, link_index, needed_index};
use super::view;
use crate::error::HostError;
use crate::outcome::Outcome;
use ipnet::IpNet;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{
    RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType, RouteVia,
};
use rtnetlink::{Handle, RouteMessageBuilder};
use spoke_plan::{Change, ROUTE_PROTOCOL, Route, Via};
use std::net::IpAddr;

/// Adds a route with Spoke's metric and mark.
pub(crate) async fn add(
    handle: &Handle,
    route: &Route,
    change: &Change,
) -> Result<Outcome, HostError> {
    let index = match interface(route) {
        Some(name) => Some(needed_index(handle, name, change).await?),
        None => None,
    };
    match handle.route().add(message(route, index)).execute().await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if errno(&error) == Some(libc::EEXIST) => {
            let standing = view::routes(handle).await?;
            if standing.iter().any(|known| route.is(known)) {
                Ok(Outcome::AlreadySo)
            } else {
                Err(HostError::Taken {
                    operation: change.to_string(),
                })
            }
        }
        Err(error) => Err(failed(change, error)),
    }
}

/// Removes a route that carries Spoke's metric and mark.
pub(crate) async fn remove(
    handle: &Handle,
    route: &Route,
    change: &Change,
) -> Result<Outcome, HostError> {
    let index = match interface(route) {
        Some(name) => match link_index(handle, name, change).await? {
            Some(index) => Some(index),
            None => return Ok(Outcome::AlreadySo),
        },
        None => None,
    };
    match handle.route().del(message(route, index)).execute().await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if matches!(errno(&error), Some(libc::ESRCH | libc::ENODEV)) => {
            Ok(Outcome::AlreadySo)
        }
        Err(error) => Err(failed(change, error)),
    }
}

fn interface(route: &Route) -> Option<&str> {
    match &route.via {
        Via::Tunnel { interface } | Via::Physical { interface, .. } => Some(interface),
        Via::Nowhere | Via::Backstop => None,
    }
}

fn message(route: &Route, index: Option<u32>) -> RouteMessage {
    let mut message = match route.prefix {
        IpNet::V4(net) => RouteMessageBuilder::<std::net::Ipv4Addr>::new()
            .destination_prefix(net.addr(), net.prefix_len())
            .build(),
        IpNet::V6(net) => RouteMessageBuilder::<std::net::Ipv6Addr>::new()
            .destination_prefix(net.addr(), net.prefix_len())
            .build(),
    };
    message.header.protocol = RouteProtocol::Other(ROUTE_PROTOCOL);
    message
        .attributes
        .push(RouteAttribute::Priority(route.metric()));
    message.attributes.extend(index.map(RouteAttribute::Oif));
    let direct = RouteScope::Link;
    match &route.via {
        Via::Tunnel { .. } => message.header.scope = direct,
        Via::Nowhere | Via::Backstop => message.header.kind = RouteType::Unreachable,
        Via::Physical { gateway: None, .. } => message.header.scope = direct,
        Via::Physical {
            gateway: Some(gateway),
            onlink,
            ..
        } => {
            let family = message.header.address_family;
            message.attributes.push(next_hop(family, *gateway));
            message.header.flags.set(RouteFlags::Onlink, *onlink);
        }
    }
    message
}

/// An IPv4 prefix may lead over an IPv6 router (RFC 5549), which netlink names by
/// another attribute.
fn next_hop(family: AddressFamily, gateway: IpAddr) -> RouteAttribute {
    match gateway {
        IpAddr::V6(ip) if family == AddressFamily::Inet => RouteAttribute::Via(RouteVia::Inet6(ip)),
        other => RouteAttribute::Gateway(other.into()),
    }
}
