//! Directives on routes and DNS.

use super::document::Directive;
use super::draft::{Draft, first, needs};
use crate::error::Refusal;
use crate::finding::{FindingCode, Place};
use crate::limits;
use crate::protocol::{FilterAction, PullFilter, RedirectGateway};
use crate::protocol_settings::filter;
use crate::rules::{self, quoted};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// How the options begin by which a gateway pushes routes.
const ROUTES: [&str; 4] = [
    "route ",
    "route-ipv6 ",
    "redirect-gateway",
    "redirect-private",
];

/// Takes a directive of this kind; `false` for any other.
pub(super) fn apply(draft: &mut Draft<'_>, directive: &Directive) -> Result<bool, Refusal> {
    match directive.name.as_str() {
        "route" => route(draft, directive)?,
        "route-ipv6" => route_ipv6(draft, directive)?,
        "route-nopull" => draft.protocol.route_nopull = true,
        "route-noexec" => draft.no_routes = Some(directive.place()),
        "pull-filter" => pull_filter(draft, directive)?,
        "redirect-gateway" => redirect(draft, directive)?,
        "redirect-private" => redirect_private(draft, directive)?,
        "block-ipv6" => draft.protocol.block_ipv6 = true,
        "dhcp-option" => dhcp_option(draft, directive)?,
        "dns" => dns(draft, directive)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// What `route-noexec` makes of everything that was read: no route at all is set, whoever
/// asks for it; DNS is.
pub(super) fn without_routes(draft: &mut Draft<'_>) {
    let Some(place) = draft.no_routes.take() else {
        return;
    };
    draft.include.clear();
    draft.exclude.clear();
    draft.protocol.redirect_gateway = None;
    let ignored = ROUTES.iter().map(|text| PullFilter {
        action: FilterAction::Ignore,
        text: (*text).to_owned(),
    });
    // Before those of the file: the first that fits decides.
    let filters = &mut draft.protocol.pull_filters;
    filters.splice(0..0, ignored);
    filters.truncate(limits::PROTOCOL_ENTRIES);
    Place::new(place, &mut draft.findings).info(
        FindingCode::DirectiveIgnored,
        "The file leaves the routes to a script, of which there are none.",
        "No routes are set, neither the file's nor the gateway's: add those that you want with `routes.include`.",
    );
}

/// `route NETWORK [NETMASK [GATEWAY [METRIC]]]`
fn route(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let network = first(directive, "a network")?;
    if matches!(network, "vpn_gateway" | "net_gateway" | "remote_host") {
        draft.pass_over(
            directive,
            "The route is to a gateway itself.",
            "Spoke keeps the way to it by itself.",
        );
        return Ok(());
    }
    address(network)?;
    let mask = match directive.word(1) {
        None | Some("default") => "32",
        Some(mask) => mask,
    };
    let place = &mut Place::new(directive.place(), &mut draft.findings);
    let prefix = rules::prefix(network, Some(mask), place)?;
    add(draft, prefix, directive.word(2))
}

/// `route-ipv6 NETWORK/BITS [GATEWAY [METRIC]]`
fn route_ipv6(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = first(directive, "a network")?;
    let (network, bits) = text.split_once('/').unwrap_or((text, "128"));
    address(network)?;
    let place = &mut Place::new(directive.place(), &mut draft.findings);
    let prefix = rules::prefix(network, Some(bits), place)?;
    add(draft, prefix, directive.word(1))
}

/// No stranger's DNS is asked where traffic should go.
fn address(text: &str) -> Result<(), Refusal> {
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::invalid(
            format!("The route is to {}, which is no address.", quoted(text)),
            "Write the network's address.",
        )),
    }
}

fn add(draft: &mut Draft<'_>, prefix: IpNet, gateway: Option<&str>) -> Result<(), Refusal> {
    let outside = matches!(gateway, Some("net_gateway" | "net_gateway_ipv6"));
    let list = if outside {
        &mut draft.exclude
    } else {
        &mut draft.include
    };
    if list.len() >= limits::LIST_ENTRIES {
        return Err(Refusal::new(
            crate::error::Fault::TooLarge,
            format!("There are more than {} routes.", limits::LIST_ENTRIES),
            "Summarise them into larger prefixes.",
        ));
    }
    if !list.contains(&prefix) {
        list.push(prefix);
    }
    Ok(())
}

fn pull_filter(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let action: FilterAction = first(directive, "accept, ignore or reject")?
        .parse()
        .map_err(|()| needs(directive, "accept, ignore or reject"))?;
    let text = directive
        .word(1)
        .ok_or_else(|| needs(directive, "a text"))?;
    let rule = filter(action, text)?;
    let filters = &mut draft.protocol.pull_filters;
    if !filters.contains(&rule) && filters.len() < limits::PROTOCOL_ENTRIES {
        filters.push(rule);
    }
    Ok(())
}

/// Flags of `redirect-gateway` and `redirect-private` (OpenVPN 2.6).
const REDIRECT_FLAGS: [&str; 9] = [
    "def1",
    "local",
    "autolocal",
    "bypass-dhcp",
    "bypass-dns",
    "block-local",
    "ipv6",
    "!ipv4",
    "!ipv6",
];

fn check_flags(directive: &Directive) -> Result<(), Refusal> {
    let mut flags = directive.words.iter().map(String::as_str);
    match flags.find(|flag| !REDIRECT_FLAGS.contains(flag)) {
        None => Ok(()),
        Some(other) => Err(Refusal::invalid(
            format!("{} is no flag of {}.", quoted(other), directive.name),
            "Correct it, or remove it.",
        )),
    }
}

fn redirect(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    check_flags(directive)?;
    let has = |flag: &str| directive.words.iter().any(|word| word == flag);
    let before = draft.protocol.redirect_gateway;
    draft.protocol.redirect_gateway = Some(RedirectGateway {
        ipv4: !has("!ipv4"),
        ipv6: has("ipv6"),
        block_local: has("block-local") || before.is_some_and(|before| before.block_local),
    });
    Ok(())
}

/// What goes with redirected traffic, without redirecting any.
fn redirect_private(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    check_flags(directive)?;
    if directive.words.iter().any(|flag| flag == "block-local") {
        let none = RedirectGateway {
            ipv4: false,
            ipv6: false,
            block_local: true,
        };
        let redirect = draft.protocol.redirect_gateway.get_or_insert(none);
        redirect.block_local = true;
    } else {
        draft.pass_over(
            directive,
            "Only the way to the gateway itself would be kept outside.",
            "Spoke always does that.",
        );
    }
    Ok(())
}

fn add_server(draft: &mut Draft<'_>, directive: &Directive, text: &str) -> Result<(), Refusal> {
    let place = &mut Place::new(directive.place(), &mut draft.findings);
    let server = rules::dns_server(text, place)?;
    if !draft.dns.servers.contains(&server) && draft.dns.servers.len() < limits::LIST_ENTRIES {
        draft.dns.servers.push(server);
    }
    Ok(())
}

fn add_suffix(draft: &mut Draft<'_>, directive: &Directive, text: &str) -> Result<(), Refusal> {
    if text.trim() == "." {
        draft.place(directive).warning(
            FindingCode::DirectiveIgnored,
            "The file asks the tunnel's DNS servers for all names.",
            "They are where all traffic goes through the tunnel: redirect-gateway=ipv4 sees to that.",
        );
        return Ok(());
    }
    let place = &mut Place::new(directive.place(), &mut draft.findings);
    let suffix = rules::suffix(text.trim(), place)?;
    if !draft.dns.suffixes.contains(&suffix) && draft.dns.suffixes.len() < limits::LIST_ENTRIES {
        draft.dns.suffixes.push(suffix);
    }
    Ok(())
}

fn dhcp_option(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let kind = first(directive, "an option")?;
    let values = directive.words.iter().skip(1);
    match kind {
        "DNS" | "DNS6" => {
            for value in values {
                add_server(draft, directive, value)?;
            }
        }
        "DOMAIN" | "DOMAIN-SEARCH" | "ADAPTER_DOMAIN_SUFFIX" | "DOMAIN-ROUTE" => {
            for value in values {
                add_suffix(draft, directive, value)?;
            }
        }
        _ => draft.pass_over(
            directive,
            &format!("The option {} has no meaning here.", quoted(kind)),
            "It was passed over.",
        ),
    }
    Ok(())
}

/// `dns server N address A…`, `dns server N resolve-domains D…`, `dns search-domains D…`
fn dns(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let words: Vec<&str> = directive.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["search-domains", domains @ ..] | ["server", _, "resolve-domains", domains @ ..] => {
            for domain in domains {
                add_suffix(draft, directive, domain)?;
            }
        }
        ["server", _, "address", addresses @ ..] => {
            for text in addresses {
                let bare = text.trim_start_matches('[').trim_end_matches(']');
                let plain = match text.parse::<SocketAddr>() {
                    Ok(socket) if socket.port() != 53 => {
                        draft.place(directive).warning(
                            FindingCode::DnsServerUseless,
                            &format!("The DNS server {} has a port of its own.", quoted(text)),
                            "It was passed over.",
                        );
                        continue;
                    }
                    Ok(socket) => socket.ip().to_string(),
                    Err(_) => bare.to_owned(),
                };
                add_server(draft, directive, &plain)?;
            }
        }
        ["server", _, "dnssec" | "transport" | "sni", ..] => draft.pass_over(
            directive,
            "How the DNS server is asked is the system's matter.",
            "It was passed over.",
        ),
        _ => return Err(needs(directive, "server or search-domains, and values")),
    }
    Ok(())
}
