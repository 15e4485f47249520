//! User names and passwords: remembered in the keyring, else asked for.

use crate::keyring::{Keyring, SecretKind, SecretName};
use crate::notices;
use crate::problems;
use crate::prompt::{Prompt, Question};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use spoke_api::{AccessToken, Problem, TokenGrant, TokenReason, TokenWanted};
use spoke_profile::{Profile, StaticChallenge};
use std::fmt::Write as _;
use zeroize::{Zeroize, Zeroizing};

/// A password that is kept, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPassword {
    /// The user name that it goes with.
    pub username: String,
    /// Name that the profile had when it was kept.
    pub profile: String,
    name: SecretName,
}

/// What the keyring holds for one password.
#[derive(Serialize, Deserialize)]
struct Stored {
    profile: String,
    username: String,
    password: String,
    /// The key, so that the entry can be found by its contents.
    key: String,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}

/// A typed password that is to be kept once the gateway has accepted it.
pub(crate) struct Pending {
    name: SecretName,
    label: String,
    text: Zeroizing<String>,
}

/// What answers one question for a password.
pub(crate) struct Passwords<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) username: Option<&'a str>,
    pub(crate) challenge: Option<&'a StaticChallenge>,
    pub(crate) keyring: &'a Keyring,
}

impl Passwords<'_> {
    /// The remembered password, else what the user types. A remembered password that
    /// the gateway refused is forgotten: sending it again could lock the account.
    pub(crate) async fn answer(
        &self,
        wanted: &TokenWanted,
        interactive: bool,
        prompt: &mut dyn Prompt,
    ) -> Result<(TokenGrant, Option<Pending>), Problem> {
        let name = secret_name(self.profile);
        let mut remembered = self.remembered(&name, interactive, prompt).await?;
        if wanted.reason == TokenReason::Refused {
            if remembered.take().is_some() {
                self.keyring.forget(&name).await?;
                prompt.notice(notices::kept_password_refused());
            } else if interactive {
                prompt.notice(notices::password_refused());
            }
        }
        let silent = remembered.is_some() && self.challenge.is_none();
        if !silent && !interactive {
            return Err(problems::password_needed(&self.profile.name));
        }
        let (stored, pending) = match remembered {
            Some(stored) => (stored, None),
            None => self.ask(&name, prompt).await?,
        };
        let password = self.with_answer(&stored.password, prompt).await?;
        let grant = TokenGrant {
            request: wanted.request,
            username: stored.username.clone(),
            token: AccessToken::new(password),
            account: Some(stored.username.clone()),
            expires: None,
            silent,
            once: self.challenge.is_some(),
        };
        Ok((grant, pending))
    }

    /// Asks for a password and keeps it, without trying it.
    pub(crate) async fn log_in(&self, prompt: &mut dyn Prompt) -> Result<KeptPassword, Problem> {
        let name = secret_name(self.profile);
        let (stored, _) = self.ask(&name, prompt).await?;
        Pending::of(&name, &stored)
            .keep_for_good(self.keyring)
            .await?;
        Ok(KeptPassword {
            username: stored.username.clone(),
            profile: stored.profile.clone(),
            name,
        })
    }

    async fn remembered(
        &self,
        name: &SecretName,
        interactive: bool,
        prompt: &mut dyn Prompt,
    ) -> Result<Option<Stored>, Problem> {
        let text = match self.keyring.secret(name, interactive).await {
            Ok(text) => text,
            Err(problem) if interactive => {
                prompt.notice(notices::problem(&problem));
                None
            }
            Err(problem) => return Err(problem),
        };
        let stored: Option<Stored> = text.and_then(|text| serde_json::from_str(&text).ok());
        // A profile that has come to name another user wants that one's password.
        Ok(stored.filter(|stored| self.username.is_none_or(|name| name == stored.username)))
    }

    async fn ask(
        &self,
        name: &SecretName,
        prompt: &mut dyn Prompt,
    ) -> Result<(Stored, Option<Pending>), Problem> {
        let answer = prompt
            .password(&self.profile.name, self.username)
            .await
            .ok_or_else(|| problems::password_needed(&self.profile.name))?;
        let stored = Stored {
            profile: self.profile.name.clone(),
            username: answer.username,
            password: String::clone(&answer.password),
            key: name.key().to_owned(),
        };
        let pending = answer.remember.then(|| Pending::of(name, &stored));
        Ok((stored, pending))
    }

    /// The password with the answer to the profile's question, in the form that the
    /// gateway wants (OpenVPN's `static-challenge`).
    async fn with_answer(
        &self,
        password: &str,
        prompt: &mut dyn Prompt,
    ) -> Result<String, Problem> {
        let Some(challenge) = self.challenge else {
            return Ok(password.to_owned());
        };
        let question = Question {
            profile: self.profile.name.clone(),
            text: challenge.text.clone(),
            echo: challenge.echo,
        };
        let answer = prompt
            .question(&question)
            .await
            .ok_or_else(|| problems::password_needed(&self.profile.name))?;
        if challenge.concatenated {
            return Ok(format!("{password}{}", answer.as_str()));
        }
        let encoded = |text: &str| Zeroizing::new(STANDARD.encode(text));
        Ok(format!(
            "SCRV1:{}:{}",
            encoded(password).as_str(),
            encoded(&answer).as_str()
        ))
    }
}

impl Pending {
    fn of(name: &SecretName, stored: &Stored) -> Self {
        Self {
            name: name.clone(),
            label: format!(
                "Spoke password of {} for {}",
                stored.username, stored.profile
            ),
            text: Zeroizing::new(serde_json::to_string(stored).unwrap_or_default()),
        }
    }

    /// Keeps the password; the gateway has accepted it.
    pub(crate) async fn keep(self, keyring: &Keyring) -> Result<(), Problem> {
        keyring.keep(&self.name, &self.label, &self.text).await
    }

    async fn keep_for_good(self, keyring: &Keyring) -> Result<(), Problem> {
        keyring
            .keep_for_good(&self.name, &self.label, &self.text)
            .await
    }
}

/// Keeps a password that came with the file of a profile, as if it had been typed.
///
/// # Errors
/// When there is no lasting store, or it cannot be changed.
pub async fn keep_password(
    profile: &Profile,
    username: &str,
    password: &str,
    keyring: &Keyring,
) -> Result<(), Problem> {
    let name = secret_name(profile);
    let stored = Stored {
        profile: profile.name.clone(),
        username: username.to_owned(),
        password: password.to_owned(),
        key: name.key().to_owned(),
    };
    Pending::of(&name, &stored).keep_for_good(keyring).await
}

/// All passwords that are kept.
pub(crate) async fn kept(keyring: &Keyring) -> Result<Vec<KeptPassword>, Problem> {
    let texts = keyring.secrets(SecretKind::Password).await?;
    let mut kept: Vec<KeptPassword> = texts
        .iter()
        .filter_map(|text| serde_json::from_str::<Stored>(text).ok())
        .map(|stored| KeptPassword {
            username: stored.username.clone(),
            profile: stored.profile.clone(),
            name: SecretName::new(SecretKind::Password, stored.key.clone()),
        })
        .collect();
    kept.sort_by(|a, b| (&a.username, &a.profile).cmp(&(&b.username, &b.profile)));
    Ok(kept)
}

/// Forgets the kept passwords of this user name (all when `None`); says how many.
pub(crate) async fn forget(keyring: &Keyring, username: Option<&str>) -> Result<usize, Problem> {
    let mut forgotten = 0;
    for one in kept(keyring).await? {
        let meant = username.is_none_or(|name| name.to_lowercase() == one.username.to_lowercase());
        if meant {
            keyring.forget(&one.name).await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}

/// A password is for the gateways of the profile and for how they prove
/// themselves: one that is imported under the same name, with other gateways or
/// under another root, does not get it.
fn secret_name(profile: &Profile) -> SecretName {
    let mut hash = Sha256::new();
    for server in &profile.servers {
        hash.update(format!("{}:{}\n", server.host, profile.port_of(server)));
    }
    let check = &profile.server_check;
    let roots = serde_json::to_vec(&(
        &check.root_sha1,
        &check.root_certificates,
        &check.server_name,
        &check.requirements,
    ));
    hash.update(roots.unwrap_or_default());
    let mut key = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(key, "{byte:02x}");
    }
    SecretName::new(SecretKind::Password, key)
}

/// Forgets the password of a profile that is gone, unless another one uses the same.
///
/// # Errors
/// When the keyring cannot be changed.
pub(crate) async fn forget_password(
    gone: &Profile,
    others: &[Profile],
    keyring: &Keyring,
) -> Result<(), Problem> {
    let name = secret_name(gone);
    if others.iter().any(|other| secret_name(other) == name) {
        return Ok(());
    }
    keyring.forget(&name).await
}
