//! `spoke profile set NAME KEY=VALUE`

use super::store;
use crate::context::Context;
use crate::exit::Outcome;
use crate::profile_view;
use spoke_agent::{faults, source};
use spoke_api::ExitCode;
use spoke_profile::{Assignment, KEYS, options_of};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = keys())]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
    /// What to change: KEY=VALUE, for lists also KEY+=VALUE and KEY-=VALUE.
    #[arg(value_name = "KEY=VALUE")]
    assignments: Vec<String>,
    /// Trust a sign-in host that is not Microsoft's: your name and password go there.
    #[arg(long, value_name = "HOST")]
    trust_authority: Vec<String>,
    /// Take the server secret from this file; - for standard input.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Add the gateway's root certificate from this file (PEM or DER).
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let before = context.store().find(&args.name)?;
    let mut profile = before.clone();
    let mut options = options_of(&before);
    options.trusted_authorities.extend(args.trust_authority);
    for text in &args.assignments {
        let assignment: Assignment = text
            .parse()
            .map_err(|error| faults::in_field(&before.name, &error))?;
        let findings = profile
            .set(&assignment, &options)
            .map_err(|error| faults::in_field(&before.name, &error))?;
        for line in profile_view::finding_lines(&findings, &context.print) {
            context.print.note(line);
        }
    }
    if let Some(path) = &args.secret_file {
        let secret = source::read_secret(path)?;
        profile.server_check.wrapping.replace_secret(secret);
    }
    if let Some(path) = &args.ca {
        source::add_root(&mut profile, path)?;
    }
    store::changed(context, &before, profile)?;
    Ok(ExitCode::Success)
}

/// The table of keys, for the help.
fn keys() -> String {
    let mut text = String::from("Keys (+ marks lists):");
    for key in KEYS {
        let mark = if key.is_list { '+' } else { ' ' };
        text.push_str(&format!("\n  {:<26}{mark} {}", key.name, key.help));
    }
    text.push_str(
        "\n\nExample:\n  spoke profile set office dns.suffixes+=corp.example.com mtu=1400",
    );
    text
}
