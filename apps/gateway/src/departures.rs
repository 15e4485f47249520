//! What leaves for one client: sealed by whoever has something for it, its own task or the
//! reader of the device, without a way between them.

use crate::outbox::Outbox;
use spoke_engine::{MssFix, Outside, Sealer, TransportKind};
use spoke_moment::Moment;
use spoke_traffic::{Pace, StandingQueue};
use spoke_tunnel::{NotSealed, Path, TunIo, Waiting, seal_read};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// The way to one client; clones share it.
#[derive(Clone)]
pub(crate) struct Departures(Arc<Shared>);

struct Shared {
    line: Mutex<Line>,
    /// Calls the client's task.
    call: Notify,
}

/// What the client's task has to know of what the reader did.
#[derive(Default)]
pub(crate) struct News {
    /// When data was sent last.
    pub(crate) sent: Option<Moment>,
    /// The key that should be replaced.
    pub(crate) worn: Option<u8>,
    /// The way is closed.
    pub(crate) fault: Option<Fault>,
}

/// Why nothing can be sent any more.
pub(crate) enum Fault {
    Io(io::Error),
    Seal(NotSealed),
}

struct Line {
    /// The origin of the session's time.
    origin: Instant,
    outbox: Outbox,
    /// Whether the client is reached over IPv6.
    ipv6: bool,
    mtu: u16,
    keys: BTreeMap<u8, Sealer>,
    send_with: Option<u8>,
    /// Packets that wait for the socket, room for the one whose turn it is, and how much
    /// the socket is given at once.
    waiting: Waiting,
    packet: Vec<u8>,
    pace: Pace,
    queue: StandingQueue,
    /// The socket took less than it was given.
    blocked: bool,
    /// The client's task knows that.
    called: bool,
    news: News,
}

impl Departures {
    /// For a client at `address`, reached by `outbox`, whose session began at `origin`.
    /// Packets inside have at most `mtu` bytes.
    pub(crate) fn new(outbox: Outbox, address: IpAddr, origin: Instant, mtu: u16) -> Self {
        let line = Line {
            origin,
            outbox,
            ipv6: address.is_ipv6(),
            mtu,
            keys: BTreeMap::new(),
            send_with: None,
            waiting: Waiting::default(),
            packet: vec![0; TunIo::LONGEST],
            pace: Pace::default(),
            queue: StandingQueue::default(),
            blocked: false,
            called: false,
            news: News::default(),
        };
        Self(Arc::new(Shared {
            line: Mutex::new(line),
            call: Notify::new(),
        }))
    }

    /// Waits until there are [`Departures::news`], or the socket has taken less than it was given.
    pub(crate) async fn called(&self) {
        self.0.call.notified().await;
    }

    /// What happened since this was asked.
    pub(crate) fn news(&self) -> News {
        std::mem::take(&mut self.line().news)
    }

    /// Takes the first `count` bytes of `buffer`, which were read from `tun`. The buffer
    /// has other content then. What the socket does not take at once waits for its turn.
    pub(crate) fn take(&self, tun: &TunIo, buffer: &mut Vec<u8>, count: usize) {
        let mut line = self.line();
        if line.has_enough() && !line.blocked {
            line.send(tun);
        }
        if line.waiting.is_empty() && !line.has_enough() {
            line.seal(tun, buffer.get_mut(..count).unwrap_or_default(), false);
        } else {
            let now = line.now();
            let framing = tun.framing_len();
            line.waiting.push(now, framing, count, buffer);
        }
    }

    /// Sends what was taken. The client's task is called where that is not all there is to
    /// be done.
    pub(crate) fn send_taken(&self, tun: &TunIo) {
        let mut line = self.line();
        if !line.blocked {
            line.send(tun);
        }
        let call = line.blocked && !line.called;
        line.called = line.blocked;
        if call || line.news.worn.is_some() || line.news.fault.is_some() {
            self.0.call.notify_one();
        }
    }

    /// Sends what waits, as far as the socket takes it now.
    pub(crate) fn send(&self, tun: &TunIo) {
        let mut line = self.line();
        line.send(tun);
        line.called = line.blocked;
    }

    /// Whether nothing waits for the socket.
    pub(crate) fn is_empty(&self) -> bool {
        self.line().outbox.is_empty()
    }

    /// Queues a packet of the session's.
    pub(crate) fn push(&self, packet: &[u8]) {
        self.line().outbox.packets().push(packet);
    }

    /// Seals one of OpenVPN's own payloads.
    pub(crate) fn say(&self, payload: &[u8]) {
        let mut line = self.line();
        if let Some(sealer) = line.sealer()
            && let Ok(packet) = sealer.seal_copy(payload)
        {
            line.outbox.packets().push(&packet);
        }
    }

    pub(crate) fn install(&self, key_id: u8, sealer: Sealer) {
        self.line().keys.insert(key_id, sealer);
    }

    pub(crate) fn send_with(&self, key_id: u8) {
        self.line().send_with = Some(key_id);
    }

    pub(crate) fn retire(&self, key_id: u8) {
        self.line().keys.remove(&key_id);
    }

    /// The longest packet inside that TCP segments may make, so that none outside has to be
    /// fragmented.
    pub(crate) fn longest_inside(&self) -> u16 {
        self.line().longest_inside()
    }

    /// Whether it sends along another path.
    pub(crate) fn differs(&self, from: &Path) -> bool {
        self.line().outbox.differs(from)
    }

    /// Sends along another path from now on.
    pub(crate) fn redirect(&self, to: Path) {
        let mut line = self.line();
        line.ipv6 = to.peer.is_ipv6();
        line.outbox.redirect(to);
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn now(&self) -> Moment {
        Moment::from_origin(self.origin.elapsed())
    }

    /// Whether the socket is to be given what it has before more is sealed.
    fn has_enough(&self) -> bool {
        self.blocked || self.outbox.len() >= self.pace.burst()
    }

    fn send(&mut self, tun: &TunIo) {
        loop {
            let now = self.now();
            match self.outbox.send() {
                Ok(sent) => self.pace.sent(now, sent, !self.outbox.is_empty()),
                Err(error) => {
                    self.news.fault.get_or_insert(Fault::Io(error));
                    return;
                }
            }
            self.blocked = !self.outbox.is_empty();
            self.outbox
                .keep_queue_short(&mut self.queue, now, self.blocked);
            while !self.has_enough() {
                let Some((count, too_fast)) = self.waiting.pop(now, &mut self.packet) else {
                    break;
                };
                let mut packet = std::mem::take(&mut self.packet);
                self.seal(tun, packet.get_mut(..count).unwrap_or_default(), too_fast);
                self.packet = packet;
            }
            if self.blocked || self.outbox.is_empty() {
                return;
            }
        }
    }

    /// Seals what was read from the device into the outbox. If its sender is `too_fast` it
    /// is told so.
    fn seal(&mut self, tun: &TunIo, read: &mut [u8], too_fast: bool) {
        let longest = self.longest_inside();
        let now = self.now();
        let key = self.send_with.and_then(|key| self.keys.get_mut(&key));
        let Some(sealer) = key else {
            return;
        };
        let outbox = self.outbox.packets();
        match seal_read(sealer, outbox, tun, read, too_fast, longest) {
            Ok(_) => self.news.sent = Some(now),
            Err(error @ NotSealed::Seal(_)) => {
                self.news.fault.get_or_insert(Fault::Seal(error));
            }
            // No packet that anybody sends.
            Err(NotSealed::Cut(_) | NotSealed::Split(_)) => {}
        }
        if sealer.near_exhaustion() {
            self.news.worn = Some(sealer.key_id());
        }
    }

    fn sealer(&mut self) -> Option<&mut Sealer> {
        self.keys.get_mut(&self.send_with?)
    }

    fn longest_inside(&self) -> u16 {
        let outside = Outside {
            transport: match self.outbox.is_stream() {
                true => TransportKind::Tcp,
                false => TransportKind::Udp,
            },
            ipv6: self.ipv6,
            relay: 0,
        };
        let sealer = self.send_with.and_then(|key| self.keys.get(&key));
        let longest =
            sealer.and_then(|sealer| MssFix::of_mtu(self.mtu).longest_inside(sealer, outside));
        longest.unwrap_or(self.mtu).min(self.mtu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_engine::{Cipher, DataChannel, KeyBlock, Opener, Side};
    use spoke_wire::{DataHeader, MAX_FRAME, StreamFramer};
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    const KEY: u8 = 1;
    const LENGTH: usize = 20_000;

    /// A client's way over TCP, and the client's end of it.
    async fn way() -> (Departures, Arc<TcpStream>, TcpStream, Opener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let far = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (near, peer) = listener.accept().await.unwrap();
        let near = Arc::new(near);
        let outbox = Outbox::stream(Arc::clone(&near));
        let departures = Departures::new(outbox, peer.ip(), Instant::now(), 1500);
        let header = DataHeader::V2 {
            key_id: KEY,
            peer_id: 0,
        };
        let channel = DataChannel::new(Cipher::Aes256Gcm, header);
        let block = KeyBlock::from_exporter(&[7; 256]);
        let (sealer, _) = block.data_channel(&channel, Side::Server).unwrap();
        let (_, opener) = block.data_channel(&channel, Side::Client).unwrap();
        departures.install(KEY, sealer);
        departures.send_with(KEY);
        (departures, near, far.unwrap(), opener)
    }

    #[tokio::test]
    async fn what_a_slow_client_does_not_take_waits_for_its_task_and_stays_in_order() {
        let (departures, near, mut far, mut opener) = way().await;
        let (_kernel, device) = UnixDatagram::pair().unwrap();
        let tun = TunIo::new(device.into(), 1500);
        let mut buffer = vec![0; TunIo::LONGEST];
        let mut taken = 0_u32;
        // Until the socket is full, and some packets more.
        let mut more = 10;
        while more > 0 {
            buffer[..4].copy_from_slice(&taken.to_be_bytes());
            departures.take(&tun, &mut buffer, LENGTH);
            departures.send_taken(&tun);
            taken += 1;
            more -= u32::from(!departures.is_empty());
        }
        let called = timeout(Duration::from_secs(5), departures.called()).await;
        assert!(called.is_ok(), "the task is called");
        let again = timeout(Duration::from_millis(10), departures.called()).await;
        assert!(again.is_err(), "once");
        assert!(departures.news().sent.is_some());

        let mut framer = StreamFramer::with_room(MAX_FRAME, 256 * 1024);
        let mut seen = 0;
        while seen < taken {
            tokio::select! {
                count = far.read(framer.space()) => framer.filled(count.unwrap()),
                _ = near.writable(), if !departures.is_empty() => departures.send(&tun),
            }
            while let Some(place) = framer.next_place().unwrap() {
                let packet = opener.open(&mut framer.buffer()[place]).unwrap();
                assert_eq!(packet[..4], seen.to_be_bytes());
                assert_eq!(packet.len(), LENGTH);
                seen += 1;
            }
        }
    }

    #[tokio::test]
    async fn the_task_hears_of_a_way_that_is_closed() {
        let (departures, _near, far, _) = way().await;
        drop(far);
        let (_kernel, device) = UnixDatagram::pair().unwrap();
        let tun = TunIo::new(device.into(), 1500);
        let mut buffer = vec![0; TunIo::LONGEST];
        // The first may still leave; what comes back says that nobody is there.
        for _ in 0..100 {
            departures.take(&tun, &mut buffer, LENGTH);
            departures.send_taken(&tun);
            if timeout(Duration::from_millis(10), departures.called())
                .await
                .is_ok()
            {
                break;
            }
        }
        assert!(matches!(departures.news().fault, Some(Fault::Io(_))));
    }
}
