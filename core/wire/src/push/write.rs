use super::dns::{DhcpOption, DnsSettings};
use super::reply::{Compression, ProtocolFlags, PushReply, Topology};
use super::route::{RedirectGateway, RouteGateway, mask_of};
use super::text::{PushError, PushText};
use super::update::PushUpdate;
use crate::DataHeader;
use crate::option_line::quote_word;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

/// Longest message of a push, its name and the final NUL included (OpenVPN 2.6, `PUSH_BUNDLE_SIZE`).
pub(super) const PART_LIMIT: usize = 1024;
/// The longer of the two names that a push may have.
const PREFIX: usize = "PUSH_UPDATE,".len();
const CONTINUATION: usize = ",push-continuation 2".len();

impl PushReply {
    /// The options as text, in an order that never changes.
    #[must_use]
    pub fn to_options(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.write_addresses(&mut out);
        self.write_routes(&mut out);
        self.write_dhcp_options(&mut out);
        write_dns(&self.dns, &mut out);
        self.write_timers(&mut out);
        self.write_channel(&mut out);
        out.extend(self.unused.iter().cloned());
        out
    }

    /// Cuts the options into messages of at most 1024 bytes, ready to be sent one after the other.
    ///
    /// # Errors
    /// When an option contains a comma or a control character, or does not fit a message of its own.
    pub fn to_parts(&self) -> Result<Vec<PushText>, PushError> {
        cut(self.to_options())
    }

    fn write_addresses(&self, out: &mut Vec<String>) {
        if let Some(gateway) = self.route_gateway {
            out.push(format!("route-gateway {gateway}"));
        }
        if let Some(topology) = self.topology {
            let name = match topology {
                Topology::Subnet => "subnet",
                Topology::Net30 => "net30",
                Topology::PointToPoint => "p2p",
            };
            out.push(format!("topology {name}"));
        }
        if let Some(ifconfig) = self.ifconfig {
            out.push(format!(
                "ifconfig {} {}",
                ifconfig.local, ifconfig.mask_or_remote
            ));
        }
        if let Some(v6) = self.ifconfig_ipv6 {
            let remote = v6
                .remote
                .map(|remote| format!(" {remote}"))
                .unwrap_or_default();
            out.push(format!(
                "ifconfig-ipv6 {}/{}{remote}",
                v6.local, v6.prefix_len
            ));
        }
        number(out, "tun-mtu", self.tun_mtu);
    }

    fn write_routes(&self, out: &mut Vec<String>) {
        number(out, "route-metric", self.route_metric);
        for route in &self.routes {
            let tail = way(route.gateway, route.metric);
            out.push(format!(
                "route {} {}{tail}",
                route.network,
                mask_of(route.prefix_len)
            ));
        }
        for route in &self.routes_v6 {
            let tail = way(route.gateway, route.metric);
            out.push(format!(
                "route-ipv6 {}/{}{tail}",
                route.network, route.prefix_len
            ));
        }
        if let Some(redirect) = self.redirect_gateway {
            out.push(redirect_option("redirect-gateway", redirect));
        }
        if let Some(private) = self.redirect_private {
            out.push(redirect_option("redirect-private", private));
        }
        flag(out, "block-ipv6", self.block_ipv6);
        flag(out, "block-outside-dns", self.block_outside_dns);
    }

    fn write_dhcp_options(&self, out: &mut Vec<String>) {
        for option in &self.dhcp_options {
            out.push(match option {
                DhcpOption::Dns(IpAddr::V4(address)) => format!("dhcp-option DNS {address}"),
                DhcpOption::Dns(IpAddr::V6(address)) => format!("dhcp-option DNS6 {address}"),
                DhcpOption::Domain(name) => format!("dhcp-option DOMAIN {}", quote_word(name)),
                DhcpOption::AdapterDomainSuffix(name) => {
                    format!("dhcp-option ADAPTER_DOMAIN_SUFFIX {}", quote_word(name))
                }
                DhcpOption::DomainSearch(name) => {
                    format!("dhcp-option DOMAIN-SEARCH {}", quote_word(name))
                }
                DhcpOption::DomainRoute(name) => {
                    format!("dhcp-option DOMAIN-ROUTE {}", quote_word(name))
                }
                DhcpOption::Ntp(address) => format!("dhcp-option NTP {address}"),
                DhcpOption::Wins(address) => format!("dhcp-option WINS {address}"),
            });
        }
    }

    fn write_timers(&self, out: &mut Vec<String>) {
        number(out, "ping", self.ping);
        number(out, "ping-restart", self.ping_restart);
        number(out, "ping-exit", self.ping_exit);
        if let Some(inactive) = self.inactive {
            out.push(format!("inactive {} {}", inactive.seconds, inactive.bytes));
        }
        number(out, "session-timeout", self.session_timeout);
        number(out, "reneg-sec", self.reneg_sec);
        number(out, "hand-window", self.hand_window);
        number(out, "tran-window", self.tran_window);
        number(out, "explicit-exit-notify", self.explicit_exit_notify);
    }

    fn write_channel(&self, out: &mut Vec<String>) {
        match self.peer_id {
            Some(DataHeader::NO_PEER_ID) => out.push("peer-id -1".to_owned()),
            id => number(out, "peer-id", id),
        }
        if let Some(cipher) = &self.cipher {
            out.push(format!("cipher {}", quote_word(cipher)));
        }
        write_flags(self.protocol_flags, out);
        match self.compression {
            None => {}
            Some(Compression::LzoStub) => out.push("comp-lzo no".to_owned()),
            Some(Compression::Stub) => out.push("compress stub".to_owned()),
            Some(Compression::StubV2) => out.push("compress stub-v2".to_owned()),
            Some(Compression::Lzo) => out.push("compress lzo".to_owned()),
            Some(Compression::Lz4) => out.push("compress lz4".to_owned()),
            Some(Compression::Lz4V2) => out.push("compress lz4-v2".to_owned()),
        }
        if let Some(token) = &self.auth_token {
            out.push(format!("auth-token {}", quote_word(token.reveal())));
        }
        if let Some(user) = &self.auth_token_user {
            // Nothing at all is a name too, and needs its quotes.
            let user = STANDARD.encode(user);
            out.push(format!("auth-token-user {}", quote_word(&user)));
        }
    }
}

impl PushUpdate {
    /// As [`PushReply::to_parts`].
    ///
    /// # Errors
    /// As [`PushReply::to_parts`].
    pub fn to_parts(&self) -> Result<Vec<PushText>, PushError> {
        cut(self.to_options())
    }
}

fn cut(options: Vec<String>) -> Result<Vec<PushText>, PushError> {
    let room = PART_LIMIT - PREFIX - CONTINUATION - 1;
    let mut parts: Vec<String> = vec![String::new()];
    for option in options {
        let name = option.split(' ').next().unwrap_or_default();
        if option.chars().any(|c| c == ',' || c.is_control()) {
            return Err(PushError::Unsendable {
                option: name.to_owned(),
            });
        }
        if option.len() > room {
            return Err(PushError::OptionTooLong {
                name: name.to_owned(),
                len: option.len(),
                limit: room,
            });
        }
        match parts.last_mut() {
            Some(part) if part.is_empty() => part.push_str(&option),
            Some(part) if part.len() + 1 + option.len() <= room => {
                part.push(',');
                part.push_str(&option);
            }
            _ => parts.push(option),
        }
    }
    let count = parts.len();
    if count > 1 {
        for (index, part) in parts.iter_mut().enumerate() {
            let mark = if index + 1 == count { 1 } else { 2 };
            part.push_str(&format!(",push-continuation {mark}"));
        }
    }
    Ok(parts.into_iter().map(PushText::new).collect())
}

fn number(out: &mut Vec<String>, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        out.push(format!("{name} {value}"));
    }
}

fn flag(out: &mut Vec<String>, name: &str, on: bool) {
    if on {
        out.push(name.to_owned());
    }
}

fn way<Address: Display>(gateway: RouteGateway<Address>, metric: Option<u32>) -> String {
    let gateway = match gateway {
        RouteGateway::Tunnel if metric.is_none() => return String::new(),
        RouteGateway::Tunnel => "default".to_owned(),
        RouteGateway::Outside => "net_gateway".to_owned(),
        RouteGateway::Address(address) => address.to_string(),
    };
    let metric = metric
        .map(|metric| format!(" {metric}"))
        .unwrap_or_default();
    format!(" {gateway}{metric}")
}

fn redirect_option(name: &str, redirect: RedirectGateway) -> String {
    let flags = [
        (redirect.def1, " def1"),
        (redirect.local, " local"),
        (redirect.autolocal, " autolocal"),
        (redirect.bypass_dhcp, " bypass-dhcp"),
        (redirect.bypass_dns, " bypass-dns"),
        (redirect.block_local, " block-local"),
        (redirect.ipv6, " ipv6"),
        (redirect.not_ipv4, " !ipv4"),
    ];
    let mut option = name.to_owned();
    for (_, name) in flags.into_iter().filter(|(on, _)| *on) {
        option.push_str(name);
    }
    option
}

fn write_dns(dns: &DnsSettings, out: &mut Vec<String>) {
    for server in &dns.servers {
        let mut line = |key: &str, values: Vec<String>| {
            if !values.is_empty() {
                out.push(format!(
                    "dns server {} {key} {}",
                    server.priority,
                    values.join(" ")
                ));
            }
        };
        line(
            "address",
            server.addresses.iter().map(dns_address).collect(),
        );
        line(
            "resolve-domains",
            server
                .resolve_domains
                .iter()
                .map(|d| quote_word(d))
                .collect(),
        );
        line("dnssec", server.dnssec.iter().cloned().collect());
        line("transport", server.transport.iter().cloned().collect());
        line(
            "sni",
            server.sni.iter().map(|name| quote_word(name)).collect(),
        );
    }
    if !dns.search_domains.is_empty() {
        let domains: Vec<String> = dns.search_domains.iter().map(|d| quote_word(d)).collect();
        out.push(format!("dns search-domains {}", domains.join(" ")));
    }
}

fn dns_address(address: &SocketAddr) -> String {
    match address.port() {
        0 => address.ip().to_string(),
        _ => address.to_string(),
    }
}

fn write_flags(flags: ProtocolFlags, out: &mut Vec<String>) {
    let exporter_alone = ProtocolFlags {
        tls_ekm: true,
        ..ProtocolFlags::default()
    };
    if flags == exporter_alone {
        // Who does not know `cc-exit` does not know `protocol-flags` (reference, section 11): OpenVPN Connect 3.2.
        out.push("key-derivation tls-ekm".to_owned());
        return;
    }
    let mut words = Vec::new();
    for (on, name) in [
        (flags.cc_exit, "cc-exit"),
        (flags.tls_ekm, "tls-ekm"),
        (flags.dyn_tls_crypt, "dyn-tls-crypt"),
        (flags.aead_epoch, "aead-epoch"),
    ] {
        if on {
            words.push(name);
        }
    }
    if !words.is_empty() {
        out.push(format!("protocol-flags {}", words.join(" ")));
    }
}
