//! Who has which address in the tunnel network, and how packets reach them.

use crate::pool::{Addresses, Pool};
use spoke_engine::Sealer;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Bytes kept free before each packet for the data channel's header: the most that
/// a sealer needs.
pub(crate) const HEADROOM: usize = Sealer::MOST_HEADROOM;
/// Packets that may wait for one client; more are dropped, as a router would.
const QUEUE: usize = 512;

/// An inner packet behind [`HEADROOM`] free bytes.
pub(crate) type Packet = Vec<u8>;

/// Shared by the tunnel device's reader and all clients.
#[derive(Clone)]
pub(crate) struct Switchboard(Arc<Mutex<Lines>>);

struct Lines {
    pool: Pool,
    clients: BTreeMap<IpAddr, mpsc::Sender<Packet>>,
}

/// A client's place; leaves the board when dropped.
pub(crate) struct Place {
    pub(crate) addresses: Addresses,
    pub(crate) inbox: mpsc::Receiver<Packet>,
    board: Switchboard,
}

impl Switchboard {
    pub(crate) fn new(pool: Pool) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            pool,
            clients: BTreeMap::new(),
        })))
    }

    /// A place for one more client; `None` when no address is free.
    pub(crate) fn join(&self) -> Option<Place> {
        let mut lines = self.lines();
        let addresses = lines.pool.take()?;
        let (line, inbox) = mpsc::channel(QUEUE);
        for address in addresses.all() {
            lines.clients.insert(address, line.clone());
        }
        Some(Place {
            addresses,
            inbox,
            board: self.clone(),
        })
    }

    /// Hands a packet from the tunnel device to the client that it is addressed to.
    pub(crate) fn deliver(&self, packet: Packet) {
        let target = packet.get(HEADROOM..).and_then(destination);
        let line = target.and_then(|target| self.lines().clients.get(&target).cloned());
        if let Some(line) = line {
            // A full queue drops: the inner TCP slows down by it.
            let _ = line.try_send(packet);
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
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

    fn packet_to(address: IpAddr) -> Packet {
        let mut packet = vec![0; HEADROOM];
        match address {
            IpAddr::V4(address) => {
                packet.extend([0x45; 16]);
                packet.extend(address.octets());
            }
            IpAddr::V6(address) => {
                packet.extend([0x60; 24]);
                packet.extend(address.octets());
            }
        }
        packet
    }

    #[test]
    fn packets_reach_their_client_only_while_it_is_there() {
        let board = Switchboard::new(Pool::new(
            "192.0.2.0/29".parse().unwrap(),
            "2001:db8::/64".parse().ok(),
        ));
        let mut one = board.join().unwrap();
        let mut two = board.join().unwrap();
        let addresses = two.addresses;
        for address in addresses.all() {
            board.deliver(packet_to(address));
            assert!(one.inbox.try_recv().is_err());
            assert!(two.inbox.try_recv().is_ok());
        }
        drop(two);
        for address in addresses.all() {
            board.deliver(packet_to(address));
        }
        assert_eq!(board.join().unwrap().addresses, addresses);
    }

    #[test]
    fn other_packets_than_ip_have_no_addresses() {
        assert_eq!(source(&[0x60; 39]), None);
        assert_eq!(source(&[0x70; 40]), None);
        assert_eq!(source(&[0x45; 19]), None);
    }
}
