//! Servers and proxies as one word.

use crate::error::Refusal;
use crate::finding::Place;
use crate::model::{AddressFamily, Proxy, ProxyKind, Server, Transport};
use crate::rules::{self, quoted};
use std::fmt;

/// The endings that say how packets travel, as `proto` has them.
const ENDINGS: [(&str, Transport, Option<AddressFamily>); 6] = [
    ("udp", Transport::Udp, None),
    ("udp4", Transport::Udp, Some(AddressFamily::V4)),
    ("udp6", Transport::Udp, Some(AddressFamily::V6)),
    ("tcp", Transport::Tcp, None),
    ("tcp4", Transport::Tcp, Some(AddressFamily::V4)),
    ("tcp6", Transport::Tcp, Some(AddressFamily::V6)),
];

impl fmt::Display for Server {
    /// The host alone, or with what is its own: `HOST:PORT/udp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => f.write_str(&self.host)?,
            Some(port) => write_host_and_port(f, &self.host, port)?,
        }
        let ending = ENDINGS.iter().find(|(_, transport, family)| {
            self.transport == Some(*transport) && self.family == *family
        });
        match ending {
            Some((ending, ..)) => write!(f, "/{ending}"),
            None => Ok(()),
        }
    }
}

fn write_host_and_port(f: &mut fmt::Formatter<'_>, host: &str, port: u16) -> fmt::Result {
    if host.contains(':') {
        write!(f, "[{host}]:{port}")
    } else {
        write!(f, "{host}:{port}")
    }
}

/// A server as the user writes it. A port without an ending is not the server's own,
/// but every server's.
pub(crate) fn server(text: &str, place: &mut Place<'_>) -> Result<(Server, Option<u16>), Refusal> {
    let found = text.rsplit_once('/').and_then(|(rest, ending)| {
        let known = ENDINGS.iter().find(|(known, ..)| *known == ending)?;
        Some((rest, known))
    });
    let Some((rest, (_, transport, family))) = found else {
        let written = rules::host_and_port(text, place)?;
        return Ok((Server::new(written.host), written.port));
    };
    let mut quiet = Vec::new();
    let written = rules::host_and_port(rest, &mut Place::new("server", &mut quiet))?;
    let server = Server {
        port: written.port,
        transport: Some(*transport),
        family: *family,
        ..Server::new(written.host)
    };
    Ok((server, None))
}

impl fmt::Display for Proxy {
    /// As an address: `http://user@host:port`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ProxyKind::Http => "http://",
            ProxyKind::Socks5 => "socks5://",
        })?;
        if let Some(username) = &self.username {
            write!(f, "{username}@")?;
        }
        write_host_and_port(f, &self.host, self.port)
    }
}

/// A proxy as the user writes it; never with a password.
pub(crate) fn proxy(text: &str, place: &mut Place<'_>) -> Result<Proxy, Refusal> {
    let next = "Write http://HOST:PORT or socks5://HOST:PORT, with USER@ before the host if it asks for a name.";
    let (kind, rest) = match text.split_once("://") {
        Some(("http", rest)) => (ProxyKind::Http, rest),
        Some(("socks5" | "socks", rest)) => (ProxyKind::Socks5, rest),
        _ => {
            let message = format!("{} is no address of a proxy.", quoted(text));
            return Err(Refusal::invalid(message, next));
        }
    };
    let (username, address) = match rest.rsplit_once('@') {
        Some((username, address)) => (Some(username), address),
        None => (None, rest),
    };
    let mut quiet = Vec::new();
    let address = address.strip_suffix('/').unwrap_or(address);
    let written = rules::host_and_port(address, &mut Place::new("proxy", &mut quiet))?;
    let proxy = Proxy {
        kind,
        host: written.host,
        port: written.port.unwrap_or(match kind {
            ProxyKind::Http => 8080,
            ProxyKind::Socks5 => 1080,
        }),
        username: username.map(str::to_owned),
        headers: Vec::new(),
    };
    checked_proxy(proxy, place)
}

/// The proxy in normal form.
pub(crate) fn checked_proxy(proxy: Proxy, place: &mut Place<'_>) -> Result<Proxy, Refusal> {
    if let Some(name) = &proxy.username {
        check_proxy_user(name)?;
    }
    if proxy.port == 0 {
        return Err(Refusal::invalid("0 is no port.", "Write the proxy's port."));
    }
    check_proxy_headers(&proxy.headers)?;
    let host = rules::host(&proxy.host, place)?;
    Ok(Proxy { host, ..proxy })
}

/// Whether this can be somebody's name for a proxy.
pub(crate) fn check_proxy_user(name: &str) -> Result<(), Refusal> {
    if name.is_empty()
        || name.len() > 255
        || name.contains(':')
        || name.chars().any(char::is_control)
    {
        return Err(Refusal::invalid(
            format!("{} is no user name for a proxy.", quoted(name)),
            "Write the name alone; you are asked for the password.",
        ));
    }
    Ok(())
}

/// Whether these can be headers of a request to a proxy.
pub(crate) fn check_proxy_headers(headers: &[(String, String)]) -> Result<(), Refusal> {
    let plain =
        |text: &str| text.len() <= 1024 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let token = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b':')
    };
    if let Some((name, _)) = headers
        .iter()
        .find(|(name, value)| !token(name) || !plain(name) || !plain(value))
    {
        return Err(Refusal::invalid(
            format!("{} is no header of a request.", quoted(name)),
            "Write its name and its value in printable ASCII letters.",
        ));
    }
    Ok(())
}
