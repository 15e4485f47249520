use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Whom the proxy is to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

/// A host by name, which the proxy resolves, or by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Target {
    /// Reads `host`, which is an address if it can be read as one.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = match bare.unwrap_or(host).parse() {
            Ok(address) => Host::Address(address),
            Err(_) => Host::Name(host.to_owned()),
        };
        Self { host, port }
    }

    /// Whether it can stand in a request: a name has no blanks, controls or delimiters, and at most 255 bytes
    /// (RFC 1928, section 5).
    pub(crate) fn is_sendable(&self) -> bool {
        match &self.host {
            Host::Address(_) => true,
            Host::Name(name) => {
                let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                !name.is_empty() && name.len() <= 255 && name.bytes().all(good)
            }
        }
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: Host::Address(address.ip()),
            port: address.port(),
        }
    }
}

impl fmt::Display for Target {
    /// `name:port`, `192.0.2.1:port`, `[2001:db8::1]:port`: the authority form of RFC 9112, section 3.2.3.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}:{}", self.port),
            Host::Address(address) => SocketAddr::new(*address, self.port).fmt(f),
        }
    }
}
