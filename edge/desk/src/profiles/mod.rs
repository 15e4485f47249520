//! The profiles: looking at files before they are imported, and keeping what is stored.

mod files;
mod forms;
mod import;
mod plans;
mod secrets;
mod stored;

pub(crate) use plans::Plans;

use crate::Desk;
use spoke_agent::ProfileStore;
use spoke_api::{Problem, ProblemCode};
use std::fmt::Display;

impl Desk {
    fn store(&self) -> &ProfileStore {
        &self.shared.store
    }
}

/// The name is that of another profile.
fn taken(name: &str) -> Problem {
    Problem::new(
        ProblemCode::Conflict,
        format!("There is already a profile {name}."),
        "Choose another name.",
    )
}

/// Something that the window asks for is not there any more.
fn gone(what: impl Display) -> Problem {
    Problem::new(
        ProblemCode::Usage,
        format!("{what} is not there any more."),
        "Look at the files again.",
    )
}
