//! The server: Entra's paths over HTTPS.

use super::errors::EntraError;
use super::forms::Form;
use super::grants::{AuthorizeRequest, DEVICE_CODE_SECONDS, Grant, Grants};
use super::pages;
use super::settings::{ACCOUNT, PASSWORD, Settings};
use super::tokens::{SigningKey, client_info};
use crate::error::LabError;
use crate::http::{Answer, Request, redirect};
use crate::places;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running server's mind; clones share it.
#[derive(Clone)]
pub struct SignInServer(Arc<Inner>);

struct Inner {
    key: SigningKey,
    settings: Mutex<Settings>,
    grants: Mutex<Grants>,
    log: Mutex<Vec<String>>,
}

impl SignInServer {
    /// A server with a key of its own.
    #[must_use]
    pub fn new(key: SigningKey, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            key,
            settings: Mutex::new(settings),
            grants: Mutex::default(),
            log: Mutex::default(),
        }))
    }

    /// Changes the settings from the next request on.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut hold(&self.0.settings));
    }

    /// `METHOD path` of each request so far, and grant types of token requests.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        hold(&self.0.log).clone()
    }

    /// An access token as a sign-in would give it.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn access_token(&self) -> Result<String, LabError> {
        let grant = Grant {
            client_id: places::AUDIENCE.to_owned(),
            scope: String::new(),
            nonce: None,
        };
        self.0.key.access_token(&hold(&self.0.settings), &grant)
    }

    /// Answers one request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Answer {
        hold(&self.0.log).push(format!("{} {}", request.method, request.path));
        if request.path == "/device" {
            return self.device_page(request);
        }
        let path = request.path.trim_start_matches('/');
        let Some((tenant, rest)) = path.split_once('/') else {
            return Answer::not_found();
        };
        if tenant != places::TENANT && tenant != "contoso.com" {
            return Answer::json(400, &unknown_tenant(tenant).json());
        }
        match (request.method.as_str(), rest) {
            ("GET", "v2.0/.well-known/openid-configuration") => Answer::json(200, &discovery()),
            ("GET", "discovery/v2.0/keys" | "discovery/keys") => {
                Answer::json(200, &self.0.key.key_set())
            }
            ("GET", "oauth2/v2.0/authorize") => self.authorize(&Form::parse(&request.query)),
            ("POST", "login") => self.sign_in(&Form::parse(&request.body)),
            ("POST", "oauth2/v2.0/token") => self.token(&Form::parse(&request.body)),
            ("POST", "oauth2/v2.0/devicecode") => self.device_code(&Form::parse(&request.body)),
            _ => Answer::not_found(),
        }
    }

    fn authorize(&self, form: &Form) -> Answer {
        // Faults of the request itself are shown to the person, never redirected:
        // the redirect target is what is in doubt.
        if let Err(error) = self.check_client(form.field("client_id")) {
            return refusal_page(&error);
        }
        let redirect_uri = form.field("redirect_uri");
        if !is_loopback(redirect_uri) {
            return refusal_page(&EntraError::new(
                "invalid_request",
                50011,
                format!(
                    "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application."
                ),
            ));
        }
        if form.field("response_type") != "code" {
            return refusal_page(&EntraError::new(
                "unsupported_response_type",
                700_054,
                "response_type is not enabled for the application.",
            ));
        }
        if form.field("code_challenge_method") != "S256" || form.field("code_challenge").len() != 43
        {
            return refusal_page(&EntraError::new(
                "invalid_request",
                9_002_325,
                "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
            ));
        }
        let request = AuthorizeRequest {
            client_id: form.field("client_id").to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: form.field("state").to_owned(),
            nonce: form.field("nonce").to_owned(),
            challenge: form.field("code_challenge").to_owned(),
            scope: form.field("scope").to_owned(),
        };
        let id = hold(&self.0.grants).begin(request);
        Answer::html(200, pages::sign_in(&sign_in_path(), &id, ""))
    }

    fn sign_in(&self, form: &Form) -> Answer {
        let id = form.field("sign_in");
        let Some(request) = hold(&self.0.grants).sign_in(id) else {
            return Answer::html(
                400,
                pages::notice("Sorry", "This sign-in is no longer under way."),
            );
        };
        if form.field("account") != ACCOUNT || form.field("password") != PASSWORD {
            let complaint = "AADSTS50126: Invalid username or password.";
            return Answer::html(200, pages::sign_in(&sign_in_path(), id, complaint));
        }
        if let Some(refusal) = hold(&self.0.settings).refuse {
            let error = EntraError::from(refusal);
            return redirect(
                &request.redirect_uri,
                &[
                    ("error", "access_denied"),
                    ("error_description", &error.description()),
                    ("state", &request.state),
                ],
            );
        }
        let Some((request, code)) = hold(&self.0.grants).finish(id) else {
            return Answer::not_found();
        };
        redirect(
            &request.redirect_uri,
            &[
                ("code", &code),
                ("state", &request.state),
                ("session_state", "3c1d8a52-6d0f-4f3b-8a77-5b0e9c2d4f61"),
            ],
        )
    }

    fn token(&self, form: &Form) -> Answer {
        let kind = form.field("grant_type");
        hold(&self.0.log).push(format!("grant {kind}"));
        match self.grant(kind, form).and_then(|grant| self.tokens(&grant)) {
            Ok(body) => Answer::json(200, &body),
            Err(error) => Answer::json(400, &error.json()),
        }
    }

    fn grant(&self, kind: &str, form: &Form) -> Result<Grant, EntraError> {
        let client_id = form.field("client_id");
        self.check_client(client_id)?;
        let settings = hold(&self.0.settings).clone();
        if let Some(refusal) = settings.refuse {
            return Err(refusal.into());
        }
        let mut grants = hold(&self.0.grants);
        match kind {
            "authorization_code" => grants.redeem(
                form.field("code"),
                client_id,
                form.field("redirect_uri"),
                form.field("code_verifier"),
            ),
            "refresh_token" if settings.refresh_expired => {
                let mut error = EntraError::new(
                    "invalid_grant",
                    700_082,
                    "The refresh token has expired due to inactivity. The token was issued on 2026-08-01 and was inactive for 90.00:00:00.",
                );
                error.suberror = Some("bad_token");
                Err(error)
            }
            "refresh_token" => grants.use_refresh_token(form.field("refresh_token"), client_id),
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
                grants.redeem_device(form.field("device_code"), client_id)
            }
            _ => Err(EntraError::new(
                "unsupported_grant_type",
                70003,
                format!("The app requested an unsupported grant type '{kind}'."),
            )),
        }
    }

    fn tokens(&self, grant: &Grant) -> Result<Value, EntraError> {
        let settings = hold(&self.0.settings).clone();
        let failed = |error: LabError| EntraError::new("server_error", 90_000, error.to_string());
        let mut body = json!({
            "token_type": "Bearer",
            "scope": format!("{}/user_impersonation {}/.default", settings.audience, settings.audience),
            "expires_in": settings.access_token_seconds,
            "ext_expires_in": settings.access_token_seconds,
            "access_token": self.0.key.access_token(&settings, grant).map_err(failed)?,
            "client_info": client_info(),
        });
        let asked = |word: &str| grant.scope.split_whitespace().any(|scope| scope == word);
        if asked("offline_access") {
            body["refresh_token"] = json!(hold(&self.0.grants).refresh_token(grant));
        }
        if asked("openid") {
            body["id_token"] = json!(self.0.key.id_token(grant).map_err(failed)?);
        }
        Ok(body)
    }

    fn device_code(&self, form: &Form) -> Answer {
        let client_id = form.field("client_id");
        if let Err(error) = self.check_client(client_id) {
            return Answer::json(400, &error.json());
        }
        let (device_code, user_code) =
            hold(&self.0.grants).begin_device(client_id, form.field("scope"));
        let page = format!("https://{}/device", places::SIGN_IN_HOST);
        Answer::json(
            200,
            &json!({
                "user_code": user_code,
                "device_code": device_code,
                "verification_uri": page,
                "expires_in": DEVICE_CODE_SECONDS,
                "interval": 1,
                "message": format!("To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."),
            }),
        )
    }

    fn device_page(&self, request: &Request) -> Answer {
        if request.method != "POST" {
            let form = Form::parse(&request.query);
            return Answer::html(200, pages::device(form.field("user_code"), ""));
        }
        let form = Form::parse(&request.body);
        let code = form.field("user_code");
        if form.field("account") != ACCOUNT || form.field("password") != PASSWORD {
            let complaint = "AADSTS50126: Invalid username or password.";
            return Answer::html(200, pages::device(code, complaint));
        }
        if !hold(&self.0.grants).approve_device(code) {
            return Answer::html(200, pages::device(code, "That code didn't work."));
        }
        Answer::html(
            200,
            pages::notice("You have signed in", "You may now close this window."),
        )
    }

    fn check_client(&self, client_id: &str) -> Result<(), EntraError> {
        let known = &hold(&self.0.settings).client_ids;
        if known.iter().any(|id| id == client_id) {
            return Ok(());
        }
        Err(EntraError::new(
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client_id}' was not found in the directory 'Contoso Lab'."
            ),
        ))
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sign_in_path() -> String {
    format!("/{}/login", places::TENANT)
}

fn refusal_page(error: &EntraError) -> Answer {
    Answer::html(
        400,
        pages::notice(
            "Sorry, but we’re having trouble signing you in.",
            &error.description(),
        ),
    )
}

fn unknown_tenant(tenant: &str) -> EntraError {
    EntraError::new(
        "invalid_request",
        90002,
        format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
        ),
    )
}

/// Entra takes any port for a registered `http://localhost`.
fn is_loopback(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|uri| {
        uri.scheme() == "http" && matches!(uri.host_str(), Some("localhost" | "127.0.0.1"))
    })
}

fn discovery() -> Value {
    let authority = places::authority();
    json!({
        "issuer": format!("{authority}/v2.0"),
        "authorization_endpoint": format!("{authority}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{authority}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{authority}/oauth2/v2.0/devicecode"),
        "jwks_uri": format!("{authority}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": ["none"],
    })
}
