use super::dns::{DhcpOption, DnsServer};
use super::reply::{AuthToken, Compression, Ifconfig, IfconfigV6, Inactive, PushReply, Topology};
use super::route::{RedirectGateway, Route, RouteGateway, RouteV6, prefix_of, truncate_v6};
use super::text::{PushError, PushText};
use crate::DataHeader;
use crate::option_line::split_option;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// C accepts at most so many addresses for one `dns server`.
const DNS_ADDRESSES: usize = 8;

/// So many options that are not acted on are kept for showing: nobody reads more, and a server could send 100,000.
const UNUSED_KEPT: usize = 500;

impl PushReply {
    /// Reads the options of a complete (joined) push message.
    ///
    /// Only options on a list of known ones are acted on. What is unknown, or is known and of no consequence, or has
    /// a value that cannot be used but can be done without (a route, a name server), is kept in
    /// [`PushReply::unused`].
    ///
    /// # Errors
    /// When an option that keys, packets or the tunnel's address depend on has an unusable value, when compression is
    /// asked for, or when an unknown protocol flag is switched on.
    pub fn parse(text: &PushText) -> Result<Self, PushError> {
        let mut reply = Self::default();
        for option in text.options() {
            reply.take(option)?;
        }
        reply.dns.servers.sort_by_key(|server| server.priority);
        Ok(reply)
    }

    fn take(&mut self, option: &str) -> Result<(), PushError> {
        let name = option.split_ascii_whitespace().next().unwrap_or_default();
        if name == "push-continuation" {
            return Ok(());
        }
        let words = match split_option(option) {
            Ok(words) => words,
            Err(error) if ESSENTIAL.contains(&name) => return Err(error.into()),
            Err(_) => {
                self.leave_unused(option);
                return Ok(());
            }
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((name, values)) = words.split_first() else {
            return Ok(());
        };
        let taken = match *name {
            "protocol-flags" => return self.take_flags(values),
            "key-derivation" => return self.take_key_derivation(values),
            "comp-lzo" | "compress" => return self.take_compression(option, values),
            name => self
                .take_tunnel(name, values)
                .or_else(|| self.take_routing(name, values))
                .or_else(|| self.take_names(name, values))
                .or_else(|| self.take_timers(name, values)),
        };
        match taken {
            Some(()) => Ok(()),
            None if ESSENTIAL.contains(name) => Err(PushError::Invalid {
                option: shown(name, option),
                why: "its value is not of the form that this option has",
            }),
            None => {
                self.leave_unused(option);
                Ok(())
            }
        }
    }

    fn leave_unused(&mut self, option: &str) {
        if self.unused.len() < UNUSED_KEPT {
            self.unused.push(option.to_owned());
        }
    }

    fn take_tunnel(&mut self, name: &str, values: &[&str]) -> Option<()> {
        match (name, values) {
            ("ifconfig", [local, other]) => {
                self.ifconfig = Some(Ifconfig {
                    local: local.parse().ok()?,
                    mask_or_remote: other.parse().ok()?,
                });
            }
            ("ifconfig-ipv6", [local, rest @ ..]) => {
                let (local, prefix_len) = prefix_v6(local)?;
                let remote = match rest {
                    [] => None,
                    [remote] => Some(remote.parse().ok()?),
                    _ => return None,
                };
                self.ifconfig_ipv6 = Some(IfconfigV6 {
                    local,
                    prefix_len,
                    remote,
                });
            }
            ("topology", ["subnet"]) => self.topology = Some(Topology::Subnet),
            ("topology", ["net30"]) => self.topology = Some(Topology::Net30),
            ("topology", ["p2p"]) => self.topology = Some(Topology::PointToPoint),
            ("tun-mtu", [mtu]) => {
                self.tun_mtu = Some(number(mtu).filter(|mtu: &u16| *mtu >= 100)?);
            }
            ("cipher", [cipher]) => self.cipher = Some((*cipher).to_owned()),
            ("peer-id", ["-1"]) => self.peer_id = Some(DataHeader::NO_PEER_ID),
            ("peer-id", [id]) => {
                self.peer_id = Some(number(id).filter(|id| *id <= DataHeader::NO_PEER_ID)?);
            }
            ("auth-token", [token]) if !token.is_empty() => {
                self.auth_token = Some(AuthToken::new(*token));
            }
            ("auth-token-user", [user]) => {
                let user = STANDARD.decode(user).ok()?;
                self.auth_token_user =
                    Some(String::from_utf8(user).ok().filter(|u| !u.contains('\0'))?);
            }
            _ => return None,
        }
        Some(())
    }

    fn take_routing(&mut self, name: &str, values: &[&str]) -> Option<()> {
        match (name, values) {
            ("route-gateway", [gateway]) => self.route_gateway = Some(gateway.parse().ok()?),
            ("route", values) => self.routes.push(route(values)?),
            ("route-ipv6", values) => self.routes_v6.push(route_v6(values)?),
            ("route-metric", [metric]) => self.route_metric = Some(number(metric)?),
            ("redirect-gateway", flags) => self.redirect_gateway = Some(redirect(flags)),
            ("block-ipv6", []) => self.block_ipv6 = true,
            ("block-outside-dns", []) => self.block_outside_dns = true,
            _ => return None,
        }
        Some(())
    }

    fn take_names(&mut self, name: &str, values: &[&str]) -> Option<()> {
        match (name, values) {
            ("dhcp-option", [kind, value]) => self.dhcp_options.push(dhcp_option(kind, value)?),
            ("dns", ["search-domains", domains @ ..]) if !domains.is_empty() => {
                let domains = domains
                    .iter()
                    .map(|d| domain(d))
                    .collect::<Option<Vec<_>>>()?;
                self.dns.search_domains.extend(domains);
            }
            ("dns", ["server", priority, key, values @ ..]) if !values.is_empty() => {
                let priority = number(priority).filter(|p: &u8| *p <= 127)?;
                let known = self.dns.servers.iter().position(|s| s.priority == priority);
                let mut server = known
                    .and_then(|at| self.dns.servers.get(at).cloned())
                    .unwrap_or(DnsServer {
                        priority,
                        ..DnsServer::default()
                    });
                dns_server(&mut server, key, values)?;
                match known.and_then(|at| self.dns.servers.get_mut(at)) {
                    Some(place) => *place = server,
                    None => self.dns.servers.push(server),
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn take_timers(&mut self, name: &str, values: &[&str]) -> Option<()> {
        match (name, values) {
            ("keepalive", [ping, restart]) => {
                let (ping, restart) = (number(ping)?, number(restart)?);
                (self.ping, self.ping_restart) = (Some(ping), Some(restart));
            }
            ("ping", [seconds]) => self.ping = Some(number(seconds)?),
            ("ping-restart", [seconds]) => self.ping_restart = Some(number(seconds)?),
            ("ping-exit", [seconds]) => self.ping_exit = Some(number(seconds)?),
            ("reneg-sec", [seconds, ..]) => self.reneg_sec = Some(number(seconds)?),
            ("hand-window", [seconds]) => self.hand_window = Some(number(seconds)?),
            ("tran-window", [seconds]) => self.tran_window = Some(number(seconds)?),
            ("session-timeout", [seconds]) => self.session_timeout = Some(number(seconds)?),
            ("explicit-exit-notify", []) => self.explicit_exit_notify = Some(1),
            ("explicit-exit-notify", [times]) => self.explicit_exit_notify = Some(number(times)?),
            ("inactive", [seconds, rest @ ..]) => {
                let bytes = match rest {
                    [] => 0,
                    [bytes] => number(bytes)?,
                    _ => return None,
                };
                self.inactive = Some(Inactive {
                    seconds: number(seconds)?,
                    bytes,
                });
            }
            _ => return None,
        }
        Some(())
    }

    fn take_flags(&mut self, flags: &[&str]) -> Result<(), PushError> {
        for flag in flags {
            match *flag {
                "cc-exit" => self.protocol_flags.cc_exit = true,
                "tls-ekm" => self.protocol_flags.tls_ekm = true,
                "dyn-tls-crypt" => self.protocol_flags.dyn_tls_crypt = true,
                "aead-epoch" => self.protocol_flags.aead_epoch = true,
                // An unknown flag may change keys or packets: going on would fail later and less clearly.
                flag => {
                    return Err(PushError::UnknownFlag {
                        flag: flag.to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn take_key_derivation(&mut self, values: &[&str]) -> Result<(), PushError> {
        match values {
            ["tls-ekm"] => {
                self.protocol_flags.tls_ekm = true;
                Ok(())
            }
            values => Err(PushError::UnknownFlag {
                flag: format!("key-derivation {}", values.join(" ")),
            }),
        }
    }

    fn take_compression(&mut self, option: &str, values: &[&str]) -> Result<(), PushError> {
        let lzo = option.starts_with("comp-lzo");
        self.compression = Some(match (lzo, values) {
            (true, ["no"]) => Compression::LzoStub,
            (false, [] | ["stub"]) => Compression::Stub,
            (false, ["stub-v2"]) => Compression::StubV2,
            _ => {
                return Err(PushError::Compression {
                    option: option.to_owned(),
                });
            }
        });
        Ok(())
    }
}

/// Options whose loss would leave a tunnel that looks up and does not work, or works with other keys than the peer's.
const ESSENTIAL: [&str; 10] = [
    "ifconfig",
    "ifconfig-ipv6",
    "topology",
    "cipher",
    "peer-id",
    "tun-mtu",
    "protocol-flags",
    "key-derivation",
    "auth-token",
    "auth-token-user",
];

fn shown(name: &str, option: &str) -> String {
    if name.starts_with("auth-token") {
        format!("{name} (hidden)")
    } else {
        option.to_owned()
    }
}

/// Digits only: what other parsers take for numbers (a plus sign, say) no server writes.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn prefix_v6(text: &str) -> Option<(Ipv6Addr, u8)> {
    let (address, len) = text.split_once('/')?;
    let len = number(len).filter(|len: &u8| *len <= 128)?;
    Some((address.parse().ok()?, len))
}

fn route(values: &[&str]) -> Option<Route> {
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

fn route_v6(values: &[&str]) -> Option<RouteV6> {
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

fn redirect(flags: &[&str]) -> RedirectGateway {
    let mut redirect = RedirectGateway::default();
    for flag in flags {
        match *flag {
            "def1" => redirect.def1 = true,
            "local" | "autolocal" => redirect.local = true,
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

fn dhcp_option(kind: &str, value: &str) -> Option<DhcpOption> {
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

fn dns_server(server: &mut DnsServer, key: &str, values: &[&str]) -> Option<()> {
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
fn domain(text: &str) -> Option<String> {
    let fits = !text.is_empty()
        && text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    fits.then(|| text.to_owned())
}
