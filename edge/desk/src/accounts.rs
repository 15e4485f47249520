use crate::Desk;
use crate::desk::show_profiles;
use crate::shared::Shared;
use spoke_agent::SignedIn;
use spoke_api::Problem;
use spoke_profile::SignIn;
use spoke_view::{Account, Leaving};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Desk {
    /// Forgets sign-ins.
    ///
    /// # Errors
    /// When there is no such profile, or the store of sign-ins cannot be changed.
    pub async fn sign_out(&self, leaving: &Leaving) -> Result<(), Problem> {
        let provider = self.shared.provider().await?;
        let outcome = match leaving {
            Leaving::Everybody => provider.logout(None).await,
            Leaving::Account { name } => provider.logout(Some(name)).await,
            Leaving::Unnamed { authority } => provider.logout_unnamed(authority).await,
            Leaving::Profile { profile } => {
                let known = self.shared.account_of(profile);
                match (known, self.shared.store.load(profile)?.sign_in) {
                    (Some(name), _) => provider.logout(Some(&name)).await,
                    (None, SignIn::Entra(entra)) => provider.logout_unnamed(&entra.authority).await,
                    (None, _) => Ok(0),
                }
            }
        };
        look(Arc::clone(&self.shared)).await;
        outcome.map(drop)
    }
}

/// Puts into the picture who is signed in. It never asks: a keyring that is locked stays
/// so until it is needed.
pub(crate) async fn look(desk: Arc<Shared>) {
    if let Err(problem) = read(&desk).await {
        tracing::debug!("who is signed in cannot be seen: {problem}");
    }
}

async fn read(desk: &Arc<Shared>) -> Result<(), Problem> {
    let provider = desk.provider().await?;
    let accounts = provider.accounts(false).await?;
    desk.board
        .set(|picture| &mut picture.accounts, merged(accounts));
    let profiles = desk.store.list()?.profiles;
    let known = provider.accounts_of(&profiles).await?;
    let names = profiles.into_iter().map(|profile| profile.name);
    let known: BTreeMap<String, String> = names
        .zip(known)
        .filter_map(|(profile, account)| Some((profile, account?)))
        .collect();
    desk.keep_accounts(known);
    show_profiles(desk);
    Ok(())
}

/// One entry for each account at each place: sign-ins of one account for several gateways
/// are one to the user.
fn merged(signed_in: Vec<SignedIn>) -> Vec<Account> {
    let mut accounts: BTreeMap<(Option<String>, String), Account> = BTreeMap::new();
    for one in signed_in {
        let key = (one.account.clone(), one.authority.clone());
        let account = accounts.entry(key).or_insert_with(|| Account {
            name: one.account,
            authority: one.authority,
            expires: one.expires,
            renewable: one.renewable,
        });
        account.expires = account.expires.max(one.expires);
        account.renewable |= one.renewable;
    }
    accounts.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in(account: &str, scope: &str, expires: u64, renewable: bool) -> SignedIn {
        SignedIn {
            account: Some(account.to_owned()),
            authority: "https://login.example/t".to_owned(),
            scope: scope.to_owned(),
            expires,
            renewable,
        }
    }

    #[test]
    fn an_account_is_listed_once_with_its_best() {
        let seen = merged(vec![
            signed_in("bo", "a", 5, false),
            signed_in("ana", "a", 5, true),
            signed_in("ana", "b", 9, false),
        ]);
        let names: Vec<_> = seen.iter().map(|one| one.name.as_deref()).collect();
        assert_eq!(names, [Some("ana"), Some("bo")]);
        assert_eq!((seen[0].expires, seen[0].renewable), (9, true));
    }
}
