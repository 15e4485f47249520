//! Measures Spoke beside OpenVPN: both clients with both servers over both
//! transports, in namespaces of their own and in turns, so that what else goes on in
//! the machine meets all of them. No number fails a run; bytes that came out
//! otherwise than they went in do.

mod case;
mod client_end;
mod datagrams;
mod delay;
pub mod document;
#[cfg(test)]
mod full_way;
mod goals;
mod papers;
mod ping;
mod play;
mod programs;
mod quantity;
mod report;
mod results;
mod scene;
mod server_end;
mod stage;
mod streams;
mod surroundings;
mod usage;
mod whole;

pub use case::{Case, Client, Server, Transport};
pub use goals::{GOALS, Goal, Mark, Reached, Verdict};
pub use play::{Effort, Plan, play};
pub use programs::Programs;
pub use quantity::{Better, Quantity};
pub use results::{Results, Summary};
pub use scene::Scene;
pub use surroundings::{Account, Surroundings};
pub use whole::Amount;
