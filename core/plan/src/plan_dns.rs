use crate::dns::{DnsManager, DnsMode, DnsSetup, LinkDns, Mechanism, RoutingDomain};
use crate::dynamic_store::ServiceDns;
use crate::files::FileState;
use crate::notice::Notice;
use crate::plan_routes::takes_all;
use crate::resolv_conf;
use crate::route::Route;
use crate::situation::Situation;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// More servers or suffixes than these are not taken.
const MOST_SERVERS: usize = 8;
const MOST_SUFFIXES: usize = 256;

/// The DNS that a situation calls for, given the routes that it has led to.
pub(crate) fn plan_dns(
    situation: &Situation<'_>,
    routes: &BTreeSet<Route>,
    notices: &mut Vec<Notice>,
) -> Option<DnsSetup> {
    let servers = servers(situation, routes, notices);
    let suffixes = suffixes(situation, notices);
    if servers.is_empty() {
        if !suffixes.is_empty() {
            notices.push(Notice::SuffixesWithoutServer);
        }
        return None;
    }
    let wished = if takes_all(routes) {
        DnsMode::Full
    } else if suffixes.is_empty() {
        DnsMode::Beside
    } else {
        DnsMode::Split
    };
    Some(match DnsManager::of(situation.view) {
        DnsManager::Resolved => by_resolved(situation, wished, servers, suffixes, notices),
        DnsManager::ResolvConf => by_file(situation, wished, servers, suffixes, notices),
        DnsManager::DynamicStore => by_dynamic_store(wished, servers, suffixes, notices),
    })
}

fn by_resolved(
    situation: &Situation<'_>,
    mode: DnsMode,
    servers: Vec<IpAddr>,
    suffixes: Vec<String>,
    notices: &mut Vec<Notice>,
) -> DnsSetup {
    if mode == DnsMode::Beside {
        notices.push(Notice::AskedBoth);
    }
    let searched = suffixes.iter().map(|name| RoutingDomain {
        name: name.clone(),
        route_only: false,
    });
    let everything = (mode == DnsMode::Full).then(|| RoutingDomain {
        name: ".".to_owned(),
        route_only: true,
    });
    let link = LinkDns {
        servers: servers.clone(),
        domains: searched.chain(everything).collect(),
        default_route: mode != DnsMode::Split,
        unsigned: suffixes.clone(),
        // What goes through the tunnel is encrypted, and a tunnel has no neighbours.
        over_tls: false,
        ask_neighbours: false,
    };
    DnsSetup {
        mode,
        servers,
        suffixes,
        mechanism: Mechanism::Resolved {
            interface: situation.interface.to_owned(),
            link,
        },
    }
}

fn by_file(
    situation: &Situation<'_>,
    wished: DnsMode,
    servers: Vec<IpAddr>,
    suffixes: Vec<String>,
    notices: &mut Vec<Notice>,
) -> DnsSetup {
    if wished != DnsMode::Full {
        notices.push(Notice::CannotSplit);
    }
    let original = original(situation);
    let ours = resolv_conf::render(&original, &servers, &suffixes, wished == DnsMode::Full);
    DnsSetup {
        mode: DnsMode::Full,
        servers,
        suffixes,
        mechanism: Mechanism::ResolvConf { original, ours },
    }
}

/// A resolver for the suffixes, or for all names: macOS asks one resolver for a name,
/// never two, so servers without suffixes are asked for all.
fn by_dynamic_store(
    wished: DnsMode,
    servers: Vec<IpAddr>,
    suffixes: Vec<String>,
    notices: &mut Vec<Notice>,
) -> DnsSetup {
    if wished == DnsMode::Beside {
        notices.push(Notice::AllAskedInside);
    }
    let mode = match wished {
        DnsMode::Split => DnsMode::Split,
        DnsMode::Full | DnsMode::Beside => DnsMode::Full,
    };
    let service = ServiceDns {
        servers: servers.clone(),
        domains: suffixes.clone(),
        all_names: mode == DnsMode::Full,
    };
    DnsSetup {
        mode,
        servers,
        suffixes,
        mechanism: Mechanism::DynamicStore { service },
    }
}

/// What stood at `/etc/resolv.conf` before Spoke: what stands there, unless that is
/// Spoke's own.
fn original(situation: &Situation<'_>) -> FileState {
    let standing = situation.view.platform.resolv_conf();
    let before = situation
        .applied
        .dns
        .as_ref()
        .map(|dns| &dns.mechanism)
        .and_then(|mechanism| match mechanism {
            Mechanism::ResolvConf { original, .. } => Some(original),
            Mechanism::Resolved { .. } | Mechanism::DynamicStore { .. } => None,
        });
    match before {
        Some(before) if standing.is_ours() => before.clone(),
        _ => standing.clone(),
    }
}

fn servers(
    situation: &Situation<'_>,
    routes: &BTreeSet<Route>,
    notices: &mut Vec<Notice>,
) -> Vec<IpAddr> {
    let wished = if situation.policy.dns_servers.is_empty() {
        &situation.pushed.dns_servers
    } else {
        &situation.policy.dns_servers
    };
    let mut good = Vec::new();
    for server in wished {
        if server.is_unspecified() || server.is_multicast() || server.is_loopback() {
            notices.push(Notice::AbsurdServer(*server));
        } else if !good.contains(server) && good.len() < MOST_SERVERS {
            good.push(*server);
        }
    }
    for server in &good {
        let inside = routes
            .iter()
            .any(|route| route.is_tunnel() && route.prefix.contains(server));
        if !inside {
            notices.push(Notice::ServerOutside(*server));
        }
    }
    good
}

fn suffixes(situation: &Situation<'_>, notices: &mut Vec<Notice>) -> Vec<String> {
    let mut good = Vec::new();
    let all = situation
        .policy
        .dns_suffixes
        .iter()
        .chain(&situation.pushed.dns_suffixes);
    for raw in all {
        let name = raw.trim().trim_matches('.').to_ascii_lowercase();
        if !is_domain(&name) {
            notices.push(Notice::BadSuffix(raw.clone()));
        } else if !good.contains(&name) && good.len() < MOST_SUFFIXES {
            good.push(name);
        }
    }
    good
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63 bytes, at most 253
/// bytes in all (RFC 1035 as it is used).
fn is_domain(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}
