use crate::Desk;
use spoke_agent::{PreferenceStore, follow_profile, permit};
use spoke_api::Problem;
use spoke_settings::Forbidden;
use spoke_view::Preferences;

impl Desk {
    /// Keeps the user's choices for the window.
    ///
    /// # Errors
    /// When they cannot be kept; they hold until the program ends then.
    pub fn set_preferences(&self, preferences: Preferences) -> Result<(), Problem> {
        let board = &self.shared.board;
        let before = board.now().preferences;
        let kept = self.preference_store().change(&before, &preferences);
        let shown = kept.as_ref().ok().cloned().unwrap_or(preferences);
        board.set(|picture| &mut picture.preferences, shown);
        kept.map(drop)
    }

    /// Shows the choices that were kept, else the usual ones, and what is wrong with the
    /// file.
    pub(crate) fn load_preferences(&self) {
        let board = &self.shared.board;
        match self.preference_store().load() {
            Ok(kept) => board.set(|picture| &mut picture.preferences, kept),
            Err(problem) => board.notice(&problem.summary),
        }
    }

    /// Whether an administrator lets the user do this.
    pub(crate) fn permit(&self, deed: Forbidden) -> Result<(), Problem> {
        permit(&self.shared.options.paths, deed)
    }

    /// Has what was chosen for a profile follow it; that it does not is told, and keeps no
    /// profile from being renamed or removed.
    pub(crate) fn choices_follow(&self, from: &str, to: Option<&str>) {
        let paths = &self.shared.options.paths;
        match follow_profile(paths, from, to) {
            Ok(()) => self.load_preferences(),
            Err(problem) => self.shared.board.notice(&problem.summary),
        }
    }

    fn preference_store(&self) -> PreferenceStore {
        PreferenceStore::new(&self.shared.options.paths)
    }
}
