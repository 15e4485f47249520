use crate::aadsts::RefusalKind;
use crate::error::SignInError;
use crate::http::{HttpRequest, HttpResponse};
use crate::refusal::{self, Refusal};
use crate::secret::Secret;
use crate::seed::{self, FlowSeed};
use crate::settings::{FIXED_REDIRECT_PORT, SettingsError, SignInSettings};
use crate::token::{self, TokenSet};
use spoke_moment::WallTime;
use url::{Url, form_urlencoded};

/// Sign-in in the browser: authorization code with PKCE (RFC 7636) and a
/// redirect to this computer (RFC 8252, 7.3).
///
/// The shell opens [`BrowserFlow::page`] and hands in what comes back to its
/// listener. Client ids and redirect ports that the server does not know are
/// replaced on the way.
pub struct BrowserFlow {
    settings: SignInSettings,
    seed: FlowSeed,
    client: usize,
    redirects: Vec<(String, u16)>,
    redirect: usize,
    attempt: u8,
}

/// A page to open, and the port that its answer comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The page.
    pub url: String,
    /// The port to listen on, at 127.0.0.1 and at ::1.
    pub port: u16,
}

/// What comes next.
pub enum BrowserStep {
    /// Open this page; the port may be another than before.
    Open(Page),
    /// Send this and hand in the response.
    Send(HttpRequest),
    /// No redirect to this computer is known to the server.
    UseDeviceCode(Refusal),
    /// Signed in.
    Done(TokenSet),
    /// It failed.
    Failed(SignInError),
}

impl BrowserFlow {
    /// A flow whose answers come to this (random) port, unless the settings name
    /// a redirect URI with another one.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: SignInSettings, port: u16, seed: FlowSeed) -> Result<Self, SettingsError> {
        settings.check()?;
        let redirects = match settings.redirect_override()? {
            Some(own) => vec![own.at(port)],
            None => [port, FIXED_REDIRECT_PORT]
                .map(|port| (format!("http://localhost:{port}"), port))
                .to_vec(),
        };
        Ok(Self {
            settings,
            seed,
            client: 0,
            redirects,
            redirect: 0,
            attempt: 0,
        })
    }

    /// The page for the user to sign in on.
    #[must_use]
    pub fn page(&self) -> Page {
        Page {
            url: self.authorize_url(if self.settings.login_hint.is_none() {
                Some("select_account")
            } else {
                None
            }),
            port: self
                .redirects
                .get(self.redirect)
                .map_or(0, |(_, port)| *port),
        }
    }

    /// A question to the server that no user sees: whether it knows this client
    /// and redirect. A server shows such errors on its page and sends nothing
    /// back to this computer, so this is the only way to learn of them.
    #[must_use]
    pub fn preflight(&self) -> HttpRequest {
        HttpRequest {
            url: self.authorize_url(Some("none")),
            form: None,
        }
    }

    /// Takes the answer to [`BrowserFlow::preflight`]: the next one to ask, when
    /// the answer was that client or redirect are unknown; `None` when
    /// [`BrowserFlow::page`] is the best there is.
    pub fn handle_preflight(&mut self, response: &HttpResponse) -> Option<HttpRequest> {
        let told = response.location.as_deref().and_then(|location| {
            let url = Url::parse(location).ok()?;
            let field = |name| url.query_pairs().find(|(key, _)| key == name);
            let error = field("error")?.1;
            let description = field("error_description").map(|(_, text)| text);
            Some(Refusal::new(&error, &description.unwrap_or_default()))
        });
        let refusal = told.or_else(|| {
            let page = String::from_utf8_lossy(&response.body);
            let code = refusal::aadsts_code(&page)?;
            Some(Refusal::new("", &format!("AADSTS{code}")))
        })?;
        // Without a number an answer may be about the missing user alone.
        refusal.code?;
        let (client, redirect) = (self.client, self.redirect);
        if self.turn_to_next(refusal.kind) {
            return Some(self.preflight());
        }
        if matches!(refusal.kind, RefusalKind::OtherClient) {
            // None of them fits: the first one's error page is the one to see.
            (self.client, self.redirect) = (0, 0);
        } else {
            (self.client, self.redirect) = (client, redirect);
        }
        None
    }

    /// Takes the query of a request to the redirect URI. `None`: it does not
    /// belong to this sign-in (another `state`, or none); keep waiting.
    pub fn handle_redirect(&mut self, query: &str) -> Option<BrowserStep> {
        let field = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| Secret::new(value.into_owned()))
        };
        let state = field("state")?;
        if !self
            .seed
            .derive("state", self.attempt)
            .matches(state.expose())
        {
            return None;
        }
        if let Some(error) = field("error") {
            let description = field("error_description");
            let refusal = Refusal::new(
                error.expose(),
                description.as_ref().map_or("", |text| text.expose()),
            );
            return Some(self.after_refusal(refusal));
        }
        Some(
            match field("code").filter(|code| !code.expose().is_empty()) {
                Some(code) => BrowserStep::Send(self.token_request(&code)),
                None => BrowserStep::Failed(SignInError::Incomplete("code")),
            },
        )
    }

    /// Takes the response to [`BrowserStep::Send`].
    pub fn handle_response(&mut self, now: WallTime, response: &HttpResponse) -> BrowserStep {
        let nonce = self.seed.derive("nonce", self.attempt);
        match token::read_tokens(
            response,
            &self.settings,
            self.client_id(),
            Some(&nonce),
            now,
        ) {
            Ok(tokens) => BrowserStep::Done(tokens),
            Err(SignInError::Refused(refusal)) => self.after_refusal(refusal),
            Err(error) => BrowserStep::Failed(error),
        }
    }

    fn after_refusal(&mut self, refusal: Refusal) -> BrowserStep {
        if self.turn_to_next(refusal.kind) {
            return BrowserStep::Open(self.page());
        }
        if refusal.kind == RefusalKind::OtherRedirect {
            BrowserStep::UseDeviceCode(refusal)
        } else {
            BrowserStep::Failed(SignInError::Refused(refusal))
        }
    }

    /// Whether there is another client id or redirect to try.
    fn turn_to_next(&mut self, kind: RefusalKind) -> bool {
        let (place, count) = match kind {
            RefusalKind::OtherClient => (&mut self.client, self.settings.client_ids.len()),
            RefusalKind::OtherRedirect => (&mut self.redirect, self.redirects.len()),
            _ => return false,
        };
        if *place + 1 >= count {
            return false;
        }
        *place += 1;
        self.attempt = self.attempt.wrapping_add(1);
        true
    }

    fn authorize_url(&self, prompt: Option<&str>) -> String {
        let challenge = seed::challenge(&self.seed.derive("verifier", self.attempt));
        let state = self.seed.derive("state", self.attempt);
        let nonce = self.seed.derive("nonce", self.attempt);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("client_id", self.client_id())
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", self.redirect_uri())
            .append_pair("response_mode", "query")
            .append_pair("scope", &self.settings.scope)
            .append_pair("state", state.expose())
            .append_pair("nonce", nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let hint = self.settings.login_hint.as_deref();
        let optional = [
            ("prompt", prompt),
            ("login_hint", hint),
            ("claims", self.settings.claims()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("{}?{}", self.settings.endpoint("authorize"), query.finish())
    }

    fn token_request(&self, code: &Secret) -> HttpRequest {
        let verifier = self.seed.derive("verifier", self.attempt);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id()),
            ("code", code.expose()),
            ("redirect_uri", self.redirect_uri()),
            ("code_verifier", verifier.expose()),
            ("scope", &self.settings.scope),
        ];
        if let Some(claims) = self.settings.claims() {
            fields.push(("claims", claims));
        }
        HttpRequest::post(self.settings.endpoint("token"), &fields)
    }

    fn client_id(&self) -> &str {
        self.settings
            .client_ids
            .get(self.client)
            .map_or("", String::as_str)
    }

    fn redirect_uri(&self) -> &str {
        self.redirects.get(self.redirect).map_or("", |(uri, _)| uri)
    }
}
