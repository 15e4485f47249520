//! A profile, and the differences between two, as text.

use crate::certificates;
use crate::render::{Printer, Tone};
use crate::words;
use spoke_profile::{
    CertificateFacts, ControlWrapping, Difference, Finding, MICROSOFT_REGISTERED_APP, NameCheck,
    Profile, Server, ServerCheck, Severity, SignIn, Transport, embedded_root,
};
use std::fmt::Display;

/// The fields of a profile, one a line; more of them and whole for `--verbose`.
#[must_use]
pub(crate) fn lines(profile: &Profile, print: &Printer) -> Vec<String> {
    let whole = print.verbose();
    let mut lines = vec![
        row("Name", print.paint(Tone::Strong, &profile.name)),
        row("VPN server", servers(profile, whole)),
        row("Server check", server_check(&profile.server_check, whole)),
        row("Sign-in", sign_in(profile, whole)),
        row("Routes", routes_and_dns(profile)),
    ];
    let chain = profile.client_certificate.as_ref().map(|one| &one.chain);
    if let Some(facts) = chain
        .and_then(|chain| chain.first())
        .and_then(|der| CertificateFacts::read(der))
    {
        lines.push(row("Certificate", certificates::words(&facts)));
    }
    if !profile.exclude.is_empty() {
        lines.push(row("Kept out", joined(&profile.exclude)));
    }
    if whole {
        more_lines(profile, &mut lines);
    }
    lines
}

/// What was repaired or looks wrong; information only for `--verbose`.
#[must_use]
pub(crate) fn finding_lines(findings: &[Finding], print: &Printer) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info || print.verbose())
        .map(|finding| {
            let mark = match finding.severity {
                Severity::Info => print.paint(Tone::Faint, "·"),
                Severity::Repaired => print.paint(Tone::Good, "✓"),
                Severity::Warning => print.paint(Tone::Careful, "!"),
            };
            format!("  {mark} {finding}")
        })
        .collect()
}

/// The differences as text: what goes, what comes.
#[must_use]
pub(crate) fn difference_lines(differences: &[Difference], print: &Printer) -> Vec<String> {
    let mut lines = Vec::new();
    for one in differences {
        lines.push(format!("  {}", one.field));
        if let Some(before) = &one.before {
            lines.push(print.paint(Tone::Bad, format_args!("    - {before}")));
        }
        if let Some(after) = &one.after {
            lines.push(print.paint(Tone::Good, format_args!("    + {after}")));
        }
    }
    lines
}

/// One row of the view.
#[must_use]
pub(crate) fn row(label: &str, text: impl Display) -> String {
    format!("  {label:<15} {text}")
}

fn servers(profile: &Profile, whole: bool) -> String {
    let address = |server: &Server| {
        let host = if whole {
            server.host.clone()
        } else {
            words::host(&server.host)
        };
        format!("{host}:{}", profile.port_of(server))
    };
    let Some((first, others)) = profile.servers.split_first() else {
        return "none".to_owned();
    };
    let transport = transport_name(profile.transport_of(first));
    let mut text = format!("{} ({transport})", address(first));
    match others {
        [] => {}
        others if whole => {
            let others: Vec<_> = others.iter().map(ToString::to_string).collect();
            text.push_str(&format!(", then {}", others.join(", ")));
        }
        [_] => text.push_str("   + 1 secondary"),
        more => text.push_str(&format!("   + {} more", more.len())),
    }
    text
}

fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
    }
}

fn server_check(check: &ServerCheck, whole: bool) -> String {
    let root = if check.requirements.own_roots_only {
        own_trust(check)
    } else {
        root(check, whole)
    };
    match check.wrapping.static_key() {
        _ if check.wrapping.secret().is_some() => format!(
            "{root}, server secret present ({} bytes, hidden)",
            spoke_profile::ServerSecret::LEN
        ),
        None if check.wrapping == ControlWrapping::None => root,
        _ => format!("{root}, {} key present (hidden)", check.wrapping.name()),
    }
}

/// The trust of an `.ovpn` file, which is its own.
fn own_trust(check: &ServerCheck) -> String {
    let requirements = &check.requirements;
    let roots = match check.root_certificates.len() {
        0 if check.awaits_root() => "the root in its PKCS#12 file".to_owned(),
        0 => "fingerprint".to_owned(),
        1 => "the profile's own root".to_owned(),
        more => format!("{more} roots of the profile's own"),
    };
    match &requirements.name {
        NameCheck::Host | NameCheck::Any => roots,
        named => format!("{roots}, {named}"),
    }
}

fn root(check: &ServerCheck, whole: bool) -> String {
    match (check.root_sha1, check.use_pinned_root) {
        (Some(_), Some(false)) | (None, _) => "any root of this system".to_owned(),
        (Some(sha1), _) => match embedded_root(sha1) {
            Some(root) => root.name.to_owned(),
            None if whole => format!("root certificate {sha1}"),
            None => {
                let digits = sha1.to_string();
                format!("root certificate {}…", digits.get(..8).unwrap_or_default())
            }
        },
    }
}

fn sign_in(profile: &Profile, whole: bool) -> String {
    let certificate = profile.client_certificate.as_ref().map(|certificate| {
        match (&certificate.issuer, certificate.sha1) {
            (Some(issuer), _) => format!("client certificate issued by {issuer}"),
            (None, Some(sha1)) => format!("client certificate {sha1}"),
            (None, None) => "client certificate".to_owned(),
        }
    });
    match (&profile.sign_in, certificate) {
        (SignIn::Certificate, certificate) => {
            certificate.unwrap_or_else(|| "client certificate".to_owned())
        }
        (other, None) => account(other, whole),
        (other, Some(certificate)) => format!("{}, and {certificate}", account(other, whole)),
    }
}

fn account(sign_in: &SignIn, whole: bool) -> String {
    let short = |text: &str| {
        if whole {
            text.to_owned()
        } else {
            words::identifier(text)
        }
    };
    match sign_in {
        SignIn::Entra(entra) => {
            let registered = if entra.audience == MICROSOFT_REGISTERED_APP {
                " (Microsoft-registered)"
            } else {
                ""
            };
            let host = entra
                .authority
                .strip_prefix("https://")
                .and_then(|rest| rest.split('/').next())
                .filter(|_| whole || entra.authority_trusted)
                .map_or_else(String::new, |host| format!(" at {host}"));
            format!(
                "Microsoft Entra ID{host}, tenant {}, audience {}{registered}",
                short(&entra.tenant),
                short(&entra.audience)
            )
        }
        SignIn::Certificate => "client certificate".to_owned(),
        SignIn::Password { username, .. } => match username {
            Some(username) => format!("user name {username} and password"),
            None => "user name and password".to_owned(),
        },
    }
}

fn routes_and_dns(profile: &Profile) -> String {
    let routes = if profile.include.is_empty() {
        "as the gateway says".to_owned()
    } else {
        joined(&profile.include)
    };
    let dns = &profile.dns;
    let servers = joined(&dns.servers);
    let suffixes = crate::status_view::dotted(&dns.suffixes);
    match (servers.is_empty(), suffixes.is_empty()) {
        (true, true) => routes,
        (true, false) => format!("{routes}     DNS  for {suffixes}"),
        (false, true) => format!("{routes}     DNS  {servers}"),
        (false, false) => format!("{routes}     DNS  {servers} for {suffixes}"),
    }
}

fn more_lines(profile: &Profile, lines: &mut Vec<String>) {
    if let SignIn::Entra(entra) = &profile.sign_in {
        lines.push(row("Authority", &entra.authority));
        lines.push(row("Issuer", entra.expected_issuer()));
        lines.push(row("Scope", entra.scope()));
        lines.push(row("Client ids", entra.client_ids().join(", then ")));
        if !entra.cache_sign_in {
            lines.push(row("Sign-in kept", "for one session only"));
        }
    }
    if let Some(name) = &profile.server_check.server_name {
        lines.push(row("Server name", name));
    }
    if let Some(secondary) = &profile.secondary_profile {
        lines.push(row("Falls back to", secondary));
    }
    if profile.always_on {
        lines.push(row("Always on", "yes"));
    }
    if let Some(mtu) = profile.mtu {
        lines.push(row("MTU", mtu));
    }
    if let Some(proxy) = &profile.proxy {
        lines.push(row("Proxy", proxy));
    }
    let protocol = &profile.protocol;
    for key in protocol.changed_keys() {
        let value = protocol.value(key).filter(|value| !value.is_empty());
        let value = value.unwrap_or_else(|| "none".to_owned());
        lines.push(row("OpenVPN", format_args!("{key} {value}")));
    }
}

fn joined<T: Display>(list: &[T]) -> String {
    list.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
