//! Frames on the local socket: a 32-bit big-endian length and one JSON document.

use bytes::{Buf, BufMut, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes in the largest frame. A profile with a thousand routes takes less than
/// 64 KiB, a token at most 64 KiB.
pub const MAX_FRAME: usize = 1 << 20;

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length field is over [`MAX_FRAME`].
    #[error("the frame says it is {len} bytes long; at most {MAX_FRAME} are allowed")]
    TooLong {
        /// What the length field said.
        len: usize,
    },
    /// The document is not the expected one.
    #[error("the message cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// Appends one frame to `out`.
///
/// # Errors
/// When the message cannot be serialised or is longer than [`MAX_FRAME`].
pub fn encode<T: Serialize>(message: &T, out: &mut BytesMut) -> Result<(), FrameError> {
    let body = Zeroizing::new(serde_json::to_vec(message)?);
    if body.len() > MAX_FRAME {
        return Err(FrameError::TooLong { len: body.len() });
    }
    out.reserve(4 + body.len());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked against MAX_FRAME above"
    )]
    out.put_u32(body.len() as u32);
    out.put_slice(&body);
    Ok(())
}

/// Takes one whole frame off the front of `input`; `None` when more bytes are needed.
///
/// # Errors
/// When the length is over [`MAX_FRAME`] or the document is not a `T`; the
/// connection is then of no further use.
pub fn decode<T: DeserializeOwned>(input: &mut BytesMut) -> Result<Option<T>, FrameError> {
    let Some(head) = input.first_chunk::<4>() else {
        return Ok(None);
    };
    let len = u32::from_be_bytes(*head) as usize;
    if len > MAX_FRAME {
        return Err(FrameError::TooLong { len });
    }
    if input.len() < 4 + len {
        return Ok(None);
    }
    input.advance(4);
    // The frame may hold a token: neither it nor its copy stays in memory.
    let mut frame = input.split_to(len);
    let body = Zeroizing::new(frame.to_vec());
    frame.zeroize();
    Ok(Some(serde_json::from_slice(&body)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_oversized_length_is_refused_before_its_bytes_arrive() {
        let mut input = BytesMut::from(&[0xff, 0, 0, 0][..]);
        assert!(matches!(
            decode::<String>(&mut input),
            Err(FrameError::TooLong { .. })
        ));
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(texts in proptest::collection::vec(".{0,40}", 0..6), cut in 1usize..9) {
            let mut wire = BytesMut::new();
            for text in &texts {
                encode(text, &mut wire).unwrap();
            }
            let mut input = BytesMut::new();
            let mut seen = Vec::new();
            for piece in wire.chunks(cut) {
                input.extend_from_slice(piece);
                while let Some(text) = decode::<String>(&mut input).unwrap() {
                    seen.push(text);
                }
            }
            prop_assert_eq!(seen, texts);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut input = BytesMut::from(&bytes[..]);
            let _ = decode::<crate::ClientMessage>(&mut input);
        }
    }
}
