use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use spoke_plan::Pushed;
use spoke_wire::{DhcpOption, Ifconfig, PushReply, RouteGateway, Topology};
use std::net::{IpAddr, Ipv4Addr};

/// What a gateway's settings ask of the host's network, in the words of `plan`.
pub(crate) fn to_plan(reply: &PushReply) -> Pushed {
    let mut pushed = Pushed {
        mtu: reply.tun_mtu,
        ..Pushed::default()
    };
    let subnet = reply.topology == Some(Topology::Subnet);
    if let Some(ifconfig) = &reply.ifconfig {
        pushed.addresses.push(v4_address(ifconfig, subnet).into());
    }
    if let Some(ifconfig) = &reply.ifconfig_ipv6
        && let Ok(net) = Ipv6Net::new(ifconfig.local, ifconfig.prefix_len)
    {
        pushed.addresses.push(net.into());
    }
    for route in &reply.routes {
        if let Ok(net) = Ipv4Net::new(route.network, route.prefix_len) {
            let past = route.gateway == RouteGateway::Outside;
            add_route(&mut pushed, net.trunc().into(), past);
        }
    }
    for route in &reply.routes_v6 {
        if let Ok(net) = Ipv6Net::new(route.network, route.prefix_len) {
            let past = route.gateway == RouteGateway::Outside;
            add_route(&mut pushed, net.trunc().into(), past);
        }
    }
    if let Some(redirect) = &reply.redirect_gateway {
        pushed.redirect_ipv4 = !redirect.not_ipv4;
        pushed.redirect_ipv6 = redirect.ipv6;
    }
    dns(reply, &mut pushed);
    pushed
}

/// With topology `subnet` the device stands in the subnet of the mask, or so do
/// gateways that forget to say so; otherwise its address stands alone.
fn v4_address(ifconfig: &Ifconfig, subnet: bool) -> Ipv4Net {
    let second = ifconfig.mask_or_remote;
    let prefix = ipnet::ipv4_mask_to_prefix(second)
        .ok()
        .filter(|_| subnet || second.octets()[0] == 255);
    prefix
        .and_then(|prefix| Ipv4Net::new(ifconfig.local, prefix).ok())
        .unwrap_or_else(|| Ipv4Net::from(ifconfig.local))
}

fn add_route(pushed: &mut Pushed, net: IpNet, past_the_tunnel: bool) {
    if past_the_tunnel {
        pushed.bypass.push(net);
    } else {
        pushed.routes.push(net);
    }
}

/// The `dns` options win over `dhcp-option` when they name a server. Of several, the
/// one of best priority is used alone.
fn dns(reply: &PushReply, pushed: &mut Pushed) {
    if let Some(server) = reply.dns.servers.first() {
        pushed.dns_servers = server.addresses.iter().map(|a| a.ip()).collect();
        pushed.dns_suffixes.clone_from(&server.resolve_domains);
        pushed
            .dns_suffixes
            .extend(reply.dns.search_domains.iter().cloned());
    } else {
        for option in &reply.dhcp_options {
            match option {
                DhcpOption::Dns(address) if *address != IpAddr::V4(Ipv4Addr::UNSPECIFIED) => {
                    pushed.dns_servers.push(*address);
                }
                DhcpOption::Domain(name)
                | DhcpOption::AdapterDomainSuffix(name)
                | DhcpOption::DomainSearch(name)
                | DhcpOption::DomainRoute(name) => pushed.dns_suffixes.push(name.clone()),
                DhcpOption::Dns(_) | DhcpOption::Ntp(_) | DhcpOption::Wins(_) => {}
            }
        }
    }
    let mut seen = Vec::new();
    for name in pushed.dns_suffixes.drain(..) {
        let name = name.trim_matches('.').to_ascii_lowercase();
        if !name.is_empty() && !seen.contains(&name) {
            seen.push(name);
        }
    }
    pushed.dns_suffixes = seen;
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_wire::PushText;

    fn plan_of(options: &str) -> Pushed {
        to_plan(&PushReply::parse(&PushText::new(options)).unwrap())
    }

    #[test]
    fn an_ordinary_reply_is_translated() {
        let pushed = plan_of(
            "route-gateway 172.16.201.1,topology subnet,ifconfig 172.16.201.7 255.255.255.0,\
             route 10.20.0.0 255.255.0.0,route 192.0.2.9 255.255.255.255 net_gateway,\
             dhcp-option DNS 10.20.0.4,dhcp-option DOMAIN .Contoso.internal,tun-mtu 1400",
        );
        assert_eq!(pushed.addresses, ["172.16.201.7/24".parse().unwrap()]);
        assert_eq!(pushed.routes, ["10.20.0.0/16".parse().unwrap()]);
        assert_eq!(pushed.bypass, ["192.0.2.9/32".parse().unwrap()]);
        assert_eq!(pushed.dns_servers, ["10.20.0.4".parse::<IpAddr>().unwrap()]);
        assert_eq!(pushed.dns_suffixes, ["contoso.internal"]);
        assert_eq!(pushed.mtu, Some(1400));
        assert!(!pushed.redirect_ipv4);
    }

    #[test]
    fn net30_leaves_the_address_alone_and_a_mask_is_seen_without_topology() {
        assert_eq!(
            plan_of("ifconfig 10.8.0.6 10.8.0.5").addresses,
            ["10.8.0.6/32".parse().unwrap()]
        );
        assert_eq!(
            plan_of("ifconfig 10.8.0.6 255.255.255.0").addresses,
            ["10.8.0.6/24".parse().unwrap()]
        );
    }

    #[test]
    fn redirect_gateway_is_full_tunnel() {
        let pushed = plan_of("ifconfig 10.8.0.6 255.255.255.0,redirect-gateway def1 ipv6");
        assert!(pushed.redirect_ipv4 && pushed.redirect_ipv6);
        let pushed = plan_of("redirect-gateway !ipv4 ipv6");
        assert!(!pushed.redirect_ipv4 && pushed.redirect_ipv6);
    }
}
