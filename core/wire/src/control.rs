use crate::cursor::Cursor;
use crate::{Opcode, SESSION_ID_LENGTH, SessionId};
use thiserror::Error;

/// The most acknowledgements that we put into one packet: SoftEther, and some
/// gateways, drop packets with more.
pub const MAX_ACKS_SENT: usize = 4;

/// The most acknowledgements that we take in one packet; OpenVPN 2.6 refuses more, too.
pub const MAX_ACKS_ACCEPTED: usize = 8;

/// The part of a control packet that every wrapping carries:
/// `ack count | ids | session id of the receiver | message id | payload`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control<'a> {
    /// Ids of messages that the sender has received, in no special order.
    pub acks: Vec<u32>,
    /// The session id of the *receiver* of this packet; there whenever `acks` is not empty.
    pub receiver: Option<SessionId>,
    /// The message, absent in a bare acknowledgement.
    pub message: Option<Message<'a>>,
}

/// One numbered message of the reliable layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Counts from 0 for each key-id and direction; a retransmission keeps it.
    pub id: u32,
    /// TLS bytes, or nothing in a reset.
    pub payload: &'a [u8],
}

/// Why a control packet makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ControlError {
    /// The packet ends inside a field.
    #[error("the control packet ends inside its {0}")]
    Truncated(&'static str),
    /// More acknowledgements than anybody sends.
    #[error("the control packet acknowledges {0} messages, more than {MAX_ACKS_ACCEPTED}")]
    TooManyAcks(u8),
    /// The receiver's session id is all zero.
    #[error("the control packet acknowledges messages of session id zero")]
    ZeroSessionId,
    /// Bytes follow where a packet of this kind ends.
    #[error("{0} bytes follow a bare acknowledgement")]
    TrailingBytes(usize),
    /// A data opcode has no control part.
    #[error("a data packet was handed to the control channel")]
    NotControl,
}

impl<'a> Control<'a> {
    /// Reads the unwrapped part of a control packet of kind `opcode`.
    ///
    /// # Errors
    /// When it is too short, acknowledges too much, or is longer than its kind allows.
    pub fn decode(opcode: Opcode, rest: &'a [u8]) -> Result<Self, ControlError> {
        if opcode.is_data() {
            return Err(ControlError::NotControl);
        }
        let mut cursor = Cursor::new(rest);
        let count = cursor.u8().ok_or(ControlError::Truncated("ack count"))?;
        if usize::from(count) > MAX_ACKS_ACCEPTED {
            return Err(ControlError::TooManyAcks(count));
        }
        let acks = (0..count)
            .map(|_| cursor.u32().ok_or(ControlError::Truncated("acks")))
            .collect::<Result<Vec<u32>, _>>()?;
        let receiver = if acks.is_empty() {
            None
        } else {
            let bytes = cursor
                .array::<SESSION_ID_LENGTH>()
                .ok_or(ControlError::Truncated("receiver's session id"))?;
            Some(SessionId::new(bytes).ok_or(ControlError::ZeroSessionId)?)
        };
        let message = if opcode == Opcode::AckV1 {
            if !cursor.rest().is_empty() {
                return Err(ControlError::TrailingBytes(cursor.rest().len()));
            }
            None
        } else {
            let id = cursor.u32().ok_or(ControlError::Truncated("message id"))?;
            let payload = cursor.rest();
            Some(Message { id, payload })
        };
        Ok(Self {
            acks,
            receiver,
            message,
        })
    }

    /// Appends the bytes on the wire to `out`.
    ///
    /// Acknowledgements without a receiver's session id, and those beyond 255, are left out:
    /// they could not be understood.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self.receiver {
            Some(receiver) if !self.acks.is_empty() => {
                let count = u8::try_from(self.acks.len()).unwrap_or(u8::MAX);
                out.push(count);
                for ack in self.acks.iter().take(usize::from(count)) {
                    out.extend_from_slice(&ack.to_be_bytes());
                }
                out.extend_from_slice(receiver.bytes());
            }
            _ => out.push(0),
        }
        if let Some(message) = self.message {
            out.extend_from_slice(&message.id.to_be_bytes());
            out.extend_from_slice(message.payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn too_many_acks_are_refused() {
        let mut rest = vec![9];
        rest.extend_from_slice(&[1; 60]);
        let decoded = Control::decode(Opcode::ControlV1, &rest);
        assert_eq!(decoded, Err(ControlError::TooManyAcks(9)));
    }

    #[test]
    fn a_bare_ack_ends_after_its_acks() {
        let rest = [1, 0, 0, 0, 5, 1, 1, 1, 1, 1, 1, 1, 1];
        let decoded = Control::decode(Opcode::AckV1, &rest).unwrap();
        assert_eq!((decoded.acks, decoded.message), (vec![5], None));
        let longer = [&rest[..], &[0]].concat();
        let decoded = Control::decode(Opcode::AckV1, &longer);
        assert_eq!(decoded, Err(ControlError::TrailingBytes(1)));
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(acks in proptest::collection::vec(any::<u32>(), 0..=8), sid in 1u64.., id: u32, payload: Vec<u8>) {
            let receiver = (!acks.is_empty()).then(|| SessionId::new(sid.to_be_bytes()).unwrap());
            let control = Control { acks, receiver, message: Some(Message { id, payload: &payload }) };
            let mut bytes = Vec::new();
            control.encode(&mut bytes);
            prop_assert_eq!(Control::decode(Opcode::ControlV1, &bytes).unwrap(), control);
        }

        #[test]
        fn strangers_bytes_never_panic_and_survive_a_round_trip(bytes: Vec<u8>, number in 3u8..12) {
            let opcode = Opcode::from_number(number).unwrap();
            if let Ok(control) = Control::decode(opcode, &bytes) {
                let mut again = Vec::new();
                control.encode(&mut again);
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
