//! The flags that every command takes.

use clap::builder::FalseyValueParser;
use std::path::PathBuf;

/// The flags that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print nothing but results and errors.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more: whole names, every stage, details of problems.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to use colour; NO_COLOR in the environment means never.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: Color,
    /// Answer every question with yes.
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Never ask: take the safe answer, or fail where there is none.
    #[arg(
        long,
        global = true,
        env = "SPOKE_NO_INPUT",
        hide_env_values = true,
        value_parser = FalseyValueParser::new()
    )]
    pub(crate) no_input: bool,
    /// Socket of the daemon; otherwise SPOKE_SOCKET, or where packages put it.
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
}

/// When to use colour: `auto`, `always` or `never`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
