//! `spoke completion SHELL`

use crate::cli;
use crate::context::Context;
use crate::exit::Outcome;
use clap_complete::Shell;
use spoke_api::ExitCode;
use std::io::{self, Write as _};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
                        spoke completion bash > ~/.local/share/bash-completion/completions/spoke")]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(_: &Context, args: Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "spoke", &mut script);
    let _ = io::stdout().write_all(&script);
    Ok(ExitCode::Success)
}
