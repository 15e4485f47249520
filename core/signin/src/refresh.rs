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
            ("scope", &settings.scope),
        ];
        if let Some(claims) = settings.claims() {
            fields.push(("claims", claims));
        }
        let request = HttpRequest::post(settings.endpoint("token"), &fields);
        let flow = Self {
            client_id: client_id.to_owned(),
            settings,
        };
        Ok((flow, request))
    }

    /// Takes the response. A set without a refresh token leaves the old one good.
    ///
    /// # Errors
    /// The server's refusal; [`SignInError::needs_person`] tells whether to ask
    /// the user.
    pub fn handle_response(
        self,
        now: WallTime,
        response: &HttpResponse,
    ) -> Result<TokenSet, SignInError> {
        token::read_tokens(response, &self.settings, &self.client_id, None, now)
    }
}
