//! What the host's network should be while the tunnel is up, the difference to
//! what it is, and the way back.
//!
//! A [`Situation`] (host, policy, what the gateway pushed) becomes a [`Wanted`]
//! setup; [`diff`] turns two setups into [`Change`]s, each of which knows its own
//! undo; the [`Journal`] keeps the undo of those that outlive the process, and
//! [`recover`] makes the changes that a crash left to be taken back.

#![forbid(unsafe_code)]

mod change;
pub mod darwin;
mod diff;
mod dns;
mod dynamic_store;
mod event;
mod files;
mod journal;
mod lockdown;
mod name;
mod notice;
mod plan_dns;
mod plan_routes;
mod planning;
mod policy;
mod pushed;
mod resolv_conf;
mod route;
mod situation;
mod standing;
mod view;
mod wanted;

pub use change::{Change, Lifetime, Stage};
pub use diff::diff;
pub use dns::{DnsManager, DnsMode, DnsSetup, LinkDns, Mechanism, RoutingDomain};
pub use dynamic_store::{SERVICE_DNS_KEY, ServiceDns, StoreValue};
pub use event::HostEvent;
pub use files::{Contents, FileState};
pub use journal::{Entry, JOURNAL_VERSION, Journal, may_wait, recover};
pub use lockdown::{Lockdown, Passage, Protocol, Who};
pub use name::interface_name;
pub use notice::Notice;
pub use plan_routes::reaches_gateway;
pub use planning::{Planned, plan};
pub use policy::Policy;
pub use pushed::Pushed;
pub use route::{BACKSTOP_METRIC, MAX_ROUTES, ROUTE_METRIC, ROUTE_PROTOCOL, Route, Via};
pub use situation::Situation;
pub use standing::Lost;
pub use view::{HostView, KnownLinkDns, KnownRoute, Link, Linux, MacOs, Platform};
pub use wanted::{DEFAULT_MTU, Interface, Wanted};
