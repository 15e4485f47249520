//! Why a host can, or cannot, be reached; and the change of a profile that mends it.

use crate::Desk;
use spoke_agent::{faults, inquire};
use spoke_api::{Problem, ProblemCode};
use spoke_diagnose::{Explanation, Mend, Target, explain};
use spoke_profile::{Assignment, ReadOptions};
use spoke_settings::Forbidden;

impl Desk {
    /// Finds out why a host, address or URL can, or cannot, be reached. Changes nothing.
    ///
    /// # Errors
    /// When the text names nothing that could be reached, or there is no daemon.
    pub async fn explain(&self, target: &str) -> Result<Explanation, Problem> {
        let target: Target = target.parse().map_err(no_target)?;
        let daemon = self.shared.daemon().await?;
        Ok(explain(&inquire(&daemon, target).await?))
    }

    /// Makes the change that mends it, and connects anew when that is what is connected.
    ///
    /// # Errors
    /// When there is no such profile, an administrator allows no change, the change does not
    /// fit it, or it cannot be connected again.
    pub async fn mend(&self, mend: &Mend) -> Result<(), Problem> {
        self.permit(Forbidden::ChangeProfiles)?;
        let mut profile = self.shared.store.load(&mend.profile)?;
        let unfit = |error| faults::in_field(&mend.profile, &error);
        let assignment: Assignment = mend.assignment().parse().map_err(unfit)?;
        // No sign-in host is in such a change that somebody would have to trust.
        let options = ReadOptions::default();
        profile.set(&assignment, &options).map_err(unfit)?;
        self.shared.store.save(&profile)?;
        self.profiles_changed();
        let state = self.shared.board.now().state;
        let connection = state.connection.as_ref();
        if connection.is_none_or(|connection| connection.profile != mend.profile) {
            return Ok(());
        }
        self.disconnect().await?;
        self.connect(&mend.profile).await
    }
}

fn no_target(error: impl std::fmt::Display) -> Problem {
    Problem::new(
        ProblemCode::Usage,
        format!("{error}."),
        "Type a host name, an address, or the address of a page.",
    )
}
