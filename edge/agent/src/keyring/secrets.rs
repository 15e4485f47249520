//! Secrets of the user's beside sign-ins: private keys and passwords.

use super::{Keyring, Kind, SystemKeyring, lock, unusable};
use spoke_api::{Problem, ProblemCode};
use zeroize::Zeroizing;

/// What a secret is for; the name that it is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName {
    kind: SecretKind,
    key: String,
}

/// Kinds of secrets beside sign-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretKind {
    /// The private key of a client certificate, by the certificate's thumbprint.
    PrivateKey,
    /// A password for a profile's gateways, by these.
    Password,
    /// A password for a proxy, by user, host and port.
    ProxyPassword,
}

impl SecretKind {
    /// The word that tells the kinds apart in the keyring, and from sign-ins.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::PrivateKey => "spoke-private-key",
            Self::Password => "spoke-password",
            Self::ProxyPassword => "spoke-proxy-password",
        }
    }

    /// Whether an entry of the token file is a secret of any of these kinds.
    pub(super) fn is_name_of_any(name: &str) -> bool {
        [Self::PrivateKey, Self::Password, Self::ProxyPassword]
            .iter()
            .any(|kind| name.starts_with(kind.word()))
    }
}

impl SecretName {
    /// A secret of this kind, by a key that is unique within it.
    #[must_use]
    pub fn new(kind: SecretKind, key: impl Into<String>) -> Self {
        Self {
            kind,
            key: key.into(),
        }
    }

    /// The key within its kind.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its name in the token file.
    fn in_file(&self) -> String {
        format!("{} {}", self.kind.word(), self.key)
    }
}

impl Keyring {
    /// The secret of this name, if there is one; `interactive` allows the keyring to
    /// ask for its own password.
    ///
    /// # Errors
    /// When the keyring cannot be read.
    pub async fn secret(
        &self,
        name: &SecretName,
        interactive: bool,
    ) -> Result<Option<Zeroizing<String>>, Problem> {
        if let Some(text) = lock(&self.secrets).get(name) {
            return Ok(Some(text.clone()));
        }
        match self.kind() {
            Kind::System(service) => {
                let found = service
                    .load(name.kind.word(), Some(&name.key), interactive)
                    .await;
                Ok(found.map_err(unusable)?.into_iter().next())
            }
            Kind::File(file) => {
                let wanted = name.in_file();
                Ok(file.load(|entry| entry == wanted)?.into_iter().next())
            }
            Kind::Undecided(_) | Kind::Memory => Ok(None),
        }
    }

    /// All secrets of a kind.
    ///
    /// # Errors
    /// When the keyring cannot be read.
    pub async fn secrets(&self, kind: SecretKind) -> Result<Vec<Zeroizing<String>>, Problem> {
        let mut texts = match self.kind() {
            Kind::System(service) => service
                .load(kind.word(), None, true)
                .await
                .map_err(unusable)?,
            Kind::File(file) => {
                let prefix = format!("{} ", kind.word());
                file.load(|entry| entry.starts_with(&prefix))?
            }
            Kind::Undecided(_) | Kind::Memory => Vec::new(),
        };
        let memory = lock(&self.secrets);
        let others = memory.iter().filter(|(name, _)| name.kind == kind);
        texts.extend(others.map(|(_, text)| text.clone()));
        Ok(texts)
    }

    /// Keeps a secret in the place of one of the same name. `label` is what the
    /// keyring's own programs show.
    ///
    /// # Errors
    /// When the keyring cannot be written.
    pub async fn keep(&self, name: &SecretName, label: &str, text: &str) -> Result<(), Problem> {
        match self.kind() {
            Kind::System(service) => service
                .store(name.kind.word(), &name.key, label, text)
                .await
                .map_err(unusable),
            Kind::File(file) => file.store(&name.in_file(), text),
            Kind::Undecided(_) | Kind::Memory => {
                let text = Zeroizing::new(text.to_owned());
                lock(&self.secrets).insert(name.clone(), text);
                Ok(())
            }
        }
    }

    /// Keeps a secret that is of no use unless it outlives this process.
    ///
    /// # Errors
    /// When there is no store that does, or it cannot be written.
    pub async fn keep_for_good(
        &self,
        name: &SecretName,
        label: &str,
        text: &str,
    ) -> Result<(), Problem> {
        if self.forgets(true) {
            return Err(Problem::new(
                ProblemCode::Other,
                "There is no keyring to keep the secret in.",
                format!(
                    "{}, or keep secrets in a file that only you can read: SPOKE_TOKEN_STORE=file",
                    SystemKeyring::REMEDY
                ),
            ));
        }
        self.keep(name, label, text).await
    }

    /// Forgets a secret, if there is one of this name.
    ///
    /// # Errors
    /// When the keyring cannot be changed.
    pub async fn forget(&self, name: &SecretName) -> Result<(), Problem> {
        lock(&self.secrets).remove(name);
        match self.kind() {
            Kind::System(service) => service
                .remove(name.kind.word(), &name.key)
                .await
                .map_err(unusable),
            Kind::File(file) => file.remove(&name.in_file()),
            Kind::Undecided(_) | Kind::Memory => Ok(()),
        }
    }
}
