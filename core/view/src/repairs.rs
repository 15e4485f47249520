use crate::Repair;
use spoke_profile::{Finding, FindingCode, Profile, Severity, SignIn};
use std::cmp::Reverse;

const ISSUER: &str = "sign-in.issuer";

/// The repairs among the findings about a profile that was read, each with what stood in
/// its place if a profile can hold that; and the other findings, warnings first.
#[must_use]
pub fn repairs(profile: &Profile, findings: &[Finding]) -> (Vec<Repair>, Vec<Finding>) {
    let (repaired, mut others): (Vec<_>, Vec<_>) = findings
        .iter()
        .cloned()
        .partition(|finding| finding.severity == Severity::Repaired);
    others.sort_by_key(|finding| Reverse(finding.severity));
    let repairs = repaired
        .into_iter()
        .map(|finding| Repair {
            original: original(profile, finding.code),
            finding,
        })
        .collect();
    (repairs, others)
}

/// Undoes a repair where that is possible.
pub fn undo(repair: &Repair, profile: &mut Profile) {
    if let (Some((ISSUER, issuer)), SignIn::Entra(entra)) = (
        repair
            .original
            .as_ref()
            .map(|(key, value)| (key.as_str(), value)),
        &mut profile.sign_in,
    ) {
        entra.issuer = Some(issuer.clone());
    }
}

/// Everything else that is repaired has no other form in a profile than the one it has
/// now: host names, masks, thumbprints and the like are kept as values, not as texts.
fn original(profile: &Profile, code: FindingCode) -> Option<(String, String)> {
    match (code, &profile.sign_in) {
        (FindingCode::IssuerSlash, SignIn::Entra(entra)) => {
            let issuer = entra.issuer.as_deref()?.strip_suffix('/')?;
            Some((ISSUER.to_owned(), issuer.to_owned()))
        }
        _ => None,
    }
}
