use spoke_wire::{FrameError, MAX_FRAME, StreamFramer};
use std::ops::Range;

/// Bytes taken in at once: what a fast peer sends while we are busy with the batch before.
const ROOM: usize = 512 * 1024;

/// Cuts what a socket gives into packets: a stream by the lengths inside it, datagrams by
/// what the socket said of them. Packets stay where they are until more is read.
#[derive(Debug)]
pub(crate) enum Intake {
    Stream(StreamFramer),
    Datagrams(Bursts),
}

/// Datagrams behind each other.
#[derive(Debug)]
pub(crate) struct Bursts {
    buffer: Vec<u8>,
    end: usize,
    all: Vec<Burst>,
    next: usize,
}

/// Datagrams that the kernel gave in one piece, of one size but the last.
#[derive(Clone, Debug)]
struct Burst {
    left: Range<usize>,
    size: usize,
}

impl Intake {
    /// A stream of which `early` has been read already; at most some kilobytes.
    pub(crate) fn stream(early: &[u8]) -> Self {
        let mut framer = StreamFramer::with_room(MAX_FRAME, ROOM);
        framer.push(early);
        Self::Stream(framer)
    }

    pub(crate) fn datagrams() -> Self {
        Self::Datagrams(Bursts {
            buffer: vec![0; ROOM],
            end: 0,
            all: Vec::new(),
            next: 0,
        })
    }

    /// Where to read to. All packets have been taken, or are datagrams of the same batch;
    /// for another one there may be too little room.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        match self {
            Self::Stream(framer) => framer.space(),
            Self::Datagrams(bursts) => bursts.space(),
        }
    }

    /// So many bytes were read, as datagrams of `size` each.
    pub(crate) fn filled(&mut self, count: usize, size: usize) {
        match self {
            Self::Stream(framer) => framer.filled(count),
            Self::Datagrams(bursts) => bursts.filled(count, size),
        }
    }

    /// Where the next packet lies.
    ///
    /// # Errors
    /// When a stream cannot be cut any further.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Range<usize>>, FrameError> {
        match self {
            Self::Stream(framer) => framer.next_place(),
            Self::Datagrams(bursts) => Ok(bursts.next_packet()),
        }
    }

    /// What the places are places in.
    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        match self {
            Self::Stream(framer) => framer.buffer(),
            Self::Datagrams(bursts) => &mut bursts.buffer,
        }
    }
}

impl Bursts {
    fn space(&mut self) -> &mut [u8] {
        if self.next == self.all.len() {
            self.all.clear();
            self.next = 0;
            self.end = 0;
        }
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        // A datagram that does not fit would be cut short.
        match space.len() > MAX_FRAME {
            true => space,
            false => &mut [],
        }
    }

    fn filled(&mut self, count: usize, size: usize) {
        let end = (self.end + count).min(self.buffer.len());
        if end > self.end && size > 0 {
            self.all.push(Burst {
                left: self.end..end,
                size,
            });
        }
        self.end = end;
    }

    fn next_packet(&mut self) -> Option<Range<usize>> {
        let burst = self.all.get_mut(self.next)?;
        let start = burst.left.start;
        let end = (start + burst.size).min(burst.left.end);
        burst.left.start = end;
        if burst.left.is_empty() {
            self.next += 1;
        }
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_of_datagrams_are_cut_by_their_size() {
        let mut intake = Intake::datagrams();
        for (bytes, size) in [(&b"aaabbbc"[..], 3), (b"dddd", 4), (b"", 0), (b"e", 9)] {
            intake.space()[..bytes.len()].copy_from_slice(bytes);
            intake.filled(bytes.len(), size);
        }
        let mut seen = Vec::new();
        while let Some(place) = intake.next_packet().unwrap() {
            seen.push(intake.buffer()[place].to_vec());
        }
        assert_eq!(seen, [&b"aaa"[..], b"bbb", b"c", b"dddd", b"e"]);
    }

    #[test]
    fn there_is_room_for_the_longest_datagram_or_none() {
        let mut intake = Intake::datagrams();
        let mut count = 0;
        while !intake.space().is_empty() {
            assert!(intake.space().len() > MAX_FRAME);
            intake.filled(60_000, 60_000);
            count += 1;
        }
        assert!(count > 5, "{count}");
        while intake.next_packet().unwrap().is_some() {
            count -= 1;
        }
        assert_eq!(count, 0);
        assert_eq!(intake.space().len(), ROOM);
    }
}
