use spoke_wire::{FrameError, MAX_FRAME, StreamFramer};

/// Cuts what a socket gives into packets: a stream by the lengths inside it, a
/// datagram not at all.
#[derive(Debug)]
pub(crate) enum Intake {
    Stream(StreamFramer),
    Datagram { buffer: Vec<u8>, length: usize },
}

impl Intake {
    /// A stream of which `early` has been read already; at most some kilobytes.
    pub(crate) fn stream(early: &[u8]) -> Self {
        let mut framer = StreamFramer::new(MAX_FRAME);
        framer.push(early);
        Self::Stream(framer)
    }

    pub(crate) fn datagrams() -> Self {
        Self::Datagram {
            buffer: vec![0; MAX_FRAME],
            length: 0,
        }
    }

    /// Where to read to.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        match self {
            Self::Stream(framer) => framer.space(),
            Self::Datagram { buffer, .. } => buffer,
        }
    }

    /// So many bytes were read.
    pub(crate) fn filled(&mut self, count: usize) {
        match self {
            Self::Stream(framer) => framer.filled(count),
            Self::Datagram { length, .. } => *length = count,
        }
    }

    /// The next packet, in place.
    ///
    /// # Errors
    /// When a stream cannot be cut any further.
    pub(crate) fn next_packet(&mut self) -> Result<Option<&mut [u8]>, FrameError> {
        match self {
            Self::Stream(framer) => framer.next_frame(),
            Self::Datagram { buffer, length } => {
                let count = std::mem::take(length);
                Ok(buffer.get_mut(..count).filter(|packet| !packet.is_empty()))
            }
        }
    }
}
