//! Whether a client's credentials are accepted.

use crate::certificates;
use crate::config::{Config, TokenRules};
use crate::keys::SigningKeys;
use crate::second_factor::{Given, SecondFactors, Totp};
use crate::server::GatewayError;
use crate::users::Users;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use spoke_engine::Check;
use spoke_wire::DynamicChallenge;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Clocks of gateway and sign-in server may differ by so many seconds.
const LEEWAY_SECONDS: u64 = 60;

/// Judges credentials by the configuration.
pub(crate) struct Judge {
    tokens: Option<(TokenRules, SigningKeys)>,
    users: Option<Arc<Users>>,
    passwords: BTreeMap<String, crate::config::Secret>,
    /// Whether a certificate alone will do.
    certificate_only: bool,
    second_factors: SecondFactors,
    refuse: Option<String>,
}

/// Who was accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// For the log, and to see that a renegotiation is by the same person.
    pub(crate) account: String,
}

/// Why someone was not, for them to read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the password is not an access token")]
    NotAToken,
    #[error("the token is signed with a key that the sign-in server does not publish")]
    UnknownKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token is for another audience than {expected}")]
    Audience { expected: String },
    #[error("the token is from another issuer than {expected}")]
    Issuer { expected: String },
    #[error("the token cannot be used: {0}")]
    Other(String),
    #[error("unknown user name or wrong password")]
    Password,
    #[error("the certificate names nobody")]
    Nameless,
    #[error("wrong one-time code")]
    Code,
    /// A question to be answered first.
    #[error("a one-time code is needed")]
    Challenge(DynamicChallenge),
    #[error("{0}")]
    Configured(String),
}

#[derive(Deserialize)]
struct Claims {
    oid: Option<String>,
    upn: Option<String>,
    sub: Option<String>,
}

impl Judge {
    pub(crate) fn new(config: &mut Config) -> Result<Self, GatewayError> {
        let certificate_only = !config.wants_credentials();
        let tokens = match config.tokens.take() {
            Some(rules) => {
                let keys = SigningKeys::new(rules.keys_url.clone())?;
                Some((rules, keys))
            }
            None => None,
        };
        let users = config.users.as_deref().map(Users::load).transpose()?;
        Ok(Self {
            tokens,
            users: users.map(Arc::new),
            passwords: std::mem::take(&mut config.passwords),
            certificate_only,
            second_factors: SecondFactors::default(),
            refuse: config.faults.refuse.clone(),
        })
    }

    /// Fetches what judging will need.
    pub(crate) async fn prepare(&self) {
        if let Some((_, keys)) = &self.tokens {
            keys.prepare().await;
        }
    }

    /// Accepts or refuses. A certificate has been verified by TLS, which lets nobody
    /// in without one where they are wanted. `answered` is the answer to a question that
    /// the session began with.
    pub(crate) async fn judge(
        &self,
        check: &Check,
        answered: Option<&str>,
    ) -> Result<Accepted, Refusal> {
        if let Some(reason) = &self.refuse {
            return Err(Refusal::Configured(reason.clone()));
        }
        if self.certificate_only {
            let account = certificates::account(&check.certificates);
            return account
                .map(|account| Accepted { account })
                .ok_or(Refusal::Nameless);
        }
        let before = check.renegotiation.then(|| answered.unwrap_or_default());
        self.credentials(&check.username, &check.password, before)
            .await
    }

    /// With tokens the user name means nothing: Azure's clients send `AzureAD`,
    /// others the account. Where there are users too, what is no token is a password. In
    /// a renegotiation `before` is the answer that the session began with, or empty.
    async fn credentials(
        &self,
        username: &str,
        password: &str,
        before: Option<&str>,
    ) -> Result<Accepted, Refusal> {
        if let Some(expected) = self.passwords.get(username) {
            return if expected.expose() == password {
                Ok(Accepted {
                    account: username.to_owned(),
                })
            } else {
                Err(Refusal::Password)
            };
        }
        let header = jsonwebtoken::decode_header(password);
        match (&self.tokens, &self.users) {
            (Some((rules, keys)), users) if users.is_none() || header.is_ok() => {
                let header = header.map_err(|_| Refusal::NotAToken)?;
                let name = header.kid.ok_or(Refusal::UnknownKey)?;
                let key = keys.key(&name).await.ok_or(Refusal::UnknownKey)?;
                check(password, &key, rules)
            }
            (_, Some(users)) => self.user(users, username, password, before).await,
            _ => Err(Refusal::Password),
        }
    }

    /// A user of the users file, with a one-time code where one is needed: beside the
    /// password, or in answer to a question. A session is asked for one once: clients
    /// renegotiate with what they signed in with, and its code has been used.
    async fn user(
        &self,
        users: &Arc<Users>,
        username: &str,
        field: &str,
        before: Option<&str>,
    ) -> Result<Accepted, Refusal> {
        let accepted = || Accepted {
            account: username.to_owned(),
        };
        let totp = users.totp(username);
        let (password, code) = match (Given::read(field), totp) {
            (Given::Answer { .. }, Some(_)) if before.is_some() => {
                let same = before == Some(field);
                return same.then(accepted).ok_or(Refusal::Code);
            }
            (Given::Answer { state_id, code }, Some(totp)) => {
                let asked = self.second_factors.close(state_id, username);
                let right = asked && self.code_fits(totp, username, code);
                return right.then(accepted).ok_or(Refusal::Code);
            }
            (Given::Both(password, code), Some(_)) => (password, Some(code)),
            _ => (Zeroizing::new(field.to_owned()), None),
        };
        let (everyone, name) = (Arc::clone(users), username.to_owned());
        let fits = tokio::task::spawn_blocking(move || everyone.verify(&name, &password));
        if !matches!(fits.await, Ok(true)) {
            return Err(Refusal::Password);
        }
        match (totp, code) {
            (None, _) => Ok(accepted()),
            (Some(_), _) if before.is_some() => Ok(accepted()),
            (Some(totp), Some(code)) if self.code_fits(totp, username, &code) => Ok(accepted()),
            (Some(_), Some(_)) => Err(Refusal::Code),
            (Some(_), None) => {
                let challenge = self.second_factors.ask(username);
                Err(challenge.map_or(Refusal::Password, Refusal::Challenge))
            }
        }
    }

    fn code_fits(&self, totp: &Totp, username: &str, code: &str) -> bool {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| since.as_secs());
        self.second_factors.accept(totp, username, code, now)
    }
}

fn check(token: &str, key: &DecodingKey, rules: &TokenRules) -> Result<Accepted, Refusal> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = LEEWAY_SECONDS;
    validation.validate_nbf = true;
    validation.set_audience(&[&rules.audience]);
    validation.set_issuer(&[&rules.issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    let token =
        jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|error| {
            match error.kind() {
                ErrorKind::InvalidSignature => Refusal::Signature,
                ErrorKind::ExpiredSignature => Refusal::Expired,
                ErrorKind::ImmatureSignature => Refusal::NotYet,
                ErrorKind::InvalidAudience => Refusal::Audience {
                    expected: rules.audience.clone(),
                },
                ErrorKind::InvalidIssuer => Refusal::Issuer {
                    expected: rules.issuer.clone(),
                },
                _ => Refusal::Other(error.to_string()),
            }
        })?;
    let Claims { oid, upn, sub } = token.claims;
    let account = upn.or(oid).or(sub);
    Ok(Accepted {
        account: account.unwrap_or_else(|| "unnamed".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    fn rules() -> TokenRules {
        TokenRules {
            issuer: "https://sts.example/t/".to_owned(),
            audience: "app".to_owned(),
            keys_url: "https://login.example/keys".to_owned(),
        }
    }

    fn now() -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
    }

    fn judged(change: impl FnOnce(&mut serde_json::Value)) -> Result<Accepted, Refusal> {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> =
            aws_lc_rs::encoding::AsDer::as_der(&pair).unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.as_ref())
        );
        let public = aws_lc_rs::signature::KeyPair::public_key(&pair);
        let key = DecodingKey::from_rsa_raw_components(
            public.modulus().big_endian_without_leading_zero(),
            public.exponent().big_endian_without_leading_zero(),
        );
        let mut claims = json!({
            "aud": "app", "iss": "https://sts.example/t/", "exp": now() + 600, "nbf": now(),
            "upn": "ana@contoso.com",
        });
        change(&mut claims);
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let token =
            jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &signing).unwrap();
        check(&token, &key, &rules())
    }

    #[test]
    fn a_good_token_names_its_account() {
        assert_eq!(judged(|_| ()).unwrap().account, "ana@contoso.com");
    }

    #[test]
    fn each_fault_has_its_own_reason() {
        let past = now() - 3600;
        assert_eq!(judged(|c| c["exp"] = json!(past)), Err(Refusal::Expired));
        assert_eq!(
            judged(|c| c["nbf"] = json!(now() + 3600)),
            Err(Refusal::NotYet)
        );
        assert!(matches!(
            judged(|c| c["aud"] = json!("other")),
            Err(Refusal::Audience { .. })
        ));
        assert!(matches!(
            judged(|c| c["iss"] = json!("https://sts.example/t")),
            Err(Refusal::Issuer { .. })
        ));
    }

    /// A judge of one user, whose password is "right" and who needs a code too.
    fn with_a_second_factor() -> (Judge, String) {
        const SECRET: &str = "GEZDGNBVGY3TQOJQ";
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = crate::users::line("ana", "right").unwrap();
        std::fs::write(file.path(), format!("{line}:totp={SECRET}\n")).unwrap();
        let judge = Judge {
            tokens: None,
            users: Some(Arc::new(Users::load(file.path()).unwrap())),
            passwords: BTreeMap::new(),
            certificate_only: false,
            second_factors: SecondFactors::default(),
            refuse: None,
        };
        let code = Totp::parse(SECRET).unwrap().code_at(now()).unwrap();
        (judge, format!("{code:06}"))
    }

    #[tokio::test]
    async fn a_session_is_asked_for_a_code_once() {
        let (judge, code) = with_a_second_factor();
        let judged = async |field: &str, before: Option<&str>| {
            judge.credentials("ana", field, before).await.map(drop)
        };
        let Err(Refusal::Challenge(challenge)) = judged("right", None).await else {
            panic!("no question");
        };
        let field = challenge.password(&code);
        assert_eq!(judged(&field, None).await, Ok(()));
        assert_eq!(judged(&field, None).await, Err(Refusal::Code));
        assert_eq!(judged(&field, Some(&field)).await, Ok(()));
        assert_eq!(judged(&field, Some("another")).await, Err(Refusal::Code));
        assert_eq!(judged("right", Some(&field)).await, Ok(()));
        assert_eq!(judged("wrong", Some(&field)).await, Err(Refusal::Password));

        let encode =
            |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
        let both = |password: &str| format!("SCRV1:{}:{}", encode(password), encode(&code));
        let (right, wrong) = (both("right"), both("wrong"));
        assert_eq!(
            judged(&right, None).await,
            Err(Refusal::Code),
            "it was used"
        );
        assert_eq!(judged(&right, Some(&right)).await, Ok(()));
        assert_eq!(judged(&wrong, Some(&right)).await, Err(Refusal::Password));
    }
}
