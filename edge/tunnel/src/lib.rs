//! Moves packets between a socket, an OpenVPN session and a tun device, on one
//! thread per tunnel. [`dial`] gets the socket, [`Pump`] does the rest.

mod bell;
mod burst;
mod clock;
mod command;
mod counters;
mod datagrams;
mod device;
mod dial;
mod entropy;
mod event;
mod flow;
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
mod transport;
mod tun_io;
mod waiting;

pub use clock::Clock;
pub use counters::Counters;
pub use dial::{DialError, dial};
pub use entropy::SystemEntropy;
pub use event::{Ending, Event};
pub use listener::{Path, listen_udp, receive_from, send_along};
pub use passage::{Passage, PassageError, dial_through};
pub use pump::Pump;
pub use transport::Transport;
pub use tun_io::{Framing, TunIo};
