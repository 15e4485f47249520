//! From arguments to an exit code.

use crate::cli::Cli;
use crate::context::Context;
use crate::document;
use crate::exit;
use crate::render::Printer;
use clap::{Parser as _, error::ErrorKind};
use spoke_api::{ExitCode, Problem, ProblemCode};
use std::ffi::OsString;
use std::io;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The program.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return wrong_usage(&error, &arguments),
    };
    log_if_asked();
    let print = Printer::new(&cli.global);
    let context = Context::new(&cli.global, print.clone());
    let outcome = cli.run(&context);
    print.stop_waiting();
    let code = exit::finish(outcome, &print);
    context
        .exit_code()
        .map_or(code, std::process::ExitCode::from)
}

/// Help and versions are printed by clap; wrong usage too, except as a document where
/// documents are wanted.
fn wrong_usage(error: &clap::Error, arguments: &[OsString]) -> std::process::ExitCode {
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !asked && arguments.iter().any(|argument| argument == "--json") {
        let text = error.to_string();
        let summary = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        let problem = Problem::new(ProblemCode::Usage, summary, "spoke --help");
        if let Ok(text) = serde_json::to_string(&document::problem(&problem)) {
            let _ = io::Write::write_all(&mut io::stdout(), format!("{text}\n").as_bytes());
        }
    } else {
        let _ = error.print();
    }
    let code = if asked {
        ExitCode::Success
    } else {
        ExitCode::Usage
    };
    std::process::ExitCode::from(code as u8)
}

/// `SPOKE_LOG=debug spoke …` tells on standard error what the program does.
fn log_if_asked() {
    let Some(filter) = std::env::var_os("SPOKE_LOG").filter(|filter| !filter.is_empty()) else {
        return;
    };
    // What is no filter at least asked for something.
    let all = || Targets::new().with_default(LevelFilter::DEBUG);
    let filter = filter.to_string_lossy().parse().unwrap_or_else(|_| all());
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .try_init();
}
