//! Bytes to OpenVPN messages and back. Nothing here remembers, decides or encrypts.
//!
//! Every decoder takes bytes from a stranger: it answers with a small error or
//! with "more is needed", and never panics. Integers are big-endian throughout.

mod control;
mod cursor;
mod key_exchange;
mod mss;
mod opcode;
mod options_string;
mod peer_info;
mod session_id;
mod stream;
mod tls_auth;

pub use control::{Control, ControlError, MAX_ACKS_ACCEPTED, MAX_ACKS_SENT, Message};
pub use key_exchange::{KeyExchange, KeyExchangeError, MAX_STRING};
pub use mss::clamp_mss;
pub use opcode::{FirstByte, FirstByteError, MAX_KEY_ID, Opcode};
pub use options_string::{OptionsString, TransportName, cipher_in_options};
pub use peer_info::{PeerInfo, ProtocolBits};
pub use session_id::{SESSION_ID_LENGTH, SessionId};
pub use stream::{FrameError, MAX_FRAME, StreamFramer, frame_prefix};
pub use tls_auth::{PlainLayout, TlsAuthFields, TlsAuthLayout, WrapError};
