//! `spoke policy show`: what an administrator has decided.

use crate::context::Context;
use crate::document;
use crate::exit::Outcome;
use serde::Serialize;
use spoke_api::ExitCode;
use spoke_settings::{Breach, Policy};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show what an administrator has decided for this computer.
    Show,
}

/// `spoke.policy/1`: what is decided, as the file has it.
#[derive(Debug, Serialize)]
struct PolicyBody {
    file: String,
    policy: Option<Policy>,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    let Command::Show = command;
    let policy = spoke_agent::policy(&context.paths)?;
    let file = context.paths.policy.display().to_string();
    if context.print.json() {
        let body = PolicyBody { file, policy };
        context
            .print
            .document(&document::of("spoke.policy/1", body));
        return Ok(ExitCode::Success);
    }
    match policy {
        Some(policy) => show(context, &file, &policy),
        None => context.print.note(format_args!(
            "Nothing is decided for this computer ({file})."
        )),
    }
    Ok(ExitCode::Success)
}

fn show(context: &Context, file: &str, policy: &Policy) {
    let row = |label: &str, text: &str| {
        context.print.result(format_args!("{label:<12}{text}"));
    };
    row(
        "Set by",
        policy
            .organisation
            .as_deref()
            .unwrap_or("the administrator"),
    );
    if let Some(contact) = &policy.contact {
        row("Questions", contact);
    }
    row("File", file);
    for (label, list) in [("Gateways", &policy.gateways), ("Tenants", &policy.tenants)] {
        let text = list.as_ref().map(|list| match list.is_empty() {
            true => "none".to_owned(),
            false => list.join(", "),
        });
        row(label, text.as_deref().unwrap_or("any"));
    }
    for deed in &policy.forbidden {
        row("Forbidden", &Breach::Deed(*deed).to_string());
    }
    for (key, value) in &policy.settings {
        row("Setting", &format!("{key} is {value}"));
    }
}
