use crate::event::Ending;
use crate::flow::{Flow, Taken, inner_failed};
use crate::outbox::Outbox;
use crate::seal::{NotSealed, seal_read};
use crate::transport::Moved;
use crate::tun_io::TunIo;
use crate::waiting::Waiting;
use spoke_engine::SealError;
use spoke_moment::Moment;
use spoke_traffic::{Pace, StandingQueue};

/// Reads of the tun device before the socket has its turn.
const READS: usize = 64;
/// The longest packet that only answers what came in: headers, their options, a question or two.
const BRIEF: usize = 256;

/// The way from the tun device to the socket: room for what is read, the packets that wait
/// for their turn, and those that the socket is still to be given.
///
/// The device is read even while the socket takes nothing: what waits there waits in the
/// order in which it came, and here in a fair one. Packets are sealed only when their turn
/// has come, so that their numbers stay in order.
#[derive(Debug)]
pub(crate) struct Outbound {
    outbox: Outbox,
    packet: Vec<u8>,
    waiting: Waiting,
    pace: Pace,
    /// The pace that the socket knows of.
    told: usize,
    queue: StandingQueue,
    /// The socket took less than it was given.
    blocked: bool,
    /// No packet that was read the last time was longer than [`BRIEF`].
    brief: bool,
    /// Bytes from inside that were sealed and not noted yet.
    sealed: u64,
}

impl Outbound {
    pub(crate) fn new(datagrams: bool) -> Self {
        let pace = Pace::default();
        Self {
            outbox: Outbox::new(datagrams),
            packet: vec![0; TunIo::LONGEST],
            waiting: Waiting::default(),
            told: pace.burst(),
            pace,
            queue: StandingQueue::default(),
            blocked: false,
            brief: false,
            sealed: 0,
        }
    }

    /// Packets of another device are not what this one's would be.
    pub(crate) fn forget_waiting(&mut self) {
        self.waiting = Waiting::default();
    }

    /// Queues a packet of the session's.
    pub(crate) fn push(&mut self, packet: &[u8]) {
        self.outbox.push(packet);
    }

    /// Whether there is nothing for the socket.
    pub(crate) const fn is_empty(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Whether more packets may be taken from inside.
    pub(crate) fn has_room(&self, now: Moment) -> bool {
        !self.waiting.is_full(now)
    }

    /// Whether what comes from inside lately are but answers, which carry nothing themselves.
    pub(crate) const fn is_brief(&self) -> bool {
        self.brief
    }

    /// Whether the socket is to be given what it has before more is sealed.
    fn has_enough(&self) -> bool {
        self.blocked || self.outbox.len() >= self.pace.burst()
    }
}

impl Flow {
    /// Seals and queues a payload of the protocol's own.
    pub(crate) fn seal_own(&mut self, payload: &[u8]) {
        let Some(room) = self.keys.room() else {
            return;
        };
        let outbox = &mut self.outbound.outbox;
        let Some(place) = outbox.lend(room.head + payload.len() + room.tail) else {
            return;
        };
        for (to, from) in place.iter_mut().skip(room.head).zip(payload) {
            *to = *from;
        }
        if let Ok(length) = self.keys.seal(place, payload.len()) {
            outbox.commit(length);
            self.session.note_sent(self.clock.now());
        }
    }

    /// Writes what waits, as far as the socket takes it.
    pub(crate) fn flush(&mut self) -> Result<(), Ending> {
        loop {
            self.write_out()?;
            if self.outbound.blocked || self.outbound.waiting.is_empty() || self.closed.is_some() {
                return Ok(());
            }
            self.seal_waiting();
            self.note_sealed();
            if self.outbound.is_empty() {
                return Ok(());
            }
        }
    }

    fn write_out(&mut self) -> Result<(), Ending> {
        let outbound = &mut self.outbound;
        outbound.blocked = false;
        let mut written = 0;
        while !outbound.outbox.is_empty() {
            match self.transport.send(&mut outbound.outbox) {
                Ok(Moved::Bytes(count)) => written += count,
                Ok(Moved::Later | Moved::End) => {
                    outbound.blocked = true;
                    break;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        if written > 0 || outbound.blocked {
            let now = self.clock.now();
            outbound.pace.sent(now, written, outbound.blocked);
            let burst = outbound.pace.burst();
            if burst.abs_diff(outbound.told) > outbound.told / 4 {
                self.transport.hold_back(burst);
                outbound.told = burst;
            }
            let (queue, full) = (&mut outbound.queue, outbound.blocked);
            self.transport.keep_queue_short(queue, now, full);
        }
        Ok(())
    }

    /// Takes packets from inside. While the way is free they are sealed at once, where
    /// they will be written from; else they wait for their turn.
    pub(crate) fn send_packets(&mut self) -> Result<Taken, Ending> {
        let taken = self.read_packets();
        self.note_sealed();
        taken
    }

    fn read_packets(&mut self) -> Result<Taken, Ending> {
        let now = self.clock.now();
        for read in 0..READS {
            if self.outbound.has_enough() && !self.outbound.has_room(now) {
                return Ok(Taken::Some);
            }
            let Some(tun) = &self.tun else {
                return Ok(Taken::All);
            };
            let count = match tun.read(&mut self.outbound.packet) {
                Ok(Moved::Bytes(count)) => count,
                Ok(Moved::Later) => return Ok(Taken::All),
                Ok(Moved::End) => return Err(Ending::Local("the inner side was closed".into())),
                Err(error) => return Err(inner_failed("read", &error)),
            };
            let outbound = &mut self.outbound;
            outbound.brief = (read == 0 || outbound.brief) && count <= BRIEF;
            if outbound.waiting.is_empty() && !outbound.has_enough() {
                self.seal_packet(count, false);
            } else {
                let framing = tun.framing_len();
                outbound
                    .waiting
                    .push(now, framing, count, &mut outbound.packet);
            }
            if self.outbound.has_enough() && !self.outbound.blocked {
                break;
            }
        }
        Ok(Taken::Some)
    }

    /// Seals packets whose turn it is, as many as the socket is to be given.
    fn seal_waiting(&mut self) {
        let now = self.clock.now();
        while !self.outbound.has_enough() {
            let outbound = &mut self.outbound;
            let next = outbound.waiting.pop(now, &mut outbound.packet);
            let Some((count, too_fast)) = next else {
                return;
            };
            self.seal_packet(count, too_fast);
        }
    }

    /// Seals the packet of `count` bytes that was read, piece by piece. If its sender is
    /// `too_fast` it is told so.
    fn seal_packet(&mut self, count: usize, too_fast: bool) {
        let longest = self.longest_inside();
        let (Some(sealer), Some(tun)) = (self.keys.sealer(), &self.tun) else {
            return;
        };
        let outbound = &mut self.outbound;
        let outbox = &mut outbound.outbox;
        let read = outbound.packet.get_mut(..count).unwrap_or_default();
        match seal_read(sealer, outbox, tun, read, too_fast, longest) {
            Ok(sealed) => outbound.sealed += sealed,
            Err(error) => {
                if matches!(error, NotSealed::Seal(SealError::Exhausted)) {
                    self.session.handle_exhaustion(self.clock.now());
                }
                tracing::debug!("dropped: {error}");
            }
        }
    }

    fn note_sealed(&mut self) {
        let sealed = std::mem::take(&mut self.outbound.sealed);
        if sealed > 0 {
            let now = self.clock.now();
            self.session.note_sent(now);
            self.session.note_traffic(now, sealed);
            self.counters.add_sent(sealed);
            self.replace_worn_key(now);
        }
    }
}
