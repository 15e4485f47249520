//! What belongs to one cell alone while others run beside it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::axes::Family;

/// The port and the tunnel's addresses of one cell. All cells share one network namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat(pub(crate) u16);

impl Seat {
    /// Where the server listens.
    #[must_use]
    pub(crate) fn address(self, family: Family) -> SocketAddr {
        let address = match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Family::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        SocketAddr::new(address, 2000 + self.0)
    }

    /// The network of the tunnel, a /24.
    #[must_use]
    pub(crate) fn network(self) -> Ipv4Addr {
        self.host(0)
    }

    /// The server's address in the tunnel.
    #[must_use]
    pub(crate) fn server(self) -> Ipv4Addr {
        self.host(1)
    }

    /// The client's address in the tunnel.
    #[must_use]
    pub(crate) fn client(self) -> Ipv4Addr {
        self.host(2)
    }

    fn host(self, host: u8) -> Ipv4Addr {
        let [high, low] = self.0.to_be_bytes();
        Ipv4Addr::new(10, 100 + high, low, host)
    }
}
