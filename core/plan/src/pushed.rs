use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use spoke_profile::Protocol;
use spoke_wire::{DhcpOption, DnsServer, Ifconfig, PushReply, RouteGateway, Topology};
use std::net::{IpAddr, Ipv4Addr};

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
    /// Refuse IPv6 traffic that would go into the tunnel, and all of it where the
    /// tunnel takes all traffic (`block-ipv6`).
    pub block_ipv6: bool,
    /// Keep the local network from being reached, but for its router
    /// (`block-local`).
    pub block_local: bool,
    /// MTU in bytes (`tun-mtu`).
    pub mtu: Option<u16>,
}

impl From<&PushReply> for Pushed {
    fn from(reply: &PushReply) -> Self {
        let mut pushed = Self {
            redirect_ipv4: reply.redirect_gateway.is_some_and(|flags| !flags.not_ipv4),
            redirect_ipv6: reply.redirect_gateway.is_some_and(|flags| flags.ipv6),
            block_ipv6: reply.block_ipv6,
            block_local: [reply.redirect_gateway, reply.redirect_private]
                .into_iter()
                .flatten()
                .any(|flags| flags.block_local),
            mtu: reply.tun_mtu,
            ..Self::default()
        };
        if let Some(ifconfig) = reply.ifconfig {
            pushed.take_address(ifconfig, reply.topology);
        }
        if let Some(address) = reply.ifconfig_ipv6 {
            let net = Ipv6Net::new(address.local, address.prefix_len);
            pushed.addresses.extend(net.ok().map(IpNet::from));
        }
        for route in &reply.routes {
            let net = Ipv4Net::new(route.network, route.prefix_len).map(IpNet::from);
            let outside = route.gateway == RouteGateway::Outside;
            pushed.take_route(net.ok(), outside);
        }
        for route in &reply.routes_v6 {
            let net = Ipv6Net::new(route.network, route.prefix_len).map(IpNet::from);
            let outside = route.gateway == RouteGateway::Outside;
            pushed.take_route(net.ok(), outside);
        }
        pushed.take_dns(reply);
        pushed
    }
}

impl Pushed {
    /// With what the profile wants as if the gateway had pushed it.
    #[must_use]
    pub fn with(mut self, protocol: &Protocol) -> Self {
        if let Some(redirect) = &protocol.redirect_gateway {
            self.redirect_ipv4 |= redirect.ipv4;
            self.redirect_ipv6 |= redirect.ipv6;
            self.block_local |= redirect.block_local;
        }
        self.block_ipv6 |= protocol.block_ipv6;
        self
    }

    /// A gateway that forgets to push its topology still gives itself away by a mask
    /// in the place of the other side's address.
    fn take_address(&mut self, ifconfig: Ifconfig, topology: Option<Topology>) {
        let second = ifconfig.mask_or_remote;
        let mask = Ipv4Net::with_netmask(ifconfig.local, second).ok();
        let is_mask = topology == Some(Topology::Subnet) || second.octets()[0] == 255;
        if is_mask {
            let net = mask.unwrap_or_else(|| ifconfig.local.into());
            self.addresses.push(net.into());
        } else {
            self.addresses.push(host(ifconfig.local));
            self.routes.push(host(second));
        }
    }

    fn take_route(&mut self, prefix: Option<IpNet>, outside: bool) {
        if outside {
            self.bypass.extend(prefix);
        } else {
            self.routes.extend(prefix);
        }
    }

    /// `dns` options silence `dhcp-option` when they name a server; the best server
    /// that can be asked plainly is used alone.
    fn take_dns(&mut self, reply: &PushReply) {
        if let Some(server) = reply.dns.servers.iter().find(|one| is_plain(one)) {
            self.dns_servers = server.addresses.iter().map(|one| one.ip()).collect();
            self.dns_suffixes.clone_from(&server.resolve_domains);
            self.dns_suffixes
                .extend_from_slice(&reply.dns.search_domains);
            return;
        }
        for option in &reply.dhcp_options {
            match option {
                DhcpOption::Dns(address) => self.dns_servers.push(*address),
                DhcpOption::Domain(name)
                | DhcpOption::AdapterDomainSuffix(name)
                | DhcpOption::DomainSearch(name)
                | DhcpOption::DomainRoute(name) => self.dns_suffixes.push(name.clone()),
                DhcpOption::Ntp(_) | DhcpOption::Wins(_) => {}
            }
        }
        self.dns_suffixes
            .extend_from_slice(&reply.dns.search_domains);
    }
}

/// Neither resolv.conf nor a link of systemd-resolved names another port or TLS
/// for one server.
fn is_plain(server: &DnsServer) -> bool {
    let usual_port = |port: u16| port == 0 || port == 53;
    !server.addresses.is_empty()
        && server.addresses.iter().all(|one| usual_port(one.port()))
        && server.transport.as_deref().is_none_or(|how| how == "plain")
}

fn host(address: Ipv4Addr) -> IpNet {
    IpNet::from(IpAddr::from(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::RedirectGateway;
    use spoke_wire::PushText;

    #[test]
    fn a_subnet_keeps_its_length_and_a_pair_becomes_a_host_and_a_route() {
        let subnet = pushed("ifconfig 10.88.0.2 255.255.255.0,topology subnet");
        assert_eq!(subnet.addresses, ["10.88.0.2/24".parse().unwrap()]);
        assert!(subnet.routes.is_empty());

        let forgetful = pushed("ifconfig 10.88.0.2 255.255.255.0");
        assert_eq!(forgetful.addresses, subnet.addresses);

        let pair = pushed("ifconfig 10.88.0.6 10.88.0.5");
        assert_eq!(pair.addresses, ["10.88.0.6/32".parse().unwrap()]);
        assert_eq!(pair.routes, ["10.88.0.5/32".parse().unwrap()]);
    }

    #[test]
    fn routes_by_the_old_gateway_lead_past_the_tunnel() {
        let pushed = pushed(
            "route 10.20.0.0 255.255.0.0,route 10.20.9.0 255.255.255.0 net_gateway,route-ipv6 fd00::/48",
        );
        assert_eq!(
            pushed.routes,
            [
                "10.20.0.0/16".parse().unwrap(),
                "fd00::/48".parse().unwrap()
            ]
        );
        assert_eq!(pushed.bypass, ["10.20.9.0/24".parse().unwrap()]);
    }

    #[test]
    fn dns_options_silence_dhcp_options() {
        let old = "dhcp-option DNS 10.20.0.4,dhcp-option DOMAIN old.example";
        let both = format!(
            "{old},dns server 0 address 10.20.0.5,dns server 0 resolve-domains new.example"
        );
        assert_eq!(
            pushed(old).dns_servers,
            ["10.20.0.4".parse::<IpAddr>().unwrap()]
        );
        assert_eq!(pushed(old).dns_suffixes, ["old.example"]);
        assert_eq!(
            pushed(&both).dns_servers,
            ["10.20.0.5".parse::<IpAddr>().unwrap()]
        );
        assert_eq!(pushed(&both).dns_suffixes, ["new.example"]);
    }

    #[test]
    fn a_server_that_cannot_be_asked_plainly_gives_way_to_the_next() {
        let pushed = pushed(
            "dns server 0 address 10.20.0.5:5353,dns server 1 address 10.20.0.6,dns server 1 transport plain",
        );
        assert_eq!(pushed.dns_servers, ["10.20.0.6".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn redirection_is_told_by_family() {
        assert!(pushed("redirect-gateway def1").redirect_ipv4);
        assert!(!pushed("redirect-gateway def1").redirect_ipv6);
        let six = pushed("redirect-gateway def1 ipv6 !ipv4");
        assert!(six.redirect_ipv6 && !six.redirect_ipv4);
        let wished = Protocol {
            block_ipv6: true,
            redirect_gateway: Some(RedirectGateway {
                ipv4: true,
                ipv6: false,
                block_local: true,
            }),
            ..Protocol::default()
        };
        let wished = pushed("").with(&wished);
        assert!(wished.redirect_ipv4 && !wished.redirect_ipv6);
        assert!(wished.block_local && wished.block_ipv6);
        let private = pushed("redirect-private block-local");
        assert!(private.block_local && !private.redirect_ipv4);
    }

    fn pushed(options: &str) -> Pushed {
        let reply = PushReply::parse(&PushText::new(options.to_owned())).unwrap();
        Pushed::from(&reply)
    }
}
