//! `spoke man`

use crate::context::Context;
use crate::exit::Outcome;
use crate::manual;
use spoke_api::{ExitCode, Problem, ProblemCode};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke man connect | man -l -           read about `spoke connect`\n  \
                        spoke man --write /usr/share/man/man1  what packages do")]
pub(crate) struct Args {
    /// The command, word by word; `spoke` itself when absent.
    command: Vec<String>,
    /// Write the pages of all commands into this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    write: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    if let Some(folder) = args.write {
        return write(&folder);
    }
    let words = ["spoke".to_owned()].into_iter().chain(args.command);
    let file = format!("{}.1", words.collect::<Vec<_>>().join("-"));
    let pages = manual::manual();
    let Some(page) = pages.iter().find(|page| page.file == file) else {
        let summary = format!("there is no page {file}");
        return Err(Problem::new(ProblemCode::Usage, summary, "spoke --help"));
    };
    context.print.result(page.text.trim_end());
    Ok(ExitCode::Success)
}

fn write(folder: &Path) -> Outcome {
    for page in manual::manual() {
        let path = folder.join(page.file);
        std::fs::write(&path, page.text).map_err(|error| {
            let summary = format!("cannot write {}: {error}", path.display());
            Problem::new(ProblemCode::Other, summary, "spoke man --write DIR")
        })?;
    }
    Ok(ExitCode::Success)
}
