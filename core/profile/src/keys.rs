use crate::error::{FieldError, Refusal};

/// A key of `spoke profile set` and of the form for profiles made by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it means, for the help text.
    pub help: &'static str,
    /// A value that fits.
    pub example: &'static str,
    /// Whether it is a list, which `+=` and `-=` change.
    pub is_list: bool,
}

const fn key(name: &'static str, help: &'static str, example: &'static str) -> Key {
    Key {
        name,
        help,
        example,
        is_list: false,
    }
}

const fn list(name: &'static str, help: &'static str, example: &'static str) -> Key {
    Key {
        name,
        help,
        example,
        is_list: true,
    }
}

/// Every key, in the order of the form. The server secret and root certificates are
/// not among them: they come from files.
pub const KEYS: [Key; 59] = [
    key("name", "Display name of the connection", "office"),
    list(
        "server",
        "Gateway host names, the preferred one first",
        "azuregateway-….vpn.azure.com",
    ),
    key(
        "port",
        "TCP or UDP port on the gateway; Azure's is 443",
        "443",
    ),
    key("transport", "How packets travel: tcp or udp", "tcp"),
    key(
        "root",
        "SHA-1 thumbprint of the gateway's root certificate; empty for none",
        "df3c24f9bfd666761b268073fe06d1cc8d4f82a4",
    ),
    key(
        "pin-root",
        "Whether only that root is accepted: true, false or auto",
        "auto",
    ),
    key(
        "server-name",
        "The name that the gateway's certificate must carry, instead of the derived ones; empty for those",
        "vpn.example.com",
    ),
    key(
        "sign-in",
        "Authentication type: aad (Microsoft Entra ID), cert or usernamepass",
        "aad",
    ),
    key(
        "sign-in.tenant",
        "Tenant: its id, its domain, or the sign-in address with it",
        "contoso.onmicrosoft.com",
    ),
    key(
        "sign-in.audience",
        "Audience of the gateway: application id or URI",
        "c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
    ),
    key(
        "sign-in.issuer",
        "Issuer that the gateway expects; empty for the usual one of the tenant",
        "https://sts.windows.net/TENANT-ID/",
    ),
    key(
        "client-id",
        "Application that signs in; empty to find it out from the audience",
        "c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
    ),
    key(
        "scope",
        "Scope to ask for; empty for AUDIENCE/.default",
        "api://GUID/.default",
    ),
    key(
        "redirect-uri",
        "Redirect URI registered for the client, on this computer; empty for the usual ones",
        "http://localhost:2023",
    ),
    key(
        "cache-sign-in",
        "Whether the sign-in is kept beyond the session",
        "true",
    ),
    key(
        "device-sso",
        "Whether the device's own sign-in is used where there is one",
        "false",
    ),
    key(
        "disable-sso",
        "Whether single sign-on is switched off",
        "false",
    ),
    key(
        "group-token",
        "Whether the token shall carry the user's groups",
        "false",
    ),
    key("username", "User name for RADIUS; empty to be asked", "ana"),
    key(
        "client-certificate",
        "SHA-1 thumbprint of the client certificate; empty to choose when connecting",
        "",
    ),
    key(
        "client-certificate-issuer",
        "Issuer of the client certificate",
        "CN=Example Root",
    ),
    list("dns.servers", "DNS servers inside the network", "10.1.0.4"),
    list(
        "dns.suffixes",
        "Domains that those servers answer for",
        "corp.example.com",
    ),
    list(
        "routes.include",
        "Prefixes to send into the tunnel beside the pushed ones",
        "10.1.0.0/16",
    ),
    list(
        "routes.exclude",
        "Prefixes to keep out of the tunnel; they win",
        "10.1.200.0/24",
    ),
    key(
        "secondary",
        "Profile to fail over to; empty for none",
        "office-backup",
    ),
    key("always-on", "Connect at login", "false"),
    key(
        "mtu",
        "MTU of the tunnel in bytes, 576 to 9000; empty for the usual one",
        "1400",
    ),
    key(
        "display-name",
        "What the first server is called, when not by its host name",
        "north",
    ),
    key(
        "certificate-name",
        "How the gateway's certificate is named: host, any, name:NAME, name-prefix:TEXT or subject:TEXT",
        "name:vpn.example.com",
    ),
    list(
        "peer-fingerprint",
        "SHA-256 fingerprints of which the gateway's certificate must have one",
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
    ),
    key(
        "proxy",
        "Proxy on the way: http://[USER@]HOST:PORT or socks5://[USER@]HOST:PORT; empty for none",
        "http://proxy.example.com:3128",
    ),
    list(
        "data-ciphers",
        "Ciphers of the data channel to accept, the best first",
        "AES-256-GCM",
    ),
    key(
        "data-ciphers-fallback",
        "Cipher for a gateway that cannot negotiate; empty for none",
        "AES-256-CBC",
    ),
    key(
        "digest",
        "Digest that goes with the older ciphers (OpenVPN's `auth`)",
        "SHA256",
    ),
    key(
        "tls-version-min",
        "Lowest version of TLS: 1.2 or 1.3; empty for 1.2",
        "1.2",
    ),
    key(
        "tls-version-max",
        "Highest version of TLS: 1.2 or 1.3; empty for any",
        "1.3",
    ),
    list(
        "tls-cipher",
        "Cipher suites of TLS by their IANA names; a version of TLS without any has all sound ones",
        "TLS_AES_256_GCM_SHA384",
    ),
    key(
        "compression",
        "Framing of compression that the gateway expects: none, comp-lzo, stub or stub-v2; nothing is compressed",
        "none",
    ),
    key(
        "mssfix",
        "Size of packets that TCP connections inside are held to: auto, off, SIZE, SIZE mtu or SIZE fixed",
        "auto",
    ),
    list(
        "pull-filter",
        "Rules on what the gateway pushes: accept, ignore or reject, and how the option begins, in \" where a space at its end counts",
        "ignore route-ipv6",
    ),
    key(
        "route-nopull",
        "Whether the routes and DNS that the gateway pushes are passed over",
        "false",
    ),
    key(
        "redirect-gateway",
        "Which traffic all goes into the tunnel: ipv4, ipv6, block-local, with spaces between; empty for none",
        "ipv4 ipv6",
    ),
    key(
        "block-ipv6",
        "Whether IPv6 is kept off the network while connected",
        "false",
    ),
    key(
        "remote-random",
        "Whether the servers are tried in random order",
        "false",
    ),
    key(
        "remote-random-hostname",
        "Whether random letters are put before host names",
        "false",
    ),
    list(
        "peer-info",
        "Variables that the gateway is told: UV_NAME=VALUE",
        "UV_SITE=north",
    ),
    key(
        "compat",
        "Whether to speak as Microsoft's own client: auto, off or on",
        "auto",
    ),
    key(
        "reneg-sec",
        "Seconds until keys are renewed; 0 for never, empty to leave it to the gateway",
        "3600",
    ),
    key(
        "reneg-bytes",
        "Bytes after which keys are renewed; empty for no such limit",
        "1000000000",
    ),
    key(
        "hand-window",
        "Seconds that the making of keys may take; empty for 60",
        "60",
    ),
    key(
        "tran-window",
        "Seconds that old keys live on; empty for 3600",
        "3600",
    ),
    key(
        "ping",
        "Seconds of silence after which a sign of life is sent",
        "10",
    ),
    key(
        "ping-restart",
        "Seconds without any from the gateway after which the connection is made anew",
        "60",
    ),
    key(
        "ping-exit",
        "Seconds without any from the gateway after which the connection ends",
        "120",
    ),
    key(
        "inactive",
        "Seconds without traffic after which the connection ends, and bytes that count as traffic",
        "3600 10000",
    ),
    key(
        "session-timeout",
        "Seconds after which the connection ends",
        "86400",
    ),
    key(
        "explicit-exit-notify",
        "How often the gateway is told of the end, over UDP",
        "1",
    ),
    key(
        "connect-timeout",
        "Seconds that one server may take to answer; empty for the usual",
        "30",
    ),
];

/// What an [`Assignment`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `KEY=VALUE`: replaces; for lists, values are separated by commas.
    Set,
    /// `KEY+=VALUE`: adds to a list.
    Add,
    /// `KEY-=VALUE`: takes out of a list.
    Remove,
}

/// `KEY=VALUE`, `KEY+=VALUE` or `KEY-=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The key.
    pub key: String,
    /// What to do.
    pub operation: Operation,
    /// The value as written.
    pub value: String,
}

impl Assignment {
    /// Replaces the value of a key.
    #[must_use]
    pub fn set(key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            operation: Operation::Set,
            value: value.to_owned(),
        }
    }
}

impl std::str::FromStr for Assignment {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((key, value)) = text.split_once('=') else {
            let refusal = Refusal::invalid(
                "There is no `=` between key and value.",
                "Write KEY=VALUE, KEY+=VALUE or KEY-=VALUE.",
            );
            return Err(refusal.in_field(text));
        };
        let (key, operation) = match (key.strip_suffix('+'), key.strip_suffix('-')) {
            (Some(key), _) => (key, Operation::Add),
            (_, Some(key)) => (key, Operation::Remove),
            _ => (key, Operation::Set),
        };
        Ok(Self {
            key: key.trim().to_ascii_lowercase(),
            operation,
            value: value.to_owned(),
        })
    }
}
