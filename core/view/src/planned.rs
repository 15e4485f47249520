use crate::{PlannedProfile, ProfileDetail, ProfileForm, ProfileSummary, repairs, rows};
use spoke_profile::{Finding, FindingCode, Profile, SignIn, differences, lost_in_azure};

/// A profile that was read, before it is known what is stored.
pub struct ReadProfile<'a> {
    /// Its place in the plan.
    pub index: u32,
    /// The file, inside the package when it came in one.
    pub path: &'a str,
    /// The profile.
    pub profile: &'a Profile,
    /// What was found about it.
    pub findings: &'a [Finding],
}

impl PlannedProfile {
    /// What there is to say of a profile that was read; `stored` is the one of the same
    /// name, and `free_name` a name that none has. What concerns secrets is left open.
    #[must_use]
    pub fn of(read: &ReadProfile<'_>, stored: Option<&Profile>, free_name: String) -> Self {
        let profile = read.profile;
        let untrusted_authority = match &profile.sign_in {
            SignIn::Entra(entra) if entra.authority_trusted => {
                Some(entra.authority_host().to_owned())
            }
            _ => None,
        };
        let (repairs, mut findings) = repairs(profile, read.findings);
        // Both are questions still, when a plan is shown.
        findings.retain(|finding| {
            !matches!(
                finding.code,
                FindingCode::AuthorityTrusted | FindingCode::SecretSupplied
            )
        });
        Self {
            index: read.index,
            path: read.path.to_owned(),
            name: profile.name.clone(),
            groups: rows(profile),
            repairs,
            findings,
            clash: stored.map(|stored| differences(stored, profile)),
            free_name,
            untrusted_authority,
            needs_file_password: false,
            needs_secret: false,
            has_password: false,
        }
    }
}

impl ProfileDetail {
    /// A stored profile in full; `account` is who signs in with it, when known, and
    /// `has_private_key` whether the keyring has the key of its certificate.
    #[must_use]
    pub fn of(profile: &Profile, account: Option<String>, has_private_key: bool) -> Self {
        let findings = profile.normalised().map(|(_, findings)| findings);
        let lost = lost_in_azure(profile);
        Self {
            summary: ProfileSummary::of(profile, account),
            groups: rows(profile),
            findings: findings.unwrap_or_default(),
            form: ProfileForm::of(profile),
            has_private_key,
            lost_in_azure: lost.into_iter().map(ToOwned::to_owned).collect(),
        }
    }
}
