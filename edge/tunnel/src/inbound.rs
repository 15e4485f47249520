use crate::event::Ending;
use crate::flow::{Flow, Taken, inner_failed};
use crate::intake::Intake;
use crate::keyring::NotOpened;
use crate::transport::Moved;
use crate::tun_io::{TunIo, Written};
use spoke_engine::OpenError;
use spoke_traffic::{Coalescer, Joins, Moderation, VirtioHeader};
use spoke_wire::{FirstByte, Payload, clamp_mss};

/// Bursts of datagrams taken in before they are handled.
const BURSTS: usize = 64;

/// The way from the socket to the tun device: what was read, and the packets in it that
/// the device is still to be given.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) intake: Intake,
    coalescer: Coalescer,
    /// How many of the coalescer's packets have been written.
    delivered: usize,
    pub(crate) moderation: Moderation,
    /// Packets and bytes since the socket was last empty.
    packets: usize,
    bytes: usize,
}

impl Inbound {
    pub(crate) fn new(intake: Intake) -> Self {
        Self {
            intake,
            coalescer: Coalescer::new(Joins::default()),
            delivered: 0,
            moderation: Moderation::default(),
            packets: 0,
            bytes: 0,
        }
    }

    /// Joins from now on what this device takes.
    pub(crate) fn join_for(&mut self, tun: &TunIo) {
        self.coalescer = Coalescer::new(tun.joins());
        self.delivered = 0;
    }

    /// Whether the device has not taken all packets yet.
    pub(crate) const fn is_stalled(&self) -> bool {
        !self.coalescer.is_empty()
    }
}

impl Flow {
    /// Takes in what the socket has, and hands on what is in it.
    pub(crate) fn receive(&mut self) -> Result<Taken, Ending> {
        let (bytes, taken) = self.read_socket()?;
        self.inbound.bytes += bytes;
        if bytes > 0 {
            self.open_packets()?;
            self.deliver()?;
        }
        if taken == Taken::All {
            let now = self.clock.now();
            let inbound = &mut self.inbound;
            if inbound.bytes > 0 {
                let moderation = &mut inbound.moderation;
                moderation.drained(now, inbound.packets, inbound.bytes);
            }
            (inbound.packets, inbound.bytes) = (0, 0);
            if inbound.moderation.until(now).is_some() {
                // After a pause nobody has to be asked whether something came meanwhile.
                return Ok(Taken::Some);
            }
        }
        Ok(taken)
    }

    /// Reads what there is room for: so many bytes, and whether there may be more.
    fn read_socket(&mut self) -> Result<(usize, Taken), Ending> {
        let is_stream = !self.transport.is_datagrams();
        // While it is open who the peer is, what one says must not pass for another's word.
        let singly = is_stream || self.transport.is_undecided();
        let bursts = if singly { 1 } else { BURSTS };
        let mut bytes = 0;
        for _ in 0..bursts {
            let room = self.inbound.intake.space().len();
            match self.transport.receive(&mut self.inbound.intake) {
                Ok(Moved::Bytes(count)) => {
                    bytes += count;
                    // A stream gives all that it has.
                    if is_stream && count < room {
                        return Ok((bytes, Taken::All));
                    }
                }
                Ok(Moved::Later) => return Ok((bytes, Taken::All)),
                Ok(Moved::End) => {
                    return Err(Ending::Transport("it was closed by the peer".to_owned()));
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok((bytes, Taken::Some))
    }

    /// Handles the whole packets at hand, and joins those for the inside.
    fn open_packets(&mut self) -> Result<(), Ending> {
        let now = self.clock.now();
        let mut received = 0_u64;
        // The key of the last genuine data packet.
        let mut heard = None;
        let longest = self.longest_inside();
        let result = loop {
            let inbound = &mut self.inbound;
            let place = match inbound.intake.next_packet() {
                Ok(Some(place)) => place,
                Ok(None) => break Ok(()),
                Err(error) => break Err(Ending::Transport(error.to_string())),
            };
            let start = place.start;
            let buffer = inbound.intake.buffer();
            let Some(packet) = buffer.get_mut(place) else {
                continue;
            };
            inbound.packets += 1;
            let Ok(first) = FirstByte::of(packet) else {
                continue;
            };
            if !first.opcode.is_data() {
                self.session.handle_packet(now, self.clock.wall(), packet);
                self.session_outputs();
                continue;
            }
            let begins = packet.as_ptr().addr();
            let payload = match self.keys.open(first, packet) {
                Ok(payload) => payload,
                Err(error) => {
                    tracing::debug!("dropped: {error}");
                    if matches!(error, NotOpened::Open(OpenError::Compressed)) {
                        self.session.handle_compressed(now);
                        self.session_outputs();
                    }
                    continue;
                }
            };
            if heard.replace(first.key_id) != Some(first.key_id) {
                self.session.note_received_with(now, first.key_id);
            }
            match Payload::of(payload) {
                Payload::Ip => {
                    received += payload.len() as u64;
                    clamp_mss(payload, longest);
                    // The payload is a part of the packet.
                    let from = start + (payload.as_ptr().addr() - begins);
                    let place = from..from + payload.len();
                    if self.tun.is_some() {
                        inbound.coalescer.push(inbound.intake.buffer(), place);
                    }
                }
                Payload::Exit => {
                    self.session.handle_exit(now);
                    self.session_outputs();
                }
                Payload::Ping | Payload::Occ(_) | Payload::Empty => {}
            }
        };
        if heard.is_some() {
            self.note_received(now, received);
        }
        result
    }

    /// Gives the device the packets that it has not taken yet.
    pub(crate) fn deliver(&mut self) -> Result<(), Ending> {
        let inbound = &mut self.inbound;
        if inbound.coalescer.is_empty() {
            return Ok(());
        }
        let Some(tun) = &self.tun else {
            inbound.coalescer.clear();
            return Ok(());
        };
        let mut refused = false;
        let buffer = inbound.intake.buffer();
        while let Some(packet) = inbound.coalescer.joined(inbound.delivered, buffer) {
            match tun.write(buffer, &packet) {
                Ok(Written::Later) => return Ok(()),
                Ok(Written::Refused) => refused |= packet.header != VirtioHeader::default(),
                Ok(Written::Done) => {}
                Err(error) => return Err(inner_failed("write", &error)),
            }
            inbound.delivered += 1;
        }
        inbound.coalescer.clear();
        inbound.delivered = 0;
        if refused {
            // Its sender repeats what was lost, and then it comes in single packets.
            tracing::debug!("the tunnel device takes no super-packets");
            inbound.coalescer = Coalescer::new(Joins::default());
        }
        Ok(())
    }
}
