//! Addresses for clients.

use ipnet::Ipv4Net;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Which addresses of a prefix are in use. The first host address is the gateway's.
#[derive(Debug)]
pub(crate) struct Pool {
    prefix: Ipv4Net,
    used: BTreeSet<Ipv4Addr>,
}

impl Pool {
    pub(crate) const fn new(prefix: Ipv4Net) -> Self {
        Self {
            prefix,
            used: BTreeSet::new(),
        }
    }

    /// The gateway's own address.
    pub(crate) fn gateway(&self) -> Ipv4Addr {
        self.prefix.hosts().next().unwrap_or(self.prefix.addr())
    }

    /// The lowest free address; `None` when all are taken.
    pub(crate) fn take(&mut self) -> Option<Ipv4Addr> {
        let free = self
            .prefix
            .hosts()
            .skip(1)
            .find(|address| !self.used.contains(address))?;
        self.used.insert(free);
        Some(free)
    }

    /// Gives an address back.
    pub(crate) fn give_back(&mut self, address: Ipv4Addr) {
        self.used.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_an_address_of_its_own_until_none_is_left() {
        let mut pool = Pool::new("192.0.2.0/29".parse().unwrap());
        assert_eq!(pool.gateway(), Ipv4Addr::new(192, 0, 2, 1));
        let taken: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
        assert_eq!(taken.first(), Some(&Ipv4Addr::new(192, 0, 2, 2)));
        assert_eq!(taken.last(), Some(&Ipv4Addr::new(192, 0, 2, 6)));
        assert_eq!(taken.len(), 5);
        pool.give_back(Ipv4Addr::new(192, 0, 2, 4));
        assert_eq!(pool.take(), Some(Ipv4Addr::new(192, 0, 2, 4)));
    }
}
