//! Every decision of the daemon: who may ask for what, when to connect, whom to ask
//! for a token, when to try again and how to get back.
//!
//! [`Supervisor`] is told what happened ([`Input`]) and says what is to be done
//! ([`Action`]); it has no clock, no socket and no thread.

#![forbid(unsafe_code)]

mod action;
mod counters;
mod habits;
mod hold;
mod input;
mod intent;
mod jitter;
mod keeper;
mod link;
mod link_hold;
mod link_lockdown;
mod link_portal;
mod link_sign_in;
mod link_tunnel;
mod link_ways;
mod link_words;
mod notices;
mod peer;
pub mod permission;
mod probe;
mod probes;
mod problems;
mod providers;
mod reach;
mod session_problems;
mod sign_in;
mod stages;
mod supervisor;
mod timer;
mod tries;
mod turn;
mod ways;

pub use action::Action;
pub use habits::Habits;
pub use input::{Ending, Input, PlanEvent, TunnelEvent};
pub use intent::Intent;
pub use peer::{Attempt, ClientId, Peer, Ticket};
pub use supervisor::Supervisor;
