use crate::jwt;
use crate::settings::SignInSettings;
use crate::token;
use spoke_moment::WallTime;
use std::time::Duration;

/// How far clocks may differ without a word.
const LENIENCE: Duration = Duration::from_secs(300);

/// Something about an access token that the gateway may refuse it for. Never a
/// reason not to try: the gateway decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Which claim.
    pub claim: &'static str,
    /// What is odd, and the probable cause.
    pub text: String,
}

/// Looks at an access token with the gateway's eyes. Tokens are opaque to
/// clients: one that cannot be read gives no warning.
#[must_use]
pub fn precheck(access: &str, settings: &SignInSettings, now: WallTime) -> Vec<Warning> {
    let Some(claims) = jwt::claims(access) else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    let mut warn = |claim, text| warnings.push(Warning { claim, text });

    let audiences = claims.aud.all();
    if !audiences.is_empty()
        && !audiences
            .iter()
            .any(|aud| same_audience(aud, &settings.audience))
    {
        warn(
            "aud",
            format!(
                "The token is for {}, the gateway expects {}: the profile's audience and scope do not fit together.",
                audiences.join(", "),
                settings.audience
            ),
        );
    }
    if let (Some(seen), Some(expected)) = (&claims.iss, &settings.issuer)
        && seen != expected
    {
        let cause = if seen.trim_end_matches('/') == expected.trim_end_matches('/') {
            "they differ in the last slash only; correct the issuer on the gateway"
        } else if claims.ver.as_deref() == Some("2.0") {
            "the application gives version 2 tokens; its manifest must say requestedAccessTokenVersion null or 1"
        } else {
            "the issuer in the gateway's settings names another tenant or cloud"
        };
        warn(
            "iss",
            format!("The token was issued by {seen}, the gateway expects {expected}: {cause}."),
        );
    }
    if let (Some(seen), Some(expected)) = (&claims.tid, settings.tenant_id())
        && !seen.eq_ignore_ascii_case(expected)
    {
        warn(
            "tid",
            format!(
                "The token is of tenant {seen}, the profile's is {expected}: the account belongs to another organisation."
            ),
        );
    }
    if let Some(expires) = token::seconds(claims.exp)
        && expires <= now
    {
        warn(
            "exp",
            "The token has already expired, unless this computer's clock is ahead.".to_owned(),
        );
    }
    if let Some(begins) = token::seconds(claims.nbf)
        && begins > now.plus(LENIENCE)
    {
        warn(
            "nbf",
            "The token is not valid yet: this computer's clock is behind.".to_owned(),
        );
    }
    warnings
}

/// Entra writes the id of an application with or without `api://` before it.
fn same_audience(one: &str, other: &str) -> bool {
    let bare = |text: &str| {
        text.strip_prefix("api://")
            .unwrap_or(text)
            .trim_end_matches('/')
            .to_ascii_lowercase()
    };
    bare(one) == bare(other)
}
