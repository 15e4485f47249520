use serde::{Deserialize, Serialize};
use spoke_settings::{Forbidden, Policy};
use ts_rs::TS;

/// What an administrator has decided in the user's place, as far as the window has controls
/// for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Locks {
    /// Who decided, as users are told; absent when the administrator gave no name.
    pub organisation: Option<String>,
    /// Where users may ask, such as a web or mail address.
    pub contact: Option<String>,
    /// The settings that have one value for everybody, by their keys.
    pub settings: Vec<String>,
    /// What users may not do.
    pub forbidden: Vec<Forbidden>,
}

impl Locks {
    /// What this policy locks.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            organisation: policy.organisation.clone(),
            contact: policy.contact.clone(),
            settings: policy.settings.keys().cloned().collect(),
            forbidden: policy.forbidden.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_decides_is_locked_and_nothing_else() {
        let text = "organisation = \"Contoso IT\"\nforbidden = [\"show-secrets\"]\n\
            [settings]\nsign-in = \"browser\"\n";
        let locks = Locks::of(&Policy::read(text).expect("a policy"));
        assert_eq!(locks.organisation.as_deref(), Some("Contoso IT"));
        assert_eq!(locks.settings, ["sign-in"]);
        assert_eq!(locks.forbidden, [Forbidden::ShowSecrets]);
        assert_eq!(Locks::of(&Policy::default()), Locks::default());
    }
}
