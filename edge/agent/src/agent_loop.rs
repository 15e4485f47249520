use crate::client_certificate::client_key;
use crate::daemon::DaemonClient;
use crate::preferences::PreferenceStore;
use crate::profiles::ProfileStore;
use crate::prompt::Unattended;
use crate::provider::TokenProvider;
use crate::proxy_password::proxy_password;
use crate::secondary::secondary;
use nix::unistd::Uid;
use spoke_api::{
    ConnectOptions, Phase, Problem, ProblemCode, Request, Response, State, TokenWanted, Update,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How long the daemon is usually looked for: time for a restart of the service, after
/// which the loop connects again.
pub(crate) const SEARCH: Duration = Duration::from_secs(120);
/// How long after login a gateway that is not reached is tried again: time for a network
/// to come up.
const BEGINNING: Duration = Duration::from_secs(300);
/// Pause between such attempts.
const BEGIN_AGAIN: Duration = Duration::from_secs(3);

/// Between two looks for it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// The user's background agent: renews tokens silently while the user has a
/// connection, and ends with it.
pub struct AgentLoop {
    /// The daemon's socket.
    pub socket: PathBuf,
    /// Version of the program, for the daemon's log.
    pub version: String,
    /// Where the profiles are that the daemon names.
    pub profiles: ProfileStore,
    /// What the user chose for all connections.
    pub preferences: PreferenceStore,
    /// What answers.
    pub provider: Arc<TokenProvider>,
    /// The profile to connect at first, where nothing is connected.
    pub begin: Option<String>,
    /// How long the daemon is looked for, at the start and after losing it.
    pub search: Duration,
}

impl AgentLoop {
    /// Runs until the daemon has no connection of this user any more. A daemon that is not
    /// there is waited for, from the start on: it may have been killed while this started.
    ///
    /// # Errors
    /// Why the daemon could not be reached, when it was not for long.
    pub async fn run(self) -> Result<(), Problem> {
        let mut beginning = Beginning {
            profile: self.begin.clone(),
            until: Instant::now() + BEGINNING,
        };
        let mut searching = Duration::ZERO;
        loop {
            match self.serve(&mut beginning).await {
                Ok(Ended::NothingToDo) => return Ok(()),
                Ok(Ended::Lost) => searching = Duration::ZERO,
                Err(problem) if searching >= self.search => return Err(problem),
                Err(_) => searching += BETWEEN_LOOKS,
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn serve(&self, beginning: &mut Beginning) -> Result<Ended, Problem> {
        let (daemon, mut updates) = DaemonClient::connect(&self.socket, &self.version).await?;
        daemon.request(Request::OfferTokens).await?;
        daemon
            .request(Request::Subscribe { traffic: false })
            .await?;
        let mut answers = Answers::default();
        let mut restored = false;
        while let Some(update) = updates.next().await {
            match update {
                Update::State { state } if !is_mine(&state) => {
                    if let Some(profile) = beginning.is_put_off(&state) {
                        tokio::time::sleep(BEGIN_AGAIN).await;
                        self.connect(&daemon, profile).await?;
                        continue;
                    }
                    // What has failed is the user's to try again.
                    if state.connection.is_some()
                        || restored
                        || !self.restore(&daemon, beginning).await?
                    {
                        return Ok(Ended::NothingToDo);
                    }
                    restored = true;
                }
                Update::State { state } if state.phase() == Phase::Connected => {
                    beginning.profile = None;
                }
                Update::TokenWanted(wanted) => answers.begin(self, &daemon, wanted),
                Update::TokenNoLongerWanted { request } => answers.abandon(request),
                // Nobody sits in front of the agent to be shown a page.
                Update::State { .. } | Update::Log { .. } | Update::PageWanted { .. } => {}
            }
        }
        Ok(Ended::Lost)
    }

    /// Connects what is to be connected at first, else what the user wants to be connected
    /// and a daemon that ended was not asked to end; says whether there is such a thing.
    async fn restore(&self, daemon: &DaemonClient, beginning: &Beginning) -> Result<bool, Problem> {
        if let Some(profile) = &beginning.profile {
            return self.connect(daemon, profile).await;
        }
        match daemon.request(Request::Intent).await? {
            Response::Intent {
                profile: Some(name),
            } => self.connect(daemon, &name).await,
            _ => Ok(false),
        }
    }

    /// Begins to connect a profile; one that was removed is not wanted any more.
    async fn connect(&self, daemon: &DaemonClient, name: &str) -> Result<bool, Problem> {
        let Ok(profile) = self.profiles.load(name) else {
            return Ok(false);
        };
        let keyring = self.provider.keyring();
        let private_key = client_key(&profile, keyring, false, &mut Unattended).await?;
        let proxy_password = proxy_password(&profile, keyring, false, &mut Unattended).await?;
        let lockdown = self.preferences.load()?.lockdown;
        let secondary = secondary(&profile, &self.profiles, keyring).await;
        let request = Request::Connect {
            profile: Box::new(profile),
            options: ConnectOptions {
                interactive: false,
                anew: false,
                lockdown,
            },
            private_key,
            proxy_password,
            secondary,
        };
        daemon.request(request).await?;
        Ok(true)
    }
}

/// What is to be connected at first, until it is.
struct Beginning {
    profile: Option<String>,
    /// So long what cannot be reached yet is tried again.
    until: Instant,
}

impl Beginning {
    /// The profile, when it could only not be reached yet.
    fn is_put_off(&self, state: &State) -> Option<&str> {
        let profile = self.profile.as_deref()?;
        let connection = state.connection.as_ref()?;
        let passing = connection.problem.as_ref().is_some_and(|problem| {
            matches!(
                problem.code,
                ProblemCode::GatewayNotFound | ProblemCode::GatewayUnreachable
            )
        });
        let own = connection.owner == Uid::current().as_raw() && connection.profile == profile;
        (own && passing && connection.phase == Phase::Failed && Instant::now() < self.until)
            .then_some(profile)
    }
}

enum Ended {
    NothingToDo,
    Lost,
}

/// Answers under way; they end with the connection.
#[derive(Default)]
struct Answers(BTreeMap<u64, JoinHandle<()>>);

impl Answers {
    fn begin(&mut self, agent: &AgentLoop, daemon: &DaemonClient, wanted: TokenWanted) {
        self.0.retain(|_, answer| !answer.is_finished());
        let profiles = agent.profiles.clone();
        let provider = Arc::clone(&agent.provider);
        let daemon = daemon.clone();
        let request = wanted.request;
        let answer = tokio::spawn(async move {
            let reply = answer(&profiles, &provider, wanted).await;
            if let Err(problem) = daemon.request(reply).await {
                tracing::warn!("the daemon did not take the answer: {problem}");
            }
        });
        self.0.insert(request, answer);
    }

    fn abandon(&mut self, request: u64) {
        if let Some(answer) = self.0.remove(&request) {
            answer.abort();
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        for answer in self.0.values() {
            answer.abort();
        }
    }
}

async fn answer(
    profiles: &ProfileStore,
    provider: &TokenProvider,
    mut wanted: TokenWanted,
) -> Request {
    wanted.interactive = false;
    let granted = match profiles.load(&wanted.profile) {
        Ok(profile) => provider.answer(&profile, &wanted, &mut Unattended).await,
        Err(problem) => Err(problem),
    };
    match granted {
        Ok(grant) => Request::GrantToken(grant),
        Err(problem) => Request::RefuseToken {
            request: wanted.request,
            problem,
        },
    }
}

/// Whether this user has a connection, or is on the way to one.
#[must_use]
pub fn is_mine(state: &State) -> bool {
    state.connection.as_ref().is_some_and(|connection| {
        connection.owner == Uid::current().as_raw()
            && !matches!(connection.phase, Phase::Disconnected | Phase::Failed)
    })
}
