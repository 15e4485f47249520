//! Who has which address in the tunnel network, and how packets reach them.

use crate::pool::Pool;
use spoke_engine::Sealer;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
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
    clients: BTreeMap<Ipv4Addr, mpsc::Sender<Packet>>,
}

/// A client's place; leaves the board when dropped.
pub(crate) struct Place {
    pub(crate) address: Ipv4Addr,
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
        let address = lines.pool.take()?;
        let (line, inbox) = mpsc::channel(QUEUE);
        lines.clients.insert(address, line);
        Some(Place {
            address,
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
        lines.clients.remove(&self.address);
        lines.pool.give_back(self.address);
    }
}

/// Source address of an IPv4 packet; `None` for anything else.
pub(crate) fn source(packet: &[u8]) -> Option<Ipv4Addr> {
    address_at(packet, 12)
}

/// Destination address of an IPv4 packet.
pub(crate) fn destination(packet: &[u8]) -> Option<Ipv4Addr> {
    address_at(packet, 16)
}

fn address_at(packet: &[u8], at: usize) -> Option<Ipv4Addr> {
    let header = packet.first_chunk::<20>()?;
    if header.first()? >> 4 != 4 {
        return None;
    }
    let octets: &[u8; 4] = header.get(at..)?.first_chunk()?;
    Some(Ipv4Addr::from(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet_to(address: Ipv4Addr) -> Packet {
        let mut packet = vec![0; HEADROOM + 20];
        packet[HEADROOM] = 0x45;
        packet[HEADROOM + 16..].copy_from_slice(&address.octets());
        packet
    }

    #[test]
    fn packets_reach_their_client_only_while_it_is_there() {
        let board = Switchboard::new(Pool::new("192.0.2.0/29".parse().unwrap()));
        let mut one = board.join().unwrap();
        let mut two = board.join().unwrap();
        board.deliver(packet_to(two.address));
        assert!(one.inbox.try_recv().is_err());
        assert!(two.inbox.try_recv().is_ok());
        let freed = two.address;
        drop(two);
        board.deliver(packet_to(freed));
        assert_eq!(board.join().unwrap().address, freed);
    }

    #[test]
    fn other_packets_than_ipv4_have_no_addresses() {
        assert_eq!(source(&[0x60; 40]), None);
        assert_eq!(source(&[0x45; 19]), None);
    }
}
