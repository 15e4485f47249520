//! The interoperability table: which connections work with which peers, each of them played for real.
//!
//! A [`cell::Cell`] says how a connection is made: transport, wrapping, cipher and so on. [`cover`] chooses the cells
//! of each pairing of [`party`], [`stage`] plays them, and [`table`] writes what came of it into `docs/interop.md`.

pub mod axes;
pub mod cell;
mod challenge;
mod config;
pub mod cover;
pub mod enter;
pub mod failure;
mod fetch;
mod icmp;
mod management;
pub mod matrix;
mod openvpn;
mod openvpn3;
mod ours;
pub mod party;
mod peer;
pub mod peers;
mod pki;
pub mod place;
mod play;
mod program;
pub mod reasons;
mod seat;
mod socket;
mod softether;
pub mod stage;
pub mod table;
pub mod update;
