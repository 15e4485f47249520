//! `spoke profile …`: the stored profiles.

mod add;
mod certificate;
mod check;
mod diff;
mod duplicate;
mod edit;
mod export;
mod list;
mod remove;
mod rename;
mod set;
mod show;
mod store;

use crate::context::Context;
use crate::exit::Outcome;
use spoke_agent::permit;
use spoke_settings::Forbidden;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the profiles.
    List,
    /// Show a profile; the server secret only with --reveal.
    Show(show::Args),
    /// Add a connection by hand.
    Add(Box<add::Args>),
    /// Change a profile in your editor.
    Edit(edit::Args),
    /// Change single fields of a profile.
    Set(set::Args),
    /// Give a profile its client certificate, and the keyring the private key.
    Certificate(certificate::Args),
    /// Give a profile another name.
    Rename(rename::Args),
    /// Copy a profile under another name.
    Duplicate(duplicate::Args),
    /// Remove a profile, after asking; disconnects first.
    Remove(remove::Args),
    /// Write a profile to a file.
    Export(export::Args),
    /// Look for what is wrong or unusual in a profile.
    Check(check::Args),
    /// Show where a profile and a file differ.
    Diff(diff::Args),
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    let deed = match &command {
        Command::Add(_)
        | Command::Edit(_)
        | Command::Set(_)
        | Command::Certificate(_)
        | Command::Rename(_)
        | Command::Duplicate(_) => Some(Forbidden::ChangeProfiles),
        Command::Export(args) if !args.without_secret => Some(Forbidden::ShowSecrets),
        Command::Show(args) if args.reveal => Some(Forbidden::ShowSecrets),
        _ => None,
    };
    if let Some(deed) = deed {
        permit(&context.paths, deed)?;
    }
    match command {
        Command::List => list::run(context),
        Command::Show(args) => show::run(context, args),
        Command::Add(args) => add::run(context, *args),
        Command::Edit(args) => edit::run(context, args),
        Command::Set(args) => set::run(context, args),
        Command::Certificate(args) => certificate::run(context, args),
        Command::Rename(args) => rename::run(context, args),
        Command::Duplicate(args) => duplicate::run(context, args),
        Command::Remove(args) => remove::run(context, args),
        Command::Export(args) => export::run(context, args),
        Command::Check(args) => check::run(context, args),
        Command::Diff(args) => diff::run(context, args),
    }
}
