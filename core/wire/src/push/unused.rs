use super::reply::PushReply;

/// Options by which a server would run programs, read files or speak for somebody else: past vulnerabilities of
/// clients came from taking them. A name that ends in a hyphen stands for all that begin so.
const NEVER: [&str; 40] = [
    "askpass",
    "auth-user-pass",
    "ca",
    "capath",
    "cd",
    "cert",
    "chroot",
    "client-connect",
    "client-disconnect",
    "config",
    "crl-verify",
    "daemon",
    "dev",
    "dev-node",
    "down",
    "engine",
    "extra-certs",
    "group",
    "http-proxy",
    "ipchange",
    "iproute",
    "key",
    "learn-address",
    "lladdr",
    "log",
    "log-append",
    "management",
    "management-",
    "pkcs11-",
    "pkcs12",
    "plugin",
    "remote",
    "route-pre-down",
    "route-up",
    "script-",
    "setenv",
    "socks-proxy",
    "tls-",
    "up",
    "user",
];

/// Kinds of `dhcp-option` that are known and of no use here: their loss breaks nothing.
const IDLE_DHCP_OPTIONS: [&str; 8] = [
    "DISABLE-NBT",
    "NBDD",
    "NBS",
    "NBT",
    "PROXY_AUTO_CONFIG_URL",
    "PROXY_BYPASS",
    "PROXY_HTTP",
    "PROXY_HTTPS",
];

impl PushReply {
    /// What was asked for and is not done, as option lines for showing: the unused options, and those properties of
    /// name servers that a resolver of this computer cannot be given.
    #[must_use]
    pub fn not_applied(&self) -> Vec<String> {
        let mut lines = self.unused.clone();
        for server in &self.dns.servers {
            let dnssec = server.dnssec.as_deref().filter(|how| *how != "no");
            let transport = server.transport.as_deref().filter(|how| *how != "plain");
            let sni = server.sni.as_deref();
            for (key, value) in [("dnssec", dnssec), ("transport", transport), ("sni", sni)] {
                let line = |value| format!("dns server {} {key} {value}", server.priority);
                lines.extend(value.map(line));
            }
        }
        lines
    }

    /// Names of options that no server may set and this one tried to.
    pub fn forbidden(&self) -> impl Iterator<Item = &str> {
        self.unused
            .iter()
            .map(|option| name(option))
            .filter(|name| {
                NEVER.iter().any(|never| match never.strip_suffix('-') {
                    Some(_) => name.starts_with(never),
                    None => name == never,
                })
            })
    }

    /// Whether the server wants addresses to be translated on their way (`client-nat`), which is not done here.
    #[must_use]
    pub fn wants_translation(&self) -> bool {
        self.unused
            .iter()
            .any(|option| name(option) == "client-nat")
    }
}

/// Whether an option that ended up unused is one that can be done without.
pub(super) fn is_idle(option: &str) -> bool {
    let mut words = option.split_ascii_whitespace();
    let kind = words.next();
    kind == Some("dhcp-option")
        && words
            .next()
            .is_some_and(|it| IDLE_DHCP_OPTIONS.contains(&it))
}

fn name(option: &str) -> &str {
    let name = option.split_ascii_whitespace().next().unwrap_or_default();
    name.strip_prefix("--").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PushText;

    #[test]
    fn what_no_server_may_set_is_named() {
        let options =
            "up /bin/sh,script-security 2,--setenv A b,echo up,updown x,client-nat snat a b c";
        let reply = PushReply::parse(&PushText::new(options)).unwrap();
        let forbidden: Vec<&str> = reply.forbidden().collect();
        assert_eq!(forbidden, ["up", "script-security", "setenv"]);
        assert!(reply.wants_translation());
    }

    #[test]
    fn what_a_resolver_cannot_be_given_is_shown() {
        let options = "dns server 1 address 10.0.0.1,dns server 1 transport DoT,dns server 1 sni a.b,\
            dns server 2 address 10.0.0.2,dns server 2 transport plain,dns server 2 dnssec yes";
        let reply = PushReply::parse(&PushText::new(options)).unwrap();
        assert_eq!(
            reply.not_applied(),
            [
                "dns server 1 transport DoT",
                "dns server 1 sni a.b",
                "dns server 2 dnssec yes"
            ]
        );
    }

    #[test]
    fn keywords_stand_for_the_addresses_that_they_name() {
        let options = "route vpn_gateway 255.255.255.255,route-gateway 10.8.0.1,\
            route remote_host 255.255.255.255 net_gateway,route net_gateway";
        let reply = PushReply::parse(&PushText::new(options)).unwrap();
        let networks: Vec<String> = reply.routes.iter().map(|r| r.network.to_string()).collect();
        assert_eq!(networks, ["10.8.0.1"]);
        assert_eq!(reply.unused, ["route net_gateway"]);
    }
}
