//! The only notion of time in `core/`: a [`Moment`] is handed in, never read.
//!
//! A `Moment` counts from an origin that the caller chose (a process start, the
//! start of a simulation). It is monotonic and has no relation to the calendar;
//! what needs the calendar (certificates, tokens, the tls-auth time field) takes
//! a [`WallTime`] beside it.

#![forbid(unsafe_code)]

mod deadline;
mod moment;
mod timers;
mod wall;

pub use deadline::Deadline;
pub use moment::Moment;
pub use timers::Timers;
pub use wall::WallTime;
