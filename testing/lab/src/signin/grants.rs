//! What the server remembers between requests: sign-ins under way, codes, refresh
//! tokens, device codes.

use super::errors::{EntraError, unix_now};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A checked authorize request.
#[derive(Clone)]
pub(super) struct AuthorizeRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) challenge: String,
    pub(super) scope: String,
}

/// Who may have tokens, for what.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
}

/// A device code and how far it has come.
struct Device {
    client_id: String,
    scope: String,
    user_code: String,
    approved: bool,
    expires: u64,
}

/// All of it, in memory.
#[derive(Default)]
pub(super) struct Grants {
    sign_ins: BTreeMap<String, AuthorizeRequest>,
    codes: BTreeMap<String, AuthorizeRequest>,
    refresh_tokens: BTreeMap<String, Grant>,
    devices: BTreeMap<String, Device>,
}

/// Seconds that a device code lives.
pub(super) const DEVICE_CODE_SECONDS: u64 = 900;

impl Grants {
    /// Remembers a request while the user types; the answer names it in the form.
    pub(super) fn begin(&mut self, request: AuthorizeRequest) -> String {
        let id = random_text();
        self.sign_ins.insert(id.clone(), request);
        id
    }

    pub(super) fn sign_in(&self, id: &str) -> Option<AuthorizeRequest> {
        self.sign_ins.get(id).cloned()
    }

    /// The user signed in: a code for the redirect.
    pub(super) fn finish(&mut self, id: &str) -> Option<(AuthorizeRequest, String)> {
        let request = self.sign_ins.remove(id)?;
        let code = format!("0.A{}", random_text());
        self.codes.insert(code.clone(), request.clone());
        Some((request, code))
    }

    /// Redeems a code, once, for who proves to have begun the request.
    pub(super) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Grant, EntraError> {
        let Some(request) = self.codes.remove(code) else {
            return Err(EntraError::new(
                "invalid_grant",
                54005,
                "OAuth2 Authorization code was already redeemed or never issued, please retry with a new valid code.",
            ));
        };
        if request.client_id != client_id {
            return Err(EntraError::new(
                "invalid_grant",
                70000,
                "The code was issued to another client.",
            ));
        }
        if request.redirect_uri != redirect_uri {
            return Err(EntraError::new(
                "invalid_client",
                50011,
                format!(
                    "The redirect URI '{redirect_uri}' does not match the one of the authorization request."
                ),
            ));
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != request.challenge {
            return Err(EntraError::new(
                "invalid_grant",
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            ));
        }
        Ok(Grant {
            client_id: request.client_id,
            scope: request.scope,
            nonce: Some(request.nonce).filter(|nonce| !nonce.is_empty()),
        })
    }

    /// A new refresh token for this grant.
    pub(super) fn refresh_token(&mut self, grant: &Grant) -> String {
        let token = format!("1.A{}{}", random_text(), random_text());
        let grant = Grant {
            nonce: None,
            ..grant.clone()
        };
        self.refresh_tokens.insert(token.clone(), grant);
        token
    }

    /// Uses a refresh token up.
    pub(super) fn use_refresh_token(
        &mut self,
        token: &str,
        client_id: &str,
    ) -> Result<Grant, EntraError> {
        match self.refresh_tokens.remove(token) {
            Some(grant) if grant.client_id == client_id => Ok(grant),
            _ => Err(EntraError::new(
                "invalid_grant",
                9_002_313,
                "Invalid request. The refresh token is malformed, was used before, or belongs to another client.",
            )),
        }
    }

    /// A device code and the code that the user types.
    pub(super) fn begin_device(&mut self, client_id: &str, scope: &str) -> (String, String) {
        let device_code = random_text();
        let user_code: String = random_text()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(9)
            .collect::<String>()
            .to_ascii_uppercase();
        self.devices.insert(
            device_code.clone(),
            Device {
                client_id: client_id.to_owned(),
                scope: scope.to_owned(),
                user_code: user_code.clone(),
                approved: false,
                expires: unix_now() + DEVICE_CODE_SECONDS,
            },
        );
        (device_code, user_code)
    }

    /// The user typed this code and signed in; whether it was known.
    pub(super) fn approve_device(&mut self, user_code: &str) -> bool {
        let wanted = user_code.trim().to_ascii_uppercase();
        let device = self
            .devices
            .values_mut()
            .find(|device| device.user_code == wanted);
        device.map(|device| device.approved = true).is_some()
    }

    /// The device asks whether its user has signed in.
    pub(super) fn redeem_device(
        &mut self,
        device_code: &str,
        client_id: &str,
    ) -> Result<Grant, EntraError> {
        let unknown = || {
            EntraError::new(
                "bad_verification_code",
                70_011,
                "The device code is unknown.",
            )
        };
        let device = self.devices.get(device_code).ok_or_else(unknown)?;
        if device.client_id != client_id {
            return Err(unknown());
        }
        if device.expires < unix_now() {
            return Err(EntraError::new(
                "expired_token",
                70020,
                "The provided value for the input parameter 'device_code' is expired.",
            ));
        }
        if !device.approved {
            return Err(EntraError::new(
                "authorization_pending",
                70016,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
            ));
        }
        let device = self.devices.remove(device_code).ok_or_else(unknown)?;
        Ok(Grant {
            client_id: device.client_id,
            scope: device.scope,
            nonce: None,
        })
    }
}

fn random_text() -> String {
    let mut bytes = [0; 24];
    // Without randomness nothing in the lab starts: its keys need it first.
    let _ = getrandom::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
