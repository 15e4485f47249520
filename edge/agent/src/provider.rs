use crate::keyring::Keyring;
use crate::prompt::Prompt;
use spoke_api::{Problem, TokenGrant, TokenWanted};
use spoke_profile::Profile;
use std::time::Duration;

/// How the user is to be asked (`--auth`, `SPOKE_AUTH`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// In the browser where there is one, else by device code.
    #[default]
    Auto,
    /// In the browser.
    Browser,
    /// By a code to be typed on another device.
    DeviceCode,
    /// Not at all.
    Never,
}

/// Choices of a [`TokenProvider`].
#[derive(Clone, Debug)]
pub struct ProviderOptions {
    /// How the user is to be asked.
    pub ask: Ask,
    /// How long a sign-in may wait for the user.
    pub patience: Duration,
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            ask: Ask::Auto,
            patience: Duration::from_secs(300),
        }
    }
}

/// Answers the daemon's questions for tokens: from the cache, by a silent
/// refresh, else by asking the user.
pub struct TokenProvider {
    options: ProviderOptions,
    keyring: Keyring,
}

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
    /// A provider over this store of tokens.
    #[must_use]
    pub fn new(keyring: Keyring, options: ProviderOptions) -> Self {
        Self { options, keyring }
    }

    /// Answers one question. Dropping the future ends everything it began: the
    /// listener, the polling, the request under way.
    ///
    /// # Errors
    /// `SignInNeeded` when only the user could help and may not be asked,
    /// `SignInRefused` with the AADSTS code, `TimedOut`, `Cancelled`.
    pub async fn answer(
        &self,
        profile: &Profile,
        wanted: &TokenWanted,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenGrant, Problem> {
        let _ = (&self.options, profile, wanted, prompt);
        Err(Problem::new(
            spoke_api::ProblemCode::SignInNeeded,
            "Sign-in is not there yet.",
            "Try a later build.",
        ))
    }

    /// Signs in now (`spoke login`), asking the user even when a token is cached.
    ///
    /// # Errors
    /// As [`TokenProvider::answer`].
    pub async fn login(
        &self,
        profile: &Profile,
        prompt: &mut dyn Prompt,
    ) -> Result<SignedIn, Problem> {
        let _ = (profile, prompt);
        Err(Problem::new(
            spoke_api::ProblemCode::SignInNeeded,
            "Sign-in is not there yet.",
            "Try a later build.",
        ))
    }

    /// Forgets the tokens of this account (all accounts when `None`); says how
    /// many sign-ins were forgotten.
    ///
    /// # Errors
    /// When the store of tokens cannot be changed.
    pub async fn logout(&self, account: Option<&str>) -> Result<usize, Problem> {
        let _ = account;
        Ok(0)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// When the store of tokens cannot be read.
    pub async fn accounts(&self) -> Result<Vec<SignedIn>, Problem> {
        let _ = self.keyring.describe();
        Ok(Vec::new())
    }

    /// The tokens that live in this process's memory alone (profiles that say
    /// `cachesigninuser=false`), for the standard input of the user's
    /// background agent. `None` when there are none.
    #[must_use]
    pub fn hand_over(&self) -> Option<zeroize::Zeroizing<String>> {
        None
    }

    /// Takes what [`TokenProvider::hand_over`] gave.
    pub fn take_over(&self, handed: &str) {
        let _ = handed;
    }
}
