use crate::paths::Paths;
use spoke_store::{Access, Document, NoDocument, PrivateDir, StoreError, Versioned};
use std::path::PathBuf;

/// Which profile the user connected last: a convenience, and no fault when it is lost.
#[derive(Clone, Debug)]
pub struct LastConnected {
    folder: PathBuf,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    profile: String,
}

impl Document for Stored {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl LastConnected {
    /// That of the user whose files are there.
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.state.clone(),
        }
    }

    /// Its name, where it is known.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let folder = PrivateDir::open(&self.folder).ok()??;
        let stored = file(&folder).load().ok()??;
        Some(stored.profile)
    }

    /// Remembers the profile that is being connected.
    pub fn remember(&self, profile: &str) {
        if self.name().as_deref() == Some(profile) {
            return;
        }
        if let Err(error) = self.write(profile) {
            tracing::debug!("what was connected last is not remembered: {error}");
        }
    }

    fn write(&self, profile: &str) -> Result<(), StoreError> {
        let stored = Stored {
            profile: profile.to_owned(),
        };
        file(&PrivateDir::create(&self.folder)?).save(&stored)
    }
}

fn file(folder: &PrivateDir) -> Versioned<Stored> {
    Versioned::new(folder.file("last.json", Access::Private))
}
