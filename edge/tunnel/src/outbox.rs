use spoke_wire::frame_prefix;
use std::collections::VecDeque;

/// Bytes of the buffer; what is queued beyond it makes it grow.
const ROOM: usize = 256 * 1024;
/// Bytes of the length field before each packet of a stream.
const PREFIX: usize = 2;
/// What one call sends at most as datagrams of one size (`UDP_MAX_SEGMENTS` of Linux
/// before 6.9, and the longest UDP payload).
const MOST_SEGMENTS: usize = 64;
const MOST_BYTES: usize = 65_507;

/// Packets on their way to a socket, in one piece, so that one write takes many: for a
/// stream with their lengths before them, as datagrams one behind the other.
///
/// Data packets are built in place: [`Outbox::lend`] gives the room for one,
/// [`Outbox::commit`] says how much of it became a packet.
#[derive(Debug)]
pub struct Outbox {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The lengths of datagrams; of a stream they are in the buffer.
    lengths: Option<VecDeque<usize>>,
}

/// Datagrams of one size, but for the last, which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    /// All of them, one behind the other.
    pub bytes: &'a [u8],
    /// The length of each but the last.
    pub size: usize,
}

impl Outbox {
    /// For datagrams, or for a stream.
    #[must_use]
    pub fn new(datagrams: bool) -> Self {
        Self {
            buffer: vec![0; ROOM],
            start: 0,
            end: 0,
            lengths: datagrams.then(VecDeque::new),
        }
    }

    /// Bytes not written yet.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether all has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room for one packet of at most `most` bytes. It grows if it must: control packets
    /// are few and none may be lost, and a super-packet is cut as a whole.
    pub fn lend(&mut self, most: usize) -> Option<&mut [u8]> {
        let needed = self.prefix() + most;
        if self.buffer.len() - self.end < needed {
            self.pull_up();
            let length = self.buffer.len().max(self.end + needed);
            self.buffer.resize(length, 0);
        }
        let from = self.end + self.prefix();
        self.buffer.get_mut(from..from + most)
    }

    /// Makes the first `length` bytes of what was last lent a packet.
    pub fn commit(&mut self, length: usize) {
        match &mut self.lengths {
            Some(lengths) => lengths.push_back(length),
            None => {
                let place = self.buffer.get_mut(self.end..self.end + PREFIX);
                let (Some(prefix), Some(place)) = (frame_prefix(length), place) else {
                    return;
                };
                place.copy_from_slice(&prefix);
            }
        }
        self.end += self.prefix() + length;
    }

    /// Puts a whole packet behind the others.
    pub fn push(&mut self, packet: &[u8]) {
        if let Some(place) = self.lend(packet.len()) {
            place.copy_from_slice(packet);
            self.commit(packet.len());
        }
    }

    /// What is to be written of a stream.
    #[must_use]
    pub fn stream(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// So many bytes of the stream have been written.
    pub fn written(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
    }

    /// The datagrams that may be sent next in one call, of which those of more than
    /// `longest` bytes go one by one.
    #[must_use]
    pub fn run(&self, longest: usize) -> Run<'_> {
        let mut lengths = self.lengths.iter().flatten().copied();
        let size = lengths.next().unwrap_or_default();
        let mut total = size;
        if size <= longest {
            for length in lengths.take(MOST_SEGMENTS - 1) {
                if length > size || total + length > MOST_BYTES {
                    break;
                }
                total += length;
                if length < size {
                    break;
                }
            }
        }
        let bytes = self.buffer.get(self.start..self.start + total);
        Run {
            bytes: bytes.unwrap_or_default(),
            size,
        }
    }

    /// So many bytes of whole datagrams have been sent.
    pub fn sent(&mut self, count: usize) {
        let mut left = count;
        while let Some(lengths) = &mut self.lengths
            && let Some(length) = lengths.front().copied()
            && length <= left
        {
            lengths.pop_front();
            left -= length;
        }
        self.written(count);
    }

    const fn prefix(&self) -> usize {
        match self.lengths {
            Some(_) => 0,
            None => PREFIX,
        }
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
            } else {
                // More was asked for than was needed.
                let place = outbox.lend(packet.len() + 50).unwrap();
                place[..packet.len()].copy_from_slice(&packet);
                outbox.commit(packet.len());
            }
            let take = outbox.len().min(900);
            written.extend_from_slice(&outbox.stream()[..take]);
            outbox.written(take);
        }
        written.extend_from_slice(outbox.stream());
        assert_eq!(written, expected);
    }

    #[test]
    fn datagrams_of_one_size_go_together() {
        let mut outbox = Outbox::new(true);
        for packet in ["one", "two", "3", "four", "five", "second", "4", "5"] {
            outbox.push(packet.as_bytes());
        }
        let mut seen = Vec::new();
        while !outbox.is_empty() {
            let run = outbox.run(5);
            let (bytes, size) = (run.bytes, run.size);
            seen.push((String::from_utf8(bytes.to_vec()).unwrap(), size));
            let count = bytes.len();
            outbox.sent(count);
        }
        let expected = [("onetwo3", 3), ("fourfive", 4), ("second", 6), ("45", 1)];
        assert_eq!(seen, expected.map(|(run, size)| (run.to_owned(), size)));
    }

    #[test]
    fn a_run_is_no_longer_than_one_call_takes() {
        let mut outbox = Outbox::new(true);
        for _ in 0..100 {
            outbox.push(&[0; 1400]);
        }
        assert_eq!(outbox.run(1400).bytes.len(), 1400 * (MOST_BYTES / 1400));
        assert_eq!(outbox.run(1399).bytes.len(), 1400);
        let mut outbox = Outbox::new(true);
        for _ in 0..100 {
            outbox.push(&[0; 10]);
        }
        assert_eq!(outbox.run(1400).bytes.len(), 10 * MOST_SEGMENTS);
    }
}
