use crate::Desk;
use spoke_agent::Paths;
use spoke_api::{Problem, ProblemCode};
use spoke_store::{Access, Document, NoDocument, PrivateDir, StoreError, Versioned};
use spoke_view::Preferences;

const FILE: &str = "preferences.json";

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Stored(Preferences);

impl Document for Stored {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl Desk {
    /// Keeps the user's choices for the window.
    ///
    /// # Errors
    /// When the file cannot be written; the choices hold until the program ends then.
    pub fn set_preferences(&self, preferences: Preferences) -> Result<(), Problem> {
        let saved = save(&self.shared.options.paths, &preferences);
        self.shared
            .board
            .set(|picture| &mut picture.preferences, preferences);
        saved
    }

    /// Shows the choices that were kept, else the usual ones, and what is wrong with the
    /// file.
    pub(crate) fn load_preferences(&self) {
        let board = &self.shared.board;
        match load(&self.shared.options.paths) {
            Ok(kept) => board.set(|picture| &mut picture.preferences, kept),
            Err(error) => board.notice(&unusable(&error).summary),
        }
    }
}

fn load(paths: &Paths) -> Result<Preferences, StoreError> {
    let Some(folder) = PrivateDir::open(&paths.config)? else {
        return Ok(Preferences::default());
    };
    let stored = Versioned::<Stored>::new(folder.file(FILE, Access::Private)).load()?;
    Ok(stored.map(|Stored(kept)| kept).unwrap_or_default())
}

fn save(paths: &Paths, preferences: &Preferences) -> Result<(), Problem> {
    let folder = PrivateDir::create(&paths.config).map_err(|error| unusable(&error))?;
    let file = Versioned::new(folder.file(FILE, Access::Private));
    file.save(&Stored(preferences.clone()))
        .map_err(|error| unusable(&error))
}

fn unusable(error: &StoreError) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("The settings of the window are not kept: {error}."),
        format!("Look at it: ls -la {}", error.path().display()),
    )
}
