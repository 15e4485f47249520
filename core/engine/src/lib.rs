//! One OpenVPN session in either role, as a value: packets, time and answers go in, outputs come out.
//!
//! The data path does not pass through the session: it hands out a [`Sealer`] and an [`Opener`] per key.

#![forbid(unsafe_code)]

mod aead;
mod cbc;
mod channel;
mod cipher;
mod client;
mod common;
mod conduit;
mod config;
mod digest;
mod entropy;
mod epoch;
mod error;
mod framing;
mod hear;
mod install;
mod keepalive;
mod keys;
mod lifecycle;
mod lifetime;
mod link;
mod mssfix;
mod opener;
mod output;
mod phase;
mod prf;
mod reliable;
mod replay_time;
mod replay_window;
mod role;
mod sealer;
mod server;
mod session;
mod sign_in;
mod slot;
mod stateless;
mod timer;
mod tls;
mod tls_auth;
mod tls_config;
mod tls_crypt;
mod tls_crypt_v2;
pub mod trust;
mod update;
mod usage;
mod wrap;

pub use channel::DataChannel;
pub use cipher::{Cipher, UnknownCipher};
pub use config::{ClientConfig, ClientIdentity, ServerConfig, Timing, TransportKind};
pub use digest::Digest;
pub use entropy::Entropy;
pub use error::{Breach, Error, Expiry, Refusal, Remedy, SignInFault, Silence};
pub use keys::{EXPORTER_LABEL, KeyBlock, KeyError, PrfInputs, Side};
pub use mssfix::{CAUTIOUS_PATH, MssFix, Outside};
pub use opener::{OpenError, Opener};
pub use output::{Check, Closed, Credentials, Notice, Output};
pub use replay_window::{ReplayError, ReplayWindow};
pub use sealer::{SealError, Sealer};
pub use session::Session;
pub use stateless::{
    Admission, Answer, AnswerLimit, DropReason, StatelessConfig, StatelessHandshake,
};
pub use tls_auth::TlsAuthKey;
pub use tls_config::{
    ClientTrust, Identity, TlsClient, TlsServer, TlsVersions, provider, tls_client_config,
    tls_client_config_of, tls_server_config,
};
pub use tls_crypt::{DYNAMIC_TLS_CRYPT_LABEL, dynamic_key};
pub use tls_crypt_v2::{
    ClientKeyError, ClientKeyPolicy, SealClientKeyError, TlsCryptV2Server, seal_client_key,
};
pub use wrap::{UnwrapError, Unwrapped, Wrap, WrapFailure, Wrapping};

#[cfg(test)]
extern crate self as spoke_engine;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common_tests;
#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod exhaustion_tests;
