use crate::event::Ending;
use crate::flow::{Flow, Taken, inner_failed};
use crate::outbox::Outbox;
use crate::transport::Moved;
use spoke_engine::SealError;
use spoke_traffic::{Split, VirtioHeader};

/// The tun device is not read while so many bytes wait for the socket.
const HIGH_WATER: usize = 128 * 1024;
/// The longest packet of a tun device with what stands before it.
const LONGEST: usize = VirtioHeader::LEN + 65_535;

/// The way from the tun device to the socket: room for what is read, and the packets that
/// the socket is still to be given.
#[derive(Debug)]
pub(crate) struct Outbound {
    outbox: Outbox,
    packet: Vec<u8>,
    /// The socket took less than it was given.
    blocked: bool,
}

impl Outbound {
    pub(crate) fn new(datagrams: bool) -> Self {
        Self {
            outbox: Outbox::new(datagrams),
            packet: vec![0; LONGEST],
            blocked: false,
        }
    }

    /// Queues a packet of the session's.
    pub(crate) fn push(&mut self, packet: &[u8]) {
        self.outbox.push(packet);
    }

    /// Whether everything has left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Whether more packets may be taken from inside.
    pub(crate) const fn has_room(&self) -> bool {
        !self.blocked && self.outbox.len() < HIGH_WATER
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
        let outbound = &mut self.outbound;
        outbound.blocked = false;
        while !outbound.outbox.is_empty() {
            match self.transport.send(&mut outbound.outbox) {
                Ok(Moved::Bytes(_)) => {}
                Ok(Moved::Later | Moved::End) => {
                    outbound.blocked = true;
                    break;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// Takes packets from inside and seals them where they will be written from.
    pub(crate) fn send_packets(&mut self) -> Result<Taken, Ending> {
        let Some(tun) = &self.tun else {
            return Ok(Taken::All);
        };
        let longest = self.longest_inside();
        let outbound = &mut self.outbound;
        let mut sent = 0_u64;
        let mut taken = Taken::Some;
        'packets: while outbound.outbox.len() < HIGH_WATER {
            let count = match tun.read(&mut outbound.packet) {
                Ok(Moved::Bytes(count)) => count,
                Ok(Moved::Later) => {
                    taken = Taken::All;
                    break;
                }
                Ok(Moved::End) => return Err(Ending::Local("the inner side was closed".into())),
                Err(error) => return Err(inner_failed("read", &error)),
            };
            let read = outbound.packet.get_mut(..count).unwrap_or_default();
            let Some((header, packet)) = tun.unframe(read) else {
                continue;
            };
            let mut split = match Split::new(&header, packet) {
                Ok(split) => split,
                Err(error) => {
                    tracing::debug!("dropped: {error}");
                    continue;
                }
            };
            while let Some(length) = split.next_len() {
                match self
                    .keys
                    .seal_piece(&mut outbound.outbox, &mut split, longest)
                {
                    Ok(()) => sent += length as u64,
                    Err(SealError::Exhausted) => {
                        self.session.handle_exhaustion(self.clock.now());
                        break 'packets;
                    }
                    Err(error) => {
                        tracing::debug!("dropped: {error}");
                        break;
                    }
                }
            }
        }
        if sent > 0 {
            let now = self.clock.now();
            self.session.note_sent(now);
            self.session.note_traffic(now, sent);
            self.counters.add_sent(sent);
            self.replace_worn_key(now);
        }
        Ok(taken)
    }
}
