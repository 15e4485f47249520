//! Which UDP client a datagram belongs to.

use spoke_tunnel::Path;
use spoke_wire::{DataHeader, SessionId};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Datagrams that may wait for one client; more are dropped, as a network would.
const QUEUE: usize = 512;
/// A control packet's session id is behind its first byte, in every wrapping.
const SESSION_ID_AT: usize = 1;

/// What the listener hands to a client.
pub(crate) enum Inbound {
    /// Datagrams that name it, or come from its address, of one size but for the last.
    Datagrams {
        path: Path,
        bytes: Vec<u8>,
        size: usize,
    },
    /// Another one has signed in from its address.
    Replaced,
}

/// Shared by the listener and all its clients.
#[derive(Clone, Default)]
pub(crate) struct Registry(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    clients: BTreeMap<u32, Line>,
    /// Control packets name their sender's session.
    sessions: BTreeMap<(SocketAddr, SessionId), u32>,
    /// Who is signed in at an address. A stranger has none: so that whoever forges an
    /// address takes nothing from the one that lives there.
    addresses: BTreeMap<SocketAddr, u32>,
    next: u32,
}

struct Line {
    inbox: mpsc::Sender<Inbound>,
    address: SocketAddr,
    session: SessionId,
}

/// A client's entry; removed when dropped.
pub(crate) struct Entry {
    /// The number in its version 2 data headers.
    pub(crate) peer_id: u32,
    pub(crate) inbox: mpsc::Receiver<Inbound>,
    registry: Registry,
}

impl Registry {
    /// An entry for a client at `address` whose session is `session`; `None` if it is
    /// there already, or there is no number left.
    pub(crate) fn join(&self, address: SocketAddr, session: SessionId) -> Option<Entry> {
        let mut lines = self.lines();
        if lines.sessions.contains_key(&(address, session)) {
            return None;
        }
        let peer_id = lines.free_number()?;
        let (line, inbox) = mpsc::channel(QUEUE);
        lines.sessions.insert((address, session), peer_id);
        lines.clients.insert(
            peer_id,
            Line {
                inbox: line,
                address,
                session,
            },
        );
        Some(Entry {
            peer_id,
            inbox,
            registry: self.clone(),
        })
    }

    /// Hands datagrams of `size` bytes each to the client of the first of them; `false`
    /// when that has none.
    pub(crate) fn deliver(&self, path: Path, bytes: &[u8], size: usize) -> bool {
        let lines = self.lines();
        let Some(line) = lines.owner(path.peer, bytes) else {
            return false;
        };
        // A full queue drops, as a network does.
        let _ = line.inbox.try_send(Inbound::Datagrams {
            path,
            bytes: bytes.to_vec(),
            size,
        });
        true
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// The client has signed in: the address is its own from now on, and whoever was
    /// there before is told to go.
    pub(crate) fn settle(&self) {
        let mut lines = self.registry.lines();
        let Some(address) = lines.clients.get(&self.peer_id).map(|line| line.address) else {
            return;
        };
        let before = lines.addresses.insert(address, self.peer_id);
        let before = before.filter(|before| *before != self.peer_id);
        if let Some(line) = before.and_then(|before| lines.clients.get(&before)) {
            let _ = line.inbox.try_send(Inbound::Replaced);
        }
    }

    /// A packet that only this client can have made came from `to`: answers whether it
    /// lives there from now on, which it does not where another one lives.
    pub(crate) fn float(&self, to: SocketAddr) -> bool {
        let mut lines = self.registry.lines();
        if lines.addresses.contains_key(&to) {
            return false;
        }
        let Some(line) = lines.clients.get_mut(&self.peer_id) else {
            return false;
        };
        let from = std::mem::replace(&mut line.address, to);
        let session = line.session;
        lines.leave(from, session, self.peer_id);
        lines.sessions.insert((to, session), self.peer_id);
        lines.addresses.insert(to, self.peer_id);
        true
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut lines = self.registry.lines();
        if let Some(line) = lines.clients.remove(&self.peer_id) {
            lines.leave(line.address, line.session, self.peer_id);
        }
    }
}

impl Lines {
    fn owner(&self, from: SocketAddr, packet: &[u8]) -> Option<&Line> {
        let first = *packet.first()?;
        let number = if DataHeader::is_data(first) {
            match DataHeader::parse(packet).ok()?.0 {
                DataHeader::V2 { peer_id, .. } if peer_id != DataHeader::NO_PEER_ID => peer_id,
                _ => *self.addresses.get(&from)?,
            }
        } else {
            let id = packet.get(SESSION_ID_AT..)?.first_chunk()?;
            *self.sessions.get(&(from, SessionId::new(*id)?))?
        };
        self.clients.get(&number)
    }

    fn free_number(&mut self) -> Option<u32> {
        // Far fewer clients than numbers: the first try is nearly always the last.
        for _ in 0..=self.clients.len() {
            let number = self.next % DataHeader::NO_PEER_ID;
            self.next = number + 1;
            if !self.clients.contains_key(&number) {
                return Some(number);
            }
        }
        None
    }

    fn leave(&mut self, address: SocketAddr, session: SessionId, peer_id: u32) {
        self.sessions.remove(&(address, session));
        if self.addresses.get(&address) == Some(&peer_id) {
            self.addresses.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA_V2: u8 = 9 << 3;
    const CONTROL: u8 = 4 << 3;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn path(port: u16) -> Path {
        Path::to(at(port))
    }

    fn session(byte: u8) -> SessionId {
        SessionId::new([byte; 8]).unwrap()
    }

    fn data(peer_id: u32) -> Vec<u8> {
        let mut packet = peer_id.to_be_bytes().to_vec();
        packet[0] = DATA_V2;
        packet.extend([0; 30]);
        packet
    }

    fn control(byte: u8) -> Vec<u8> {
        let mut packet = vec![CONTROL];
        packet.extend([byte; 8]);
        packet
    }

    fn deliver(registry: &Registry, path: Path, packet: &[u8]) -> bool {
        registry.deliver(path, packet, packet.len())
    }

    fn got(entry: &mut Entry) -> usize {
        let mut count = 0;
        while let Ok(Inbound::Datagrams { .. }) = entry.inbox.try_recv() {
            count += 1;
        }
        count
    }

    #[test]
    fn datagrams_find_their_client_by_number_and_by_session() {
        let registry = Registry::default();
        let mut one = registry.join(at(1), session(1)).unwrap();
        let mut two = registry.join(at(2), session(2)).unwrap();
        assert!(deliver(&registry, path(9), &data(one.peer_id)));
        assert!(deliver(&registry, path(2), &control(2)));
        assert!(!deliver(&registry, path(1), &control(2)));
        assert!(!deliver(&registry, path(1), &data(77)));
        assert!(!deliver(&registry, path(1), &[]));
        assert_eq!((got(&mut one), got(&mut two)), (1, 1));
        assert!(registry.join(at(1), session(1)).is_none());
        let number = two.peer_id;
        drop(two);
        assert!(!deliver(&registry, path(2), &data(number)));
    }

    #[test]
    fn a_stranger_takes_an_address_over_only_by_signing_in() {
        let registry = Registry::default();
        let mut old = registry.join(at(1), session(1)).unwrap();
        old.settle();
        let new = registry.join(at(1), session(2)).unwrap();
        assert!(deliver(&registry, path(1), &data(DataHeader::NO_PEER_ID)));
        assert_eq!(got(&mut old), 1);
        new.settle();
        assert!(matches!(old.inbox.try_recv(), Ok(Inbound::Replaced)));
        drop(old);
        assert!(deliver(&registry, path(1), &data(DataHeader::NO_PEER_ID)));
    }

    #[test]
    fn nobody_floats_onto_anothers_address() {
        let registry = Registry::default();
        let one = registry.join(at(1), session(1)).unwrap();
        let mut two = registry.join(at(2), session(2)).unwrap();
        one.settle();
        two.settle();
        assert!(!two.float(at(1)));
        assert!(two.float(at(3)));
        assert!(deliver(&registry, path(3), &control(2)));
        assert!(!deliver(&registry, path(2), &control(2)));
        assert_eq!(got(&mut two), 1);
        // The address that was left is free for others.
        assert!(one.float(at(2)));
    }
}
