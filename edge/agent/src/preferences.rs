use crate::login;
use crate::paths::Paths;
use crate::policy::{policy, refused};
use spoke_api::{Problem, ProblemCode};
use spoke_settings::Preferences;
use spoke_store::{Access, Document, NoDocument, PrivateDir, StoreError, Versioned};

const FILE: &str = "preferences.json";

/// The user's choices, in the one file that the window and the command line share.
#[derive(Clone, Debug)]
pub struct PreferenceStore {
    paths: Paths,
}

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

impl PreferenceStore {
    /// The choices of the user whose files are there.
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            paths: paths.clone(),
        }
    }

    /// What was chosen, the usual where nothing was, and what an administrator has decided in
    /// place of either.
    ///
    /// # Errors
    /// When the file or the policy cannot be read.
    pub fn load(&self) -> Result<Preferences, Problem> {
        let policy = policy(&self.paths)?.unwrap_or_default();
        let chosen = self.chosen()?;
        Ok(policy.decided(&chosen))
    }

    fn chosen(&self) -> Result<Preferences, Problem> {
        let folder = PrivateDir::open(&self.paths.config).map_err(|error| unusable(&error))?;
        let Some(folder) = folder else {
            return Ok(Preferences::default());
        };
        let file = Versioned::<Stored>::new(folder.file(FILE, Access::Private));
        let stored = file.load().map_err(|error| unusable(&error))?;
        Ok(stored.map(|Stored(kept)| kept).unwrap_or_default())
    }

    /// Keeps what somebody changed who saw `before` and wants `after`, and has the system
    /// start with the session what is wanted then; gives what is kept now. Choices that
    /// cannot be read are chosen anew.
    ///
    /// # Errors
    /// When a file cannot be written, there is no program to start, or an administrator has
    /// decided it.
    pub fn change(
        &self,
        before: &Preferences,
        after: &Preferences,
    ) -> Result<Preferences, Problem> {
        let policy = policy(&self.paths)?.unwrap_or_default();
        policy
            .allow_change(before, after)
            .map_err(|breach| refused(&policy, &breach))?;
        let kept = self.chosen().unwrap_or_else(|_| before.clone());
        let wanted = kept.merged(before, after);
        login::arrange(&self.paths.session, &kept, &wanted)?;
        let folder = PrivateDir::create(&self.paths.config).map_err(|error| unusable(&error))?;
        let file = Versioned::new(folder.file(FILE, Access::Private));
        let stored = Stored(wanted);
        file.save(&stored).map_err(|error| unusable(&error))?;
        Ok(policy.decided(&stored.0))
    }
}

fn unusable(error: &StoreError) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("The settings cannot be used: {error}."),
        format!("Look at it: ls -la {}", error.path().display()),
    )
}
