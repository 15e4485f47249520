use ipnet::IpNet;
use std::net::IpAddr;

/// What the gateway asks of the host's network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Addresses for the tunnel device, with the length of the subnet they are in.
    pub addresses: Vec<IpNet>,
    /// Prefixes to route into the tunnel.
    pub routes: Vec<IpNet>,
    /// Prefixes to lead past the tunnel (`net_gateway`).
    pub bypass: Vec<IpNet>,
    /// Resolvers, in order.
    pub dns_servers: Vec<IpAddr>,
    /// Names that they answer for, or that are to be searched.
    pub dns_suffixes: Vec<String>,
    /// Take all IPv4 traffic (`redirect-gateway`).
    pub redirect_ipv4: bool,
    /// Take all IPv6 traffic (`redirect-gateway ipv6`).
    pub redirect_ipv6: bool,
    /// MTU in bytes (`tun-mtu`).
    pub mtu: Option<u16>,
}
