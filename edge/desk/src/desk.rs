use crate::connect;
use crate::link;
use crate::problems;
use crate::shared::Shared;
use spoke_agent::{Listing, Paths, TokenProvider, is_mine, leave_behind, probe};
use spoke_api::{LogLine, ProbeReport, Problem, Request, Response};
use spoke_profile::Profile;
use spoke_view::{About, Answer, DaemonLink, Picture, ProfileSummary, PromptKind};
use std::sync::Arc;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Where a [`Desk`] works, and for which program.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    /// The user's files and the daemon's socket.
    pub paths: Paths,
    /// Version of the program, for the daemon.
    pub version: String,
}

/// The user's side behind a window. Clones are of one and the same desk.
#[derive(Clone)]
pub struct Desk {
    pub(crate) shared: Arc<Shared>,
}

impl Desk {
    /// Begins to look for the daemon and to publish pictures. To be called within a
    /// runtime, whose tasks it uses.
    #[must_use]
    pub fn start(options: DeskOptions) -> Self {
        Self::begin(Shared::new(options, None))
    }

    /// The same with another store of sign-ins than the environment names.
    #[must_use]
    pub fn start_with(options: DeskOptions, provider: Arc<TokenProvider>) -> Self {
        Self::begin(Shared::new(options, Some(provider)))
    }

    fn begin(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let desk = Self { shared };
        desk.refresh();
        tokio::spawn(link::keep(Arc::clone(&desk.shared)));
        desk
    }

    /// The picture now and after every change.
    #[must_use]
    pub fn pictures(&self) -> watch::Receiver<Picture> {
        self.shared.board.follow()
    }

    /// Connects; answered as soon as the attempt has begun, which may take the user's
    /// answers. [`Desk::disconnect`] ends it meanwhile.
    ///
    /// # Errors
    /// When there is no such profile, what it needs is missing, the user would not, or the
    /// daemon refuses.
    pub async fn connect(&self, profile: &str) -> Result<(), Problem> {
        connect::connect(&self.shared, profile)
            .await
            .inspect_err(|problem| self.see_locks(problem))
    }

    /// Ends the connection, or the attempt; answered when the host is as it was before.
    ///
    /// # Errors
    /// When there is no daemon, or it could not set the host back.
    pub async fn disconnect(&self) -> Result<(), Problem> {
        drop(self.shared.new_wish());
        self.request(Request::Disconnect { profile: None }).await
    }

    /// Tries again at once, when it is waiting to.
    ///
    /// # Errors
    /// When nothing is being connected.
    pub async fn retry_now(&self) -> Result<(), Problem> {
        self.request(Request::RetryNow).await
    }

    /// Renews the sign-in of the connection ahead of its time, with the user's help where
    /// that is needed; answered as soon as it was begun.
    ///
    /// # Errors
    /// When nothing is connected, or there is nothing to renew.
    pub async fn renew_now(&self) -> Result<(), Problem> {
        self.request(Request::RenewSignIn { interactive: true })
            .await
    }

    /// Answers `picture.prompt`.
    ///
    /// # Errors
    /// When it is not waited for any more, or is no answer to that.
    pub async fn answer(&self, id: u32, answer: Answer) -> Result<(), Problem> {
        self.shared.prompts.answer(id, answer)
    }

    /// Opens the sign-in page in the browser once more.
    ///
    /// # Errors
    /// When it is not waited for any more, or cannot be opened.
    pub async fn open_again(&self, id: u32) -> Result<(), Problem> {
        let url = self.shared.prompts.sign_in_page(id)?;
        let provider = self.shared.provider().await?;
        let outcome = provider.open_sign_in(&url).await;
        self.shared.prompts.page_opened(id, outcome.clone().err());
        outcome.map_err(|why| problems::not_opened(&why))
    }

    /// Goes on with a code for another device instead.
    ///
    /// # Errors
    /// When no sign-in waits in the browser under that number.
    pub async fn use_another_device(&self, id: u32) -> Result<(), Problem> {
        self.shared.prompts.use_another_device(id)
    }

    /// Asks the user for the password of a file that holds a private key; `again` when the
    /// one before was wrong. `None`: the user would not.
    pub async fn ask_file_password(
        &self,
        profile: &str,
        file: &str,
        again: bool,
    ) -> Option<Zeroizing<String>> {
        let file = file.to_owned();
        let kind = PromptKind::FilePassword { file, again };
        match self.shared.prompts.ask(profile, kind).await? {
            Answer::Text { text } => Some(text),
            _ => None,
        }
    }

    /// Whether the window shows something that moves each second: only then does the
    /// daemon tell the traffic.
    pub fn watch_traffic(&self, on: bool) {
        self.shared.traffic.send_if_modified(|watched| {
            let changed = *watched != on;
            *watched = on;
            changed
        });
    }

    /// Whether anybody looks at the picture: a daemon that is missing is looked for every
    /// two seconds then, and once a minute otherwise.
    pub fn look(&self, on: bool) {
        self.shared.looked_at.send_if_modified(|looked_at| {
            let changed = *looked_at != on;
            *looked_at = on;
            changed
        });
    }

    /// The daemon's log of the last so many seconds, oldest first.
    ///
    /// # Errors
    /// When there is no daemon.
    pub async fn log(&self, since_seconds: u64) -> Result<Vec<LogLine>, Problem> {
        let request = Request::Log {
            since_seconds: Some(since_seconds),
            follow: false,
        };
        match self.shared.daemon().await?.request(request).await? {
            Response::Log { lines } => Ok(lines),
            _ => Err(problems::strange_answer()),
        }
    }

    /// Tests the gateway of a profile, which need not be stored, up to the sign-in.
    ///
    /// # Errors
    /// When there is no daemon, or it refuses; what is wrong with the gateway is in the
    /// report.
    pub async fn probe(&self, profile: &Profile) -> Result<ProbeReport, Problem> {
        let daemon = self.shared.daemon().await?;
        let provider = self.shared.provider().await?;
        probe(&daemon, profile, provider.keyring()).await
    }

    /// What the About page says.
    ///
    /// # Errors
    /// When the store of sign-ins cannot be used.
    pub async fn about(&self) -> Result<About, Problem> {
        let provider = self.shared.provider().await?;
        let options = &self.shared.options;
        Ok(About {
            version: options.version.clone(),
            daemon: match self.shared.board.now().daemon {
                DaemonLink::Connected { version } => Some(version),
                DaemonLink::Searching | DaemonLink::Missing { .. } => None,
            },
            profiles: options.paths.profiles().display().to_string(),
            keyring: provider.keyring().describe(),
            socket: options.paths.socket.display().to_string(),
        })
    }

    /// To be called when the program ends. Leaves an agent behind that renews the sign-in
    /// of a connection that goes on: this program, started with `agent` as its first
    /// argument, from where it is to call [`stay_behind`](crate::stay_behind). Does nothing
    /// without a connection.
    ///
    /// # Errors
    /// When the agent cannot be started.
    pub async fn leave_behind(&self) -> Result<(), Problem> {
        if !is_mine(&self.shared.board.now().state) {
            return Ok(());
        }
        let provider = self.shared.provider().await?;
        leave_behind(&self.shared.options.paths, &provider, &[])
            .map_err(|error| problems::no_agent(&error))
    }

    /// Whether there is a tray that shows the program's icon.
    pub fn set_tray(&self, there: bool) {
        self.shared.board.set(|picture| &mut picture.tray, there);
    }

    /// Reads again what other programs may have changed: the choices, what an administrator
    /// has decided, and the profiles.
    pub fn refresh(&self) {
        self.load_preferences();
        self.profiles_changed();
    }

    /// Reads the profiles again, after one was changed.
    pub fn profiles_changed(&self) {
        show_profiles(&self.shared);
        self.shared.look_at_accounts();
    }

    async fn request(&self, request: Request) -> Result<(), Problem> {
        let daemon = self.shared.daemon().await?;
        daemon.request(request).await.map(drop)
    }
}

/// Puts the profiles into the picture as they are stored now.
pub(crate) fn show_profiles(desk: &Shared) {
    let listing = desk.store.list().unwrap_or_else(|problem| Listing {
        profiles: Vec::new(),
        damaged: vec![problem],
    });
    let profiles = listing
        .profiles
        .iter()
        .map(|profile| ProfileSummary::of(profile, desk.account_of(&profile.name)))
        .collect();
    desk.board.set(|picture| &mut picture.profiles, profiles);
    desk.board
        .set(|picture| &mut picture.damaged, listing.damaged);
}
