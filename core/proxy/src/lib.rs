//! The words that a proxy wants to hear before it passes a connection on, as values: received bytes go in, bytes to
//! send come out. HTTP `CONNECT` (RFC 9110) with Basic and Digest authentication, and SOCKS5 (RFC 1928, 1929).
//!
//! NTLM and Negotiate are left out on purpose: they are bound to one connection, need obsolete cryptography, and their
//! parsers have a history of overruns. A proxy that offers nothing else is named in the error.

#![forbid(unsafe_code)]

mod challenge;
mod digest;
mod error;
mod handshake;
mod http;
mod socks;
mod socks_udp;
mod target;

pub use error::ProxyError;
pub use handshake::{Credentials, Handshake, Progress};
pub use http::{HttpConnect, MOST_HEAD};
pub use socks::{Command, Socks5};
pub use socks_udp::{RelayHeader, relayed};
pub use target::{Host, Target};
