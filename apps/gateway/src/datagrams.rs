//! Clients over UDP: one socket for all of them.

use crate::client::{Client, End, Taken, wall};
use crate::faults::Stage;
use crate::log;
use crate::outbox::Outbox;
use crate::registry::{Entry, Inbound, Registry};
use crate::server::Gateway;
use spoke_engine::{Admission, Answer, StatelessHandshake};
use spoke_moment::Moment;
use spoke_tunnel::{Path, Run, receive_from, send_along};
use spoke_wire::{DataHeader, SessionId};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::sleep;

/// Room for the largest datagram, or burst of them.
const LARGEST: usize = 65_536;
/// Bytes that a data packet's key and number of its client are in.
const OWNER: usize = 4;
/// Bursts taken in before the clients have their turn.
const TURN: usize = 64;
/// The pause after an error of the socket.
const PAUSE: Duration = Duration::from_millis(50);
/// Takes in datagrams until the socket fails.
pub(crate) async fn listen(gateway: Arc<Gateway>, socket: UdpSocket) -> io::Error {
    let door = Arc::new(Door {
        handshake: Mutex::new(gateway.stateless()),
        origin: Instant::now(),
        gateway,
        socket: Arc::new(socket),
        registry: Registry::default(),
    });
    let mut buffer = vec![0; LARGEST];
    loop {
        if let Err(error) = door.socket.readable().await {
            return error;
        }
        for _ in 0..TURN {
            let read = || receive_from(&*door.socket, &mut buffer);
            match door.socket.try_io(Interest::READABLE, read) {
                Ok((burst, path)) => {
                    let bytes = buffer.get(..burst.count).unwrap_or_default();
                    door.take(path, bytes, burst.size);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    // The socket itself lives; nobody may close the door with a packet.
                    log::event("receive_failed", &[("error", &error)]);
                    sleep(PAUSE).await;
                    break;
                }
            }
        }
        // The clients have their turn, whatever comes in.
        tokio::task::yield_now().await;
    }
}

struct Door {
    gateway: Arc<Gateway>,
    socket: Arc<UdpSocket>,
    registry: Registry,
    /// Deals with whoever has no session, and remembers nobody.
    handshake: Mutex<StatelessHandshake>,
    origin: Instant,
}

impl Door {
    /// Takes in what came from one address at once: most often data packets of one
    /// client, which go on together.
    fn take(self: &Arc<Self>, path: Path, burst: &[u8], size: usize) {
        let owner = |packet: &[u8]| {
            let is_data = packet
                .first()
                .is_some_and(|first| DataHeader::is_data(*first));
            packet.first_chunk::<OWNER>().copied().filter(|_| is_data)
        };
        let mut packets = burst.chunks(size.max(1));
        let first = owner(burst);
        if first.is_some() && packets.all(|packet| owner(packet) == first) {
            self.registry.deliver(path, burst, size);
            return;
        }
        for packet in burst.chunks(size.max(1)) {
            if !self.registry.deliver(path, packet, size) {
                self.welcome(path, packet);
            }
        }
    }

    /// A packet of nobody known: a client that begins, or one to be forgotten.
    fn welcome(self: &Arc<Self>, path: Path, packet: &[u8]) {
        let now = Moment::from_origin(self.origin.elapsed());
        let mut handshake = self.handshake();
        match handshake.handle_packet(now, wall(), &name(path.peer), packet) {
            Answer::Reply(reply) => {
                // What the socket does not take is lost, and asked for again.
                let run = Run {
                    bytes: &reply,
                    size: reply.len(),
                };
                let _ = send_along(&*self.socket, run, &path);
            }
            Answer::Admit(admission) => self.admit(path, packet, admission),
            // Not even a line in the log: anybody can send anything.
            Answer::Drop(_) => {}
        }
    }

    /// Serves one who has shown that its address is its own.
    fn admit(self: &Arc<Self>, path: Path, packet: &[u8], admission: Admission<'_>) {
        let session = packet.get(1..).and_then(|rest| rest.first_chunk());
        let Some(session) = session.and_then(|id| SessionId::new(*id)) else {
            return;
        };
        let address = path.peer.ip().to_canonical();
        let Some(stranger) = self.gateway.strangers.admit(address) else {
            return;
        };
        let Some(entry) = self.registry.join(path.peer, session) else {
            return;
        };
        let outbox = Outbox::datagrams(Arc::clone(&self.socket), path);
        let session = self.gateway.datagram_session(entry.peer_id, admission);
        let client = Client::new(
            Arc::clone(&self.gateway),
            path.peer,
            outbox,
            session,
            stranger,
        );
        tokio::spawn(serve(client, entry, Arc::clone(self)));
    }

    fn handshake(&self) -> MutexGuard<'_, StatelessHandshake> {
        self.handshake
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address as bytes that no other has.
fn name(address: SocketAddr) -> [u8; 18] {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let mut name = [0; 18];
    for (to, from) in name
        .iter_mut()
        .zip(ip.octets().into_iter().chain(address.port().to_be_bytes()))
    {
        *to = from;
    }
    name
}

async fn serve(mut client: Client, mut entry: Entry, door: Arc<Door>) {
    client.begin();
    // Its reset was answered before it was here, and what it came with is TLS.
    for stage in [Stage::Accept, Stage::Reset, Stage::Tls] {
        client.reach(stage);
    }
    let mut settled = false;
    while client.goes_on() {
        if client.is_signed_in() && !settled {
            settled = true;
            entry.settle();
            door.handshake().note_established();
        }
        tokio::select! {
            inbound = entry.inbox.recv() => match inbound {
                Some(Inbound::Datagrams { path, mut bytes, size }) => {
                    take(&mut client, &entry, path, &mut bytes, size);
                }
                Some(Inbound::Replaced) | None => {
                    let why = "it has come back from the same address".to_owned();
                    client.end(End::Text(why));
                }
            },
            _ = door.socket.writable(), if !client.outbox_is_empty() => client.send(),
            event = client.next_event() => client.handle_event(event),
        }
    }
    client.finish();
}

fn take(client: &mut Client, entry: &Entry, path: Path, bytes: &mut [u8], size: usize) {
    let mut start = 0;
    while start < bytes.len() && !client.has_ended() {
        let end = (start + size.max(1)).min(bytes.len());
        // Only a data packet that was opened and not seen before tells that the client
        // itself is at the new address (CVE-2020-11810).
        let taken = client.take_from(bytes, start..end);
        if matches!(taken, Taken::GenuineData(_)) && client.moved(&path) {
            let stays = path.peer == client.peer;
            if stays || entry.float(path.peer) {
                client.float(path);
            }
        }
        start = end;
    }
    client.hand_in(bytes);
}
