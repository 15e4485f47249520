//! `spoke profile …`: the stored profiles.

mod duplicate;
mod list;
mod remove;
mod rename;

use crate::context::Context;
use crate::exit::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the profiles.
    List,
    /// Give a profile another name.
    Rename(rename::Args),
    /// Copy a profile under another name.
    Duplicate(duplicate::Args),
    /// Remove a profile, after asking; disconnects first.
    Remove(remove::Args),
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::List => list::run(context),
        Command::Rename(args) => rename::run(context, args),
        Command::Duplicate(args) => duplicate::run(context, args),
        Command::Remove(args) => remove::run(context, args),
    }
}
