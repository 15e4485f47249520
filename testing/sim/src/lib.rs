//! A client's world in virtual time: sessions over emulated links, all chance from one seed.
//!
//! Everything here is a value. A run with the same seed takes the same path: the certificates are Ed25519, whose
//! signatures all have one length, so that even the sizes of packets repeat. (What TLS itself draws at random does
//! not, but it decides nothing.)

mod credentials;
mod end;
mod entropy;
mod link;
mod pair;
pub mod puppet;
mod scenario;
pub mod strangers;

pub use credentials::{NAME, SimIdentity};
pub use end::{Answer, End, Known, Verdict};
pub use entropy::SeededEntropy;
pub use link::{Conditions, Link};
pub use pair::{Pair, Stall};
pub use scenario::{Protection, Scenario, ScenarioError, client_key, server_key, static_key};
