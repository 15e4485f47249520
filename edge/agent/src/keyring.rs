mod file;
mod secrets;
mod system;

use crate::Paths;
use crate::notices;
use crate::prompt::Prompt;
use file::TokenFile;
pub use secrets::{SecretKind, SecretName};
use spoke_api::{Notice, Problem, ProblemCode};
use spoke_signin::{CacheEntry, CacheKey};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use system::SystemKeyring;
use zeroize::Zeroizing;

/// Application's name of sign-ins in the system's keyring; other secrets have names of
/// their own, so that they are not loaded with them.
const SIGN_INS: &str = "spoke";

/// Where tokens and other secrets are kept: the system's keyring (the Secret Service, the
/// login keychain), a 0600 file if the user wants that, or this process's memory. What must not outlive the session
/// (`cachesigninuser=false`) is in memory in any case.
pub struct Keyring {
    kind: Mutex<Kind>,
    memory: Mutex<BTreeMap<String, Zeroizing<String>>>,
    secrets: Mutex<BTreeMap<SecretName, Zeroizing<String>>>,
}

#[derive(Clone)]
enum Kind {
    System(SystemKeyring),
    File(TokenFile),
    /// Nothing is there; the user may allow this file.
    Undecided(PathBuf),
    Memory,
}

impl Keyring {
    /// The store that `SPOKE_TOKEN_STORE` names (`keyring`, `file` or
    /// `memory`); without it the system's keyring when one answers, else the
    /// file that the user allowed before. With neither, tokens stay in memory
    /// until the user allows a file.
    ///
    /// # Errors
    /// When the variable has another value, or names a store that is not there.
    pub async fn choose(paths: &Paths) -> Result<Self, Problem> {
        let wanted = std::env::var("SPOKE_TOKEN_STORE").unwrap_or_default();
        Self::choose_named(&wanted, &paths.token_file()).await
    }

    async fn choose_named(wanted: &str, file: &Path) -> Result<Self, Problem> {
        match wanted {
            "memory" => Ok(Self::memory()),
            "file" => Ok(Self::file(file)),
            "keyring" => match SystemKeyring::connect().await {
                Ok(service) => Ok(Self::new(Kind::System(service))),
                Err(why) => Err(Problem::new(
                    ProblemCode::Other,
                    format!(
                        "SPOKE_TOKEN_STORE=keyring, but {} is not there: {why}.",
                        SystemKeyring::NAME
                    ),
                    format!("{}, or use SPOKE_TOKEN_STORE=file.", SystemKeyring::REMEDY),
                )),
            },
            "" => Ok(match SystemKeyring::connect().await {
                Ok(service) => Self::new(Kind::System(service)),
                Err(why) => {
                    tracing::debug!("{} is not there: {why}", SystemKeyring::NAME);
                    if file.exists() {
                        Self::file(file)
                    } else {
                        Self::new(Kind::Undecided(file.to_owned()))
                    }
                }
            }),
            other => Err(Problem::new(
                ProblemCode::Usage,
                format!("SPOKE_TOKEN_STORE is “{other}”."),
                "Set it to keyring, file or memory, or leave it out.",
            )),
        }
    }

    /// A store that ends with the process.
    #[must_use]
    pub fn memory() -> Self {
        Self::new(Kind::Memory)
    }

    /// A file that only the user can read; the tokens in it are not encrypted.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self::new(Kind::File(TokenFile::new(path)))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind: Mutex::new(kind),
            memory: Mutex::default(),
            secrets: Mutex::default(),
        }
    }

    /// Where tokens are kept, as a part of a sentence.
    #[must_use]
    pub fn describe(&self) -> String {
        match self.kind() {
            Kind::System(_) => format!("in {}", SystemKeyring::NAME),
            Kind::File(file) => format!("in the file {}", file.path().display()),
            Kind::Undecided(_) | Kind::Memory => "in memory only".to_owned(),
        }
    }

    /// What the user should know about the store.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        match self.kind() {
            Kind::File(file) => Some(notices::kept_in_file(file.path())),
            Kind::System(_) | Kind::Undecided(_) | Kind::Memory => None,
        }
    }

    /// Whether what is stored now is gone when the process ends.
    pub(crate) fn forgets(&self, lasting: bool) -> bool {
        !lasting || matches!(self.kind(), Kind::Undecided(_) | Kind::Memory)
    }

    /// The file that the user has to be asked about before tokens can be kept.
    pub(crate) fn undecided(&self) -> Option<PathBuf> {
        match self.kind() {
            Kind::Undecided(file) => Some(file),
            _ => None,
        }
    }

    /// The user's answer to that question.
    pub(crate) fn decide(&self, allowed: bool) {
        let mut kind = lock(&self.kind);
        if let Kind::Undecided(file) = &*kind {
            *kind = if allowed {
                Kind::File(TokenFile::new(file))
            } else {
                Kind::Memory
            };
        }
    }

    /// Asks the user whether secrets may be kept in a file, where there is no keyring
    /// and that is open.
    pub async fn settle(&self, prompt: &mut dyn Prompt) {
        if let Some(file) = self.undecided() {
            let allowed = prompt.allow_token_file(&file).await;
            self.decide(allowed);
        }
    }

    /// Whether secrets can be kept beyond this process, if the user allows it.
    #[must_use]
    pub fn can_keep(&self) -> bool {
        !matches!(self.kind(), Kind::Memory)
    }

    /// All entries; `interactive` allows the keyring to ask for its password.
    pub(crate) async fn entries(&self, interactive: bool) -> Result<Vec<CacheEntry>, Problem> {
        let mut texts: Vec<Zeroizing<String>> = match self.kind() {
            Kind::System(service) => service
                .load(SIGN_INS, None, interactive)
                .await
                .map_err(unusable)?,
            Kind::File(file) => file.load(|name| !SecretKind::is_name_of_any(name))?,
            Kind::Undecided(_) | Kind::Memory => Vec::new(),
        };
        texts.extend(self.in_memory());
        Ok(texts
            .iter()
            .filter_map(|text| CacheEntry::from_storage(text))
            .collect())
    }

    /// Keeps an entry, in memory only unless `lasting`.
    pub(crate) async fn store(&self, entry: &CacheEntry, lasting: bool) -> Result<(), Problem> {
        let (key, text) = (entry.key.text(), entry.to_storage());
        match self.kind() {
            Kind::System(service) if lasting => {
                let who = entry
                    .account
                    .as_ref()
                    .and_then(|account| account.username.as_deref());
                let label = format!("Spoke sign-in {}", who.unwrap_or(&entry.key.authority));
                service
                    .store(SIGN_INS, &key, &label, &text)
                    .await
                    .map_err(unusable)
            }
            Kind::File(file) if lasting => file.store(&key, &text),
            _ => {
                lock(&self.memory).insert(key, text);
                Ok(())
            }
        }
    }

    /// Forgets an entry.
    pub(crate) async fn remove(&self, key: &CacheKey) -> Result<(), Problem> {
        let key = key.text();
        lock(&self.memory).remove(&key);
        match self.kind() {
            Kind::System(service) => service.remove(SIGN_INS, &key).await.map_err(unusable),
            Kind::File(file) => file.remove(&key),
            Kind::Undecided(_) | Kind::Memory => Ok(()),
        }
    }

    /// Copies of the entries in memory, as they would be stored.
    pub(crate) fn in_memory(&self) -> Vec<Zeroizing<String>> {
        lock(&self.memory).values().cloned().collect()
    }

    fn kind(&self) -> Kind {
        lock(&self.kind).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unusable(why: String) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!(
            "The keyring cannot be used ({}): {why}.",
            SystemKeyring::NAME
        ),
        "Unlock the keyring, or keep tokens elsewhere: SPOKE_TOKEN_STORE=file",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_signin::{Secret, SignInSettings};

    fn entry(client: &str, access: &str) -> CacheEntry {
        CacheEntry {
            key: CacheKey {
                account: None,
                authority: "https://login.example/t".to_owned(),
                client_id: client.to_owned(),
                scope: SignInSettings::full_scope("a/.default"),
            },
            account: None,
            access: Secret::new(access.to_owned()),
            expires: spoke_moment_wall(),
            refresh: None,
        }
    }

    fn spoke_moment_wall() -> spoke_moment::WallTime {
        spoke_moment::WallTime::from_unix(5)
    }

    #[tokio::test]
    async fn the_file_is_private_and_forgets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/tokens.json");
        let keyring = Keyring::choose_named("file", &path).await.unwrap();
        assert!(keyring.notice().unwrap().text.contains("not encrypted"));
        keyring.store(&entry("a", "one"), true).await.unwrap();
        keyring.store(&entry("a", "two"), true).await.unwrap();
        keyring.store(&entry("b", "three"), true).await.unwrap();
        keyring.store(&entry("c", "four"), false).await.unwrap();
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
        assert!(!std::fs::read_to_string(&path).unwrap().contains("four"));
        let other = Keyring::file(&path);
        let seen = other.entries(false).await.unwrap();
        assert!(seen.iter().any(|entry| entry.access.matches("two")));
        assert_eq!(seen.len(), 2);
        other.remove(&entry("a", "").key).await.unwrap();
        assert_eq!(Keyring::file(&path).entries(false).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_is_made_private_before_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        std::fs::write(&path, r#"{"version":1,"data":{}}"#).unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(&path, open).unwrap();
        Keyring::file(&path)
            .store(&entry("a", "one"), true)
            .await
            .unwrap();
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_file_is_used_only_after_a_yes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        for (allowed, there) in [(false, false), (true, true)] {
            let keyring = Keyring::new(Kind::Undecided(path.clone()));
            assert_eq!(keyring.undecided().as_deref(), Some(&*path));
            keyring.decide(allowed);
            keyring.store(&entry("a", "one"), true).await.unwrap();
            assert_eq!(path.exists(), there);
            assert_eq!(keyring.entries(false).await.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn secrets_are_found_by_their_names_and_apart_from_sign_ins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        for keyring in [Keyring::file(&path), Keyring::memory()] {
            keyring.store(&entry("a", "one"), true).await.unwrap();
            let names = [
                SecretName::new(SecretKind::Password, "hub"),
                SecretName::new(SecretKind::PrivateKey, "hub"),
                SecretName::new(SecretKind::Password, "hub 2"),
            ];
            for (number, name) in names.iter().enumerate() {
                let text = number.to_string();
                keyring.keep(name, "label", &text).await.unwrap();
                let found = keyring.secret(name, false).await.unwrap();
                assert_eq!(found.as_deref(), Some(&text));
            }
            assert_eq!(keyring.entries(false).await.unwrap().len(), 1);
            let passwords = keyring.secrets(SecretKind::Password).await.unwrap();
            assert_eq!(passwords.len(), 2);
            keyring.forget(&names[0]).await.unwrap();
            assert_eq!(keyring.secret(&names[0], false).await.unwrap(), None);
            assert!(keyring.secret(&names[1], false).await.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn what_must_last_is_refused_where_nothing_lasts() {
        let name = SecretName::new(SecretKind::PrivateKey, "1");
        let problem = Keyring::memory()
            .keep_for_good(&name, "label", "key")
            .await
            .unwrap_err();
        assert!(problem.hint.contains("SPOKE_TOKEN_STORE=file"));
    }

    #[tokio::test]
    async fn an_unknown_store_is_a_usage_error() {
        let problem = Keyring::choose_named("vault", Path::new("/x"))
            .await
            .map(drop)
            .unwrap_err();
        assert_eq!(problem.code, ProblemCode::Usage);
    }
}
