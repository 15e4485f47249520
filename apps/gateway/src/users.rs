//! The users file: on each line a name and the salted hash of a password.

use crate::config::{ConfigError, contents, read_text};
use crate::second_factor::Totp;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use std::collections::BTreeMap;
use std::path::Path;

/// What an unknown name's password is compared with, so that the answer takes as long
/// as for a known one. Nobody knows a password that it fits.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm90IGEgdXNlciBoZXJl$mRx2gNqKDAFwGgOD9X1dLqeuwhGVV3mPX1fbFIaVbnM";

/// Who may come in with a password.
#[derive(Debug)]
pub(crate) struct Users(BTreeMap<String, User>);

#[derive(Debug)]
struct User {
    hash: String,
    totp: Option<Totp>,
}

impl Users {
    /// Reads `name:$argon2id$…` lines, perhaps with `:totp=` and a secret in base32
    /// behind; blank lines and those that begin with `#` do not count.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path)?;
        let mut users = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fault = |what: &str| contents(path, format!("line {}: {what}", number + 1));
            let (name, hash) = line
                .split_once(':')
                .ok_or_else(|| fault("there is no colon between name and hash"))?;
            let (hash, totp) = match hash.split_once(":totp=") {
                None => (hash, None),
                Some((hash, secret)) => {
                    let totp = Totp::parse(secret);
                    (hash, Some(totp.ok_or_else(|| fault("no secret of codes"))?))
                }
            };
            PasswordHash::new(hash)
                .map_err(|error| fault(&format!("the hash cannot be read: {error}")))?;
            let hash = hash.to_owned();
            if users.insert(name.to_owned(), User { hash, totp }).is_some() {
                return Err(fault("the name is there twice"));
            }
        }
        if users.is_empty() {
            return Err(contents(path, "there is no user in it"));
        }
        Ok(Self(users))
    }

    /// Whether the password is this user's. Takes tens of milliseconds of a processor,
    /// for unknown names too.
    pub(crate) fn verify(&self, name: &str, password: &str) -> bool {
        let known = self.0.get(name);
        let hash = known.map_or(NOBODY, |user| user.hash.as_str());
        let fits = PasswordHash::new(hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        fits && known.is_some()
    }
}

impl Users {
    /// What this user's one-time codes are made of, if they need any.
    pub(crate) fn totp(&self, name: &str) -> Option<&Totp> {
        self.0.get(name)?.totp.as_ref()
    }
}

/// The line for a user of this name and password.
pub(crate) fn line(name: &str, password: &str) -> Result<String, UserFault> {
    if name.is_empty()
        || name.starts_with('#')
        || name.contains(|c: char| c == ':' || c.is_control())
    {
        return Err(UserFault::Name);
    }
    if password.is_empty() {
        return Err(UserFault::NoPassword);
    }
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| UserFault::Hash(error.to_string()))?;
    Ok(format!("{name}:{hash}"))
}

/// Why a user cannot be written down.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserFault {
    #[error("a user name has no colon and no control character, and does not begin with #")]
    Name,
    #[error("there is no password: give it as a line on standard input")]
    NoPassword,
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Users, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Users::load(file.path())
    }

    #[test]
    fn a_password_is_its_owners_and_nobody_elses() {
        let (ana, bo) = (line("ana", "one").unwrap(), line("bo", "two").unwrap());
        let users = load(&format!("# people\n\n{ana}\n{bo}\n")).unwrap();
        assert!(users.verify("ana", "one") && users.verify("bo", "two"));
        for (name, password) in [("ana", "two"), ("ana", ""), ("eve", "one"), ("", "")] {
            assert!(!users.verify(name, password), "{name} {password}");
        }
        assert_ne!(ana, line("ana", "one").unwrap(), "hashes are salted");
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn a_damaged_file_is_refused_by_its_line() {
        let good = line("ana", "one").unwrap();
        for (text, words) in [
            (format!("{good}\nbo\n"), "line 2"),
            ("ana:plain\n".to_owned(), "line 1"),
            (format!("{good}:totp=0\n"), "no secret"),
            (format!("{good}\n{good}\n"), "twice"),
            ("# nobody\n".to_owned(), "no user"),
        ] {
            let error = load(&text).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        assert!(line("a:b", "one").is_err() && line("ana", "").is_err());
    }
}
