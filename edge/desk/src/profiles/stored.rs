use super::taken;
use crate::Desk;
use spoke_agent::{faults, has_private_key};
use spoke_api::{Phase, Problem, ProblemCode};
use spoke_profile::{ExportOptions, Profile, export_azure, export_spoke};
use spoke_settings::Forbidden;
use spoke_store::{Access, AtomicFile};
use spoke_view::{ExportFormat, ExportRequest, ProfileDetail};

impl Desk {
    /// A stored profile in full.
    ///
    /// # Errors
    /// When there is none of this name, or it cannot be read.
    pub async fn profile(&self, name: &str) -> Result<ProfileDetail, Problem> {
        let profile = self.store().load(name)?;
        let has_key = self.has_private_key(&profile).await;
        Ok(ProfileDetail::of(
            &profile,
            self.shared.account_of(name),
            has_key,
        ))
    }

    /// Whether the keyring has the key of the profile's certificate, as far as it can be
    /// asked; it is not asked about profiles without one.
    async fn has_private_key(&self, profile: &Profile) -> bool {
        let certificate = profile.client_certificate.as_ref();
        if certificate.is_none_or(|certificate| certificate.chain.is_empty()) {
            return false;
        }
        let Ok(provider) = self.shared.provider().await else {
            return false;
        };
        let found = has_private_key(profile, provider.keyring()).await;
        found.unwrap_or_default()
    }

    /// Saves a profile with what can be repaired of it.
    ///
    /// # Errors
    /// When there is none of this name, there is more wrong than can be repaired, or its
    /// file cannot be written.
    pub async fn repair(&self, profile: &str) -> Result<(), Problem> {
        self.permit(Forbidden::ChangeProfiles)?;
        let stored = self.store().load(profile)?;
        let (repaired, _) = stored
            .normalised()
            .map_err(|errors| faults::in_profile(profile, &errors))?;
        self.store().save(&repaired)?;
        self.profiles_changed();
        Ok(())
    }

    /// Gives a profile another name.
    ///
    /// # Errors
    /// While it is connected, when the name is taken or none, or a file cannot be written.
    pub async fn rename(&self, profile: &str, to: &str) -> Result<(), Problem> {
        self.permit(Forbidden::ChangeProfiles)?;
        self.refuse_while_connected(profile)?;
        let to = to.trim();
        if to != profile && self.store().contains(to)? {
            return Err(taken(to));
        }
        self.store().rename(profile, to)?;
        self.choices_follow(profile, Some(to));
        self.profiles_changed();
        Ok(())
    }

    /// Stores a copy under a free name; gives the name.
    ///
    /// # Errors
    /// When there is none of this name, or a file cannot be written.
    pub async fn duplicate(&self, profile: &str) -> Result<String, Problem> {
        self.permit(Forbidden::ChangeProfiles)?;
        let name = self.store().list()?.free_name(profile);
        self.store().duplicate(profile, &name)?;
        self.profiles_changed();
        Ok(name)
    }

    /// Removes a profile with the secrets that only it needs; disconnects first when it is
    /// connected.
    ///
    /// # Errors
    /// When there is none of this name, it cannot be disconnected, or its file cannot be
    /// deleted.
    pub async fn remove(&self, profile: &str) -> Result<(), Problem> {
        let removed = self.store().load(profile)?;
        if self.connection_of(profile).is_some() {
            match self.disconnect().await {
                // A daemon that does not run has no connection, and one that has failed is
                // kept only to be told of.
                Err(problem)
                    if problem.code != ProblemCode::DaemonUnavailable
                        && self.is_connected(profile) =>
                {
                    return Err(problem);
                }
                Ok(()) | Err(_) => {}
            }
        }
        self.store().remove(profile)?;
        self.choices_follow(profile, None);
        self.forget_leftovers(&removed, None).await;
        self.profiles_changed();
        Ok(())
    }

    /// Writes a profile to a file that only its owner can read.
    ///
    /// # Errors
    /// When there is none of this name, something else than a plain file is in the place,
    /// or it cannot be written.
    pub async fn export_profile(&self, request: &ExportRequest) -> Result<(), Problem> {
        if request.with_secret {
            self.permit(Forbidden::ShowSecrets)?;
        }
        let profile = self.store().load(&request.profile)?;
        let options = ExportOptions {
            with_secret: request.with_secret,
        };
        let text = match request.format {
            ExportFormat::Azure => export_azure(&profile, options),
            ExportFormat::Spoke => export_spoke(&profile, options),
        };
        let file = AtomicFile::new(&request.path, Access::Private);
        file.write(text.as_bytes()).map_err(|error| {
            Problem::new(
                ProblemCode::Other,
                format!("{} was not exported: {error}.", profile.name),
                "Choose another place for the file.",
            )
        })
    }

    /// A connection knows its profile by its name.
    pub(super) fn refuse_while_connected(&self, profile: &str) -> Result<(), Problem> {
        if !self.is_connected(profile) {
            return Ok(());
        }
        Err(Problem::new(
            ProblemCode::Conflict,
            format!("{profile} is connected and keeps its name until it is not."),
            "Disconnect first.",
        ))
    }

    fn is_connected(&self, profile: &str) -> bool {
        let phase = self.connection_of(profile);
        phase.is_some_and(|phase| !matches!(phase, Phase::Disconnected | Phase::Failed))
    }

    /// What the connection does, if it is one of this profile.
    fn connection_of(&self, profile: &str) -> Option<Phase> {
        let connection = self.shared.board.now().state.connection;
        connection
            .filter(|connection| connection.profile == profile)
            .map(|connection| connection.phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeskOptions;
    use spoke_agent::Paths;
    use spoke_api::{Connection, State};
    use spoke_profile::ServerSecret;
    use spoke_view::ProfileForm;

    #[tokio::test]
    async fn what_is_connected_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::start(DeskOptions {
            paths: Paths {
                config: folder.path().join("config"),
                state: folder.path().join("state"),
                session: folder.path().join("session"),
                policy: folder.path().join("policy.toml"),
                socket: folder.path().join("no.sock"),
                azure_vpn_client: Vec::new(),
            },
            version: "0".to_owned(),
        });
        let secret = ServerSecret::from_text(&"0f".repeat(256)).unwrap();
        let mut profile = Profile::draft("office", secret);
        profile.servers = vec![spoke_profile::Server::new("gw.example.com")];
        profile.sign_in = spoke_profile::SignIn::Certificate;
        desk.store().save(&profile).unwrap();
        let show = |phase| {
            let connection = Some(Connection::new("office", 0, phase));
            let state = State { connection };
            desk.shared.board.set(|picture| &mut picture.state, state);
        };
        for phase in [Phase::Connected, Phase::Reconnecting, Phase::Connecting] {
            show(phase);
            let refused = desk.rename("office", "hub").await.unwrap_err();
            assert_eq!(refused.code, ProblemCode::Conflict);
            let form = ProfileForm {
                name: "hub".to_owned(),
                ..ProfileForm::of(&profile)
            };
            let refused = desk.save_form(&form, Some("office")).await.unwrap_err();
            assert_eq!(refused.code, ProblemCode::Conflict);
            assert_eq!(desk.store().load("office"), Ok(profile.clone()));
        }
        show(Phase::Failed);
        desk.rename("office", "hub").await.unwrap();
        desk.rename("hub", "office").await.unwrap();
        // A daemon that is not there has no connection that would have to end.
        show(Phase::Connected);
        desk.remove("office").await.unwrap();
        assert!(desk.store().list().unwrap().profiles.is_empty());
    }
}
