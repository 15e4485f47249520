use crate::accounts;
use crate::board::Board;
use crate::desk::DeskOptions;
use crate::problems;
use crate::profiles::Plans;
use crate::prompts::Prompts;
use spoke_agent::{DaemonClient, Keyring, ProfileStore, ProviderOptions, TokenProvider};
use spoke_api::Problem;
use spoke_profile::Profile;
use spoke_view::DaemonLink;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, OnceCell, watch};

/// How long a wish waits for a daemon that is being looked for.
const FINDING: Duration = Duration::from_secs(1);

/// What all that goes on behind a window has in common.
pub(crate) struct Shared {
    pub(crate) options: DeskOptions,
    pub(crate) runtime: Handle,
    pub(crate) store: ProfileStore,
    /// What was read and may be imported.
    pub(crate) plans: Plans,
    pub(crate) board: Board,
    pub(crate) prompts: Arc<Prompts>,
    /// The daemon, while it is there.
    pub(crate) daemon: watch::Sender<Option<DaemonClient>>,
    /// Whether the window shows the traffic.
    pub(crate) traffic: watch::Sender<bool>,
    /// Whether anybody looks.
    pub(crate) looked_at: watch::Sender<bool>,
    /// Somebody wants the daemon now.
    pub(crate) search: Notify,
    /// Moves on when what is being prepared is not wanted any more.
    pub(crate) wish: watch::Sender<u64>,
    provider: OnceCell<Arc<TokenProvider>>,
    /// What was connected from here, as it was then.
    connected: Mutex<Option<Arc<Profile>>>,
    /// Who signs in with which profile.
    accounts: Mutex<BTreeMap<String, String>>,
}

impl Shared {
    pub(crate) fn new(options: DeskOptions, provider: Option<Arc<TokenProvider>>) -> Self {
        let board = Board::default();
        Self {
            store: ProfileStore::new(options.paths.profiles()),
            plans: Plans::default(),
            options,
            runtime: Handle::current(),
            prompts: Arc::new(Prompts::new(board.clone())),
            board,
            daemon: watch::Sender::new(None),
            traffic: watch::Sender::new(false),
            looked_at: watch::Sender::new(true),
            search: Notify::new(),
            wish: watch::Sender::new(0),
            provider: OnceCell::new_with(provider),
            connected: Mutex::default(),
            accounts: Mutex::default(),
        }
    }

    /// The daemon; looked for at once when it was not there.
    pub(crate) async fn daemon(&self) -> Result<DaemonClient, Problem> {
        let mut daemon = self.daemon.subscribe();
        if let Some(there) = &*daemon.borrow_and_update() {
            return Ok(there.clone());
        }
        self.search.notify_one();
        let found = tokio::time::timeout(FINDING, daemon.wait_for(Option::is_some)).await;
        if let Ok(Ok(found)) = found
            && let Some(there) = &*found
        {
            return Ok(there.clone());
        }
        Err(match self.board.now().daemon {
            DaemonLink::Missing { problem, .. } => problem,
            _ => problems::no_daemon(),
        })
    }

    /// What answers for sign-ins; made when it is first needed.
    pub(crate) async fn provider(&self) -> Result<Arc<TokenProvider>, Problem> {
        let make = || async {
            let keyring = Keyring::choose(&self.options.paths).await?;
            let options = ProviderOptions::of_user(&self.options.paths);
            Ok(Arc::new(TokenProvider::new(keyring, options)))
        };
        self.provider.get_or_try_init(make).await.cloned()
    }

    /// Whether the user can be offered to have secrets kept.
    pub(crate) fn can_keep(&self) -> bool {
        let provider = self.provider.get();
        provider.is_some_and(|provider| provider.keyring().can_keep())
    }

    /// What was prepared until now is not wanted any more.
    pub(crate) fn new_wish(&self) -> watch::Receiver<u64> {
        self.wish
            .send_modify(|number| *number = number.wrapping_add(1));
        self.wish.subscribe()
    }

    /// Keeps the profile that is being connected.
    pub(crate) fn connecting(&self, profile: &Arc<Profile>) {
        *lock(&self.connected) = Some(Arc::clone(profile));
    }

    /// The profile of a connection: as it was when it was connected from here, for it may
    /// have been changed or renamed since.
    pub(crate) fn profile_of(&self, name: &str) -> Result<Arc<Profile>, Problem> {
        let connected = lock(&self.connected).clone();
        match connected.filter(|profile| profile.name == name) {
            Some(profile) => Ok(profile),
            None => self.store.load(name).map(Arc::new),
        }
    }

    /// Who signs in with this profile.
    pub(crate) fn account_of(&self, profile: &str) -> Option<String> {
        lock(&self.accounts).get(profile).cloned()
    }

    /// Puts down who signs in with which profile.
    pub(crate) fn keep_accounts(&self, accounts: BTreeMap<String, String>) {
        *lock(&self.accounts) = accounts;
    }

    /// Looks again who is signed in, beside whatever goes on.
    pub(crate) fn look_at_accounts(self: &Arc<Self>) {
        self.runtime.spawn(accounts::look(Arc::clone(self)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
