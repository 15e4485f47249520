use crate::connect;
use crate::page;
use crate::questions::Questions;
use crate::shared::Shared;
use crate::user::User;
use spoke_agent::{DaemonClient, forget_proxy_password, is_mine};
use spoke_api::{Notice, Phase, ProblemCode, SignInProgress, State, Update};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The course of things at the daemon, for as long as it is connected to: shows its states,
/// answers its questions, and does what follows from a change.
pub(crate) struct Course {
    desk: Arc<Shared>,
    daemon: DaemonClient,
    questions: Questions,
    /// The asking about a page that the gateway wants opened.
    page: Option<AbortHandle>,
    before: State,
    /// The profile that was connected when the daemon before went, until there is a state.
    lost: Option<String>,
}

impl Course {
    pub(crate) fn new(desk: &Arc<Shared>, daemon: &DaemonClient, lost: Option<String>) -> Self {
        Self {
            desk: Arc::clone(desk),
            daemon: daemon.clone(),
            questions: Questions::default(),
            page: None,
            before: State::default(),
            lost,
        }
    }

    pub(crate) fn handle(&mut self, update: Update) {
        match update {
            Update::State { state } => self.moved_on(*state),
            Update::TokenWanted(wanted) => self.questions.begin(&self.desk, &self.daemon, wanted),
            Update::TokenNoLongerWanted { request } => self.questions.abandon(request),
            Update::PageWanted { profile, url } => {
                self.close_page();
                let asking = page::ask(Arc::clone(&self.desk), self.daemon.clone(), profile, url);
                self.page = Some(tokio::spawn(asking).abort_handle());
            }
            Update::Log { .. } => {}
        }
    }

    /// The profile that is connected, or was, as far as this daemon has told.
    pub(crate) fn lost(&mut self) -> Option<String> {
        let connection = self.before.connection.take();
        let state = State { connection };
        let own = is_mine(&state).then_some(state.connection).flatten();
        own.map(|connection| connection.profile)
            .or_else(|| self.lost.take())
    }

    fn moved_on(&mut self, state: State) {
        if let Some(lost) = self.lost.take()
            && state.connection.is_none()
        {
            let (desk, daemon) = (Arc::clone(&self.desk), self.daemon.clone());
            tokio::spawn(connect::restore(desk, daemon, lost));
        }
        let on_page = state.connection.as_ref().is_some_and(|connection| {
            matches!(connection.sign_in, Some(SignInProgress::Page { .. }))
        });
        if !on_page {
            self.close_page();
        }
        if is_mine(&state) && state.phase() == Phase::Connected {
            if self.before.phase() != Phase::Connected {
                self.accepted(&state);
            }
        } else if state.phase() == Phase::Failed && self.before.phase() != Phase::Failed {
            self.failed(&state);
        }
        self.before = state.clone();
        self.desk.board.set(|picture| &mut picture.state, state);
    }

    /// The gateway has let the user in: what was typed may be kept now.
    fn accepted(&self, state: &State) {
        let Some(connection) = &state.connection else {
            return;
        };
        let (desk, name) = (Arc::clone(&self.desk), connection.profile.clone());
        tokio::spawn(async move {
            let (nobody, _) = mpsc::unbounded_channel();
            let mut user = User::new(&desk, &name, nobody);
            if let Ok(provider) = desk.provider().await {
                provider.accepted(&mut user).await;
            }
            desk.look_at_accounts();
        });
    }

    /// A password that the proxy refused is not sent again.
    fn failed(&self, state: &State) {
        let refused = state.connection.as_ref().filter(|connection| {
            let problem = connection.problem.as_ref();
            problem.is_some_and(|problem| problem.code == ProblemCode::ProxyRefused)
        });
        let Some(connection) = refused else { return };
        let (desk, name) = (Arc::clone(&self.desk), connection.profile.clone());
        tokio::spawn(async move {
            let Ok(profile) = desk.profile_of(&name) else {
                return;
            };
            if let Ok(provider) = desk.provider().await
                && let Err(problem) = forget_proxy_password(&profile, provider.keyring()).await
            {
                desk.board.notice(Notice::other(problem.summary));
            }
        });
    }

    fn close_page(&mut self) {
        if let Some(page) = self.page.take() {
            page.abort();
        }
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        self.close_page();
    }
}
