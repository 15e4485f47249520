use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// What a user wants to reach: a host name or an address, and a port where one is said
/// or known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub host: TargetHost,
    /// At which TCP port; none when nothing tells.
    pub port: Option<u16>,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetHost {
    /// A name, lower case, without a dot at its end.
    Name(String),
    /// An address.
    Address(IpAddr),
}

/// Why a text names nothing that could be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is no host in it.
    #[error("{0:?} names no host")]
    NoHost(String),
    /// The host is neither a name nor an address.
    #[error(
        "{0:?} is neither a host name nor an address; names have letters, digits, dots and hyphens"
    )]
    BadHost(String),
    /// The port is no number from 1 to 65535.
    #[error("{0:?} is no port; ports are numbers from 1 to 65535")]
    BadPort(String),
}

/// Ports that go with the scheme of a URL (IANA).
const SCHEMES: [(&str, u16); 14] = [
    ("https", 443),
    ("http", 80),
    ("ssh", 22),
    ("sftp", 22),
    ("ftp", 21),
    ("rdp", 3389),
    ("smb", 445),
    ("ldap", 389),
    ("ldaps", 636),
    ("sqlserver", 1433),
    ("mysql", 3306),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("rediss", 6380),
];

/// Ports of Azure's services by the ends of their names (Microsoft's list of private
/// DNS zones).
const SERVICES: [(&str, u16); 7] = [
    ("database.windows.net", 1433),
    ("postgres.database.azure.com", 5432),
    ("mysql.database.azure.com", 3306),
    ("mariadb.database.azure.com", 3306),
    ("redis.cache.windows.net", 6380),
    ("file.core.windows.net", 445),
    ("servicebus.windows.net", 5671),
];

/// Longest name of the DNS and longest label in it (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

impl Target {
    /// The port that is tried: the said or known one, else that of most things with a name.
    #[must_use]
    pub fn port_to_try(&self) -> u16 {
        self.port.unwrap_or(443)
    }

    /// The name, if it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            TargetHost::Name(name) => Some(name),
            TargetHost::Address(_) => None,
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    /// Reads `host`, `host:port`, `[address]:port`, an address, or a URL.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let whole = text.trim();
        let (scheme, rest) = match whole.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, whole),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(TargetError::NoHost(whole.to_owned()));
        }
        let host = read_host(host)?;
        let of_scheme = || {
            let scheme = scheme.as_deref()?;
            SCHEMES.iter().find(|(name, _)| *name == scheme)
        };
        let port = port
            .or_else(|| of_scheme().map(|(_, port)| *port))
            .or_else(|| of_service(&host));
        Ok(Self { host, port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            TargetHost::Name(name) => f.write_str(name),
            TargetHost::Address(address) => write!(f, "{address}"),
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), TargetError> {
    // More than one colon without brackets: an IPv6 address.
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Ok((authority, None));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => match inside.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.trim_start_matches(':'))),
            None => return Err(TargetError::BadHost(authority.to_owned())),
        },
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let number = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err(TargetError::BadPort(port.to_owned())),
        Ok(port) => Ok(port),
    };
    Ok((host, port.map(number).transpose()?))
}

fn read_host(host: &str) -> Result<TargetHost, TargetError> {
    if let Ok(address) = host.parse() {
        return Ok(TargetHost::Address(address));
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // What looks like a mistyped address is one: no name ends with a number.
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    if name.len() > LONGEST_NAME || !name.split('.').all(is_label) || numeric {
        return Err(TargetError::BadHost(host.to_owned()));
    }
    Ok(TargetHost::Name(name))
}

fn of_service(host: &TargetHost) -> Option<u16> {
    let TargetHost::Name(name) = host else {
        return None;
    };
    // A private endpoint's name has a label more in it.
    let name = name.replace(".privatelink.", ".");
    let mut services = SERVICES.iter();
    services
        .find(|(end, _)| crate::names::is_under(&name, end))
        .map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<u16>), TargetError> {
        text.parse()
            .map(|target: Target| (target.to_string(), target.port))
    }

    #[test]
    fn hosts_addresses_and_urls_are_read() {
        for (text, host, port) in [
            ("db1.contoso.internal", "db1.contoso.internal", None),
            ("DB1.Contoso.internal.", "db1.contoso.internal", None),
            ("intranet:8080", "intranet", Some(8080)),
            (
                "https://ana@wiki.contoso.com/a?b#c",
                "wiki.contoso.com",
                Some(443),
            ),
            ("http://10.20.0.9:81/", "10.20.0.9", Some(81)),
            ("ssh://10.20.0.9", "10.20.0.9", Some(22)),
            ("fd00::1", "fd00::1", None),
            ("[fd00::1]:22", "fd00::1", Some(22)),
            ("10.20.0.9", "10.20.0.9", None),
            (
                "db1.database.windows.net",
                "db1.database.windows.net",
                Some(1433),
            ),
            (
                "db1.privatelink.database.windows.net",
                "db1.privatelink.database.windows.net",
                Some(1433),
            ),
        ] {
            assert_eq!(read(text), Ok((host.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_was_needed() {
        for text in [
            "",
            "https://",
            "a b",
            "-".repeat(64).as_str(),
            "10.20.0",
            "10.20.0.999",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        for text in ["a:0", "a:x", "a:65536", "[fd00::1]:"] {
            assert!(matches!(read(text), Err(TargetError::BadPort(_))), "{text}");
        }
        assert!(matches!(read("[fd00::1"), Err(TargetError::BadHost(_))));
    }
}
