use serde::{Deserialize, Serialize};
use spoke_api::{Problem, ProblemCode};
use spoke_store::{
    Access, AtomicFile, Document, FileLock, NoDocument, PrivateDir, StoreError, Versioned,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

/// Tokens in a file of mode 0600, replaced whole at each change. A lock beside
/// it lets the command line and the background agent take turns.
#[derive(Clone)]
pub(super) struct TokenFile {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Tokens(BTreeMap<String, String>);

impl Document for Tokens {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

impl TokenFile {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The entries whose names are wanted.
    pub(super) fn load(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Zeroizing<String>>, Problem> {
        let mut tokens = self
            .document()
            .load()
            .map_err(unusable)?
            .unwrap_or_default();
        let entries = std::mem::take(&mut tokens.0).into_iter();
        let entries = entries.map(|(name, text)| (name, Zeroizing::new(text)));
        Ok(entries
            .filter(|(name, _)| wanted(name))
            .map(|(_, text)| text)
            .collect())
    }

    pub(super) fn store(&self, key: &str, text: &str) -> Result<(), Problem> {
        self.change(|tokens| {
            if let Some(mut old) = tokens.insert(key.to_owned(), text.to_owned()) {
                old.zeroize();
            }
        })
    }

    pub(super) fn remove(&self, key: &str) -> Result<(), Problem> {
        if !self.path.exists() {
            return Ok(());
        }
        self.change(|tokens| {
            if let Some(mut old) = tokens.remove(key) {
                old.zeroize();
            }
        })
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), Problem> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        PrivateDir::create(folder).map_err(unusable)?;
        let _turn = FileLock::acquire(self.path.with_extension("lock")).map_err(unusable)?;
        let document = self.document();
        let mut tokens = document.load().map_err(unusable)?.unwrap_or_default();
        change(&mut tokens.0);
        document.save(&tokens).map_err(unusable)
    }

    fn document(&self) -> Versioned<Tokens> {
        Versioned::new(AtomicFile::new(&self.path, Access::Private))
    }
}

fn unusable(error: StoreError) -> Problem {
    let path = error.path().display().to_string();
    Problem::new(
        ProblemCode::Other,
        format!("The token file cannot be used: {error}."),
        format!("Look at it: ls -la {path}"),
    )
}
