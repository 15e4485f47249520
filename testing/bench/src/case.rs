//! Who is measured: a client, a server and what they speak over.

use std::fmt;

/// The program at the user's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// OpenVPN's.
    OpenVpn,
    /// `spoked`, told by `spoke`.
    Spoke,
}

/// The program at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    /// OpenVPN's, as it is.
    OpenVpn,
    /// `spoke-gateway`.
    Gateway,
}

/// What carries the tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// A stream.
    Tcp,
    /// Datagrams.
    Udp,
}

/// One pair of programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// What carries the tunnel.
    pub transport: Transport,
    /// The other end.
    pub server: Server,
    /// The user's end.
    pub client: Client,
}

impl Case {
    /// What the others are compared with.
    pub const BASELINE: Self = Self {
        transport: Transport::Tcp,
        server: Server::OpenVpn,
        client: Client::OpenVpn,
    };

    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for transport in [Transport::Tcp, Transport::Udp] {
            for server in [Server::OpenVpn, Server::Gateway] {
                for client in [Client::OpenVpn, Client::Spoke] {
                    all.push(Self {
                        transport,
                        server,
                        client,
                    });
                }
            }
        }
        all
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenVpn => "openvpn",
            Self::Spoke => "spoke",
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenVpn => "openvpn",
            Self::Gateway => "gateway",
        })
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// As `--only` takes it: `spoke-tcp-openvpn`.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.client, self.transport, self.server)
    }
}
