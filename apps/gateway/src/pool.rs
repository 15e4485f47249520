//! Addresses for clients.

use ipnet::{Ipv4Net, Ipv6Net};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses of a prefix are in use. The first host address is the gateway's.
#[derive(Debug)]
pub(crate) struct Pool {
    prefix: Ipv4Net,
    prefix6: Option<Ipv6Net>,
    used: BTreeSet<Ipv4Addr>,
}

/// The addresses of one end of a tunnel. The IPv6 one has the place in its prefix that
/// the IPv4 one has in its own, so that one pool serves for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub(crate) v4: Ipv4Addr,
    pub(crate) v6: Option<Ipv6Addr>,
}

impl Addresses {
    /// All of them.
    pub(crate) fn all(self) -> impl Iterator<Item = IpAddr> {
        let v6 = self.v6.map(IpAddr::V6);
        std::iter::once(IpAddr::V4(self.v4)).chain(v6)
    }
}

impl Pool {
    pub(crate) const fn new(prefix: Ipv4Net, prefix6: Option<Ipv6Net>) -> Self {
        Self {
            prefix,
            prefix6,
            used: BTreeSet::new(),
        }
    }

    /// The gateway's own addresses.
    pub(crate) fn gateway(&self) -> Addresses {
        self.pair(self.prefix.hosts().next().unwrap_or(self.prefix.addr()))
    }

    /// The lowest free addresses; `None` when all are taken.
    pub(crate) fn take(&mut self) -> Option<Addresses> {
        let free = self
            .prefix
            .hosts()
            .skip(1)
            .find(|address| !self.used.contains(address))?;
        self.used.insert(free);
        Some(self.pair(free))
    }

    /// Gives addresses back.
    pub(crate) fn give_back(&mut self, addresses: Addresses) {
        self.used.remove(&addresses.v4);
    }

    fn pair(&self, v4: Ipv4Addr) -> Addresses {
        let place = v4.to_bits() - self.prefix.network().to_bits();
        let v6 = self
            .prefix6
            .map(|prefix| Ipv6Addr::from_bits(prefix.network().to_bits() | u128::from(place)));
        Addresses { v4, v6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_an_address_of_its_own_until_none_is_left() {
        let mut pool = Pool::new("192.0.2.0/29".parse().unwrap(), None);
        assert_eq!(pool.gateway().v4, Ipv4Addr::new(192, 0, 2, 1));
        let taken: Vec<_> = std::iter::from_fn(|| pool.take())
            .map(|taken| taken.v4)
            .collect();
        assert_eq!(taken.first(), Some(&Ipv4Addr::new(192, 0, 2, 2)));
        assert_eq!(taken.last(), Some(&Ipv4Addr::new(192, 0, 2, 6)));
        assert_eq!(taken.len(), 5);
        let freed = Addresses {
            v4: Ipv4Addr::new(192, 0, 2, 4),
            v6: None,
        };
        pool.give_back(freed);
        assert_eq!(pool.take(), Some(freed));
    }

    #[test]
    fn both_kinds_of_addresses_go_together() {
        let prefix6 = "2001:db8:1::/64".parse().unwrap();
        let mut pool = Pool::new("192.0.2.64/26".parse().unwrap(), Some(prefix6));
        assert_eq!(pool.gateway().v6, "2001:db8:1::1".parse().ok());
        let first = pool.take().unwrap();
        assert_eq!(first.v4, Ipv4Addr::new(192, 0, 2, 66));
        assert_eq!(first.v6, "2001:db8:1::2".parse().ok());
    }
}
