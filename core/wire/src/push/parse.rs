use super::dns::DnsServer;
use super::reply::{AuthToken, Compression, Ifconfig, IfconfigV6, Inactive, PushReply, Topology};
use super::text::{PushError, PushText};
use super::values::{
    dhcp_option, dns_server, domain, number, prefix_v6, redirect, route, route_v6,
};
use crate::DataHeader;
use crate::option_line::{name_of, quote_word, split_words};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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
    /// When an option that keys, packets or the tunnel's address depend on has an unusable value, when a
    /// compression is asked for whose framing is not known, or when an unknown protocol flag is switched on.
    pub fn parse(text: &PushText) -> Result<Self, PushError> {
        let mut reply = Self::default();
        // A route to the tunnel's gateway can come before the option that says which one that is.
        let (late, soon): (Vec<&str>, Vec<&str>) =
            text.options().partition(|option| names_gateway(option));
        for option in soon.into_iter().chain(late) {
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
        let words = match split_words(option) {
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
            "comp-lzo" | "compress" => return self.take_compression(name, option, values),
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
            self.unused.push(shown(&name_of(option), option));
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
            // The way to the server is kept outside in any case.
            ("route", ["remote_host", "255.255.255.255", "net_gateway", ..]) => {}
            ("route", ["vpn_gateway", rest @ ..]) => {
                let gateway = self.route_gateway?.to_string();
                let values: Vec<&str> = std::iter::once(gateway.as_str())
                    .chain(rest.iter().copied())
                    .collect();
                self.routes.push(route(&values)?);
            }
            ("route", values) => self.routes.push(route(values)?),
            ("route-ipv6", values) => self.routes_v6.push(route_v6(values)?),
            ("route-metric", [metric]) => self.route_metric = Some(number(metric)?),
            ("redirect-gateway", flags) => self.redirect_gateway = Some(redirect(flags)),
            ("redirect-private", flags) => self.redirect_private = Some(redirect(flags)),
            ("block-ipv6", []) => self.block_ipv6 = true,
            ("block-outside-dns", []) => self.block_outside_dns = true,
            _ => return None,
        }
        Some(())
    }

    fn take_names(&mut self, name: &str, values: &[&str]) -> Option<()> {
        match (name, values) {
            ("dhcp-option", [kind, values @ ..]) if !values.is_empty() => {
                let options = values.iter().map(|value| dhcp_option(kind, value));
                let options = options.collect::<Option<Vec<_>>>()?;
                self.dhcp_options.extend(options);
            }
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

    fn take_compression(
        &mut self,
        name: &str,
        option: &str,
        values: &[&str],
    ) -> Result<(), PushError> {
        let lzo = name == "comp-lzo";
        self.compression = Some(match (lzo, values) {
            (true, ["no"]) => Compression::LzoStub,
            (true, [] | ["yes" | "adaptive"]) | (false, ["lzo"]) => Compression::Lzo,
            (false, [] | ["stub"]) => Compression::Stub,
            (false, ["stub-v2"]) => Compression::StubV2,
            (false, ["lz4"]) => Compression::Lz4,
            (false, ["lz4-v2"]) => Compression::Lz4V2,
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

fn names_gateway(option: &str) -> bool {
    let mut words = option.split_ascii_whitespace();
    words.next() == Some("route") && words.next() == Some("vpn_gateway")
}

/// An option for people to read: without a token, also where a quote that is never closed spoils its name.
pub(super) fn shown(name: &str, option: &str) -> String {
    let meant = name.replace(['"', '\'', '\\'], "");
    if meant.starts_with("auth-token") {
        format!("{} (hidden)", quote_word(name))
    } else {
        option.to_owned()
    }
}
