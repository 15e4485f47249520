//! `spoke docs`: the reference of all commands, from their definitions.

use crate::cli;
use crate::context::Context;
use crate::exit::Outcome;
use clap::{Arg, Command};
use spoke_api::ExitCode;
use std::fmt::Write as _;

pub(crate) fn run(context: &Context) -> Outcome {
    context.print.result(reference().trim_end());
    Ok(ExitCode::Success)
}

/// The reference of all commands, as Markdown (`docs/commands.md`).
#[must_use]
pub fn reference() -> String {
    let mut root = cli::command();
    root.build();
    let mut text = String::from(
        "# Commands\n\n\
         Made from the command line's own definitions by `spoke docs`; do not edit by hand.\n",
    );
    section(&root, "spoke", &mut text);
    text
}

fn section(command: &Command, path: &str, text: &mut String) {
    let _ = write!(text, "\n## `{path}`\n\n");
    let about = command.get_long_about().or(command.get_about());
    if let Some(about) = about {
        let _ = write!(text, "{about}\n\n");
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(text, "```\n{usage}\n```\n");
    let aliases: Vec<_> = command.get_visible_aliases().collect();
    if !aliases.is_empty() {
        let _ = write!(text, "\nAlso: `{}`\n", aliases.join("`, `"));
    }
    let top = path == "spoke";
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .filter(|arg| top || !arg.is_global_set())
        .filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version"))
        .collect();
    if !shown.is_empty() {
        text.push_str("\n| argument | meaning |\n|---|---|\n");
        for arg in shown {
            argument(arg, text);
        }
    }
    if let Some(after) = command.get_after_help() {
        let _ = write!(text, "\n```\n{after}\n```\n");
    }
    for child in command
        .get_subcommands()
        .filter(|child| !child.is_hide_set() && child.get_name() != "help")
    {
        section(child, &format!("{path} {}", child.get_name()), text);
    }
}

fn argument(arg: &Arg, text: &mut String) {
    let name = if arg.is_positional() {
        format!("`{arg}`")
    } else {
        let short = arg
            .get_short()
            .map_or_else(String::new, |short| format!("`-{short}`, "));
        format!("{short}`{arg}`")
    };
    let mut help = arg
        .get_long_help()
        .or(arg.get_help())
        .map_or_else(String::new, ToString::to_string)
        .replace('\n', " ");
    if !help.ends_with('.') {
        help.push('.');
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        let _ = write!(help, " Default: `{}`.", defaults.join(" "));
    }
    let values: Vec<_> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() && arg.get_action().takes_values() {
        let _ = write!(help, " One of {}.", values.join(", "));
    }
    let cells = help.replace('|', "\\|");
    let _ = writeln!(text, "| {} | {cells} |", name.replace('|', "\\|"));
}
