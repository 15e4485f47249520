//! The command line of Spoke: one command a file, one printer, exit codes in one place.
//!
//! [`main`] is the whole program; [`command`] is its grammar, from which help, completions,
//! the [`reference()`] and the [`manual()`] are made.

mod ask;
mod certificates;
mod clean;
mod cli;
mod clock;
mod commands;
mod context;
mod document;
mod events;
#[cfg(test)]
mod example;
mod exit;
mod explain_view;
mod follow;
mod global;
mod manual;
mod private_file;
mod profile_view;
mod program;
mod progress;
mod render;
mod select;
mod service;
mod settings;
mod status_view;
mod terminal_prompt;
mod words;

pub use cli::command;
pub use commands::docs::reference;
pub use manual::manual;
pub use program::main;
