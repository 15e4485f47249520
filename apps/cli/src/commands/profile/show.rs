//! `spoke profile show NAME`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{document, profile_view, select};
use spoke_api::ExitCode;
use spoke_profile::ServerSecret;
use zeroize::Zeroizing;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: Option<String>,
    /// Show the server secret too.
    #[arg(long)]
    pub(super) reveal: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = select::profile(context, args.name.as_deref())?;
    let key = profile.server_check.wrapping.static_key();
    let secret = key.filter(|_| args.reveal).map(digits);
    if context.print.json() {
        let secret = secret.as_ref().map(|secret| secret.as_str());
        context.print.document(&document::profile(&profile, secret));
        return Ok(ExitCode::Success);
    }
    for line in profile_view::lines(&profile, &context.print) {
        context.print.result(line);
    }
    if let Some(secret) = secret {
        context
            .print
            .result(profile_view::row("Server secret", secret.as_str()));
    }
    Ok(ExitCode::Success)
}

fn digits(secret: &ServerSecret) -> Zeroizing<String> {
    let bytes = secret.expose();
    let mut digits = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            digits.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    digits
}
