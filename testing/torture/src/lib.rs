//! Everything that can happen to a connection, again and again, with real programs in
//! namespaces, and what must hold meanwhile: nothing leaks, everything is put back,
//! traffic flows again soon. What docs/torture.md says stands on it.

mod asker;
mod capture;
mod crowd;
mod kills;
mod leaks;
mod links;
mod names;
mod probes;
mod report;
mod roams;
mod soak;
mod stage;
mod trial;
mod weather;

pub use report::{Report, Row};
pub use trial::{Size, Trial};
