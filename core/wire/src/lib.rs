//! Bytes to OpenVPN messages and back. Nothing here remembers, decides or encrypts.
//!
//! Every decoder takes bytes from a stranger: it answers with a small error or
//! with "more is needed", and never panics. Integers are big-endian throughout.

#![forbid(unsafe_code)]

mod auth_failure;
mod control;
mod control_message;
mod cursor;
mod data_header;
mod early_negotiation;
mod key_exchange;
mod mss;
mod opcode;
mod option_line;
mod options_string;
mod peer_info;
mod pem;
mod push;
mod readable;
mod secret_text;
mod session_id;
mod sign_in_step;
mod static_key;
mod stream;
mod tls_auth;
mod tls_crypt;
mod tls_crypt_v2;

pub use auth_failure::{Advance, AuthFailure, DynamicChallenge, StaticChallengeForm};
pub use control::{Control, ControlError, MAX_ACKS_ACCEPTED, MAX_ACKS_SENT, Message};
pub use control_message::{ChallengeAnswer, ControlMessage, ControlMessageError, MessageReader};
pub use data_header::{DataHeader, DataHeaderError, OCC_EXIT, OCC_MAGIC, PING, Payload};
pub use early_negotiation::{EarlyNegotiation, EarlyNegotiationError};
pub use key_exchange::{KeyExchange, KeyExchangeError, MAX_STRING};
pub use mss::clamp_mss;
pub use opcode::{FirstByte, FirstByteError, MAX_KEY_ID, Opcode};
pub use option_line::{OptionLineError, quote_word, split_option};
pub use options_string::{ForeignPayload, OptionsString, TransportName, cipher_in_options};
pub use peer_info::{PeerInfo, ProtocolBits};
pub use pem::PemError;
pub use push::{
    AuthToken, Compression, Configuration, DhcpOption, DnsServer, DnsSettings, FilterRule,
    Ifconfig, IfconfigV6, Inactive, ProtocolFlags, PushError, PushFilter, PushJoiner, PushReply,
    PushText, PushUpdate, RedirectGateway, Route, RouteGateway, RouteV6, Topology, UpdateError,
    UpdateItem,
};
pub use readable::readable;
pub use session_id::{SESSION_ID_LENGTH, SessionId};
pub use sign_in_step::{SignInStep, SignInStepError, TextChallenge, WebStep};
pub use static_key::{KeyDirection, StaticKey, StaticKeyError};
pub use stream::{FrameError, MAX_FRAME, StreamFramer, frame_prefix};
pub use tls_auth::{PlainLayout, TlsAuthFields, TlsAuthLayout, WrapError};
pub use tls_crypt::{TLS_CRYPT_TAG, TlsCryptFields};
pub use tls_crypt_v2::{
    ClientKeyMetadata, TlsCryptV2ClientKey, TlsCryptV2ServerKey, WrappedClientKey,
};
