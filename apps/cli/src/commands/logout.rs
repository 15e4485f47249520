//! `spoke logout [ACCOUNT|--all]`

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{document, words};
use spoke_agent::{Keyring, ProviderOptions, TokenProvider};
use spoke_api::{ExitCode, Problem, ProblemCode};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which account; the beginning of its name will do. The only one when absent. Its
    /// kept password is forgotten too.
    #[arg(conflicts_with = "all")]
    account: Option<String>,
    /// Forget every sign-in.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let (forgotten, left, passwords) = context.run(async {
        let keyring = Keyring::choose(&context.paths).await?;
        let provider = TokenProvider::new(keyring, ProviderOptions::of_user(&context.paths));
        let account = if args.all {
            None
        } else {
            let names = names(&provider).await?;
            match which(&names, args.account.as_deref())? {
                Some(account) => Some(account),
                None => return Ok((0, Vec::new(), Vec::new())),
            }
        };
        let forgotten = provider.logout(account.as_deref()).await?;
        let left = provider.kept_passwords().await?;
        Ok((forgotten, provider.accounts(true).await?, left))
    })?;
    if context.print.json() {
        context
            .print
            .document(&document::accounts(&left, &passwords));
    } else if forgotten == 0 {
        context.print.note("Nobody is signed in.");
    } else {
        let what = words::count(forgotten, "sign-in");
        context
            .print
            .note(done(&context.print, &format!("Forgot {what}.")));
    }
    Ok(ExitCode::Success)
}

/// Whose sign-ins and passwords are kept; `None` for a sign-in without a name.
pub(crate) async fn names(provider: &TokenProvider) -> Result<Vec<Option<String>>, Problem> {
    let accounts = provider.accounts(true).await?;
    let passwords = provider.kept_passwords().await?;
    let users = passwords.into_iter().map(|one| Some(one.username));
    Ok(accounts
        .into_iter()
        .map(|one| one.account)
        .chain(users)
        .collect())
}

/// The account that is meant; `None` when there is none at all.
pub(crate) fn which(
    accounts: &[Option<String>],
    meant: Option<&str>,
) -> Result<Option<String>, Problem> {
    let mut names: Vec<&str> = accounts.iter().filter_map(Option::as_deref).collect();
    names.sort_unstable();
    names.dedup();
    if let Some(exact) = meant.and_then(|meant| names.iter().find(|name| **name == meant)) {
        return Ok(Some((*exact).to_owned()));
    }
    let fitting: Vec<&str> = names
        .iter()
        .filter(|name| meant.is_none_or(|meant| name.starts_with(meant)))
        .copied()
        .collect();
    let (summary, hint) = match (fitting.as_slice(), meant) {
        ([only], _) => return Ok(Some((*only).to_owned())),
        // Sign-ins without a name can only be forgotten together.
        ([], None) if accounts.is_empty() => return Ok(None),
        ([], None) => (
            "The sign-ins that are kept have no name.".to_owned(),
            "spoke logout --all".to_owned(),
        ),
        ([], Some(meant)) => (
            format!("Nobody called {meant} is signed in."),
            "spoke account list".to_owned(),
        ),
        (several, _) => (
            format!("Which account? There are {}.", several.join(", ")),
            "spoke logout ACCOUNT, or spoke logout --all".to_owned(),
        ),
    };
    Err(Problem::new(ProblemCode::Usage, summary, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(account: &str) -> Option<String> {
        Some(account.to_owned())
    }

    #[test]
    fn an_account_is_found_by_its_beginning_when_that_is_unique() {
        let all = [
            name("ana@contoso.com"),
            name("ana@contoso.com"),
            name("bo@contoso.com"),
        ];
        assert_eq!(which(&all, Some("bo")), Ok(Some("bo@contoso.com".into())));
        assert_eq!(
            which(&all[..2], None),
            Ok(Some("ana@contoso.com".into())),
            "two sign-ins of one account are one account"
        );
        assert!(which(&all, None).is_err());
        assert!(which(&all, Some("eve")).is_err());
        assert_eq!(which(&[], None), Ok(None));
        assert!(which(&[None], None).is_err());
    }
}
