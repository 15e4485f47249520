//! What an administrator decides for every user of a computer.

use crate::error::SettingError;
use crate::preferences::Preferences;
use crate::table::setting;
use serde::{Deserialize, Serialize};
use spoke_profile::{Profile, SignIn, is_known_authority};
use std::collections::BTreeMap;
#[cfg(feature = "typescript")]
use ts_rs::TS;

/// An administrator's decisions. By itself it decides nothing.
///
/// A key that this program does not know is a fault of the file and not passed over: who
/// wrote it meant something to be forbidden.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Who set it, as users are told.
    pub organisation: Option<String>,
    /// Where users may ask, such as a web or mail address.
    pub contact: Option<String>,
    /// Gateways that may be connected to: host names, or `*.` and what they end with.
    /// `None`: all.
    pub gateways: Option<Vec<String>>,
    /// Entra tenants that may be signed in to, by id or domain; with them no other kind of
    /// sign-in, and none at a host that is not Microsoft's. `None`: all.
    pub tenants: Option<Vec<String>>,
    /// What users may not do.
    pub forbidden: Vec<Forbidden>,
    /// Settings that have this value for everybody, by their keys.
    pub settings: BTreeMap<String, String>,
}

/// What can be forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(TS))]
pub enum Forbidden {
    /// Adding profiles, and changing those that are there.
    ChangeProfiles,
    /// Showing and exporting the server secrets of profiles.
    ShowSecrets,
}

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is not written as a policy is.
    #[error("{0}")]
    NotReadable(String),
    /// It decides a setting that there is not, or with a value that there is not.
    #[error("[settings] {0}")]
    Setting(SettingError),
    /// It would have something started in the sessions of all users.
    #[error("[settings] {key} can only be “{usual}” for everybody")]
    Starts {
        /// The setting.
        key: String,
        /// The value that it can have.
        usual: String,
    },
}

/// What a policy forbids, as a part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A gateway that is not among the allowed ones.
    #[error("connections to {0}")]
    Gateway(String),
    /// A tenant that is not among the allowed ones.
    #[error("sign-ins to the tenant {0}")]
    Tenant(String),
    /// A host that is not Microsoft's, where a tenant is but a word in a path.
    #[error("sign-ins at {0}, which is not Microsoft's")]
    Authority(String),
    /// Another sign-in than with Microsoft Entra ID.
    #[error("sign-ins without Microsoft Entra ID")]
    SignIn,
    /// A deed.
    #[error("{}", words(*.0))]
    Deed(Forbidden),
    /// Another value of a setting.
    #[error("another value of {0}")]
    Setting(&'static str),
}

/// Where an administrator puts the policy of this system (`std::env::consts::OS`).
#[must_use]
pub fn policy_path(system: &str) -> &'static str {
    match system {
        "macos" => "/Library/Preferences/org.spoke-vpn/policy.toml",
        _ => "/etc/spoke/policy.toml",
    }
}

impl Policy {
    /// Reads a policy (TOML).
    ///
    /// # Errors
    /// When it is none, or says something that cannot be held.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)
            .map_err(|error| PolicyError::NotReadable(error.message().to_owned()))?;
        let mut forced = Preferences::default();
        for (key, value) in &policy.settings {
            let setting = setting(key).map_err(PolicyError::Setting)?;
            setting
                .set(&mut forced, value)
                .map_err(PolicyError::Setting)?;
            let starts = ["start-at-login", "connect-at-login"].contains(&setting.key);
            if starts && setting.value(&forced) != setting.usual() {
                return Err(PolicyError::Starts {
                    key: key.clone(),
                    usual: setting.usual(),
                });
            }
        }
        Ok(policy)
    }

    /// Whether this profile may be connected.
    ///
    /// # Errors
    /// What of it is forbidden.
    pub fn allow_profile(&self, profile: &Profile) -> Result<(), Breach> {
        if let Some(gateways) = &self.gateways {
            let foreign = profile
                .servers
                .iter()
                .find(|server| !gateways.iter().any(|known| fits(known, &server.host)));
            if let Some(server) = foreign {
                return Err(Breach::Gateway(server.host.clone()));
            }
        }
        let Some(tenants) = &self.tenants else {
            return Ok(());
        };
        let SignIn::Entra(entra) = &profile.sign_in else {
            return Err(Breach::SignIn);
        };
        // Where the sign-in goes is what counts, whatever the tenant is called beside it.
        let host = entra.authority_host();
        if !is_known_authority(host) {
            return Err(Breach::Authority(host.to_owned()));
        }
        let tenant = entra.authority.trim_end_matches('/').rsplit('/').next();
        let tenant = tenant.unwrap_or_default();
        match tenants
            .iter()
            .any(|known| known.eq_ignore_ascii_case(tenant))
        {
            true => Ok(()),
            false => Err(Breach::Tenant(tenant.to_owned())),
        }
    }

    /// Whether users may do this.
    ///
    /// # Errors
    /// When it is forbidden.
    pub fn allow(&self, deed: Forbidden) -> Result<(), Breach> {
        match self.forbidden.contains(&deed) {
            true => Err(Breach::Deed(deed)),
            false => Ok(()),
        }
    }

    /// Whether a setting has one value for everybody.
    #[must_use]
    pub fn decides(&self, key: &str) -> bool {
        self.settings.contains_key(key)
    }

    /// The choices with what is decided in their place.
    #[must_use]
    pub fn decided(&self, chosen: &Preferences) -> Preferences {
        let mut decided = chosen.clone();
        for (key, value) in &self.settings {
            // Both were tried when the policy was read.
            if let Ok(setting) = setting(key) {
                let _ = setting.set(&mut decided, value);
            }
        }
        decided
    }

    /// Whether the choices may be changed so.
    ///
    /// # Errors
    /// The first setting that is decided and would be another.
    pub fn allow_change(&self, before: &Preferences, after: &Preferences) -> Result<(), Breach> {
        for key in self.settings.keys() {
            if let Ok(setting) = setting(key)
                && setting.value(before) != setting.value(after)
            {
                return Err(Breach::Setting(setting.key));
            }
        }
        Ok(())
    }
}

impl Policy {
    /// The sentence that users are told.
    #[must_use]
    pub fn refusal(&self, breach: &Breach) -> String {
        let who = self.organisation.as_deref();
        format!(
            "{} does not allow {breach}.",
            who.unwrap_or("The administrator")
        )
    }

    /// What users can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match &self.contact {
            Some(contact) => format!("spoke policy show   (questions to {contact})"),
            None => "spoke policy show".to_owned(),
        }
    }
}

fn words(deed: Forbidden) -> &'static str {
    match deed {
        Forbidden::ChangeProfiles => "adding and changing profiles",
        Forbidden::ShowSecrets => "showing and exporting server secrets",
    }
}

/// Whether a host is meant: by its name, or by what it ends with.
fn fits(known: &str, host: &str) -> bool {
    let (known, host) = (known.to_ascii_lowercase(), host.to_ascii_lowercase());
    let host = host.trim_end_matches('.');
    match known.strip_prefix("*.") {
        Some(end) => host
            .strip_suffix(end)
            .is_some_and(|begin| begin.len() > 1 && begin.ends_with('.')),
        None => host == known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::{Assignment, ReadOptions, Server, ServerSecret};

    const POLICY: &str = r#"
organisation = "Contoso IT"
contact = "https://help.contoso.com"
gateways = ["*.vpn.azure.com", "gw.contoso.com"]
tenants = ["11111111-2222-3333-4444-555555555555"]
forbidden = ["show-secrets"]

[settings]
sign-in = "browser"
connect-at-login = "off"
"#;

    fn profile(hosts: &[&str]) -> Profile {
        let secret = ServerSecret::from_text(&"0f".repeat(256)).expect("a secret");
        let mut profile = Profile::draft("office", secret);
        let tenant = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555";
        for (key, value) in [("sign-in", "aad"), ("sign-in.tenant", tenant)] {
            profile
                .set(&Assignment::set(key, value), &ReadOptions::default())
                .expect(key);
        }
        profile.servers = hosts.iter().map(|host| Server::new(*host)).collect();
        profile
    }

    #[test]
    fn only_the_allowed_gateways_are_connected_all_of_them() {
        let policy = Policy::read(POLICY).expect("a policy");
        for hosts in [
            &["azuregateway-1.vpn.azure.com"][..],
            &["GW.contoso.com.", "a.b.vpn.azure.com"],
        ] {
            assert_eq!(policy.allow_profile(&profile(hosts)), Ok(()), "{hosts:?}");
        }
        for (hosts, foreign) in [
            (&["evil.example"][..], "evil.example"),
            (
                &["gw.contoso.com", "gw.contoso.com.evil.example"],
                "gw.contoso.com.evil.example",
            ),
            (&["vpn.azure.com"], "vpn.azure.com"),
            (&[".vpn.azure.com"], ".vpn.azure.com"),
            (&["evilvpn.azure.com"], "evilvpn.azure.com"),
        ] {
            let breach = Breach::Gateway(foreign.to_owned());
            assert_eq!(policy.allow_profile(&profile(hosts)), Err(breach));
        }
        assert_eq!(
            Policy::default().allow_profile(&profile(&["evil.example"])),
            Ok(())
        );
    }

    #[test]
    fn only_the_allowed_tenants_are_signed_in_to() {
        let policy = Policy::read(POLICY).expect("a policy");
        let mut other = profile(&["gw.contoso.com"]);
        if let SignIn::Entra(entra) = &mut other.sign_in {
            // The name beside it does not count.
            entra.authority = "https://login.microsoftonline.com/common".to_owned();
        }
        let breach = Breach::Tenant("common".to_owned());
        assert_eq!(policy.allow_profile(&other), Err(breach));
        for host in [
            "login.evil.example",
            "login.microsoftonline.com.evil.example",
            "login.microsoftonline.com:8443",
            "login.microsoftonline.com@evil.example",
        ] {
            if let SignIn::Entra(entra) = &mut other.sign_in {
                // A user may have trusted it; the tenant there is whose it likes.
                entra.authority_trusted = true;
                entra.authority = format!("https://{host}/11111111-2222-3333-4444-555555555555");
            }
            let breach = Breach::Authority(host.to_owned());
            assert_eq!(policy.allow_profile(&other), Err(breach));
            assert_eq!(Policy::default().allow_profile(&other), Ok(()));
        }
        other.sign_in = SignIn::Certificate;
        assert_eq!(policy.allow_profile(&other), Err(Breach::SignIn));
    }

    #[test]
    fn what_is_decided_holds_whatever_was_chosen() {
        let policy = Policy::read(POLICY).expect("a policy");
        let usual = Preferences::default();
        let decided = policy.decided(&usual);
        assert_eq!(
            setting("sign-in").map(|one| one.value(&decided)),
            Ok("browser".to_owned())
        );
        assert!(policy.decides("sign-in") && !policy.decides("language"));
        assert_eq!(
            policy.allow_change(&decided, &usual),
            Err(Breach::Setting("sign-in"))
        );
        assert_eq!(policy.allow_change(&decided, &decided), Ok(()));
        assert!(policy.allow(Forbidden::ShowSecrets).is_err());
        assert_eq!(policy.allow(Forbidden::ChangeProfiles), Ok(()));
    }

    #[test]
    fn a_slip_in_a_policy_is_a_fault_and_not_passed_over() {
        for text in [
            "gatways = []",
            "forbidden = [\"everything\"]",
            "[settings]\nlangauge = \"german\"",
            "[settings]\nlanguage = \"klingon\"",
            "[settings]\nconnect-at-login = \"last\"",
            "gateways = \"*\"",
            "=",
        ] {
            let error = Policy::read(text).expect_err(text);
            assert!(!error.to_string().is_empty());
        }
        assert_eq!(Policy::read(""), Ok(Policy::default()));
    }
}
