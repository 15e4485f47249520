use spoke_api::{Problem, ProblemCode, Request};
use spoke_settings::{Policy, Preferences};
use spoke_store::read_trusted;
use std::path::PathBuf;

/// Only root decides for every user.
const ROOT: u32 = 0;

/// The policy of an administrator, read anew for each question: it holds from when it is
/// written.
#[derive(Debug)]
pub(crate) struct PolicyFile(PathBuf);

impl PolicyFile {
    /// The one at this path, whether or not it is there.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Whether an administrator allows this.
    ///
    /// # Errors
    /// What is forbidden, also when nobody can know what is.
    pub(crate) fn allow(&self, request: &Request) -> Result<(), Problem> {
        let (profile, secondary) = match request {
            Request::Connect {
                profile, secondary, ..
            } => (profile, secondary.as_ref()),
            Request::Probe { profile, .. } => (profile, None),
            _ => return Ok(()),
        };
        let policy = self.read()?;
        let mut profiles = std::iter::once(profile).chain(secondary.map(|it| &it.profile));
        profiles.try_for_each(|profile| {
            policy.allow_profile(profile).map_err(|breach| {
                Problem::new(
                    ProblemCode::Policy,
                    policy.refusal(&breach),
                    policy.remedy(),
                )
            })
        })
    }

    /// Whether an administrator lets nobody be connected without a lockdown. A policy that
    /// cannot be read allows no connection anyway.
    pub(crate) fn wants_lockdown(&self) -> bool {
        let policy = self.read().unwrap_or_default();
        policy.decided(&Preferences::default()).lockdown
    }

    fn read(&self) -> Result<Policy, Problem> {
        let unusable = |why: String| {
            Problem::new(
                ProblemCode::Policy,
                format!("The administrator's policy cannot be used: {why}."),
                format!("ask the administrator to mend {}", self.0.display()),
            )
        };
        match read_trusted(&self.0, ROOT) {
            Ok(None) => Ok(Policy::default()),
            Ok(Some(text)) => Policy::read(&text).map_err(|error| unusable(error.to_string())),
            Err(error) => Err(unusable(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_api::ConnectOptions;
    use spoke_profile::{Profile, Server, ServerSecret};

    #[test]
    fn what_is_forbidden_or_unclear_is_not_connected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let file = PolicyFile::new(path.clone());
        let mut profile = Profile::draft("office", ServerSecret::new([0; 256].into()));
        profile.servers = vec![Server::new("gw.example.com")];
        let connect = Request::Connect {
            profile: Box::new(profile),
            options: ConnectOptions::default(),
            private_key: None,
            proxy_password: None,
            secondary: None,
        };
        assert_eq!(file.allow(&connect), Ok(()));
        std::fs::write(&path, "gateways = [\"gw.contoso.com\"]").unwrap();
        let refused = file.allow(&connect).unwrap_err();
        assert_eq!(refused.code, ProblemCode::Policy);
        assert_eq!(file.allow(&Request::Status), Ok(()));
        // Where this is not root's, it is refused for that.
        if nix::unistd::Uid::effective().is_root() {
            assert!(refused.summary.contains("gw.example.com"), "{refused}");
            std::fs::write(&path, "gateways = [\"*.example.com\"]").unwrap();
            assert_eq!(file.allow(&connect), Ok(()));
        }
        std::fs::write(&path, "gatways = []").unwrap();
        let unclear = file.allow(&connect).unwrap_err();
        assert_eq!(unclear.code, ProblemCode::Policy);
    }
}
