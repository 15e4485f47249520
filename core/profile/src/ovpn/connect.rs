//! Directives on where to connect, and how.

use super::document::Directive;
use super::draft::{Draft, Remote, Way, first, needs};
use crate::account_file::check_account_file;
use crate::address_text::{check_proxy_headers, check_proxy_user, checked_proxy};
use crate::error::{Fault, Refusal};
use crate::finding::Place;
use crate::model::{AddressFamily, Proxy, ProxyKind, Server, Transport};
use crate::protocol_settings::seconds;
use crate::rules::{self, quoted};
use crate::secret::SecretText;
use zeroize::Zeroizing;

/// Port of a gateway that names none (OpenVPN 2.6).
pub(super) const USUAL_PORT: u16 = 1194;

/// Takes a directive of this kind; `false` for any other.
pub(super) fn apply(draft: &mut Draft<'_>, directive: &Directive) -> Result<bool, Refusal> {
    match directive.name.as_str() {
        "client" => draft.pulls = true,
        "pull" => draft.pulls = true,
        "tls-client" | "nobind" | "float" => {}
        "dev" | "dev-type" => device(directive)?,
        "remote" => remote(draft, directive)?,
        "port" | "rport" => {
            let port = port(first(directive, "a port")?)?;
            draft.scope(directive).port = Some(port);
        }
        "proto" => {
            let way = way(first(directive, "udp or tcp")?)?;
            draft.scope(directive).way = Some(way);
        }
        "proto-force" => {
            let (transport, _) = way(first(directive, "udp or tcp")?)?;
            draft.forced = Some(transport);
        }
        "remote-random" => draft.protocol.random_order = true,
        "remote-random-hostname" => draft.protocol.random_host_name = true,
        "connect-timeout" | "server-poll-timeout" => {
            let time = seconds(first(directive, "a number of seconds")?)?;
            draft.scope(directive).connect_timeout = Some(time);
        }
        "http-proxy" => http_proxy(draft, directive)?,
        "http-proxy-option" => http_proxy_option(draft, directive)?,
        "http-proxy-user-pass" => proxy_account(draft, directive)?,
        "socks-proxy" => socks_proxy(draft, directive)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn device(directive: &Directive) -> Result<(), Refusal> {
    let name = first(directive, "tun")?;
    if name == "null" || name.starts_with("tap") {
        return Err(Refusal::new(
            Fault::Unsupported,
            format!(
                "{} is a tunnel for Ethernet frames or none; Spoke carries IP packets.",
                quoted(name)
            ),
            "Ask the gateway's administrator for a configuration with `dev tun`.",
        ));
    }
    Ok(())
}

fn remote(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let place = &mut Place::new(directive.place(), &mut draft.findings);
    let host = rules::host(first(directive, "a host")?.trim(), place)?;
    let remote = Remote {
        place: directive.place(),
        host,
        port: directive.word(1).map(port).transpose()?,
        way: directive.word(2).map(way).transpose()?,
        connection: directive.connection,
    };
    // Also a connection that says no more begins here.
    draft.scope(directive);
    draft.remotes.push(remote);
    Ok(())
}

fn port(text: &str) -> Result<u16, Refusal> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(Refusal::invalid(
            format!("{} is no port.", quoted(text)),
            "Write a number from 1 to 65535.",
        )),
    }
}

fn way(text: &str) -> Result<Way, Refusal> {
    let (bare, family) = match text {
        "udp4" => ("udp", Some(AddressFamily::V4)),
        "udp6" => ("udp", Some(AddressFamily::V6)),
        "tcp4" | "tcp4-client" => ("tcp", Some(AddressFamily::V4)),
        "tcp6" | "tcp6-client" => ("tcp", Some(AddressFamily::V6)),
        other => (other, None),
    };
    match bare {
        "udp" => Ok((Transport::Udp, family)),
        "tcp" | "tcp-client" => Ok((Transport::Tcp, family)),
        _ => Err(Refusal::new(
            Fault::Unsupported,
            format!("The protocol {} is none of a client.", quoted(text)),
            "Write udp, udp4, udp6, tcp, tcp4 or tcp6.",
        )),
    }
}

/// The proxy of a directive's scope, so far without an account and headers.
fn proxy(
    draft: &mut Draft<'_>,
    directive: &Directive,
    kind: ProxyKind,
    usual: u16,
) -> Result<(), Refusal> {
    let proxy = Proxy {
        kind,
        host: first(directive, "the proxy's host")?.to_owned(),
        port: directive.word(1).map_or(Ok(usual), port)?,
        username: None,
        headers: Vec::new(),
    };
    let proxy = checked_proxy(proxy, &mut draft.place(directive))?;
    draft.scope(directive).proxy = Some(proxy);
    Ok(())
}

fn http_proxy(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    proxy(draft, directive, ProxyKind::Http, 8080)?;
    if let Some(method) = directive.word(3)
        && method.starts_with("ntlm")
    {
        return Err(Refusal::new(
            Fault::Unsupported,
            "NTLM can be broken by whoever listens, and is not spoken.",
            "Use a proxy that takes basic or digest authentication.",
        ));
    }
    match directive.word(2) {
        None | Some("auto" | "auto-nct" | "none" | "basic" | "stdin") => Ok(()),
        Some(file) => account_from_file(draft, directive, file),
    }
}

fn socks_proxy(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    proxy(draft, directive, ProxyKind::Socks5, 1080)?;
    match directive.word(2) {
        None | Some("stdin") => Ok(()),
        Some(file) => account_from_file(draft, directive, file),
    }
}

fn account_from_file(
    draft: &mut Draft<'_>,
    directive: &Directive,
    file: &str,
) -> Result<(), Refusal> {
    let reference = Directive {
        words: vec![file.to_owned()],
        ..directive.clone()
    };
    proxy_account(draft, &reference)
}

/// Two lines: name and password.
fn proxy_account(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = draft.text(directive)?;
    check_account(directive, &text)?;
    let account = account(&text);
    if let Some(name) = &account.0 {
        check_proxy_user(name)?;
    }
    draft.scope(directive).proxy_account = Some(account);
    Ok(())
}

/// What the configuration only names may be anything; a block came with it.
pub(super) fn check_account(directive: &Directive, text: &str) -> Result<(), Refusal> {
    match directive.word(0) {
        Some(file) if directive.inline.is_none() => check_account_file(file, text),
        _ => Ok(()),
    }
}

/// User name on the first line, password on the second; either may be missing.
pub(super) fn account(text: &str) -> (Option<String>, Option<SecretText>) {
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    let username = lines.next().filter(|line| !line.is_empty());
    let password = lines.next().filter(|line| !line.is_empty());
    (
        username.map(str::to_owned),
        password.map(|text| SecretText::new(Zeroizing::new(text.to_owned()))),
    )
}

fn http_proxy_option(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let header = match first(directive, "an option")? {
        "AGENT" => ("User-Agent", directive.word(1)),
        "CUSTOM-HEADER" => match directive.word(1).and_then(|text| text.split_once(':')) {
            Some((name, value)) => (name, Some(value.trim())),
            None => (directive.word(1).unwrap_or_default(), directive.word(2)),
        },
        _ => {
            draft.pass_over(
                directive,
                "The option of the proxy is not needed.",
                "It was passed over.",
            );
            return Ok(());
        }
    };
    let (name, Some(value)) = header else {
        return Err(needs(directive, "a value"));
    };
    let header = (name.to_owned(), value.to_owned());
    check_proxy_headers(std::slice::from_ref(&header))?;
    let headers = &mut draft.scope(directive).proxy_headers;
    if headers.len() < 32 && !headers.contains(&header) {
        headers.push(header);
    }
    Ok(())
}

/// What a server has to say for itself, where the whole file says something else, or it has what is usual since it stands
/// before what the file says.
fn unlike<T: PartialEq>(own: Option<T>, whole: Option<T>, usual: T) -> Option<T> {
    match (own, whole) {
        (None, None) => None,
        (None, Some(whole)) => Some(usual).filter(|usual| *usual != whole),
        (own, whole) => own.filter(|own| Some(own) != whole.as_ref()),
    }
}

/// The servers, each with its port and way, in the order of the file.
pub(super) fn servers(remotes: &[Remote], draft: &Draft<'_>) -> Vec<Server> {
    let whole = &draft.whole;
    let mut servers = Vec::<Server>::new();
    for remote in remotes {
        let scope = draft.scope_of(remote);
        let way = unlike(remote.way.or(scope.way), whole.way, (Transport::Udp, None));
        let port = unlike(remote.port.or(scope.port), whole.port, USUAL_PORT);
        let server = Server {
            port,
            transport: way.map(|(transport, _)| transport),
            family: way.and_then(|(_, family)| family),
            ..Server::new(remote.host.clone())
        };
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}
