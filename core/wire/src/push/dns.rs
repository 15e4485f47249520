use std::net::{IpAddr, SocketAddr};

/// One `dhcp-option`. Kinds that matter to nobody here stay among the unused options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DhcpOption {
    /// `DNS` or `DNS6`: a name server.
    Dns(IpAddr),
    /// `DOMAIN`: the domain of the connection.
    Domain(String),
    /// `ADAPTER_DOMAIN_SUFFIX`: as `DOMAIN`, in the words of OpenVPN 3.
    AdapterDomainSuffix(String),
    /// `DOMAIN-SEARCH`: one more domain to try for short names.
    DomainSearch(String),
    /// `DOMAIN-ROUTE`: only names under it are asked here.
    DomainRoute(String),
    /// `NTP`: a time server.
    Ntp(IpAddr),
    /// `WINS`: a NetBIOS name server.
    Wins(IpAddr),
}

/// The `dns` options together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsSettings {
    /// By priority, best first; the first that works is to be used alone.
    pub servers: Vec<DnsServer>,
    /// Domains to try for short names.
    pub search_domains: Vec<String>,
}

/// One `dns server N`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsServer {
    /// Lower is better, 0 to 127.
    pub priority: u8,
    /// Its addresses, up to 8; port 0 where none was given.
    pub addresses: Vec<SocketAddr>,
    /// Only names under these are asked here; empty means all.
    pub resolve_domains: Vec<String>,
    /// `yes`, `optional` or `no`.
    pub dnssec: Option<String>,
    /// `plain`, `DoT` or `DoH`.
    pub transport: Option<String>,
    /// The name for TLS.
    pub sni: Option<String>,
}
