//! Clients over UDP: one socket for all of them.

use crate::client::{Client, End, Taken};
use crate::faults::Stage;
use crate::outbox::Outbox;
use crate::registry::{Entry, Inbound, Registry};
use crate::server::Gateway;
use nix::sys::socket::{setsockopt, sockopt};
use spoke_wire::{FirstByte, SessionId};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;

/// Room for the largest datagram.
const LARGEST: usize = 65_536;
/// What the socket holds for us, in bytes: a burst of all clients at once, or of a
/// flood while their packets wait behind it.
const BUFFER: usize = 4 << 20;

/// A socket for all clients; `[::]` takes IPv4 too.
pub(crate) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = spoke_tunnel::listen_udp(address)?;
    // Beyond the system's limit where that is allowed, else as far as it goes.
    if setsockopt(&socket, sockopt::RcvBufForce, &BUFFER).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &BUFFER)?;
    }
    UdpSocket::from_std(socket)
}

/// Takes in datagrams until the socket fails.
pub(crate) async fn listen(gateway: Arc<Gateway>, socket: UdpSocket) -> io::Error {
    let door = Door {
        gateway,
        socket: Arc::new(socket),
        registry: Registry::default(),
    };
    let mut buffer = vec![0; LARGEST];
    loop {
        match door.socket.recv_from(&mut buffer).await {
            Ok((len, from)) => door.take(from, buffer.get(..len).unwrap_or_default()),
            Err(error) => return error,
        }
    }
}

struct Door {
    gateway: Arc<Gateway>,
    socket: Arc<UdpSocket>,
    registry: Registry,
}

impl Door {
    fn take(&self, from: SocketAddr, packet: &[u8]) {
        if !self.registry.deliver(from, packet) {
            self.welcome(from, packet);
        }
    }

    /// A packet of nobody known: a client that begins, or one to be forgotten.
    fn welcome(&self, from: SocketAddr, packet: &[u8]) {
        let begins = FirstByte::of(packet).is_ok_and(|first| first.opcode.is_hard_reset());
        let session = packet.get(1..).and_then(|rest| rest.first_chunk());
        let Some(session) = session
            .and_then(|id| SessionId::new(*id))
            .filter(|_| begins)
        else {
            return;
        };
        let Some(stranger) = self.gateway.stranger() else {
            return;
        };
        let Some(entry) = self.registry.join(from, session) else {
            return;
        };
        let outbox = Outbox::Datagrams {
            socket: Arc::clone(&self.socket),
            peer: from,
        };
        let session = self.gateway.datagram_session(entry.peer_id);
        let client = Client::new(Arc::clone(&self.gateway), from, outbox, session, stranger);
        self.registry.deliver(from, packet);
        tokio::spawn(serve(client, entry));
    }
}

async fn serve(mut client: Client, mut entry: Entry) {
    client.begin();
    client.reach(Stage::Accept);
    let mut settled = false;
    while client.goes_on() {
        if client.is_signed_in() && !settled {
            settled = true;
            entry.settle();
        }
        tokio::select! {
            inbound = entry.inbox.recv() => match inbound {
                Some(Inbound::Datagram { from, mut packet }) => {
                    take(&mut client, &entry, from, &mut packet);
                }
                Some(Inbound::Replaced) | None => {
                    let why = "it has come back from the same address".to_owned();
                    client.end(End::Text(why));
                }
            },
            event = client.next_event() => client.handle_event(event),
        }
    }
    client.finish();
}

fn take(client: &mut Client, entry: &Entry, from: SocketAddr, packet: &mut [u8]) {
    let taken = client.take_packet(packet);
    // Only a data packet that was opened and not seen before tells that the client
    // itself is at the new address (CVE-2020-11810).
    if from != client.peer && taken == Taken::GenuineData && entry.float(from) {
        client.float(from);
    }
}
