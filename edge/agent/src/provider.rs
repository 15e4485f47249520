use crate::accounts::SignedIn;
use crate::browser::Browser;
use crate::chosen_accounts::ChosenAccounts;
use crate::http::HttpClient;
use crate::interactive::Interactive;
use crate::keyring::Keyring;
use crate::notices;
use crate::passwords::{Passwords, Pending};
use crate::paths::Paths;
use crate::problems;
use crate::prompt::{Prompt, Question};
use crate::settings::{is_trusted, sign_in_settings};
use crate::time;
use spoke_api::{
    AccessToken, Challenge, Problem, ProblemCode, TokenGrant, TokenReason, TokenWanted,
};
use spoke_moment::WallTime;
use spoke_profile::{Entra, Profile, SignIn};
use spoke_signin::{
    CacheEntry, Choice, LEAST_LIFE, Need, RefreshFlow, RefreshStep, SignInError, SignInSettings,
    TokenCache, TokenSet, precheck,
};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// The user name that goes with an Entra token.
const ENTRA_USER: &str = "AzureAD";

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
    /// Which account the user chose for which profile.
    pub accounts: ChosenAccounts,
}

impl ProviderOptions {
    /// The usual ones, for the user whose files are there.
    #[must_use]
    pub fn of_user(paths: &Paths) -> Self {
        Self {
            accounts: ChosenAccounts::new(paths),
            ..Self::default()
        }
    }
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            ask: Ask::Auto,
            patience: Duration::from_secs(300),
            accounts: ChosenAccounts::default(),
        }
    }
}

/// Answers the daemon's questions for tokens: from the cache, by a silent
/// refresh, else by asking the user.
pub struct TokenProvider {
    pub(crate) options: ProviderOptions,
    pub(crate) keyring: Keyring,
    browser: Browser,
    http: HttpClient,
    /// One question at a time: two renewals at once would use up one refresh
    /// token twice, and two pages would confuse the user.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// A typed password, until the gateway has accepted it.
    pending: Mutex<Option<Pending>>,
}

impl TokenProvider {
    /// A provider over this store of tokens.
    #[must_use]
    pub fn new(keyring: Keyring, options: ProviderOptions) -> Self {
        Self {
            options,
            keyring,
            browser: Browser::from_environment(),
            http: HttpClient::default(),
            turn: tokio::sync::Mutex::default(),
            pending: Mutex::default(),
        }
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
        self.answer_by(self.options.ask, profile, wanted, prompt)
            .await
    }

    /// The same, asking the user in another way than usual.
    ///
    /// # Errors
    /// As [`TokenProvider::answer`].
    pub async fn answer_by(
        &self,
        ask: Ask,
        profile: &Profile,
        wanted: &TokenWanted,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenGrant, Problem> {
        if let Some(challenge) = &wanted.challenge {
            return self
                .answer_challenge(profile, challenge, wanted, prompt)
                .await;
        }
        match &profile.sign_in {
            SignIn::Entra(entra) => self.answer_entra(ask, profile, entra, wanted, prompt).await,
            SignIn::Password { .. } => self.answer_password(profile, wanted, prompt).await,
            SignIn::Certificate => Err(no_token(&profile.name)),
        }
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
        let SignIn::Entra(entra) = &profile.sign_in else {
            return Err(no_token(&profile.name));
        };
        let _turn = self.turn.lock().await;
        let settings = self.usable_settings(&profile.name, entra)?;
        let mut cache = self.cache(true, prompt).await?;
        let tokens = self
            .ask_user(
                self.options.ask,
                &profile.name,
                settings.clone(),
                false,
                prompt,
            )
            .await?;
        let entry = self.keep(&mut cache, &settings, tokens, prompt).await;
        self.tell_where(&settings, prompt);
        if self.keyring.forgets(settings.cache) {
            prompt.notice(notices::sign_in_forgotten());
        }
        Ok(SignedIn::of(&entry))
    }

    /// To be called once the gateway has let the user in: keeps the password that was
    /// typed, if the user wanted that.
    pub async fn accepted(&self, prompt: &mut dyn Prompt) {
        let pending = self
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(pending) = pending else { return };
        self.keyring.settle(prompt).await;
        if let Err(problem) = pending.keep(&self.keyring).await {
            prompt.notice(notices::password_not_kept(&problem));
        } else if let Some(notice) = self.keyring.notice() {
            prompt.notice(notice);
        } else if self.keyring.forgets(true) {
            prompt.notice(notices::password_forgotten());
        }
    }

    /// Opens a page that a gateway wants opened.
    ///
    /// # Errors
    /// Why it was not opened, as a part of a sentence.
    pub async fn open_page(&self, url: &str) -> Result<(), String> {
        if !url.starts_with("https://") {
            return Err("it is no https page".to_owned());
        }
        self.browser.open(url).await
    }

    /// Opens the page of a sign-in once more, as [`Waiting`](crate::Waiting) named it.
    ///
    /// # Errors
    /// Why it was not opened, as a part of a sentence.
    pub async fn open_sign_in(&self, url: &str) -> Result<(), String> {
        self.browser.open(url).await
    }

    /// Where tokens are kept, as a part of a sentence.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    async fn answer_password(
        &self,
        profile: &Profile,
        wanted: &TokenWanted,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenGrant, Problem> {
        let _turn = self.turn.lock().await;
        let interactive = wanted.interactive && self.options.ask != Ask::Never;
        let passwords = self.passwords(profile)?;
        let (grant, pending) = passwords.answer(wanted, interactive, prompt).await?;
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = pending;
        Ok(grant)
    }

    pub(crate) fn passwords<'a>(&'a self, profile: &'a Profile) -> Result<Passwords<'a>, Problem> {
        match &profile.sign_in {
            SignIn::Password {
                username,
                static_challenge,
            } => Ok(Passwords {
                profile,
                username: username.as_deref(),
                challenge: static_challenge.as_ref(),
                keyring: &self.keyring,
            }),
            _ => Err(no_token(&profile.name)),
        }
    }

    async fn answer_challenge(
        &self,
        profile: &Profile,
        challenge: &Challenge,
        wanted: &TokenWanted,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenGrant, Problem> {
        let _turn = self.turn.lock().await;
        let interactive = wanted.interactive && self.options.ask != Ask::Never;
        let answer = if !challenge.answer {
            prompt.notice(notices::gateway_says(&challenge.text));
            Some(Zeroizing::default())
        } else if interactive {
            let question = Question {
                profile: profile.name.clone(),
                text: challenge.text.clone(),
                echo: challenge.echo,
            };
            prompt.question(&question).await
        } else {
            None
        };
        let mut answer =
            answer.ok_or_else(|| problems::unanswered(&profile.name, &challenge.text))?;
        Ok(TokenGrant {
            request: wanted.request,
            username: String::new(),
            token: AccessToken::new(std::mem::take(&mut *answer)),
            account: None,
            expires: None,
            silent: false,
            once: true,
        })
    }

    async fn answer_entra(
        &self,
        ask: Ask,
        profile: &Profile,
        entra: &Entra,
        wanted: &TokenWanted,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenGrant, Problem> {
        let _turn = self.turn.lock().await;
        let mut settings = self.usable_settings(&profile.name, entra)?;
        let interactive = wanted.interactive && ask != Ask::Never;
        let mut cache = self.cache(interactive, prompt).await?;
        let (entry, silent) = match self.without_user(&settings, &cache, wanted).await {
            Silent::Cached(entry) => return Ok(grant(wanted, entry, true)),
            Silent::Renewed(tokens) => {
                (self.keep(&mut cache, &settings, tokens, prompt).await, true)
            }
            Silent::Failed(error) if !error.needs_person() => {
                return Err(problems::failed(&profile.name, &error));
            }
            Silent::Unreachable(problem) => return Err(problem),
            Silent::Failed(_) | Silent::Nothing if interactive => {
                let known = known_user(&mut settings, &cache);
                let tokens = self
                    .ask_user(ask, &profile.name, settings.clone(), known, prompt)
                    .await?;
                (
                    self.keep(&mut cache, &settings, tokens, prompt).await,
                    false,
                )
            }
            Silent::Failed(error) => return Err(problems::needed(&profile.name, Some(&error))),
            Silent::Nothing => return Err(problems::needed(&profile.name, None)),
        };
        if !silent {
            self.tell_where(&settings, prompt);
        }
        for warning in precheck(entry.access.expose(), &settings, time::wall()) {
            prompt.notice(notices::token_doubtful(&warning));
        }
        Ok(grant(wanted, &entry, silent))
    }

    /// What is kept. A keyring that cannot be used costs the user a sign-in, where
    /// the user can be asked.
    async fn cache(
        &self,
        interactive: bool,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenCache, Problem> {
        match self.keyring.entries(interactive).await {
            Ok(entries) => Ok(TokenCache::new(entries)),
            Err(problem) if interactive => {
                prompt.notice(notices::problem(&problem));
                Ok(TokenCache::default())
            }
            Err(problem) => Err(problem),
        }
    }

    async fn without_user<'a>(
        &self,
        settings: &SignInSettings,
        cache: &'a TokenCache,
        wanted: &TokenWanted,
    ) -> Silent<'a> {
        let now = time::wall();
        let need = Need {
            valid_until: WallTime::from_unix(wanted.valid_until_at_least),
            cached_was_refused: wanted.reason == TokenReason::Refused,
        };
        let (entry, refresh) = match cache.choose(settings, need, now) {
            Choice::Cached(entry) => return Silent::Cached(entry),
            Choice::Interactive { .. } => return Silent::Nothing,
            Choice::Refresh(entry, refresh) => (entry, refresh),
        };
        let client_id = &entry.key.client_id;
        let Ok((mut flow, mut request)) = RefreshFlow::new(settings.clone(), client_id, refresh)
        else {
            return Silent::Nothing;
        };
        let still_good = !need.cached_was_refused && entry.expires >= now.plus(LEAST_LIFE);
        let failed = loop {
            let response = match self.http.send(request).await {
                Err(problem) => break Silent::Unreachable(problem),
                Ok(response) => response,
            };
            match flow.handle_response(time::wall(), &response) {
                RefreshStep::Send(next) => request = next,
                RefreshStep::Done(tokens) => return Silent::Renewed(tokens),
                RefreshStep::Failed(error) => break Silent::Failed(error),
            }
        };
        let passing = match &failed {
            Silent::Failed(error) => error.is_transient(),
            _ => true,
        };
        // The token in hand lasts a little longer: better than none.
        if still_good && passing {
            return Silent::Cached(entry);
        }
        failed
    }

    async fn ask_user(
        &self,
        ask: Ask,
        profile: &str,
        settings: SignInSettings,
        proven: bool,
        prompt: &mut dyn Prompt,
    ) -> Result<TokenSet, Problem> {
        let browser = match ask {
            Ask::Never => return Err(problems::needed(profile, None)),
            Ask::Browser => true,
            Ask::DeviceCode => false,
            Ask::Auto => self.browser.is_usable(),
        };
        let wanted = settings.clone();
        let asking = Interactive {
            profile,
            settings,
            http: &self.http,
            prompt,
            proven,
        };
        let signing_in = async {
            if browser {
                asking.in_browser(&self.browser).await
            } else {
                asking.by_device_code().await
            }
        };
        let patience = self.options.patience;
        let tokens = tokio::time::timeout(patience, signing_in)
            .await
            .unwrap_or_else(|_| Err(problems::too_late(profile, patience)))?;
        let account = tokens.account.as_ref();
        match account.and_then(|who| who.username.as_deref()) {
            Some(name) if !wanted.accepts(name) => Err(problems::another_user(
                profile,
                name,
                wanted.account.as_deref().unwrap_or_default(),
            )),
            _ => Ok(tokens),
        }
    }

    fn usable_settings(&self, profile: &str, entra: &Entra) -> Result<SignInSettings, Problem> {
        if !is_trusted(entra) {
            return Err(problems::untrusted(profile, entra.authority_host()));
        }
        let settings = sign_in_settings(entra, self.options.accounts.of(profile)?);
        settings
            .check()
            .map_err(|error| problems::unusable(profile, &error))?;
        Ok(settings)
    }

    /// Stores what was got. A store that fails costs the next sign-in, not this one.
    async fn keep(
        &self,
        cache: &mut TokenCache,
        settings: &SignInSettings,
        tokens: TokenSet,
        prompt: &mut dyn Prompt,
    ) -> CacheEntry {
        let entry = cache.succeed(settings, tokens);
        if settings.cache {
            self.keyring.settle(prompt).await;
        }
        if let Err(problem) = self.keyring.store(&entry, settings.cache).await {
            prompt.notice(notices::sign_in_not_kept(&problem));
        }
        entry
    }

    /// Says where a sign-in went, when that is not where one would expect it.
    fn tell_where(&self, settings: &SignInSettings, prompt: &mut dyn Prompt) {
        if let Some(notice) = self.keyring.notice()
            && settings.cache
        {
            prompt.notice(notice);
        }
    }
}

/// What can be had without the user.
enum Silent<'a> {
    Cached(&'a CacheEntry),
    Renewed(TokenSet),
    Failed(SignInError),
    Unreachable(Problem),
    Nothing,
}

/// Expects the user of the last sign-in, with the client id that worked then;
/// says whether there was one.
fn known_user(settings: &mut SignInSettings, cache: &TokenCache) -> bool {
    let Some(entry) = last_entry(settings, cache) else {
        return false;
    };
    settings.client_ids.retain(|id| *id != entry.key.client_id);
    settings.client_ids.insert(0, entry.key.client_id.clone());
    let username = entry.account.as_ref().and_then(|who| who.username.clone());
    settings.login_hint = username.or(settings.login_hint.take());
    true
}

/// What is kept of the last sign-in with these settings.
pub(crate) fn last_entry<'a>(
    settings: &SignInSettings,
    cache: &'a TokenCache,
) -> Option<&'a CacheEntry> {
    let ids = settings.client_ids.iter();
    ids.filter_map(|id| cache.entry(settings, id)).next()
}

fn grant(wanted: &TokenWanted, entry: &CacheEntry, silent: bool) -> TokenGrant {
    TokenGrant {
        request: wanted.request,
        username: ENTRA_USER.to_owned(),
        token: AccessToken::new(entry.access.expose().to_owned()),
        account: entry.account.as_ref().and_then(|who| who.username.clone()),
        expires: Some(entry.expires.unix()),
        silent,
        once: false,
    }
}

fn no_token(profile: &str) -> Problem {
    Problem::new(
        ProblemCode::Usage,
        format!("“{profile}” does not sign in with Microsoft Entra ID."),
        format!("Connect without signing in first: spoke connect {profile}"),
    )
}
