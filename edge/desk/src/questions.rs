use crate::problems;
use crate::prompts::Said;
use crate::shared::Shared;
use crate::user::User;
use spoke_agent::{Ask, DaemonClient};
use spoke_api::{Problem, ProblemCode, Request, TokenGrant, TokenReason, TokenWanted};
use spoke_view::SignInWay;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The daemon's questions for tokens that are being answered; they end with the connection.
#[derive(Default)]
pub(crate) struct Questions(BTreeMap<u64, AbortHandle>);

impl Questions {
    /// Answers beside everything else: a sign-in can take minutes.
    pub(crate) fn begin(&mut self, desk: &Arc<Shared>, daemon: &DaemonClient, wanted: TokenWanted) {
        self.0.retain(|_, answering| !answering.is_finished());
        let request = wanted.request;
        let answering = run(Arc::clone(desk), daemon.clone(), wanted);
        self.0
            .insert(request, tokio::spawn(answering).abort_handle());
    }

    /// The daemon does not want an answer any more.
    pub(crate) fn abandon(&mut self, request: u64) {
        if let Some(answering) = self.0.remove(&request) {
            answering.abort();
        }
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        for answering in self.0.values() {
            answering.abort();
        }
    }
}

async fn run(desk: Arc<Shared>, daemon: DaemonClient, wanted: TokenWanted) {
    let request = wanted.request;
    let reply = match answer(&desk, &daemon, &wanted).await {
        Ok(grant) => Request::GrantToken(grant),
        // Without a sign-in there is no connection; one that is up goes on.
        Err(problem)
            if problem.code == ProblemCode::Cancelled && wanted.reason != TokenReason::Renew =>
        {
            let profile = Some(wanted.profile.clone());
            Request::Disconnect { profile }
        }
        Err(problem) => Request::RefuseToken { request, problem },
    };
    if let Err(problem) = daemon.request(reply).await {
        tracing::debug!("the daemon did not take the answer: {problem}");
    }
    desk.look_at_accounts();
}

async fn answer(
    desk: &Arc<Shared>,
    daemon: &DaemonClient,
    wanted: &TokenWanted,
) -> Result<TokenGrant, Problem> {
    let profile = desk.profile_of(&wanted.profile)?;
    let provider = desk.provider().await?;
    let mut ask = match desk.board.now().preferences.sign_in {
        SignInWay::Auto => Ask::Auto,
        SignInWay::Browser => Ask::Browser,
        SignInWay::DeviceCode => Ask::DeviceCode,
    };
    loop {
        let (to, mut said) = mpsc::unbounded_channel();
        let mut user = User::new(desk, &wanted.profile, to).telling(daemon, wanted.request);
        tokio::select! {
            answered = provider.answer_by(ask, &profile, wanted, &mut user) => return answered,
            Some(said) = said.recv() => match said {
                Said::AnotherDevice => ask = Ask::DeviceCode,
                Said::Answer(_) => return Err(problems::cancelled(&wanted.profile)),
            },
        }
    }
}
