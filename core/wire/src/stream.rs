use std::ops::Range;
use thiserror::Error;

/// The largest frame that the length field can express.
pub const MAX_FRAME: usize = 65_535;

/// Bytes of the length field.
const PREFIX: usize = 2;

/// Cuts a TCP byte stream into packets: a 16-bit length that does not count itself, then the packet.
///
/// The caller reads into [`StreamFramer::space`], says how much came with
/// [`StreamFramer::filled`], and takes packets with [`StreamFramer::next_frame`]
/// until there is none. Packets are given out in place and may be changed in place.
#[derive(Debug)]
pub struct StreamFramer {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    limit: usize,
}

/// The stream cannot be cut into packets; the connection is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// No packet is empty.
    #[error("the peer sent a frame of length zero")]
    Zero,
    /// Longer than the limit.
    #[error("the peer announced a frame of {length} bytes, more than the limit of {limit}")]
    TooLong {
        /// What was announced.
        length: usize,
        /// What we take.
        limit: usize,
    },
}

impl StreamFramer {
    /// A framer that takes packets of at most `limit` bytes ([`MAX_FRAME`] at most).
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::with_room(limit, 0)
    }

    /// The same with room for so many bytes at once, where that is more than two packets.
    #[must_use]
    pub fn with_room(limit: usize, room: usize) -> Self {
        let limit = limit.clamp(1, MAX_FRAME);
        Self {
            buffer: vec![0; room.max(2 * (limit + PREFIX))],
            start: 0,
            end: 0,
            limit,
        }
    }

    /// Where to read to: at least one whole packet fits once all complete packets were taken.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        } else if self.buffer.len() - self.end < self.limit + PREFIX {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that `count` bytes were read to the front of [`StreamFramer::space`].
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buffer.len());
    }

    /// Copies bytes in, as many as there is space for, and says how many that were.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let space = self.space();
        let count = bytes.len().min(space.len());
        for (to, from) in space.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.filled(count);
        count
    }

    /// The next complete packet without its length, or `None` until more bytes are there.
    ///
    /// # Errors
    /// When the length field is zero or above the limit; the stream cannot go on then.
    pub fn next_frame(&mut self) -> Result<Option<&mut [u8]>, FrameError> {
        let place = self.next_place()?;
        Ok(place.and_then(|place| self.buffer.get_mut(place)))
    }

    /// Where the next complete packet lies in [`StreamFramer::buffer`]. It stays there until
    /// [`StreamFramer::space`] is asked for.
    ///
    /// # Errors
    /// As [`StreamFramer::next_frame`].
    pub fn next_place(&mut self) -> Result<Option<Range<usize>>, FrameError> {
        let waiting = self.buffer.get(self.start..self.end).unwrap_or_default();
        let Some((prefix, body)) = waiting.split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*prefix));
        if length == 0 {
            return Err(FrameError::Zero);
        }
        if length > self.limit {
            let limit = self.limit;
            return Err(FrameError::TooLong { length, limit });
        }
        if body.len() < length {
            return Ok(None);
        }
        let from = self.start + PREFIX;
        self.start = from + length;
        Ok(Some(from..self.start))
    }

    /// All that was read and not overwritten yet.
    pub fn buffer(&mut self) -> &mut [u8] {
        &mut self.buffer
    }
}

/// The length field that goes before a packet of `length` bytes on TCP; `None` when it is
/// empty or does not fit.
#[must_use]
pub fn frame_prefix(length: usize) -> Option<[u8; 2]> {
    match u16::try_from(length) {
        Ok(0) | Err(_) => None,
        Ok(length) => Some(length.to_be_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(framer: &mut StreamFramer) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(frame) = framer.next_frame().unwrap() {
            out.push(frame.to_vec());
        }
        out
    }

    #[test]
    fn zero_and_too_long_are_fatal() {
        let mut framer = StreamFramer::new(100);
        framer.push(&[0, 0, 1]);
        assert_eq!(framer.next_frame(), Err(FrameError::Zero));
        let mut framer = StreamFramer::new(100);
        framer.push(&[0, 101]);
        let (length, limit) = (101, 100);
        assert_eq!(
            framer.next_frame(),
            Err(FrameError::TooLong { length, limit })
        );
    }

    proptest! {
        #[test]
        fn any_cut_of_the_stream_gives_the_same_packets(
            packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 0..20),
            step in 1usize..700,
        ) {
            let mut stream = Vec::new();
            for packet in &packets {
                stream.extend_from_slice(&frame_prefix(packet.len()).unwrap());
                stream.extend_from_slice(packet);
            }
            let mut framer = StreamFramer::new(300);
            let mut seen = Vec::new();
            for mut piece in stream.chunks(step) {
                while !piece.is_empty() {
                    let taken = framer.push(piece);
                    prop_assert!(taken > 0);
                    piece = &piece[taken..];
                    seen.extend(cut(&mut framer));
                }
            }
            prop_assert_eq!(seen, packets);
        }
    }
}
