//! Moves packets between a socket, an OpenVPN session and a tun device, on one
//! thread per tunnel. [`dial`] gets the socket, [`Pump`] does the rest.
//!
//! A server, whose tunnels share one device, puts the same parts together in its own way:
//! [`TunIo`], [`Waiting`], [`seal_read`], [`Outbox`], and the functions for one socket of many clients.

#[cfg(test)]
extern crate self as spoke_tunnel;

mod bell;
mod burst;
mod clock;
mod command;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;
mod counters;
mod datagrams;
mod device;
mod dial;
mod entropy;
mod event;
mod flow;
#[cfg(test)]
mod flow_tests;
mod hints;
mod inbound;
mod intake;
mod keyring;
mod listener;
mod outbound;
mod outbox;
mod passage;
mod pump;
mod roam;
mod seal;
mod transport;
mod tun_io;
mod waiting;

pub use burst::Burst;
pub use clock::Clock;
pub use counters::Counters;
pub use dial::{DialError, dial};
pub use entropy::SystemEntropy;
pub use event::{Ending, Event};
pub use hints::{keep_queue_short, prepare_stream};
pub use listener::{Path, is_refusal, listen_udp, receive_from, send_along};
pub use outbox::{Outbox, Run};
pub use passage::{Passage, PassageError, dial_through};
pub use pump::Pump;
pub use seal::{NotSealed, seal_read};
pub use transport::{Moved, Transport};
pub use tun_io::{Framing, TunIo, Written};
pub use waiting::Waiting;
