use crate::error::SignInError;
use crate::http::{HttpRequest, HttpResponse};
use crate::secret::Secret;
use crate::settings::{SettingsError, SignInSettings};
use crate::token::{self, TokenSet};
use spoke_moment::WallTime;

/// A new access token without asking the user (RFC 6749, 6).
pub struct RefreshFlow {
    settings: SignInSettings,
    client_id: String,
    without_scope: Option<HttpRequest>,
}

/// What comes next.
pub enum RefreshStep {
    /// Send this and hand in the response.
    Send(HttpRequest),
    /// Renewed. A set without a refresh token leaves the old one good.
    Done(TokenSet),
    /// It failed; [`SignInError::needs_person`] tells whether to ask the user.
    Failed(SignInError),
}

impl RefreshFlow {
    /// Asks as the client that the refresh token was given to; a refresh token
    /// works for no other.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(
        settings: SignInSettings,
        client_id: &str,
        refresh: &Secret,
    ) -> Result<(Self, HttpRequest), SettingsError> {
        settings.check()?;
        let mut fields = vec![
            ("grant_type", "refresh_token"),
            ("client_id", client_id),
            ("refresh_token", refresh.expose()),
        ];
        if let Some(claims) = settings.claims() {
            fields.push(("claims", claims));
        }
        let url = settings.endpoint("token");
        let without_scope = Some(HttpRequest::post(url.clone(), &fields));
        fields.push(("scope", &settings.scope));
        let request = HttpRequest::post(url, &fields);
        let flow = Self {
            client_id: client_id.to_owned(),
            settings,
            without_scope,
        };
        Ok((flow, request))
    }

    /// Takes the response to the last request.
    pub fn handle_response(&mut self, now: WallTime, response: &HttpResponse) -> RefreshStep {
        match token::read_tokens(response, &self.settings, &self.client_id, None, now) {
            Ok(tokens) => RefreshStep::Done(tokens),
            // Entra's refresh tokens are good for many audiences and want the
            // scope named. A strict server that granted less than was asked for
            // (no offline_access without prompt=consent) refuses the name of
            // more; without one it gives what it granted.
            Err(SignInError::Refused(refusal))
                if refusal.error == "invalid_scope" && self.without_scope.is_some() =>
            {
                self.without_scope.take().map_or(
                    RefreshStep::Failed(SignInError::Refused(refusal)),
                    RefreshStep::Send,
                )
            }
            Err(error) => RefreshStep::Failed(error),
        }
    }
}
