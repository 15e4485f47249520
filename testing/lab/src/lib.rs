//! A whole world for Spoke on one machine: in namespaces of its own, a user's
//! computer, an internet with DNS and a sign-in server, a gateway, and a virtual
//! network with servers of its own. The demo and the end-to-end tests stand on it.

mod dns;
mod document;
mod enter;
mod error;
mod gateway_file;
mod http;
mod intranet;
mod lab;
mod machine;
mod network;
mod options;
mod package;
mod person;
pub mod pki;
pub mod places;
mod process;
mod programs;
mod servers;
pub mod signin;
mod snapshot;
mod system;
pub mod terminal;

pub use dns::QueryLog;
pub use document::write_part;
pub use enter::{
    FOLDER, command as inside_command, copy_etc, furnish, inside, test as test_inside,
};
pub use error::LabError;
pub use intranet::{GREETING, digest, pattern};
pub use lab::{Lab, SOCKET};
pub use machine::Machine;
pub use network::Network;
pub use options::{GatewayCertificate, GatewayOptions, Options};
pub use package::{ProfileText, random_secret};
pub use person::{Typed, browse, fetch};
pub use process::Background;
pub use programs::{Finished, find as find_program, quietly, run as run_program};
pub use snapshot::Snapshot;
pub use system::System;
