use crate::opener::OpenError;
use spoke_wire::Compression;

/// "Not compressed" and "LZO" of `comp-lzo`, "not compressed" and "LZ4" of `compress` (OpenVPN 2.6, `comp.h`).
const LZO_NOT: u8 = 0xfa;
const LZO: u8 = 0x66;
const NOT: u8 = 0xfb;
const LZ4: u8 = 0x69;
/// Begins the packets of `compress stub-v2` that are not as they are, and the algorithms that may follow it.
const ESCAPE: u8 = 0x50;
const ESCAPED_NOT: u8 = 0x00;
const ESCAPED_LZ4: u8 = 0x01;

/// What compression would do to a packet before it is encrypted, when it does not compress.
///
/// Compressed packets that come in are told apart, so that they can be named and counted, but there is no
/// decompressor: it would be the largest parser of hostile bytes in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    /// A byte before the packet.
    Before,
    /// A byte in place of the first, which moves to the end.
    Swapped,
    /// Packets as they are, but for those that begin with the escape.
    Escaped,
}

impl Framing {
    pub(crate) const fn new(compression: Option<Compression>) -> Self {
        match compression {
            None => Self::None,
            Some(Compression::LzoStub | Compression::Lzo) => Self::Before,
            Some(Compression::Stub | Compression::Lz4) => Self::Swapped,
            Some(Compression::StubV2 | Compression::Lz4V2) => Self::Escaped,
        }
    }

    /// Bytes that must be free before the packet.
    pub(crate) const fn headroom(self) -> usize {
        match self {
            Self::Before => 1,
            Self::None | Self::Swapped | Self::Escaped => 0,
        }
    }

    /// Bytes that must be free behind it.
    pub(crate) const fn tailroom(self) -> usize {
        match self {
            Self::None | Self::Before => 0,
            Self::Swapped => 1,
            Self::Escaped => 2,
        }
    }

    /// Bytes by which an IP packet grows.
    pub(crate) const fn growth(self) -> usize {
        match self {
            // An IP packet begins with 4 or 6, not with the escape.
            Self::None | Self::Escaped => 0,
            Self::Before | Self::Swapped => 1,
        }
    }

    /// Frames the `len` bytes behind the headroom of `room` in place; gives the length, counted from the room's start.
    pub(crate) fn frame(self, room: &mut [u8], len: usize) -> Option<usize> {
        let framed = match self {
            Self::None => len,
            Self::Before => {
                *room.first_mut()? = LZO_NOT;
                len + 1
            }
            Self::Swapped => {
                let first = std::mem::replace(room.first_mut()?, NOT);
                *room.get_mut(len)? = first;
                len + 1
            }
            Self::Escaped if room.first() == Some(&ESCAPE) => {
                room.get(..len + 2)?;
                room.copy_within(..len, 2);
                let [escape, kind] = room.first_chunk_mut()?;
                (*escape, *kind) = (ESCAPE, ESCAPED_NOT);
                len + 2
            }
            Self::Escaped => len,
        };
        (framed <= room.len()).then_some(framed)
    }

    /// The packet in `framed`.
    pub(crate) fn unframe(self, framed: &mut [u8]) -> Result<&mut [u8], OpenError> {
        match self {
            Self::None => Ok(framed),
            Self::Before => match framed {
                [LZO_NOT, packet @ ..] => Ok(packet),
                [LZO, ..] => Err(OpenError::Compressed),
                other => Err(unframed(other)),
            },
            Self::Swapped => match framed.first().copied() {
                Some(NOT) => {
                    let rest = framed.len() - 1;
                    if let [first, .., last] = framed {
                        *first = *last;
                    }
                    Ok(framed.get_mut(..rest).unwrap_or_default())
                }
                Some(LZ4 | LZO) => Err(OpenError::Compressed),
                _ => Err(unframed(framed)),
            },
            Self::Escaped => match framed {
                [ESCAPE, ESCAPED_NOT, packet @ ..] => Ok(packet),
                [ESCAPE, ESCAPED_LZ4, ..] => Err(OpenError::Compressed),
                [ESCAPE, ..] => Err(unframed(framed)),
                packet => Ok(packet),
            },
        }
    }
}

fn unframed(framed: &[u8]) -> OpenError {
    OpenError::Unframed {
        first: framed.first().copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Framing; 4] = [
        Framing::None,
        Framing::Before,
        Framing::Swapped,
        Framing::Escaped,
    ];

    fn frame(framing: Framing, packet: &[u8]) -> Vec<u8> {
        let mut room = vec![0xee; framing.headroom()];
        room.extend_from_slice(packet);
        room.resize(room.len() + framing.tailroom(), 0xee);
        let len = framing.frame(&mut room, packet.len()).expect("room enough");
        room.truncate(len);
        room
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_out_again(framing in prop::sample::select(&ALL), escape: bool, mut packet in proptest::collection::vec(any::<u8>(), 1..50)) {
            if escape {
                packet[0] = ESCAPE;
            }
            let mut framed = frame(framing, &packet);
            prop_assert!(framed.len() <= packet.len() + framing.headroom() + framing.tailroom());
            prop_assert_eq!(framing.unframe(&mut framed).map(|packet| packet.to_vec()), Ok(packet));
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(framing in prop::sample::select(&ALL), mut bytes in proptest::collection::vec(any::<u8>(), 0..6)) {
            let _ = framing.unframe(&mut bytes.clone());
            let _ = framing.frame(&mut bytes, 3);
        }
    }

    #[test]
    fn compressed_packets_are_told_from_broken_ones() {
        let of = |framing: Framing, bytes: &[u8]| framing.unframe(&mut bytes.to_vec()).err();
        assert_eq!(of(Framing::Before, &[0x66, 1]), Some(OpenError::Compressed));
        assert_eq!(
            of(Framing::Swapped, &[0x69, 1]),
            Some(OpenError::Compressed)
        );
        assert_eq!(
            of(Framing::Escaped, &[0x50, 1, 1]),
            Some(OpenError::Compressed)
        );
        assert_eq!(
            of(Framing::Before, &[0x45, 0]),
            Some(OpenError::Unframed { first: 0x45 })
        );
        assert_eq!(
            of(Framing::Swapped, &[0x45, 0]),
            Some(OpenError::Unframed { first: 0x45 })
        );
        // What OpenVPN 2.6 writes for a packet that begins with the escape, and does not read itself.
        assert_eq!(
            of(Framing::Escaped, &[0x50, 0x0a, 1]),
            Some(OpenError::Unframed { first: 0x50 })
        );
        assert_eq!(of(Framing::None, &[0x66, 1]), None);
    }
}
