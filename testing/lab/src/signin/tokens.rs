//! Tokens of the shape that Entra gives out.

use super::errors::unix_now;
use super::grants::Grant;
use super::settings::{ACCOUNT, Settings};
use crate::error::LabError;
use crate::places;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// Object id of the lab's one account.
const OBJECT_ID: &str = "2f7a4c8e-91b3-4d06-a5c7-e8d2b1f03946";
/// Characters of a token from which on it carries what real ones do.
const USUAL_CHARS: usize = 2000;
/// Bytes of `,"xms_idrel":""`, the claim that fills a token up.
const FILLER_FRAME: usize = 15;
const KEY_ID: &str = "bGFiLXNpZ25pbmcta2V5LTE";

/// The server's RSA key.
pub struct SigningKey {
    signing: EncodingKey,
    modulus: String,
    exponent: String,
}

impl SigningKey {
    /// A fresh 2048-bit key, as Entra uses.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn generate() -> Result<Self, LabError> {
        let pair =
            KeyPair::generate(KeySize::Rsa2048).map_err(LabError::other("make a signing key"))?;
        let pkcs8: Pkcs8V1Der<'_> = pair
            .as_der()
            .map_err(LabError::other("store the signing key"))?;
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            base64::engine::general_purpose::STANDARD.encode(pkcs8.as_ref())
        );
        let public = pair.public_key();
        Ok(Self {
            signing: EncodingKey::from_rsa_pem(pem.as_bytes())
                .map_err(LabError::other("read the signing key"))?,
            modulus: URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            exponent: URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// The `keys` document.
    pub(super) fn key_set(&self) -> Value {
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "x5t": KEY_ID,
            "n": self.modulus, "e": self.exponent,
            "issuer": format!("{}/v2.0", places::authority()),
        }]})
    }

    fn sign(&self, claims: &Value) -> Result<String, LabError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(KEY_ID.to_owned());
        header.x5t = Some(KEY_ID.to_owned());
        jsonwebtoken::encode(&header, claims, &self.signing)
            .map_err(LabError::other("sign a token"))
    }

    /// A version 1 access token, at least as long as the settings say.
    pub(super) fn access_token(
        &self,
        settings: &Settings,
        grant: &Grant,
    ) -> Result<String, LabError> {
        let mut claims = access_claims(settings, grant);
        let mut token = self.sign(&claims)?;
        let missing = settings.access_token_chars.saturating_sub(token.len());
        if missing > 0 {
            // Three bytes of claims are four characters of token.
            let padding = (missing * 3).div_ceil(4).saturating_sub(FILLER_FRAME);
            let filler = "0123456789abcdef".repeat(padding / 16 + 1);
            claims["xms_idrel"] = json!(filler.get(..padding).unwrap_or(&filler));
            token = self.sign(&claims)?;
        }
        if settings.spoil_signature {
            // The last character carries padding bits; an earlier one is surely signature.
            let at = token.len() - 10;
            token.replace_range(
                at..=at,
                if token.get(at..=at) == Some("A") {
                    "Q"
                } else {
                    "A"
                },
            );
        }
        Ok(token)
    }

    /// A version 2 id token for the client.
    pub(super) fn id_token(&self, grant: &Grant) -> Result<String, LabError> {
        let now = unix_now();
        let mut claims = json!({
            "aud": grant.client_id,
            "iss": format!("{}/v2.0", places::authority()),
            "iat": now, "nbf": now, "exp": now + 3600,
            "name": "Ana Silva",
            "oid": OBJECT_ID,
            "preferred_username": ACCOUNT,
            "sub": "Xq0nB3m8R1sV5t7uW9yZ2a4c6e8g0i",
            "tid": places::TENANT,
            "ver": "2.0",
        });
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(nonce);
        }
        self.sign(&claims)
    }
}

/// `client_info`, by which MSAL names the home account.
pub(super) fn client_info() -> String {
    URL_SAFE_NO_PAD.encode(json!({ "uid": OBJECT_ID, "utid": places::TENANT }).to_string())
}

fn access_claims(settings: &Settings, grant: &Grant) -> Value {
    let now = unix_now();
    let mut claims = json!({
        "aud": settings.audience,
        "iss": settings.issuer,
        "iat": now, "nbf": now, "exp": now + settings.access_token_seconds,
        "acct": 0,
        "acr": "1",
        "amr": ["pwd", "mfa"],
        "appid": grant.client_id,
        "appidacr": "0",
        "family_name": "Silva",
        "given_name": "Ana",
        "ipaddr": places::CLIENT.to_string(),
        "name": "Ana Silva",
        "oid": OBJECT_ID,
        "scp": "user_impersonation",
        "sub": "k3V9cQ7wJx1Zr5tYn8uBm2pLd4fGh6sA0eKiOaRvWqE",
        "tid": places::TENANT,
        "unique_name": ACCOUNT,
        "upn": ACCOUNT,
        "uti": "mR2vT8yQ0kWnC5xZ7aBeAA",
        "ver": "1.0",
    });
    if settings.access_token_chars >= USUAL_CHARS {
        add_usual_claims(&mut claims);
    }
    claims
}

/// What a real token carries besides; left out of tokens that are to be short.
fn add_usual_claims(claims: &mut Value) {
    let groups: Vec<String> = (0..8)
        .map(|n| format!("c0ffee00-{n:04x}-4abc-8def-0123456789ab"))
        .collect();
    claims["groups"] = json!(groups);
    claims["aio"] = json!("AYQAe/8ZAAAAqSbQ3c5y0v9J6xw2Lk7mN4pR1tU8vX0zB3dF6hJ9lO2qS5uW7yA=");
    claims["onprem_sid"] = json!("S-1-5-21-1004336348-1177238915-682003330-51204");
    claims["puid"] = json!("10032001A2B3C4D5");
    claims["rh"] = json!("1.AXkAUj0dbw6KV0udLzsbXHqQSNozsmJn-4RN3M-5WtVBtcgAAE.");
    claims["sid"] = json!("008f1b2c-77aa-4e3d-9c10-52d6f4a8b7e1");
    claims["wids"] = json!(["b79fbf4d-3ef9-4689-8143-76b194e85509"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            client_id: places::AUDIENCE.to_owned(),
            scope: String::new(),
            nonce: None,
        }
    }

    #[test]
    fn an_access_token_is_as_long_as_asked_and_not_much_longer() {
        let key = SigningKey::generate().unwrap();
        for wanted in [1500, 2400, 3000, 4000] {
            let settings = Settings {
                access_token_chars: wanted,
                ..Settings::default()
            };
            let token = key.access_token(&settings, &grant()).unwrap();
            assert!(
                (wanted..wanted + 24).contains(&token.len()),
                "{}",
                token.len()
            );
        }
    }

    #[test]
    fn a_spoiled_signature_differs_only_there() {
        let key = SigningKey::generate().unwrap();
        let settings = Settings {
            spoil_signature: true,
            ..Settings::default()
        };
        let token = key.access_token(&settings, &grant()).unwrap();
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(key.key_set()).unwrap();
        let decoding = jsonwebtoken::DecodingKey::from_jwk(&set.keys[0]).unwrap();
        let mut rules = jsonwebtoken::Validation::new(Algorithm::RS256);
        rules.set_audience(&[places::AUDIENCE]);
        let spoiled = jsonwebtoken::decode::<Value>(&token, &decoding, &rules);
        assert!(spoiled.is_err());
        let whole = key.access_token(&Settings::default(), &grant()).unwrap();
        jsonwebtoken::decode::<Value>(&whole, &decoding, &rules).unwrap();
    }
}
