use crate::paths::Paths;
use crate::profiles::unusable;
use spoke_api::Problem;
use spoke_store::{Access, Document, NoDocument, PrivateDir, Versioned};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which account the user chose for which profile. It is the user's own choice and no part
/// of the profile, which others may be given.
#[derive(Clone, Debug, Default)]
pub struct ChosenAccounts {
    /// `None`: nobody can have chosen.
    folder: Option<PathBuf>,
}

/// Names of accounts by those of profiles.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Stored(BTreeMap<String, String>);

impl Document for Stored {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl ChosenAccounts {
    /// Those of the user whose files are there.
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: Some(paths.config.clone()),
        }
    }

    /// The account that was chosen for a profile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(&self, profile: &str) -> Result<Option<String>, Problem> {
        Ok(self.load()?.0.remove(profile))
    }

    /// The profiles that an account was chosen for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn profiles(&self, account: &str) -> Result<Vec<String>, Problem> {
        let stored = self.load()?.0.into_iter();
        let chosen = stored.filter(|(_, chosen)| chosen.to_lowercase() == account.to_lowercase());
        Ok(chosen.map(|(profile, _)| profile).collect())
    }

    /// Chooses an account for a profile; with `None` whoever signs in will do again.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn choose(&self, profile: &str, account: Option<&str>) -> Result<(), Problem> {
        self.change(|chosen| match account {
            Some(account) => chosen.insert(profile.to_owned(), account.to_owned()),
            None => chosen.remove(profile),
        })
    }

    /// Follows a profile to its new name; with `None` the profile is gone.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn follow(&self, from: &str, to: Option<&str>) -> Result<(), Problem> {
        self.change(|chosen| {
            let account = chosen.remove(from)?;
            chosen.insert(to?.to_owned(), account)
        })
    }

    fn change(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Option<String>,
    ) -> Result<(), Problem> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let mut stored = self.load()?;
        let before = stored.0.clone();
        change(&mut stored.0);
        if stored.0 == before {
            return Ok(());
        }
        let folder = PrivateDir::create(folder).map_err(unusable)?;
        file(&folder).save(&stored).map_err(unusable)
    }

    fn load(&self) -> Result<Stored, Problem> {
        let folder = self.folder.as_deref().map(PrivateDir::open);
        match folder.transpose().map_err(unusable)?.flatten() {
            Some(folder) => Ok(file(&folder).load().map_err(unusable)?.unwrap_or_default()),
            None => Ok(Stored::default()),
        }
    }
}

fn file(folder: &PrivateDir) -> Versioned<Stored> {
    Versioned::new(folder.file("accounts.json", Access::Private))
}
