//! `spoke account list|show|use|remove`

use crate::commands::logout::{names, which};
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{clock, document, select, words};
use serde::Serialize;
use spoke_agent::{ChosenAccounts, Keyring, ProviderOptions, SignedIn, TokenProvider};
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::SignIn;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List who is signed in, and until when, and whose passwords are kept.
    List,
    /// Show the sign-ins of an account, and which profiles use it.
    Show(Which),
    /// Choose the account that a profile signs in with.
    Use(UseArgs),
    /// Forget the sign-ins of an account, and let no profile ask for it any more.
    Remove(Which),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Which account; the beginning of its name will do. The only one when absent.
    account: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke account use ana@contoso.com --profile office\n  \
                        spoke account use --any --profile office")]
pub(crate) struct UseArgs {
    /// Which account: the beginning of the name of one that is signed in, or a whole name.
    #[arg(required_unless_present = "any", conflicts_with = "any")]
    account: Option<String>,
    /// Whoever signs in will do again.
    #[arg(long)]
    any: bool,
    /// Which profile; the beginning of its name will do. The only one when absent.
    #[arg(long)]
    profile: Option<String>,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::List => list(context),
        Command::Show(args) => show(context, args),
        Command::Use(args) => choose(context, args),
        Command::Remove(args) => remove(context, args),
    }
}

async fn provider(context: &Context) -> Result<TokenProvider, Problem> {
    let keyring = Keyring::choose(&context.paths).await?;
    let options = ProviderOptions::of_user(&context.paths);
    Ok(TokenProvider::new(keyring, options))
}

fn list(context: &Context) -> Outcome {
    let (accounts, passwords, place) = context.run(async {
        let provider = provider(context).await?;
        let passwords = provider.kept_passwords().await?;
        let place = provider.keyring().describe();
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
        let account = one.account.as_deref().unwrap_or("(unnamed)");
        context
            .print
            .result(format_args!("{account:<32}  {}", life(one)));
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

fn life(one: &SignedIn) -> String {
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
    format!("{until}{renews}   {}", one.authority)
}

/// `spoke.account/1`: an account.
#[derive(Debug, Serialize)]
struct AccountBody {
    account: String,
    /// Its sign-ins.
    sign_ins: Vec<SignInBody>,
    /// Profiles that sign in with it as things are.
    profiles: Vec<String>,
    /// Profiles that sign in with no other, since it was chosen for them.
    chosen_for: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SignInBody {
    authority: String,
    scope: String,
    expires: u64,
    renewable: bool,
}

fn show(context: &Context, args: Which) -> Outcome {
    let shown = context.run(async {
        let provider = provider(context).await?;
        let names = names(&provider).await?;
        let Some(account) = which(&names, args.account.as_deref())? else {
            return Ok(None);
        };
        let mut sign_ins = provider.accounts(true).await?;
        sign_ins.retain(|one| {
            one.account
                .as_deref()
                .is_some_and(|name| is(name, &account))
        });
        let profiles = context.store().list()?.profiles;
        let users = provider.accounts_of(&profiles).await?;
        let using = profiles.into_iter().zip(users);
        let profiles: Vec<String> = using
            .filter(|(_, user)| user.as_deref().is_some_and(|name| is(name, &account)))
            .map(|(profile, _)| profile.name)
            .collect();
        Ok(Some((account, sign_ins, profiles)))
    })?;
    let Some((account, sign_ins, profiles)) = shown else {
        return Err(Problem::new(
            ProblemCode::Usage,
            "Nobody is signed in.",
            "spoke login",
        ));
    };
    let chosen_for = ChosenAccounts::new(&context.paths).profiles(&account)?;
    if context.print.json() {
        let sign_ins = sign_ins.into_iter().map(|one| SignInBody {
            authority: one.authority,
            scope: one.scope,
            expires: one.expires,
            renewable: one.renewable,
        });
        let body = AccountBody {
            account,
            sign_ins: sign_ins.collect(),
            profiles,
            chosen_for,
        };
        context
            .print
            .document(&document::of("spoke.account/1", body));
        return Ok(ExitCode::Success);
    }
    context.print.result(&account);
    for one in &sign_ins {
        context
            .print
            .result(format_args!("    Signed in   {}", life(one)));
    }
    for (label, profiles) in [("Used by", profiles), ("Chosen for", chosen_for)] {
        if !profiles.is_empty() {
            context
                .print
                .result(format_args!("    {label:<12}{}", profiles.join(", ")));
        }
    }
    Ok(ExitCode::Success)
}

/// `spoke.account_choice/1`: whom a profile signs in with.
#[derive(Debug, Serialize)]
struct ChoiceBody {
    profile: String,
    /// `None`: whoever signs in.
    account: Option<String>,
}

fn is(name: &str, account: &str) -> bool {
    name.to_lowercase() == account.to_lowercase()
}

fn choose(context: &Context, args: UseArgs) -> Outcome {
    let profile = select::profile(context, args.profile.as_deref())?;
    if !matches!(profile.sign_in, SignIn::Entra(_)) {
        let name = words::shell(&profile.name);
        return Err(Problem::new(
            ProblemCode::Usage,
            format!("{} does not sign in with Microsoft Entra ID.", profile.name),
            format!("spoke profile set {name} username=NAME"),
        ));
    }
    let account = match &args.account {
        None => None,
        Some(meant) => Some(context.run(async {
            let names = names(&provider(context).await?).await?;
            match which(&names, Some(meant)) {
                Ok(Some(account)) => Ok(account),
                // Who has not signed in yet is known by the whole name alone.
                _ if meant.contains('@') => Ok(meant.clone()),
                Ok(None) => Err(nobody(meant)),
                Err(problem) => Err(problem),
            }
        })?),
    };
    ChosenAccounts::new(&context.paths).choose(&profile.name, account.as_deref())?;
    if context.print.json() {
        let body = ChoiceBody {
            profile: profile.name,
            account,
        };
        context
            .print
            .document(&document::of("spoke.account_choice/1", body));
        return Ok(ExitCode::Success);
    }
    let who = account.as_deref().unwrap_or("whoever signs in");
    let line = format!("{} signs in as {who}.", profile.name);
    context.print.note(done(&context.print, &line));
    Ok(ExitCode::Success)
}

fn nobody(meant: &str) -> Problem {
    Problem::new(
        ProblemCode::Usage,
        format!("Nobody called {meant} is signed in."),
        "name the whole account, as ana@contoso.com",
    )
}

fn remove(context: &Context, args: Which) -> Outcome {
    let removed = context.run(async {
        let provider = provider(context).await?;
        let names = names(&provider).await?;
        let Some(account) = which(&names, args.account.as_deref())? else {
            return Ok(None);
        };
        let forgotten = provider.logout(Some(&account)).await?;
        let left = provider.accounts(true).await?;
        let passwords = provider.kept_passwords().await?;
        Ok(Some((account, forgotten, left, passwords)))
    })?;
    let Some((account, forgotten, left, passwords)) = removed else {
        context.print.note("Nobody is signed in.");
        return Ok(ExitCode::Success);
    };
    let chosen = ChosenAccounts::new(&context.paths);
    for profile in chosen.profiles(&account)? {
        chosen.choose(&profile, None)?;
    }
    if context.print.json() {
        context
            .print
            .document(&document::accounts(&left, &passwords));
        return Ok(ExitCode::Success);
    }
    let line = format!("Forgot {account}: {}.", words::count(forgotten, "sign-in"));
    context.print.note(done(&context.print, &line));
    Ok(ExitCode::Success)
}
