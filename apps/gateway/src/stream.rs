//! Clients over TCP.

use crate::client::{Client, End};
use crate::faults::Stage;
use crate::log;
use crate::outbox::Outbox;
use crate::server::Gateway;
use spoke_wire::{MAX_FRAME, StreamFramer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout_at};

/// How long a connection may be open without a packet: no client of the protocol
/// waits with its first one.
const FIRST_PACKET: Duration = Duration::from_secs(10);
/// Bytes taken in at once from one client.
const ROOM: usize = 256 * 1024;
/// The pause after a connection that could not be taken in.
const PAUSE: Duration = Duration::from_millis(50);

/// Takes in connections.
pub(crate) async fn listen(gateway: Arc<Gateway>, listener: TcpListener) -> io::Error {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => welcome(&gateway, stream, peer),
            Err(error) => {
                log::event("accept_failed", &[("error", &error)]);
                // Most often there are no descriptors left, and some will be given back.
                sleep(PAUSE).await;
            }
        }
    }
}

/// Serves one more client, unless too many are at the door already.
fn welcome(gateway: &Arc<Gateway>, stream: TcpStream, peer: SocketAddr) {
    let Some(stranger) = gateway.strangers.admit(peer.ip().to_canonical()) else {
        return;
    };
    // Where an option does not take, the way is slower.
    let _ = spoke_tunnel::prepare_stream(&stream);
    let stream = Arc::new(stream);
    let outbox = Outbox::stream(Arc::clone(&stream));
    let session = gateway.stream_session();
    let client = Client::new(Arc::clone(gateway), peer, outbox, session, stranger);
    tokio::spawn(serve(client, stream));
}

/// Serves one client until it or its connection ends.
async fn serve(mut client: Client, stream: Arc<TcpStream>) {
    client.begin();
    client.reach(Stage::Accept);
    let mut framer = StreamFramer::with_room(MAX_FRAME, ROOM);
    let patience = Instant::now() + FIRST_PACKET;
    let mut heard = false;
    while client.goes_on() {
        let waiting = !client.outbox_is_empty();
        let turn = async {
            tokio::select! {
                ready = stream.readable() => Turn::Readable(ready),
                _ = stream.writable(), if waiting => Turn::Writable,
                event = client.next_event() => Turn::Inside(event),
            }
        };
        let turn = match heard {
            true => Ok(turn.await),
            false => timeout_at(patience, turn).await,
        };
        match turn {
            Ok(Turn::Readable(Ok(()))) => {
                heard |= receive(&mut client, &stream, &mut framer);
            }
            Ok(Turn::Readable(Err(error))) => client.end(End::Io(error)),
            Ok(Turn::Writable) => client.send(),
            Ok(Turn::Inside(event)) => client.handle_event(event),
            Err(_) => client.end(End::Text("no packet came".to_owned())),
        }
    }
    client.finish();
}

enum Turn {
    Readable(io::Result<()>),
    Writable,
    Inside(crate::client::Event),
}

/// Takes in what the socket has; answers whether that was a packet.
fn receive(client: &mut Client, stream: &TcpStream, framer: &mut StreamFramer) -> bool {
    match stream.try_read(framer.space()) {
        Ok(0) => client.end(End::Text("the client closed the connection".to_owned())),
        Ok(len) => {
            framer.filled(len);
            return take_frames(client, framer);
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        Err(error) => client.end(End::Io(error)),
    }
    false
}

fn take_frames(client: &mut Client, framer: &mut StreamFramer) -> bool {
    let mut any = false;
    while !client.has_ended() {
        match framer.next_place() {
            Ok(None) => break,
            Ok(Some(place)) => {
                any = true;
                client.take_from(framer.buffer(), place);
            }
            Err(error) => client.end(End::Text(error.to_string())),
        }
    }
    client.hand_in(framer.buffer());
    any
}
