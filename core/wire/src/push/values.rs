use super::dns::{DhcpOption, DnsServer};
use super::route::{RedirectGateway, Route, RouteGateway, RouteV6, prefix_of, truncate_v6};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// C accepts at most so many addresses for one `dns server`.
const DNS_ADDRESSES: usize = 8;

/// Digits only: what other parsers take for numbers (a plus sign, say) no server writes.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

pub(super) fn prefix_v6(text: &str) -> Option<(Ipv6Addr, u8)> {
    let (address, len) = text.split_once('/')?;
    let len = number(len).filter(|len: &u8| *len <= 128)?;
    Some((address.parse().ok()?, len))
}

pub(super) fn route(values: &[&str]) -> Option<Route> {
    let (network, rest) = values.split_first()?;
    let (mask, rest) = rest.split_first().unwrap_or((&"default", &[]));
    let (gateway, rest) = rest.split_first().unwrap_or((&"default", &[]));
    let metric = metric(rest)?;
    let network: Ipv4Addr = network.parse().ok()?;
    let prefix_len = match *mask {
        "default" => 32,
        mask => prefix_of(mask.parse().ok()?)?,
    };
    Some(Route {
        gateway: gateway_of(gateway)?,
        metric,
        ..Route::into_tunnel(network, prefix_len)
    })
}

pub(super) fn route_v6(values: &[&str]) -> Option<RouteV6> {
    let (network, rest) = values.split_first()?;
    let (gateway, rest) = rest.split_first().unwrap_or((&"default", &[]));
    let metric = metric(rest)?;
    let (network, prefix_len) = match network.contains('/') {
        true => prefix_v6(network)?,
        false => (network.parse().ok()?, 128),
    };
    Some(RouteV6 {
        network: truncate_v6(network, prefix_len),
        prefix_len,
        gateway: gateway_of(gateway)?,
        metric,
    })
}

fn metric(rest: &[&str]) -> Option<Option<u32>> {
    match rest {
        [] | ["default"] => Some(None),
        [metric] => number(metric).map(Some),
        _ => None,
    }
}

fn gateway_of<Address: FromStr>(text: &str) -> Option<RouteGateway<Address>> {
    match text {
        "default" | "vpn_gateway" => Some(RouteGateway::Tunnel),
        "net_gateway" | "net_gateway_ipv6" => Some(RouteGateway::Outside),
        address => address.parse().ok().map(RouteGateway::Address),
    }
}

pub(super) fn redirect(flags: &[&str]) -> RedirectGateway {
    let mut redirect = RedirectGateway::default();
    for flag in flags {
        match *flag {
            "def1" => redirect.def1 = true,
            "local" => redirect.local = true,
            "autolocal" => redirect.autolocal = true,
            "bypass-dhcp" => redirect.bypass_dhcp = true,
            "bypass-dns" => redirect.bypass_dns = true,
            "block-local" => redirect.block_local = true,
            "ipv6" => redirect.ipv6 = true,
            "!ipv4" => redirect.not_ipv4 = true,
            // Without the flag less is asked for than the server meant, without the whole option traffic would leak.
            _ => {}
        }
    }
    redirect
}

pub(super) fn dhcp_option(kind: &str, value: &str) -> Option<DhcpOption> {
    Some(match kind {
        "DNS" => DhcpOption::Dns(value.parse().ok()?),
        "DNS6" => DhcpOption::Dns(IpAddr::V6(value.parse().ok()?)),
        "DOMAIN" => DhcpOption::Domain(domain(value)?),
        "ADAPTER_DOMAIN_SUFFIX" => DhcpOption::AdapterDomainSuffix(domain(value)?),
        "DOMAIN-SEARCH" => DhcpOption::DomainSearch(domain(value)?),
        "DOMAIN-ROUTE" => DhcpOption::DomainRoute(domain(value)?),
        "NTP" => DhcpOption::Ntp(value.parse().ok()?),
        "WINS" => DhcpOption::Wins(value.parse().ok()?),
        _ => return None,
    })
}

pub(super) fn dns_server(server: &mut DnsServer, key: &str, values: &[&str]) -> Option<()> {
    match (key, values) {
        ("address", addresses) => {
            let addresses = addresses
                .iter()
                .map(|a| dns_address(a))
                .collect::<Option<Vec<_>>>()?;
            if server.addresses.len() + addresses.len() > DNS_ADDRESSES {
                return None;
            }
            server.addresses.extend(addresses);
        }
        ("resolve-domains", domains) => {
            let domains = domains
                .iter()
                .map(|d| domain(d))
                .collect::<Option<Vec<_>>>()?;
            server.resolve_domains.extend(domains);
        }
        ("dnssec", [value @ ("yes" | "optional" | "no")]) => {
            server.dnssec = Some((*value).to_owned());
        }
        ("transport", [value @ ("plain" | "DoT" | "DoH")]) => {
            server.transport = Some((*value).to_owned());
        }
        ("sni", [name]) => server.sni = Some(domain(name)?),
        _ => return None,
    }
    Some(())
}

fn dns_address(text: &str) -> Option<SocketAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(address) => Some(SocketAddr::new(address, 0)),
        Err(_) => text.parse().ok(),
    }
}

/// Names end up in resolver configuration: letters, digits, hyphen, underscore, dots, at most 255 characters.
pub(super) fn domain(text: &str) -> Option<String> {
    let fits = !text.is_empty()
        && text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    fits.then(|| text.to_owned())
}
