//! Who is signed in, and what is handed from one program of the user's to the next.

use crate::passwords::{self, KeptPassword};
use crate::prompt::Prompt;
use crate::provider::{TokenProvider, last_entry};
use crate::settings::sign_in_settings;
use spoke_api::{Problem, ProblemCode};
use spoke_profile::{Entra, Profile, SignIn};
use spoke_signin::{CacheEntry, TokenCache};
use zeroize::Zeroizing;

/// Somebody who has signed in, as `spoke account list` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who ("ana@contoso.com"), when the sign-in server said so.
    pub account: Option<String>,
    /// Where: `https://{host}/{tenant}`.
    pub authority: String,
    /// What for: the scope asked.
    pub scope: String,
    /// When the access token expires, Unix time in seconds.
    pub expires: u64,
    /// Whether it can be renewed without asking.
    pub renewable: bool,
}

impl TokenProvider {
    /// Forgets the tokens and passwords of this account (all accounts when `None`);
    /// says how many were forgotten.
    ///
    /// # Errors
    /// When the store of tokens cannot be changed.
    pub async fn logout(&self, account: Option<&str>) -> Result<usize, Problem> {
        let _turn = self.turn.lock().await;
        let leaves = |entry: &CacheEntry| {
            account.is_none_or(|account| {
                username(entry).is_some_and(|name| name.to_lowercase() == account.to_lowercase())
            })
        };
        let forgotten = self.forget(leaves).await?;
        Ok(forgotten + passwords::forget(&self.keyring, account).await?)
    }

    /// Forgets the tokens of those whom the sign-in server at this place
    /// (`https://{host}/{tenant}`) gave no name; says how many were forgotten.
    ///
    /// # Errors
    /// When the store of tokens cannot be changed.
    pub async fn logout_unnamed(&self, authority: &str) -> Result<usize, Problem> {
        let _turn = self.turn.lock().await;
        let leaves =
            |entry: &CacheEntry| username(entry).is_none() && entry.key.authority == authority;
        self.forget(leaves).await
    }

    async fn forget(&self, leaves: impl Fn(&CacheEntry) -> bool) -> Result<usize, Problem> {
        let entries = self.keyring.entries(true).await?;
        let mut forgotten = 0;
        for entry in entries.iter().filter(|entry| leaves(entry)) {
            self.keyring.remove(&entry.key).await?;
            forgotten += 1;
        }
        Ok(forgotten)
    }

    /// Who is signed in; `interactive` allows the keyring to ask for its password.
    ///
    /// # Errors
    /// When the store of tokens cannot be read.
    pub async fn accounts(&self, interactive: bool) -> Result<Vec<SignedIn>, Problem> {
        let entries = self.keyring.entries(interactive).await?;
        Ok(entries.iter().map(SignedIn::of).collect())
    }

    /// Who signs in with each of these profiles, where that is known; never asks.
    ///
    /// # Errors
    /// When the store of tokens cannot be read.
    pub async fn accounts_of(&self, profiles: &[Profile]) -> Result<Vec<Option<String>>, Problem> {
        let cache = TokenCache::new(self.keyring.entries(false).await?);
        let signed_in = |name: &str, entra: &Entra| {
            let chosen = self.options.accounts.of(name).ok().flatten();
            let entry = last_entry(&sign_in_settings(entra, chosen), &cache)?;
            entry.account.as_ref()?.username.clone()
        };
        let account = |profile: &Profile| match &profile.sign_in {
            SignIn::Entra(entra) => signed_in(&profile.name, entra),
            SignIn::Password { username, .. } => username.clone(),
            SignIn::Certificate => None,
        };
        Ok(profiles.iter().map(account).collect())
    }

    /// Asks for the password of a profile and keeps it, without trying it.
    ///
    /// # Errors
    /// When nobody can be asked, or there is no lasting store.
    pub async fn keep_password(
        &self,
        profile: &Profile,
        prompt: &mut dyn Prompt,
    ) -> Result<KeptPassword, Problem> {
        let _turn = self.turn.lock().await;
        self.keyring.settle(prompt).await;
        self.passwords(profile)?.log_in(prompt).await
    }

    /// Passwords that are kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kept_passwords(&self) -> Result<Vec<KeptPassword>, Problem> {
        passwords::kept(&self.keyring).await
    }

    /// The tokens that live in this process's memory alone (profiles that say
    /// `cachesigninuser=false`), for the standard input of the user's
    /// background agent. `None` when there are none.
    #[must_use]
    pub fn hand_over(&self) -> Option<Zeroizing<String>> {
        let entries = self.keyring.in_memory();
        if entries.is_empty() {
            return None;
        }
        let texts: Vec<&str> = entries.iter().map(|text| text.as_str()).collect();
        serde_json::to_string(&texts).ok().map(Zeroizing::new)
    }

    /// Takes what [`TokenProvider::hand_over`] gave.
    ///
    /// # Errors
    /// When it is something else.
    pub async fn take_over(&self, handed: &str) -> Result<(), Problem> {
        let texts: Vec<String> = serde_json::from_str(handed).map_err(|error| {
            Problem::new(
                ProblemCode::Usage,
                format!("What was handed over is no list of sign-ins: {error}."),
                "Connect again: spoke connect",
            )
        })?;
        for text in texts.into_iter().map(Zeroizing::new) {
            if let Some(entry) = CacheEntry::from_storage(&text) {
                self.keyring.store(&entry, false).await?;
            }
        }
        Ok(())
    }
}

fn username(entry: &CacheEntry) -> Option<&str> {
    entry.account.as_ref()?.username.as_deref()
}

impl SignedIn {
    pub(crate) fn of(entry: &CacheEntry) -> Self {
        Self {
            account: username(entry).map(ToOwned::to_owned),
            authority: entry.key.authority.clone(),
            scope: entry.key.scope.clone(),
            expires: entry.expires.unix(),
            renewable: entry.refresh.is_some(),
        }
    }
}
