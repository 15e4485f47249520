//! Who has which address in the tunnel network, and how packets reach them.

use crate::pool::{Addresses, Pool};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by the tunnel device's reader and all clients. `L` is the way to one client.
pub(crate) struct Switchboard<L>(Arc<Mutex<Lines<L>>>);

struct Lines<L> {
    pool: Pool,
    clients: BTreeMap<IpAddr, L>,
}

/// A client's place; leaves the board when dropped.
pub(crate) struct Place<L> {
    pub(crate) addresses: Addresses,
    board: Switchboard<L>,
}

impl<L> Clone for Switchboard<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L> Switchboard<L> {
    pub(crate) fn new(pool: Pool) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            pool,
            clients: BTreeMap::new(),
        })))
    }

    fn lines(&self) -> MutexGuard<'_, Lines<L>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Clone> Switchboard<L> {
    /// A place for one more client; `None` when no address is free.
    pub(crate) fn join(&self, line: &L) -> Option<Place<L>> {
        let mut lines = self.lines();
        let addresses = lines.pool.take()?;
        for address in addresses.all() {
            lines.clients.insert(address, line.clone());
        }
        Some(Place {
            addresses,
            board: self.clone(),
        })
    }

    /// The way to the client that has this address.
    pub(crate) fn line(&self, address: IpAddr) -> Option<L> {
        self.lines().clients.get(&address).cloned()
    }
}

impl<L> Drop for Place<L> {
    fn drop(&mut self) {
        let mut lines = self.board.lines();
        for address in self.addresses.all() {
            lines.clients.remove(&address);
        }
        lines.pool.give_back(self.addresses);
    }
}

/// Source address of an IP packet; `None` for anything else.
pub(crate) fn source(packet: &[u8]) -> Option<IpAddr> {
    address_at(packet, 12, 8)
}

/// Destination address of an IP packet.
pub(crate) fn destination(packet: &[u8]) -> Option<IpAddr> {
    address_at(packet, 16, 24)
}

/// The address that stands so far behind the start of an IPv4 or an IPv6 header.
fn address_at(packet: &[u8], v4: usize, v6: usize) -> Option<IpAddr> {
    match packet.first()? >> 4 {
        4 => {
            let header = packet.first_chunk::<20>()?;
            let octets: &[u8; 4] = header.get(v4..)?.first_chunk()?;
            Some(Ipv4Addr::from(*octets).into())
        }
        6 => {
            let header = packet.first_chunk::<40>()?;
            let octets: &[u8; 16] = header.get(v6..)?.first_chunk()?;
            Some(Ipv6Addr::from(*octets).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_reach_their_client_only_while_it_is_there() {
        let board = Switchboard::new(Pool::new(
            "192.0.2.0/29".parse().unwrap(),
            "2001:db8::/64".parse().ok(),
        ));
        let one = board.join(&"one").unwrap();
        let two = board.join(&"two").unwrap();
        let addresses = two.addresses;
        for address in addresses.all() {
            assert_eq!(board.line(address), Some("two"));
        }
        drop(two);
        for address in addresses.all() {
            assert_eq!(board.line(address), None);
        }
        for address in one.addresses.all() {
            assert_eq!(board.line(address), Some("one"));
        }
        assert_eq!(board.join(&"three").unwrap().addresses, addresses);
    }

    #[test]
    fn packets_say_where_they_come_from_and_go_to() {
        let mut packet = [0x45; 20];
        packet[12..].copy_from_slice(&[192, 0, 2, 1, 192, 0, 2, 2]);
        assert_eq!(source(&packet), "192.0.2.1".parse().ok());
        assert_eq!(destination(&packet), "192.0.2.2".parse().ok());
        let mut packet = [0x60; 40];
        let (from, to): (Ipv6Addr, Ipv6Addr) = (
            "2001:db8::1".parse().unwrap(),
            "2001:db8::2".parse().unwrap(),
        );
        packet[8..24].copy_from_slice(&from.octets());
        packet[24..].copy_from_slice(&to.octets());
        assert_eq!(source(&packet), Some(from.into()));
        assert_eq!(destination(&packet), Some(to.into()));
    }

    #[test]
    fn other_packets_than_ip_have_no_addresses() {
        assert_eq!(source(&[0x60; 39]), None);
        assert_eq!(source(&[0x70; 40]), None);
        assert_eq!(source(&[0x45; 19]), None);
    }
}
