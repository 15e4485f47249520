use serde::{Deserialize, Serialize};
use spoke_store::{Access, AtomicFile, Document, NoDocument, Versioned};
use spoke_supervisor::Habits;
use std::path::Path;

/// What is known of gateways, in the daemon's state folder: user ids and host names.
pub(crate) struct HabitsFile(Versioned<Stored>);

#[derive(Serialize, Deserialize)]
struct Stored {
    /// Gateways that want what the stock client says of itself.
    stock: Vec<(u32, String)>,
}

impl Document for Stored {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl HabitsFile {
    pub(crate) fn new(state_dir: &Path) -> Self {
        let file = AtomicFile::new(state_dir.join("gateways.json"), Access::Private);
        Self(Versioned::new(file))
    }

    /// What a former run has left. A file that cannot be read costs a second attempt
    /// at some gateways, no more.
    pub(crate) fn load(&self) -> Habits {
        match self.0.load() {
            Ok(stored) => Habits::from_list(stored.map(|stored| stored.stock).unwrap_or_default()),
            Err(error) => {
                tracing::warn!("what is known of gateways is lost: {error}");
                Habits::default()
            }
        }
    }

    pub(crate) fn save(&self, habits: &Habits) {
        let stock = habits.list().to_vec();
        if let Err(error) = self.0.save(&Stored { stock }) {
            tracing::warn!("what was learnt of a gateway is not kept: {error}");
        }
    }
}
