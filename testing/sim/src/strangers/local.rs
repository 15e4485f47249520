use bytes::BytesMut;
use serde::Serialize;
use serde::de::DeserializeOwned;
use spoke_api::frame::{self, FrameError, MAX_FRAME};
use spoke_api::{ClientMessage, DaemonMessage, Hello};
use std::fmt;

/// What any user of the computer may send to the service, which is root, and what a user's
/// program hears: each frame is taken whole, a longer one than there may be is refused
/// before it is waited for, and what was read is written to the same bytes again.
pub fn api_frame(data: &[u8]) {
    every_stream(data);
    // Else hardly a change would get past the length.
    if let Some(body) = data.get(4..)
        && let Ok(length) = u32::try_from(body.len())
    {
        every_stream(&[&length.to_be_bytes(), body].concat());
    }
}

fn every_stream(data: &[u8]) {
    stream::<ClientMessage>(data);
    stream::<DaemonMessage>(data);
    stream::<Hello>(data);
}

fn stream<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(data: &[u8]) {
    let mut input = BytesMut::from(data);
    loop {
        let before = input.len();
        let length = input.first_chunk().map(|head| u32::from_be_bytes(*head));
        let length = length.and_then(|length| usize::try_from(length).ok());
        match frame::decode::<T>(&mut input) {
            Ok(Some(message)) => {
                assert_eq!(length, Some(before - input.len() - 4));
                is_itself(&message);
            }
            Ok(None) => {
                assert_eq!(input.len(), before);
                assert!(length.is_none_or(|length| length <= MAX_FRAME && before < 4 + length));
                return;
            }
            Err(FrameError::TooLong { len }) => {
                assert!(length == Some(len) && len > MAX_FRAME);
                return;
            }
            Err(FrameError::Json(_)) => return,
        }
    }
}

/// A message may be longer as it is written than as it was read, since it may leave out
/// what is usual.
fn is_itself<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(message: &T) {
    let mut written = BytesMut::new();
    if frame::encode(message, &mut written).is_err() {
        return;
    }
    let mut input = written.clone();
    let again = frame::decode::<T>(&mut input);
    assert!(
        matches!(&again, Ok(Some(again)) if again == message),
        "{again:?}"
    );
    assert!(input.is_empty());
    let mut twice = BytesMut::new();
    let encoded = again.map(|again| again.map(|again| frame::encode(&again, &mut twice)));
    assert!(matches!(encoded, Ok(Some(Ok(())))));
    assert_eq!(twice, written);
}
