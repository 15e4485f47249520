use spoke_wire::frame_prefix;

/// Bytes of the buffer; what is queued beyond it makes it grow.
const ROOM: usize = 256 * 1024;
/// Bytes of the length field before each packet.
const PREFIX: usize = 2;

/// Packets on their way to a socket. For a stream they are framed, in one piece, so
/// that one write takes them all; as datagrams they are given out one by one.
///
/// Data packets are built in place: [`Outbox::lend`] gives the room behind the
/// length field, [`Outbox::commit`] says how much of it became a packet.
#[derive(Debug)]
pub(crate) struct Outbox {
    datagrams: bool,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Outbox {
    pub(crate) fn new(datagrams: bool) -> Self {
        Self {
            datagrams,
            buffer: vec![0; ROOM],
            start: 0,
            end: 0,
        }
    }

    /// Bytes not written yet.
    pub(crate) const fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room for one packet of at most `most` bytes, if the buffer has it.
    pub(crate) fn lend(&mut self, most: usize) -> Option<&mut [u8]> {
        let needed = most + PREFIX;
        if self.buffer.len() - self.end < needed {
            self.pull_up();
        }
        let from = self.end + PREFIX;
        self.buffer.get_mut(from..from + most)
    }

    /// Makes the first `length` bytes of what was last lent a packet.
    pub(crate) fn commit(&mut self, length: usize) {
        let Some(prefix) = frame_prefix(length) else {
            return;
        };
        if let Some(place) = self.buffer.get_mut(self.end..self.end + PREFIX) {
            place.copy_from_slice(&prefix);
            self.end += PREFIX + length;
        }
    }

    /// Puts a whole packet behind the others, growing the buffer if it must: control
    /// packets are few and none may be lost.
    pub(crate) fn push(&mut self, packet: &[u8]) {
        if self.lend(packet.len()).is_none() {
            let needed = self.end + PREFIX + packet.len();
            self.buffer.resize(needed, 0);
        }
        if let Some(place) = self.lend(packet.len()) {
            place.copy_from_slice(packet);
            self.commit(packet.len());
        }
    }

    /// What is to be written: all of the stream, or one datagram.
    pub(crate) fn waiting(&self) -> &[u8] {
        let range = match self.datagrams {
            true => self.start + PREFIX..self.start + PREFIX + self.first(),
            false => self.start..self.end,
        };
        self.buffer.get(range).unwrap_or_default()
    }

    /// So many bytes of the stream have been written, or the datagram has.
    pub(crate) fn written(&mut self, count: usize) {
        let count = match self.datagrams {
            true => PREFIX + self.first(),
            false => count,
        };
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Length of the first packet.
    fn first(&self) -> usize {
        let waiting = self.buffer.get(self.start..self.end).unwrap_or_default();
        let prefix = waiting.first_chunk::<PREFIX>();
        prefix.map_or(0, |prefix| usize::from(u16::from_be_bytes(*prefix)))
    }

    fn pull_up(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_keep_their_order_through_partial_writes_and_growth() {
        let mut outbox = Outbox::new(false);
        let mut expected = Vec::new();
        let mut written = Vec::new();
        for round in 0..400_usize {
            let packet = vec![u8::try_from(round % 251).unwrap(); 1 + round * 7];
            expected.extend_from_slice(&frame_prefix(packet.len()).unwrap());
            expected.extend_from_slice(&packet);
            if round % 2 == 0 {
                outbox.push(&packet);
            } else if let Some(place) = outbox.lend(packet.len()) {
                place.copy_from_slice(&packet);
                outbox.commit(packet.len());
            } else {
                outbox.push(&packet);
            }
            let take = outbox.len().min(900);
            written.extend_from_slice(&outbox.waiting()[..take]);
            outbox.written(take);
        }
        written.extend_from_slice(outbox.waiting());
        assert_eq!(written, expected);
    }

    #[test]
    fn datagrams_are_given_out_one_by_one() {
        let mut outbox = Outbox::new(true);
        for packet in [&b"one"[..], b"second", b"3"] {
            outbox.push(packet);
        }
        let mut seen = Vec::new();
        while !outbox.is_empty() {
            seen.push(outbox.waiting().to_vec());
            outbox.written(seen.last().unwrap().len());
        }
        assert_eq!(seen, [&b"one"[..], b"second", b"3"]);
    }

    #[test]
    fn a_full_buffer_lends_nothing() {
        let mut outbox = Outbox::new(false);
        while outbox.lend(60_000).is_some() {
            outbox.commit(60_000);
        }
        assert!(outbox.len() <= ROOM);
    }
}
