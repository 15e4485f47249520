use crate::Desk;
use spoke_agent::{PreferenceStore, follow_profile, permit, policy};
use spoke_api::{Notice, Problem, ProblemCode};
use spoke_settings::Forbidden;
use spoke_view::{Locks, Preferences};

impl Desk {
    /// Keeps the user's choices for the window.
    ///
    /// # Errors
    /// When they cannot be kept; they hold until the program ends then.
    pub fn set_preferences(&self, preferences: Preferences) -> Result<(), Problem> {
        let board = &self.shared.board;
        let before = board.now().preferences;
        let kept = self.preference_store().change(&before, &preferences);
        if kept
            .as_ref()
            .is_err_and(|problem| problem.code != ProblemCode::Policy)
        {
            board.set(|picture| &mut picture.preferences, preferences);
        } else {
            self.load_preferences();
        }
        kept.map(drop)
    }

    /// Who met a lock sees what is locked from then on.
    pub(crate) fn see_locks(&self, problem: &Problem) {
        if problem.code == ProblemCode::Policy {
            self.load_preferences();
        }
    }

    /// Shows the choices that were kept, else the usual ones, what an administrator has
    /// decided, and what is wrong with the files.
    pub(crate) fn load_preferences(&self) {
        let board = &self.shared.board;
        // What is wrong with a policy, the choices tell.
        if let Ok(policy) = policy(&self.shared.options.paths) {
            let locks = policy.as_ref().map(Locks::of).unwrap_or_default();
            board.set(|picture| &mut picture.locks, locks);
        }
        match self.preference_store().load() {
            Ok(kept) => board.set(|picture| &mut picture.preferences, kept),
            Err(problem) => board.notice(Notice::other(problem.summary)),
        }
    }

    /// Whether an administrator lets the user do this.
    pub(crate) fn permit(&self, deed: Forbidden) -> Result<(), Problem> {
        permit(&self.shared.options.paths, deed).inspect_err(|problem| self.see_locks(problem))
    }

    /// Has what was chosen for a profile follow it; that it does not is told, and keeps no
    /// profile from being renamed or removed.
    pub(crate) fn choices_follow(&self, from: &str, to: Option<&str>) {
        let paths = &self.shared.options.paths;
        match follow_profile(paths, from, to) {
            Ok(()) => self.load_preferences(),
            Err(problem) => self.shared.board.notice(Notice::other(problem.summary)),
        }
    }

    fn preference_store(&self) -> PreferenceStore {
        PreferenceStore::new(&self.shared.options.paths)
    }
}
