//! Names and addresses of the lab: one private world, the same in each run.
//! Public addresses come from the documentation ranges (RFC 5737, RFC 3849), public names
//! from `.example` (RFC 2606).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The lab's Entra tenant.
pub const TENANT: &str = "6f1d3c52-8a0e-4b57-9d2f-3b1c5e7a9048";
/// Audience of its gateway: the application that Microsoft registered for all tenants.
pub const AUDIENCE: &str = "c632b3df-fb67-4d84-bdcf-b95ad541b5c8";
/// Host of the sign-in server.
pub const SIGN_IN_HOST: &str = "login.lab.example";
/// Host in the issuer of access tokens, as `sts.windows.net` is at Microsoft's.
pub const ISSUER_HOST: &str = "sts.lab.example";
/// Name that the gateway is reached by, shaped like an Azure gateway's.
pub const GATEWAY_HOST: &str =
    "azuregateway-7be0c1d4-52a9-4f3e-8d16-0c9b7a2e4f85-3fa1c07d9b26.vpn.lab.example";
/// Name in the gateway's certificate: without prefix and tail, as at Azure.
pub const GATEWAY_NAME: &str = "7be0c1d4-52a9-4f3e-8d16-0c9b7a2e4f85.vpn.lab.example";
/// The web server inside the virtual network.
pub const INTRANET_HOST: &str = "intranet.contoso.internal";
/// What the private DNS server answers for.
pub const PRIVATE_SUFFIX: &str = "contoso.internal";
/// Name of the profile in the lab's package.
pub const PROFILE: &str = "contoso-lab";

/// The user's computer.
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 10);
/// Another address that it may have.
pub const CLIENT_MOVED: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 11);
/// Its router, the door to the lab's internet.
pub const CLIENT_ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 1);
/// The public DNS server.
pub const PUBLIC_DNS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 53);
/// The sign-in server.
pub const SIGN_IN: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);
/// The gateway's public side.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
/// The gateway's router.
pub const GATEWAY_ROUTER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// The gateway's side of the virtual network.
pub const GATEWAY_INSIDE: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
/// The private DNS server.
pub const PRIVATE_DNS: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 4);
/// The web server.
pub const INTRANET: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 10);
/// The gateway's own address in the tunnel network.
pub const TUNNEL_GATEWAY: Ipv4Addr = Ipv4Addr::new(172, 16, 201, 1);
/// The virtual network.
pub const VIRTUAL_NETWORK: &str = "10.20.0.0/16";
/// Addresses of VPN clients.
pub const POOL: &str = "172.16.201.0/24";

/// The user's computer, in IPv6.
pub const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 77, 0, 0, 0, 0, 0x10);
/// Its router, in IPv6.
pub const CLIENT_ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 77, 0, 0, 0, 0, 1);
/// The gateway's public side, in IPv6.
pub const GATEWAY_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 100, 0, 0, 0, 0, 2);
/// The gateway's router, in IPv6.
pub const GATEWAY_ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 100, 0, 0, 0, 0, 1);

/// The gateway's side of the virtual network, in IPv6.
pub const GATEWAY_INSIDE_V6: &str = "fd00:20::1";
/// The web server, in IPv6.
pub const INTRANET_V6: &str = "fd00:20::10";
/// The virtual network, in IPv6.
pub const VIRTUAL_NETWORK_V6: &str = "fd00:20::/64";
/// IPv6 addresses of VPN clients.
pub const POOL_V6: &str = "fd00:16:201::/64";

/// What a public resolver answers; the gateway has an IPv6 address `with_ipv6` only.
#[must_use]
pub fn public_names(with_ipv6: bool) -> Vec<(&'static str, IpAddr)> {
    let mut names = vec![
        (SIGN_IN_HOST, SIGN_IN.into()),
        (ISSUER_HOST, SIGN_IN.into()),
        (GATEWAY_HOST, GATEWAY.into()),
        ("www.lab.example", SIGN_IN.into()),
    ];
    names.extend(with_ipv6.then(|| (GATEWAY_HOST, GATEWAY_V6.into())));
    names
}

/// What the private resolver answers: its own zone and, forwarding as Azure's
/// does, the public names.
#[must_use]
pub fn private_names(with_ipv6: bool) -> Vec<(&'static str, IpAddr)> {
    let mut names = public_names(with_ipv6);
    names.push((INTRANET_HOST, INTRANET.into()));
    names.push(("dns.contoso.internal", PRIVATE_DNS.into()));
    names
}

/// `https://login…/{tenant}`, what a profile names as its tenant.
#[must_use]
pub fn authority() -> String {
    format!("https://{SIGN_IN_HOST}/{TENANT}")
}

/// Issuer of access tokens, with its trailing slash.
#[must_use]
pub fn issuer() -> String {
    format!("https://{ISSUER_HOST}/{TENANT}/")
}
