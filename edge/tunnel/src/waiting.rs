use crate::tun_io::TunIo;
use spoke_moment::Moment;
use spoke_traffic::{FairQueue, flow_of};

/// Packets up to this length are copied; longer ones change places with an empty buffer,
/// and hold a whole one while they wait.
const SHORT: usize = 8192;
/// Buffers kept for later, of each kind.
const SPARE: usize = 16;

/// Packets from the tun device, with what stands before them, that wait for the socket.
#[derive(Debug, Default)]
pub struct Waiting {
    queue: FairQueue<Packet>,
    short: Vec<Vec<u8>>,
    long: Vec<Vec<u8>>,
}

/// A packet in a buffer that may be longer.
#[derive(Debug)]
struct Packet {
    bytes: Vec<u8>,
    length: usize,
}

impl Waiting {
    /// Whether nothing waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether it is better to leave packets where they are.
    #[must_use]
    pub fn is_full(&self, now: Moment) -> bool {
        self.queue.is_full(now)
    }

    /// Takes the first `length` bytes of `from`, of which `framing` are no packet's. The
    /// buffer, of [`TunIo::LONGEST`] bytes, has other content then.
    pub fn push(&mut self, now: Moment, framing: usize, length: usize, from: &mut Vec<u8>) {
        let packet = from.get(..length).unwrap_or_default();
        let flow = flow_of(packet.get(framing..).unwrap_or_default());
        let bytes = if length <= SHORT {
            let mut bytes = self.short.pop().unwrap_or_default();
            bytes.clear();
            bytes.extend_from_slice(packet);
            bytes
        } else {
            let empty = self.long.pop();
            std::mem::replace(from, empty.unwrap_or_else(|| vec![0; TunIo::LONGEST]))
        };
        let lost = self.queue.push(now, flow, length, Packet { bytes, length });
        if let Some(lost) = lost {
            self.keep(lost.bytes);
        }
    }

    /// Puts the packet whose turn it is into `into`: its length, and whether its sender is
    /// too fast.
    pub fn pop(&mut self, now: Moment, into: &mut Vec<u8>) -> Option<(usize, bool)> {
        let next = self.queue.pop(now)?;
        let Packet { mut bytes, length } = next.packet;
        if bytes.len() == TunIo::LONGEST {
            std::mem::swap(&mut bytes, into);
        } else if let Some(place) = into.get_mut(..length) {
            place.copy_from_slice(&bytes);
        }
        self.keep(bytes);
        Some((length, next.too_fast))
    }

    fn keep(&mut self, buffer: Vec<u8>) {
        let kept = match buffer.len() == TunIo::LONGEST {
            true => &mut self.long,
            false => &mut self.short,
        };
        if kept.len() < SPARE {
            kept.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_went_in() {
        let mut waiting = Waiting::default();
        let mut buffer = vec![0; TunIo::LONGEST];
        for round in 0..3_u8 {
            for (number, length) in [1, SHORT, SHORT + 1, TunIo::LONGEST]
                .into_iter()
                .enumerate()
            {
                buffer[..length].fill(round * 10 + number as u8);
                waiting.push(Moment::ORIGIN, 10, length, &mut buffer);
                assert_eq!(buffer.len(), TunIo::LONGEST);
            }
            for (number, length) in [1, SHORT, SHORT + 1, TunIo::LONGEST]
                .into_iter()
                .enumerate()
            {
                let next = waiting.pop(Moment::ORIGIN, &mut buffer);
                assert_eq!(next, Some((length, false)));
                let expected = round * 10 + number as u8;
                assert!(buffer[..length].iter().all(|byte| *byte == expected));
            }
            assert!(waiting.is_empty());
        }
    }
}
