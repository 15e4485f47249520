//! The configuration that a server hands to a client after sign-in.

mod configuration;
mod dns;
mod filter;
mod join;
mod parse;
mod reply;
mod route;
mod text;
mod unused;
mod update;
mod values;
mod write;

pub use configuration::Configuration;
pub use dns::{DhcpOption, DnsServer, DnsSettings};
pub use filter::{FilterRule, PushFilter};
pub use join::PushJoiner;
pub use reply::{
    AuthToken, Compression, Ifconfig, IfconfigV6, Inactive, ProtocolFlags, PushReply, Topology,
};
pub use route::{RedirectGateway, Route, RouteGateway, RouteV6};
pub use text::{PushError, PushText};
pub use update::{PushUpdate, UpdateError, UpdateItem};
