use crate::error::ProxyError;
use crate::http::HttpConnect;
use crate::socks::Socks5;
use std::fmt;
use std::net::SocketAddr;
use zeroize::Zeroizing;

/// User name and password for a proxy.
#[derive(Clone)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Zeroizing<String>,
}

/// What is to be done with the connection to the proxy.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// Send this, then hand in what comes. It may hold a password.
    Send(Zeroizing<Vec<u8>>),
    /// Hand in more.
    Wait,
    /// Close this connection, open another one to the proxy and send this over it.
    Reconnect(Zeroizing<Vec<u8>>),
    /// The proxy passes on from here.
    Done {
        /// What came behind the proxy's reply: it is the target's already.
        rest: Vec<u8>,
    },
}

/// A conversation with a proxy of either kind.
#[derive(Debug)]
pub enum Handshake {
    /// HTTP.
    Http(Box<HttpConnect>),
    /// SOCKS5.
    Socks5(Box<Socks5>),
}

impl Handshake {
    /// The first words.
    ///
    /// # Errors
    /// When the target or the credentials cannot be put into this protocol.
    pub fn begin(&mut self) -> Result<Zeroizing<Vec<u8>>, ProxyError> {
        match self {
            Self::Http(http) => http.begin(),
            Self::Socks5(socks) => socks.begin(),
        }
    }

    /// Takes in what the proxy says.
    ///
    /// # Errors
    /// When the proxy refuses, wants what cannot be given, or does not speak the protocol.
    pub fn handle(&mut self, received: &[u8]) -> Result<Progress, ProxyError> {
        match self {
            Self::Http(http) => http.handle(received),
            Self::Socks5(socks) => socks.handle(received),
        }
    }

    /// The proxy closed the connection.
    ///
    /// # Errors
    /// Unless that was to be expected.
    pub fn handle_end(&mut self) -> Result<Progress, ProxyError> {
        match self {
            Self::Http(http) => http.handle_end(),
            Self::Socks5(_) => Err(ProxyError::Closed),
        }
    }

    /// SOCKS5 after `UDP ASSOCIATE`: where datagrams are to be sent.
    #[must_use]
    pub fn relay(&self) -> Option<SocketAddr> {
        match self {
            Self::Http(_) => None,
            Self::Socks5(socks) => socks.bound(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
