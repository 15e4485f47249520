use super::plans::Kept;
use super::{gone, taken};
use crate::Desk;
use spoke_agent::faults;
use spoke_api::{Problem, ProblemCode};
use spoke_profile::{Profile, ServerSecret};
use spoke_settings::Forbidden;
use spoke_view::{ImportChoice, OnClash, undo};
use std::collections::BTreeSet;

impl Desk {
    /// Saves what was chosen of a plan and lets the plan go; gives the names. Nothing is
    /// saved unless every choice can be.
    ///
    /// # Errors
    /// When a choice cannot be saved as it is, or a secret cannot be kept; the plan is
    /// still there then.
    pub async fn save_import(
        &self,
        plan: u32,
        choices: Vec<ImportChoice>,
    ) -> Result<Vec<String>, Problem> {
        self.permit(Forbidden::ChangeProfiles)?;
        let kept = self
            .shared
            .plans
            .find(plan)
            .ok_or_else(|| gone("What was found"))?;
        let mut wanted = Vec::new();
        let mut names = BTreeSet::new();
        for choice in &choices {
            let one = kept
                .iter()
                .find(|one| one.planned.index == choice.index)
                .ok_or_else(|| gone("One of the profiles"))?;
            let profile = chosen(one, choice)?;
            let replaced = self.replaced(&profile, choice.on_clash)?;
            if !names.insert(profile.name.clone()) {
                return Err(taken(&profile.name));
            }
            wanted.push((one, choice, profile, replaced));
        }
        for (one, choice, profile, _) in &mut wanted {
            let keep_password = choice.keep_password.unwrap_or_default();
            let secrets = &one.reading.secrets;
            self.take_secrets(profile, secrets, keep_password).await?;
        }
        let mut saved = Vec::new();
        for (_, _, profile, replaced) in &wanted {
            self.store().save(profile)?;
            saved.push(profile.name.clone());
            if let Some(before) = replaced {
                self.forget_leftovers(before, Some(profile)).await;
            }
        }
        self.drop_import(plan);
        self.profiles_changed();
        Ok(saved)
    }

    /// Lets a plan go, with the secrets that are kept for it.
    pub fn drop_import(&self, plan: u32) {
        self.shared.plans.drop(plan);
        let opened = self.pictures().borrow().opened.as_ref().map(|one| one.id);
        if opened == Some(plan) {
            self.shared.board.set(|picture| &mut picture.opened, None);
        }
    }

    /// The stored profile that would be replaced, if that may be.
    fn replaced(&self, profile: &Profile, on_clash: OnClash) -> Result<Option<Profile>, Problem> {
        let store = self.store();
        if !store.contains(&profile.name)? {
            return Ok(None);
        }
        match on_clash {
            OnClash::Replace => store.load(&profile.name).map(Some),
            OnClash::Refuse => Err(taken(&profile.name)),
        }
    }
}

/// The profile as the user wants it saved.
fn chosen(kept: &Kept, choice: &ImportChoice) -> Result<Profile, Problem> {
    let mut profile = kept.reading.profile.clone();
    profile.name.clone_from(&choice.name);
    if let Some(host) = &kept.planned.untrusted_authority
        && !choice.trust_authority
    {
        return Err(Problem::new(
            ProblemCode::ProfileInvalid,
            format!(
                "{} signs in at {host}, which is not Microsoft's.",
                choice.name
            ),
            "Say that you trust this host, or leave the profile out.",
        ));
    }
    if kept.planned.needs_secret {
        let text = choice.secret.as_ref().map_or("", |text| text.as_str());
        let secret = ServerSecret::from_text(text)
            .map_err(|error| faults::in_field(&choice.name, &error))?;
        profile.server_check.wrapping.replace_secret(secret);
    }
    let (mut profile, _) = profile
        .normalised()
        .map_err(|errors| faults::in_profile(&choice.name, &errors))?;
    for index in &choice.undo {
        let at = usize::try_from(*index).unwrap_or(usize::MAX);
        if let Some(repair) = kept.planned.repairs.get(at) {
            undo(repair, &mut profile);
        }
    }
    Ok(profile)
}
