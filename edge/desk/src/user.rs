use crate::prompts::{Prompted, Said};
use crate::shared::Shared;
use spoke_agent::{DaemonClient, PasswordAnswer, Prompt, Question, Waiting};
use spoke_api::{Notice, Request};
use spoke_view::{Answer, PromptKind};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// The user in front of the window, on behalf of one sign-in.
pub(crate) struct User {
    desk: Arc<Shared>,
    profile: String,
    /// To whoever runs the sign-in: a wish to end it, or to go another way.
    to: mpsc::UnboundedSender<Said>,
    /// The daemon and its question, to tell its other clients where the sign-in waits.
    told: Option<(DaemonClient, u64)>,
    waiting: Option<Prompted>,
}

impl User {
    pub(crate) fn new(desk: &Arc<Shared>, profile: &str, to: mpsc::UnboundedSender<Said>) -> Self {
        Self {
            desk: Arc::clone(desk),
            profile: profile.to_owned(),
            to,
            told: None,
            waiting: None,
        }
    }

    /// The same, telling the daemon where its question waits.
    pub(crate) fn telling(mut self, daemon: &DaemonClient, request: u64) -> Self {
        self.told = Some((daemon.clone(), request));
        self
    }

    /// Asks; where the user would end it, whoever runs the sign-in does, and with it this.
    async fn ask(&mut self, kind: PromptKind) -> Option<Answer> {
        // Nothing is waited for elsewhere while something is asked here.
        self.waiting = None;
        match self.desk.prompts.ask(&self.profile, kind).await {
            Some(Answer::Cancel) if self.to.send(Said::Answer(Answer::Cancel)).is_ok() => {
                std::future::pending().await
            }
            answer => answer,
        }
    }
}

impl Prompt for User {
    fn waiting(&mut self, waiting: &Waiting) {
        let kind = match waiting {
            Waiting::Browser { url, not_opened } => PromptKind::Browser {
                url: url.clone(),
                not_opened: not_opened.clone(),
            },
            Waiting::DeviceCode {
                url,
                code,
                valid_for,
            } => PromptKind::DeviceCode {
                url: url.clone(),
                code: code.clone(),
                valid_until: now().saturating_add(valid_for.as_secs()),
            },
        };
        let open = self.desk.prompts.open(&self.profile, kind, self.to.clone());
        self.waiting = Some(open);
        if let Some((daemon, request)) = self.told.clone() {
            let progress = waiting.progress();
            tokio::spawn(async move {
                // A question that is closed by now needs no progress.
                let _ = daemon
                    .request(Request::SignInProgress { request, progress })
                    .await;
            });
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.desk.board.notice(notice);
    }

    fn password<'a>(
        &'a mut self,
        asker: &'a str,
        username: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<PasswordAnswer>> + Send + 'a>> {
        Box::pin(async move {
            let proxy = (asker != self.profile)
                .then(|| asker.strip_prefix("the proxy ").unwrap_or(asker).to_owned());
            let kind = PromptKind::Password {
                username: username.map(ToOwned::to_owned),
                can_remember: self.desk.can_keep(),
                proxy,
            };
            match self.ask(kind).await? {
                Answer::Password {
                    username,
                    password,
                    remember,
                } => Some(PasswordAnswer {
                    username,
                    password,
                    remember,
                }),
                _ => None,
            }
        })
    }

    fn question<'a>(
        &'a mut self,
        question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Option<Zeroizing<String>>> + Send + 'a>> {
        Box::pin(async move {
            let kind = PromptKind::Question {
                text: question.text.clone(),
                echo: question.echo,
            };
            match self.ask(kind).await? {
                Answer::Text { text } => Some(text),
                _ => None,
            }
        })
    }

    fn allow_token_file<'a>(
        &'a mut self,
        file: &'a Path,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            self.waiting = None;
            let kind = PromptKind::TokenFile {
                path: file.display().to_string(),
            };
            // Who would not say is taken for a no: what it is about is done already.
            let answer = self.desk.prompts.ask(&self.profile, kind).await;
            matches!(answer, Some(Answer::Yes))
        })
    }
}

/// Unix time in seconds.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
