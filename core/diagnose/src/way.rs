use serde::{Deserialize, Serialize};
use spoke_api::{Connection, HostNetwork, HostRoute};
use std::net::IpAddr;

/// Which way packets for an address go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Way {
    /// Nowhere beyond this computer: the address is its own.
    Here,
    /// Into the tunnel.
    Tunnel,
    /// To a machine on a link of this computer.
    Link,
    /// To a router on a link of this computer.
    Router,
    /// Nowhere: a route refuses them.
    Refused,
    /// Nowhere: there is no route.
    None,
}

/// The route by which packets for an address leave: the longest prefix, then the lowest
/// metric.
#[must_use]
pub fn best_route(network: &HostNetwork, address: IpAddr) -> Option<&HostRoute> {
    let fitting = network.routes.iter();
    fitting
        .filter(|route| route.prefix.contains(&address))
        .max_by_key(|route| (route.prefix.prefix_len(), std::cmp::Reverse(route.metric)))
}

/// The way to an address, with the route that decides it.
#[must_use]
pub fn way_to<'a>(
    network: &'a HostNetwork,
    connection: Option<&Connection>,
    address: IpAddr,
) -> (Way, Option<&'a HostRoute>) {
    let mut own = network.links.iter().flat_map(|link| &link.addresses);
    if address.is_loopback() || own.any(|net| net.addr() == address) {
        return (Way::Here, None);
    }
    let Some(route) = best_route(network, address) else {
        return (Way::None, None);
    };
    let tunnel = connection.and_then(|connection| connection.interface.as_deref());
    let way = match (&route.interface, route.gateway) {
        (None, _) => Way::Refused,
        (Some(name), _) if Some(name.as_str()) == tunnel => Way::Tunnel,
        (Some(_), None) => Way::Link,
        (Some(_), Some(_)) => Way::Router,
    };
    (way, Some(route))
}

/// The name of the link that has an address of its own.
#[must_use]
pub fn link_with(network: &HostNetwork, address: IpAddr) -> Option<&str> {
    let has = |nets: &[ipnet::IpNet]| nets.iter().any(|net| net.addr() == address);
    let mut links = network.links.iter();
    links
        .find(|link| has(&link.addresses))
        .map(|link| link.name.as_str())
}
