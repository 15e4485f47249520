//! `spoke account list`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{clock, document};
use spoke_agent::{Keyring, ProviderOptions, SignedIn, TokenProvider};
use spoke_api::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List who is signed in, and until when, and whose passwords are kept.
    List,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    let Command::List = command;
    let (accounts, passwords, place) = context.run(async {
        let keyring = Keyring::choose(&context.paths).await?;
        let place = keyring.describe();
        let provider = TokenProvider::new(keyring, ProviderOptions::default());
        let passwords = provider.kept_passwords().await?;
        Ok((provider.accounts(true).await?, passwords, place))
    })?;
    if context.print.json() {
        context
            .print
            .document(&document::accounts(&accounts, &passwords));
        return Ok(ExitCode::Success);
    }
    if accounts.is_empty() && passwords.is_empty() {
        context
            .print
            .note("Nobody is signed in.   Next: spoke login");
    }
    for one in &accounts {
        context.print.result(line(one));
    }
    for one in &passwords {
        context.print.result(format_args!(
            "{:<32}  password for {}",
            one.username, one.profile
        ));
    }
    context
        .print
        .detail(format_args!("Sign-ins are kept {place}."));
    Ok(ExitCode::Success)
}

fn line(one: &SignedIn) -> String {
    let account = one.account.as_deref().unwrap_or("(unnamed)");
    let until = if one.expires > clock::now() {
        format!("until {}", clock::local(one.expires))
    } else {
        "expired".to_owned()
    };
    let renews = if one.renewable {
        ", renews by itself"
    } else {
        ""
    };
    format!("{account:<32}  {until}{renews}   {}", one.authority)
}
