//! `spoke login [PROFILE]`

use crate::commands::connect::Auth;
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::terminal_prompt::{TerminalModes, TerminalPrompt};
use crate::{clock, document, select, words};
use spoke_agent::{Keyring, ProviderOptions, TokenProvider};
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::{Profile, SignIn};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    profile: Option<String>,
    /// Sign in with a code typed on another device.
    #[arg(long, conflicts_with = "browser")]
    device_code: bool,
    /// Sign in in the browser.
    #[arg(long)]
    browser: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = select::profile(context, args.profile.as_deref())?;
    let how = match (args.device_code, args.browser) {
        (true, _) => Auth::DeviceCode,
        (_, true) => Auth::Browser,
        _ => Auth::chosen(context),
    };
    let _modes = TerminalModes::keep();
    if matches!(profile.sign_in, SignIn::Password { .. }) {
        return keep_password(context, profile);
    }
    let signed_in = context.run_beside(async {
        let keyring = Keyring::choose(&context.paths).await?;
        let options = ProviderOptions {
            ask: how.ask(),
            ..ProviderOptions::of_user(&context.paths)
        };
        let provider = TokenProvider::new(keyring, options);
        let prompt = TerminalPrompt::new(&context.print, context.ask);
        let name = profile.name.clone();
        let mut task = tokio::spawn(async move {
            let mut prompt = prompt;
            provider.login(&profile, &mut prompt).await
        });
        tokio::select! {
            signed_in = &mut task => signed_in.unwrap_or_else(|error| {
                Err(Problem::new(
                    ProblemCode::Other,
                    format!("The sign-in broke off: {error}."),
                    format!("spoke login {}", words::shell(&name)),
                ))
            }),
            _ = tokio::signal::ctrl_c() => {
                task.abort();
                Err(Problem::new(
                    ProblemCode::Cancelled,
                    "The sign-in was cancelled.",
                    format!("spoke login {}", words::shell(&name)),
                ))
            }
        }
    })?;
    if context.print.json() {
        context
            .print
            .document(&document::accounts(&[signed_in], &[]));
        return Ok(ExitCode::Success);
    }
    let account = signed_in.account.as_deref().unwrap_or("an unnamed account");
    context.print.note(done(
        &context.print,
        &format!(
            "Signed in as {account}, until {}.",
            clock::local(signed_in.expires)
        ),
    ));
    Ok(ExitCode::Success)
}

/// A password can only be tried by connecting; it is kept as it was typed.
fn keep_password(context: &Context, profile: Profile) -> Outcome {
    let (kept, place) = context.run_beside(async {
        let keyring = Keyring::choose(&context.paths).await?;
        let provider = TokenProvider::new(keyring, ProviderOptions::of_user(&context.paths));
        let mut prompt = TerminalPrompt::new(&context.print, context.ask).remembering(true);
        let kept = provider.keep_password(&profile, &mut prompt).await?;
        Ok((kept, provider.keyring().describe()))
    })?;
    if context.print.json() {
        context.print.document(&document::accounts(&[], &[kept]));
        return Ok(ExitCode::Success);
    }
    let line = format!(
        "The password of {} for {} is kept {place}.",
        kept.username, kept.profile
    );
    context.print.note(done(&context.print, &line));
    Ok(ExitCode::Success)
}
