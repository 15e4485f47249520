//! Who has which address in the tunnel network, and how packets reach them.

use crate::pool::{Addresses, Pool};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Packets, and bytes of them, that may wait for one client's turn; more are dropped, as a
/// router would.
const QUEUE: usize = 1024;
const BYTES: usize = 1024 * 1024;

/// A packet of the tunnel device as it was read, with what stands before it.
pub(crate) type Packet = Vec<u8>;

/// Shared by the tunnel device's reader and all clients.
#[derive(Clone)]
pub(crate) struct Switchboard(Arc<Mutex<Lines>>);

struct Lines {
    pool: Pool,
    clients: BTreeMap<IpAddr, Line>,
}

/// The way to one client.
#[derive(Clone)]
struct Line {
    inbox: mpsc::Sender<Packet>,
    bytes: Arc<AtomicUsize>,
}

/// A client's place; leaves the board when dropped.
pub(crate) struct Place {
    pub(crate) addresses: Addresses,
    inbox: mpsc::Receiver<Packet>,
    bytes: Arc<AtomicUsize>,
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
        let (sender, inbox) = mpsc::channel(QUEUE);
        let bytes = Arc::new(AtomicUsize::new(0));
        let line = Line {
            inbox: sender,
            bytes: Arc::clone(&bytes),
        };
        for address in addresses.all() {
            lines.clients.insert(address, line.clone());
        }
        Some(Place {
            addresses,
            inbox,
            bytes,
            board: self.clone(),
        })
    }

    /// Hands what was read from the tunnel device, of which the first `framing` bytes are
    /// no packet's, to the client that it is addressed to.
    pub(crate) fn deliver(&self, read: &[u8], framing: usize) {
        let Some(target) = read.get(framing..).and_then(destination) else {
            return;
        };
        let lines = self.lines();
        let Some(line) = lines.clients.get(&target) else {
            return;
        };
        // What is full drops: the inner TCP slows down by it.
        if line.bytes.load(Ordering::Relaxed) < BYTES {
            line.bytes.fetch_add(read.len(), Ordering::Relaxed);
            if line.inbox.try_send(read.to_vec()).is_err() {
                line.bytes.fetch_sub(read.len(), Ordering::Relaxed);
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits for the next packet.
    pub(crate) async fn recv(&mut self) -> Option<Packet> {
        let packet = self.inbox.recv().await?;
        Some(self.taken(packet))
    }

    /// The next packet, if there is one.
    pub(crate) fn try_recv(&mut self) -> Option<Packet> {
        let packet = self.inbox.try_recv().ok()?;
        Some(self.taken(packet))
    }

    fn taken(&self, packet: Packet) -> Packet {
        self.bytes.fetch_sub(packet.len(), Ordering::Relaxed);
        packet
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

    const FRAMING: usize = 10;

    fn packet_to(address: IpAddr) -> Packet {
        let mut packet = vec![0; FRAMING];
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
            board.deliver(&packet_to(address), FRAMING);
            assert!(one.try_recv().is_none());
            assert!(two.try_recv().is_some());
        }
        drop(two);
        for address in addresses.all() {
            board.deliver(&packet_to(address), FRAMING);
        }
        assert_eq!(board.join().unwrap().addresses, addresses);
    }

    #[test]
    fn what_waits_for_one_client_has_its_bounds() {
        let board = Switchboard::new(Pool::new("192.0.2.0/29".parse().unwrap(), None));
        let mut place = board.join().unwrap();
        let mut packet = packet_to(place.addresses.v4.into());
        packet.resize(60_000, 0);
        for _ in 0..2 {
            for _ in 0..100 {
                board.deliver(&packet, FRAMING);
            }
            let count = std::iter::from_fn(|| place.try_recv()).count();
            assert_eq!(count, BYTES.div_ceil(60_000));
        }
    }

    #[test]
    fn other_packets_than_ip_have_no_addresses() {
        assert_eq!(source(&[0x60; 39]), None);
        assert_eq!(source(&[0x70; 40]), None);
        assert_eq!(source(&[0x45; 19]), None);
    }
}
