use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// Where the tunnel's resolver stands in macOS' dynamic store: the DNS entity of a
/// network service of that name (SystemConfiguration's schema, `SCSchemaDefinitions.h`).
pub const SERVICE_DNS_KEY: &str = "State:/Network/Service/org.spoke-vpn.Spoke/DNS";

/// A resolver beside those of the host's network services. Nothing that belongs to a
/// network service is changed for it, so that a new lease of Wi-Fi does not undo it and
/// nobody's settings have to be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDns {
    /// Resolvers, in order.
    pub servers: Vec<IpAddr>,
    /// Names that they answer for, also appended to single-label names.
    pub domains: Vec<String>,
    /// Whether they answer for all other names too, before the host's own resolvers.
    pub all_names: bool,
}

/// A value in a dictionary of the dynamic store, as far as Spoke sets any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreValue {
    /// A number.
    Number(i32),
    /// An array of strings.
    Texts(Vec<String>),
}

impl ServiceDns {
    /// The dictionary that stands for it.
    ///
    /// A service without addresses that names the domains it answers for is a
    /// "supplemental" resolver to configd: asked for those in the place of the host's
    /// own. The empty domain makes it one for all names, of an order before the host's.
    #[must_use]
    pub fn dictionary(&self) -> Vec<(&'static str, StoreValue)> {
        let servers = self.servers.iter().map(IpAddr::to_string).collect();
        let everything = self.all_names.then(String::new);
        let domains = self.domains.iter().cloned().chain(everything).collect();
        vec![
            ("ServerAddresses", StoreValue::Texts(servers)),
            ("SupplementalMatchDomains", StoreValue::Texts(domains)),
            // Zero: they are searched as well.
            ("SupplementalMatchDomainsNoSearch", StoreValue::Number(0)),
        ]
    }
}

impl fmt::Display for ServiceDns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<String> = self.servers.iter().map(IpAddr::to_string).collect();
        f.write_str(&servers.join(", "))?;
        if self.all_names {
            f.write_str(" for all names")
        } else {
            write!(f, " for {}", self.domains.join(", "))
        }
    }
}
