//! What the daemon and its clients say to each other.
//!
//! One Unix socket, frames of a 32-bit big-endian length and one JSON document
//! ([`frame`]). Each side's first message is a [`Hello`]. Then a client sends
//! [`ClientMessage`]s and the daemon [`DaemonMessage`]s; a request is answered by
//! the [`Response`] with its `id`, and a subscriber receives the whole [`State`]
//! at once and after every real change.

#![forbid(unsafe_code)]

pub mod frame;
mod message;
mod network;
mod notice;
mod private_key;
mod problem;
mod proxy_password;
mod state;
mod token;

pub use message::{
    Challenge, ClientMessage, ConnectOptions, DaemonInfo, DaemonMessage, Hello, LogLevel, LogLine,
    Request, Response, Secondary, SignInProgress, TokenGrant, TokenReason, TokenWanted, Update,
};
pub use network::{HostLink, HostNetwork, HostResolver, HostRoute};
pub use notice::{Notice, NoticeCode};
pub use private_key::PrivateKey;
pub use problem::{ExitCode, Problem, ProblemCode, Remedy};
pub use proxy_password::ProxyPassword;
pub use state::{
    Certificate, Connection, Description, DnsMode, DnsState, Gateway, Phase, ProbeReport, Stage,
    StageReport, StageStatus, State, Traffic,
};
pub use token::AccessToken;

/// Version of this API. A daemon and a client with different numbers refuse each
/// other in their [`Hello`]s and say which side to update.
pub const API_VERSION: u32 = 1;
