use serde::{Deserialize, Serialize};
use spoke_store::{Access, AtomicFile, Document, NoDocument, Versioned};
use spoke_supervisor::Intent;
use std::path::Path;

/// Who wants to be connected, in the daemon's state folder.
pub(crate) struct IntentFile(Versioned<Stored>);

#[derive(Serialize, Deserialize)]
struct Stored {
    uid: u32,
    profile: String,
    #[serde(default)]
    lockdown: bool,
}

impl Document for Stored {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl IntentFile {
    pub(crate) fn new(state_dir: &Path) -> Self {
        let file = AtomicFile::new(state_dir.join("intent.json"), Access::Private);
        Self(Versioned::new(file))
    }

    /// What a former run has left. A file that cannot be read costs the user a command.
    pub(crate) fn load(&self) -> Option<Intent> {
        match self.0.load() {
            Ok(stored) => stored.map(|stored| Intent {
                uid: stored.uid,
                profile: stored.profile,
                lockdown: stored.lockdown,
            }),
            Err(error) => {
                tracing::warn!("who wants to be connected is lost: {error}");
                None
            }
        }
    }

    pub(crate) fn save(&self, intent: Option<&Intent>) {
        let result = match intent {
            Some(intent) => self.0.save(&Stored {
                uid: intent.uid,
                profile: intent.profile.clone(),
                lockdown: intent.lockdown,
            }),
            None => self.0.remove(),
        };
        if let Err(error) = result {
            tracing::warn!("who wants to be connected is not kept: {error}");
        }
    }
}
