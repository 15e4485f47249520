use std::net::{Ipv4Addr, Ipv6Addr};

/// An IPv4 network; bits behind the prefix are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// First address.
    pub network: Ipv4Addr,
    /// Length of the prefix, 0 to 32.
    pub prefix_len: u8,
    /// Where it is reached.
    pub gateway: RouteGateway<Ipv4Addr>,
    /// Preference among routes, where the server names one.
    pub metric: Option<u32>,
}

impl Route {
    /// A route into the tunnel.
    #[must_use]
    pub fn into_tunnel(network: Ipv4Addr, prefix_len: u8) -> Self {
        let mask = mask_of(prefix_len);
        Self {
            network: Ipv4Addr::from_bits(network.to_bits() & mask.to_bits()),
            prefix_len: prefix_len.min(32),
            gateway: RouteGateway::Tunnel,
            metric: None,
        }
    }
}

/// An IPv6 network; bits behind the prefix are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteV6 {
    /// First address.
    pub network: Ipv6Addr,
    /// Length of the prefix, 0 to 128.
    pub prefix_len: u8,
    /// Where it is reached.
    pub gateway: RouteGateway<Ipv6Addr>,
    /// Preference among routes, where the server names one.
    pub metric: Option<u32>,
}

/// Where a pushed route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteGateway<Address> {
    /// Into the tunnel, by the gateway of the tunnel (`vpn_gateway`, `default`, or nothing said).
    Tunnel,
    /// Past the tunnel, by the gateway that this computer has without it (`net_gateway`).
    Outside,
    /// By the address given.
    Address(Address),
}

/// The flags of `redirect-gateway`. `def1` is always assumed: the default route itself is never replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "eight independent flags of one option of OpenVPN"
)]
pub struct RedirectGateway {
    /// `def1`: two halves instead of the default route.
    pub def1: bool,
    /// `local`: the server is on this link, so it needs no route of its own.
    pub local: bool,
    /// `autolocal`: as `local`, if the client finds it so.
    pub autolocal: bool,
    /// `bypass-dhcp`: the way to the DHCP server stays outside.
    pub bypass_dhcp: bool,
    /// `bypass-dns`: the way to the name server stays outside.
    pub bypass_dns: bool,
    /// `block-local`: the local network is not to be reached.
    pub block_local: bool,
    /// `ipv6`: IPv6 traffic too.
    pub ipv6: bool,
    /// `!ipv4`: not the IPv4 traffic.
    pub not_ipv4: bool,
}

pub(super) fn mask_of(prefix_len: u8) -> Ipv4Addr {
    Ipv4Addr::from_bits(
        u32::MAX
            .checked_shl(32 - u32::from(prefix_len.min(32)))
            .unwrap_or(0),
    )
}

pub(super) fn prefix_of(mask: Ipv4Addr) -> Option<u8> {
    let ones = mask.to_bits().leading_ones();
    let len = u8::try_from(ones).ok()?;
    (mask_of(len) == mask).then_some(len)
}

pub(super) fn truncate_v6(network: Ipv6Addr, prefix_len: u8) -> Ipv6Addr {
    let mask = u128::MAX
        .checked_shl(128 - u32::from(prefix_len.min(128)))
        .unwrap_or(0);
    Ipv6Addr::from_bits(network.to_bits() & mask)
}
