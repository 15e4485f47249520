use crate::dynamic_store::ServiceDns;
use crate::files::FileState;
use crate::view::{HostView, KnownLinkDns, Platform};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// Who answers names on this host, and so how DNS is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsManager {
    /// systemd-resolved: servers and domains per link.
    Resolved,
    /// Programs read `/etc/resolv.conf` themselves: one list for all names.
    ResolvConf,
    /// macOS' configd: resolvers with the names they answer for, in its dynamic store.
    DynamicStore,
}

impl DnsManager {
    /// Who it is on this host. systemd-resolved counts only when names really go
    /// through it: it runs, and `/etc/resolv.conf` leads to it or is missing.
    #[must_use]
    pub fn of(view: &HostView) -> Self {
        let Platform::Linux(linux) = &view.platform else {
            return Self::DynamicStore;
        };
        if linux.resolved && leads_to_resolved(&linux.resolv_conf) {
            Self::Resolved
        } else {
            Self::ResolvConf
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resolved => "systemd-resolved",
            Self::ResolvConf => "resolv.conf",
            Self::DynamicStore => "SystemConfiguration",
        }
    }
}

fn leads_to_resolved(file: &FileState) -> bool {
    match file {
        FileState::Missing => true,
        FileState::Symlink { target, .. } if leads_into_resolved(&target.0) => true,
        _ => file.visible().is_some_and(|bytes| {
            String::from_utf8_lossy(bytes).lines().any(|line| {
                let mut words = line.split_whitespace();
                words.next() == Some("nameserver")
                    && matches!(words.next(), Some("127.0.0.53" | "127.0.0.54"))
            })
        }),
    }
}

fn leads_into_resolved(target: &[u8]) -> bool {
    String::from_utf8_lossy(target).contains("systemd/resolve/")
}

/// Which names go into the tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsMode {
    /// Only names under the suffixes.
    Split,
    /// All names.
    Full,
    /// All names are asked both inside and outside: there are servers but no
    /// suffixes, and the tunnel does not take all traffic.
    Beside,
}

/// DNS as it is to be while the tunnel is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsSetup {
    /// Which names go into the tunnel, in fact (not as was wished for).
    pub mode: DnsMode,
    /// Resolvers inside, in order.
    pub servers: Vec<IpAddr>,
    /// Names they answer for, also searched.
    pub suffixes: Vec<String>,
    /// How it is carried out.
    pub mechanism: Mechanism,
}

impl DnsSetup {
    /// How it is carried out.
    #[must_use]
    pub const fn how(&self) -> &Mechanism {
        &self.mechanism
    }
}

/// How DNS is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// systemd-resolved's settings of the tunnel's link. They die with the link.
    Resolved {
        /// Name of the tunnel device.
        interface: String,
        /// Its settings.
        link: LinkDns,
    },
    /// A file in the place of `/etc/resolv.conf`.
    ResolvConf {
        /// What stood there.
        original: FileState,
        /// What is to stand there.
        ours: FileState,
    },
    /// A resolver of its own in macOS' dynamic store. It dies with the process.
    DynamicStore {
        /// Its settings.
        service: ServiceDns,
    },
}

impl Mechanism {
    /// Its name for people.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Resolved { .. } => DnsManager::Resolved.word(),
            Self::ResolvConf { .. } => DnsManager::ResolvConf.word(),
            Self::DynamicStore { .. } => DnsManager::DynamicStore.word(),
        }
    }
}

/// systemd-resolved's settings of one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDns {
    /// Resolvers, in order.
    pub servers: Vec<IpAddr>,
    /// Names they answer for.
    pub domains: Vec<RoutingDomain>,
    /// Whether names that no link claims are asked here too.
    pub default_route: bool,
    /// Names that private zones answer for, and so without signatures, whatever the
    /// host wants of others.
    pub unsigned: Vec<String>,
    /// Whether to ask over TLS.
    pub over_tls: bool,
    /// Whether names are also looked for among the link's neighbours (LLMNR, mDNS).
    pub ask_neighbours: bool,
}

impl LinkDns {
    /// Whether a link has these servers and names. It may have more: that is another's wish.
    #[must_use]
    pub(crate) fn stands_in(&self, known: &KnownLinkDns) -> bool {
        let has = |domain: &RoutingDomain| {
            let mut domains = known.domains.iter();
            domains.any(|it| {
                it.route_only == domain.route_only && it.name.eq_ignore_ascii_case(&domain.name)
            })
        };
        let mut servers = self.servers.iter();
        servers.all(|server| known.servers.contains(server)) && self.domains.iter().all(has)
    }
}

/// A name that a link's resolvers answer for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingDomain {
    /// The name without dots around it; `.` is all names.
    pub name: String,
    /// Only routes queries; otherwise it is also appended to single-label names.
    pub route_only: bool,
}

impl fmt::Display for LinkDns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<String> = self.servers.iter().map(IpAddr::to_string).collect();
        f.write_str(&servers.join(", "))?;
        if !self.domains.is_empty() {
            let names: Vec<&str> = self.domains.iter().map(|one| &one.name[..]).collect();
            write!(f, " for {}", names.join(", "))?;
        }
        Ok(())
    }
}
