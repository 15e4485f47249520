use super::taken;
use crate::Desk;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use spoke_agent::{Listing, faults, source};
use spoke_api::{ProbeReport, Problem, ProblemCode};
use spoke_profile::{CertificateFacts, Profile};
use spoke_settings::Forbidden;
use spoke_view::{FieldFault, FormReport, ProfileForm, RootChoice};
use std::path::Path;

/// More than any certificate file has.
const CERTIFICATE_BYTES: u64 = 1024 * 1024;

impl Desk {
    /// Judges a form; `was` is the stored profile that it changes.
    ///
    /// # Errors
    /// When the stored profiles cannot be read.
    pub fn check_form(&self, form: &ProfileForm, was: Option<&str>) -> Result<FormReport, Problem> {
        let Listing { profiles, .. } = self.store().list()?;
        let was = self.changed_by(was)?;
        let is_taken = |name: &str| profiles.iter().any(|profile| profile.name == name);
        Ok(form.check(was.as_ref(), is_taken))
    }

    /// Tests the gateway of a form stage by stage up to the sign-in.
    ///
    /// # Errors
    /// When the form has faults; else as [`Desk::probe`].
    pub async fn probe_form(
        &self,
        form: &ProfileForm,
        was: Option<&str>,
    ) -> Result<ProbeReport, Problem> {
        self.probe(&self.profile_of_form(form, was)?).await
    }

    fn profile_of_form(&self, form: &ProfileForm, was: Option<&str>) -> Result<Profile, Problem> {
        let was = self.changed_by(was)?;
        let applied = form.apply(was.as_ref());
        applied
            .map(|(profile, _)| profile)
            .map_err(|faults| faulty(&faults))
    }

    /// Saves a form; gives the profile's name.
    ///
    /// # Errors
    /// When the form has faults, its name is taken, or it cannot be saved.
    pub async fn save_form(
        &self,
        form: &ProfileForm,
        was: Option<&str>,
    ) -> Result<String, Problem> {
        self.permit(Forbidden::ChangeProfiles)?;
        let profile = self.profile_of_form(form, was)?;
        let store = self.store();
        let before = self.changed_by(was)?;
        let renamed_from = before
            .as_ref()
            .filter(|before| before.name != profile.name)
            .map(|before| before.name.as_str());
        if (before.is_none() || renamed_from.is_some()) && store.contains(&profile.name)? {
            return Err(taken(&profile.name));
        }
        if let Some(old) = renamed_from {
            self.refuse_while_connected(old)?;
        }
        store.save(&profile)?;
        if let Some(old) = renamed_from {
            store.remove(old)?;
        }
        if let Some(before) = &before {
            self.forget_leftovers(before, Some(&profile)).await;
        }
        self.profiles_changed();
        Ok(profile.name)
    }

    /// Reads a root certificate from a file.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn read_root(&self, path: &Path) -> Result<RootChoice, Problem> {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let bytes = source::read_file(path, CERTIFICATE_BYTES)?;
        let der = spoke_profile::read_certificate(&bytes).map_err(|error| {
            Problem::new(
                ProblemCode::ProfileInvalid,
                format!("{name} is no certificate."),
                error.next,
            )
        })?;
        Ok(RootChoice::File {
            subject: CertificateFacts::read(&der).map_or_else(String::new, |facts| facts.subject),
            certificate: STANDARD.encode(&der),
            name,
        })
    }

    fn changed_by(&self, was: Option<&str>) -> Result<Option<Profile>, Problem> {
        was.map(|name| self.store().load(name)).transpose()
    }
}

/// A form that was saved although it has faults.
fn faulty(found: &[FieldFault]) -> Problem {
    let Some(first) = found.first() else {
        return faults::in_profile("of the form", &[]);
    };
    let problem = Problem::new(
        ProblemCode::ProfileInvalid,
        first.message.clone(),
        first.next.clone(),
    );
    found.iter().skip(1).fold(problem, |problem, fault| {
        problem.detail(fault.message.clone())
    })
}
