use crate::secret::Secret;
use crate::settings::SignInSettings;
use crate::token::{Account, TokenSet};
use serde::{Deserialize, Serialize};
use spoke_moment::WallTime;
use std::time::Duration;
use zeroize::Zeroizing;

/// A token that expires sooner than this is not worth sending: the gateway may
/// be slow and its clock a little ahead.
pub const LEAST_LIFE: Duration = Duration::from_secs(60);

/// What is kept of one sign-in.
pub struct CacheEntry {
    /// Which sign-in it is of.
    pub key: CacheKey,
    /// Who signed in.
    pub account: Option<Account>,
    /// For the gateway.
    pub access: Secret,
    /// When the access token expires.
    pub expires: WallTime,
    /// For renewals.
    pub refresh: Option<Secret>,
}

/// What tells sign-ins apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CacheKey {
    /// `https://{host}/{tenant}`.
    pub authority: String,
    /// The client id that the tokens were given to.
    pub client_id: String,
    /// The scopes asked for.
    pub scope: String,
    /// The only user whose sign-in would do, when one was chosen: others keep theirs beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl CacheKey {
    /// One line, the name of the item in a keyring.
    #[must_use]
    pub fn text(&self) -> String {
        let text = format!("{}|{}|{}", self.authority, self.client_id, self.scope);
        match &self.account {
            Some(account) => format!("{text}|{account}"),
            None => text,
        }
    }
}

/// The sign-ins that are kept; the shell loads and stores the entries.
#[derive(Default)]
pub struct TokenCache {
    entries: Vec<CacheEntry>,
}

/// How to come by a token.
pub enum Choice<'a> {
    /// This entry's access token will do.
    Cached(&'a CacheEntry),
    /// Renew with this entry's refresh token.
    Refresh(&'a CacheEntry, &'a Secret),
    /// Ask the user; the name is that of who signed in last.
    Interactive {
        /// For the sign-in page.
        login_hint: Option<&'a str>,
    },
}

/// What a token is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// It must not expire before this.
    pub valid_until: WallTime,
    /// The gateway refused the cached one: do not give it again.
    pub cached_was_refused: bool,
}

impl TokenCache {
    /// A cache of these entries.
    #[must_use]
    pub fn new(entries: Vec<CacheEntry>) -> Self {
        let mut cache = Self::default();
        for entry in entries {
            cache.put(entry);
        }
        cache
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[CacheEntry] {
        &self.entries
    }

    /// How to come by a token for these settings. Client ids are looked at in the
    /// settings' order, so that the one that worked last is used again.
    #[must_use]
    pub fn choose(&self, settings: &SignInSettings, need: Need, now: WallTime) -> Choice<'_> {
        let fitting = || {
            settings
                .client_ids
                .iter()
                .filter_map(|client_id| self.entry(settings, client_id))
        };
        let enough = now.plus(LEAST_LIFE).max(need.valid_until);
        if let Some(entry) = fitting().find(|entry| entry.expires >= enough)
            && !need.cached_was_refused
        {
            return Choice::Cached(entry);
        }
        let renewable = fitting().find_map(|entry| Some((entry, entry.refresh.as_ref()?)));
        if let Some((entry, refresh)) = renewable {
            return Choice::Refresh(entry, refresh);
        }
        Choice::Interactive {
            login_hint: fitting().find_map(|entry| entry.account.as_ref()?.username.as_deref()),
        }
    }

    /// Takes an entry in the place of one with the same key.
    pub fn put(&mut self, entry: CacheEntry) {
        self.remove(&entry.key);
        self.entries.push(entry);
    }

    /// Makes an entry of the tokens of a sign-in or a refresh, for [`TokenCache::put`]
    /// once it is stored; what a refresh does not repeat (refresh token, account)
    /// is taken from the entry before, which leaves the cache.
    pub fn succeed(&mut self, settings: &SignInSettings, tokens: TokenSet) -> CacheEntry {
        let key = settings.key(&tokens.client_id);
        let before = self.entry(settings, &key.client_id);
        let before = before.map(|entry| entry.key.clone());
        let (account, refresh) = before
            .and_then(|key| self.remove(&key))
            .map_or((None, None), |old| (old.account, old.refresh));
        CacheEntry {
            key,
            account: tokens.account.or(account),
            access: tokens.access,
            expires: tokens.expires,
            refresh: tokens.refresh.or(refresh),
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &CacheKey) -> Option<CacheEntry> {
        let at = self.entries.iter().position(|entry| entry.key == *key)?;
        Some(self.entries.swap_remove(at))
    }

    /// What is kept of the last sign-in with these settings as this client.
    #[must_use]
    pub fn entry(&self, settings: &SignInSettings, client_id: &str) -> Option<&CacheEntry> {
        let key = settings.key(client_id);
        let exact = self.entries.iter().find(|entry| entry.key == key);
        // Whoever signed in before an account was chosen may be the one that was chosen.
        let anybody = CacheKey {
            account: None,
            ..key
        };
        let chosen = || settings.account.as_deref().filter(|name| !name.is_empty());
        exact.or_else(|| {
            self.entries.iter().find(|entry| {
                let username = entry.account.as_ref().and_then(|who| who.username.as_ref());
                entry.key == anybody
                    && chosen().is_some_and(|chosen| {
                        username.is_some_and(|name| is_same_user(name, chosen))
                    })
            })
        })
    }
}

impl SignInSettings {
    /// Where the tokens of this client id are kept.
    #[must_use]
    pub fn key(&self, client_id: &str) -> CacheKey {
        CacheKey {
            authority: self.authority.clone(),
            client_id: client_id.to_owned(),
            scope: self.scope.clone(),
            account: self.account.as_ref().map(|name| name.to_lowercase()),
        }
    }

    /// Whether the sign-in of this user will do.
    #[must_use]
    pub fn accepts(&self, username: &str) -> bool {
        let chosen = self.account.as_deref();
        chosen.is_none_or(|chosen| is_same_user(username, chosen))
    }
}

/// Names of users are addresses, in which Entra does not tell capitals apart.
fn is_same_user(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Format of a stored entry; another number is not read.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Writing<'a> {
    version: u32,
    key: &'a CacheKey,
    account: Option<&'a Account>,
    access: &'a str,
    expires: u64,
    refresh: Option<&'a str>,
}

#[derive(Deserialize)]
struct Reading {
    version: u32,
    key: CacheKey,
    account: Option<Account>,
    access: Secret,
    expires: u64,
    refresh: Option<Secret>,
}

impl CacheEntry {
    /// The whole entry as JSON, tokens included: for the keyring and nothing else.
    #[must_use]
    pub fn to_storage(&self) -> Zeroizing<String> {
        let writing = Writing {
            version: FORMAT,
            key: &self.key,
            account: self.account.as_ref(),
            access: self.access.expose(),
            expires: self.expires.unix(),
            refresh: self.refresh.as_ref().map(Secret::expose),
        };
        // Strings and numbers always serialise.
        Zeroizing::new(serde_json::to_string(&writing).unwrap_or_default())
    }

    /// Reads what [`CacheEntry::to_storage`] wrote; `None` when it is anything else.
    #[must_use]
    pub fn from_storage(text: &str) -> Option<Self> {
        let reading: Reading = serde_json::from_str(text).ok()?;
        if reading.version != FORMAT {
            return None;
        }
        Some(Self {
            key: reading.key,
            account: reading.account,
            access: reading.access,
            expires: WallTime::from_unix(reading.expires),
            refresh: reading.refresh,
        })
    }
}
