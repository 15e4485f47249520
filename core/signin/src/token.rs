use crate::error::SignInError;
use crate::http::HttpResponse;
use crate::jwt::{self, Claims};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::settings::SignInSettings;
use serde::{Deserialize, Serialize};
use spoke_moment::WallTime;
use std::time::Duration;

/// How long an access token is taken to last when the server does not say.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

/// What a sign-in or a refresh gives.
pub struct TokenSet {
    /// For the gateway.
    pub access: Secret,
    /// For the next refresh.
    pub refresh: Option<Secret>,
    /// When the access token expires.
    pub expires: WallTime,
    /// Who signed in, from the id token.
    pub account: Option<Account>,
    /// The client id that it worked with.
    pub client_id: String,
}

/// Who signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Sign-in name ("ana@contoso.com").
    pub username: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// The user's id in the tenant.
    pub object_id: Option<String>,
    /// The tenant's id.
    pub tenant_id: Option<String>,
}

impl Account {
    fn from_claims(claims: Claims) -> Self {
        Self {
            username: claims
                .preferred_username
                .or(claims.upn)
                .or(claims.unique_name)
                .or(claims.email),
            name: claims.name,
            object_id: claims.oid,
            tenant_id: claims.tid,
        }
    }
}

#[derive(Deserialize)]
struct Document {
    access_token: Option<Secret>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    expires_in: Option<Seconds>,
}

/// Old endpoints send numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

impl Seconds {
    fn duration(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// Reads the token endpoint's answer (RFC 6749, 5.1) and checks the id token's
/// `nonce`, `aud` and `tid`.
pub(crate) fn read_tokens(
    response: &HttpResponse,
    settings: &SignInSettings,
    client_id: &str,
    nonce: Option<&Secret>,
    now: WallTime,
) -> Result<TokenSet, SignInError> {
    if let Some(refusal) = Refusal::from_response(response) {
        return Err(SignInError::Refused(refusal));
    }
    let status = response.status;
    if !(200..300).contains(&status) {
        return Err(SignInError::NotOAuth { status });
    }
    let document: Document = response.json().ok_or(SignInError::NotOAuth { status })?;
    let access = present(document.access_token).ok_or(SignInError::Incomplete("access_token"))?;
    let expires = match document.expires_in.and_then(|seconds| seconds.duration()) {
        // Counted from this computer's clock, so that a clock that is off does
        // not make a fresh token look expired.
        Some(life) => now.plus(life),
        None => jwt::claims(access.expose())
            .and_then(|claims| seconds(claims.exp))
            .unwrap_or_else(|| now.plus(USUAL_LIFE)),
    };
    let account = match document
        .id_token
        .as_ref()
        .and_then(|token| jwt::claims(token.expose()))
    {
        Some(claims) => {
            check_id_token(&claims, settings, client_id, nonce)?;
            Some(Account::from_claims(claims))
        }
        None => None,
    };
    Ok(TokenSet {
        access,
        refresh: present(document.refresh_token),
        expires,
        account,
        client_id: client_id.to_owned(),
    })
}

fn present(secret: Option<Secret>) -> Option<Secret> {
    secret.filter(|secret| !secret.is_empty())
}

/// Whole seconds of a JWT time.
pub(crate) fn seconds(time: Option<f64>) -> Option<WallTime> {
    let time = Duration::try_from_secs_f64(time?).ok()?;
    Some(WallTime::from_unix(time.as_secs()))
}

fn check_id_token(
    claims: &Claims,
    settings: &SignInSettings,
    client_id: &str,
    nonce: Option<&Secret>,
) -> Result<(), SignInError> {
    let wrong = |claim, seen: Option<&str>, expected: &str| SignInError::IdToken {
        claim,
        seen: seen.unwrap_or("absent").chars().take(100).collect(),
        expected: expected.to_owned(),
    };
    if !claims.aud.all().iter().any(|aud| aud == client_id) {
        let seen = claims.aud.all().first().map(String::as_str);
        return Err(wrong("aud", seen, client_id));
    }
    if let Some(nonce) = nonce {
        let same = claims
            .nonce
            .as_deref()
            .is_some_and(|seen| nonce.matches(seen));
        if !same {
            return Err(wrong("nonce", claims.nonce.as_deref(), "the one sent"));
        }
    }
    if let (Some(tenant), Some(tid)) = (settings.tenant_id(), &claims.tid)
        && !tenant.eq_ignore_ascii_case(tid)
    {
        return Err(wrong("tid", Some(tid), tenant));
    }
    Ok(())
}
