use crate::Desk;
use crate::user::User;
use spoke_agent::{
    ClientIdentity, TokenProvider, certificate_problem, forget_leftovers, keep_password,
    keep_proxy_password, leaves_secrets, take_certificate,
};
use spoke_api::{Notice, NoticeCode, Problem, ProblemCode};
use spoke_profile::{Profile, Secrets, SignIn};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

impl Desk {
    /// Puts what came along with an imported file where it belongs: the certificate into
    /// the profile, its key and, if the user says so, the passwords into the keyring. The
    /// profile is not saved yet.
    pub(super) async fn take_secrets(
        &self,
        profile: &mut Profile,
        secrets: &Secrets,
        keep_passwords: bool,
    ) -> Result<(), Problem> {
        if let Some(identity) = self.identity(&profile.name, secrets).await? {
            if let Some(problem) = certificate_problem(&profile.name, &identity.facts, now()) {
                self.shared.board.notice(Notice::other(problem.summary));
            }
            let provider = self.settled(&profile.name).await?;
            take_certificate(profile, &identity, provider.keyring()).await?;
        }
        if !keep_passwords {
            return Ok(());
        }
        if let (
            SignIn::Password {
                username: Some(username),
                ..
            },
            Some(password),
        ) = (&profile.sign_in, &secrets.password)
        {
            let provider = self.settled(&profile.name).await?;
            keep_password(profile, username, password.expose(), provider.keyring()).await?;
        }
        if let Some(password) = &secrets.proxy_password {
            let provider = self.settled(&profile.name).await?;
            keep_proxy_password(profile, password.expose(), provider.keyring()).await?;
        }
        Ok(())
    }

    /// What has the keyring, after the user was asked where to keep secrets if that is
    /// open.
    async fn settled(&self, profile: &str) -> Result<Arc<TokenProvider>, Problem> {
        let provider = self.shared.provider().await?;
        // Nothing goes on that the user could end by an answer.
        let (to, _nobody) = mpsc::unbounded_channel();
        let mut user = User::new(&self.shared, profile, to);
        provider.keyring().settle(&mut user).await;
        Ok(provider)
    }

    /// The certificate and key that came along, asking for the password of the file as
    /// often as reading it does.
    async fn identity(
        &self,
        profile: &str,
        secrets: &Secrets,
    ) -> Result<Option<ClientIdentity>, Problem> {
        let Some((first, _)) = secrets.client_files.first() else {
            return Ok(None);
        };
        let files: Vec<(&str, &[u8])> = secrets
            .client_files
            .iter()
            .map(|(place, bytes)| (place.as_str(), bytes.expose()))
            .collect();
        let mut typed: Vec<Zeroizing<String>> = Vec::new();
        loop {
            let mut given = typed.iter();
            let mut wanted = None;
            let read = ClientIdentity::read(&files, &mut |again| {
                let next = given.next().cloned();
                if next.is_none() {
                    wanted.get_or_insert(again);
                }
                next
            });
            let Some(again) = wanted else {
                return read.map(Some);
            };
            let answer = self.ask_file_password(profile, first, again).await;
            typed.push(answer.ok_or_else(|| not_unlocked(profile, first))?);
        }
    }

    /// Forgets what nobody needs any more of the secrets that a profile had `before` it
    /// was saved as `after`, or removed. The profile is changed already; what stays behind
    /// in the keyring is worth no more than a word.
    pub(super) async fn forget_leftovers(&self, before: &Profile, after: Option<&Profile>) {
        if !leaves_secrets(before, after) {
            return;
        }
        let forgotten = async {
            let stored = self.store().list()?;
            let provider = self.shared.provider().await?;
            forget_leftovers(before, after, &stored, provider.keyring()).await
        };
        if let Err(problem) = forgotten.await {
            let (name, why) = (&before.name, &problem.summary);
            let text = format!("Secrets of {name} are still in the keyring: {why}");
            let notice = Notice::new(NoticeCode::SecretsLeft, text);
            self.shared.board.notice(notice.about(name).about(why));
        }
    }
}

fn not_unlocked(profile: &str, file: &str) -> Problem {
    Problem::new(
        ProblemCode::Cancelled,
        format!("{profile} was not saved: {file} is under a password."),
        "Save it again and type the password of the file.",
    )
}

/// Unix time in seconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
