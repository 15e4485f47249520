use url::{Host, Url};

/// The port that Microsoft's own Linux client uses for its redirect; tried when
/// the server does not know the redirect with a random port.
pub const FIXED_REDIRECT_PORT: u16 = 2023;

/// Where and as what to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInSettings {
    /// `https://{host}/{tenant}`.
    pub authority: String,
    /// Client ids in the order to try them.
    pub client_ids: Vec<String>,
    /// Scopes to ask for, separated by spaces.
    pub scope: String,
    /// `iss` that the gateway expects of the access token.
    pub issuer: Option<String>,
    /// `aud` that the gateway expects of the access token.
    pub audience: String,
    /// Tenant id or domain.
    pub tenant: String,
    /// The only redirect URI to use, when the user named one; without a port, any one
    /// goes with it.
    pub redirect_uri: Option<String>,
    /// Whether to ask for the `groups` claim.
    pub group_claims: bool,
    /// The only user whose sign-in will do, when one was chosen.
    pub account: Option<String>,
    /// Who is expected to sign in.
    pub login_hint: Option<String>,
    /// Whether tokens may be kept after this session.
    pub cache: bool,
}

/// Settings that no sign-in can begin with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A token would travel in clear.
    #[error("the authority {0} must begin with https://")]
    AuthorityNotHttps(String),
    /// It is no address.
    #[error("the authority {0} is no web address of the form https://HOST/TENANT")]
    AuthorityUnreadable(String),
    /// Nothing to sign in as.
    #[error("there is no client id to sign in as")]
    NoClient,
    /// Only this computer may receive the answer.
    #[error(
        "the redirect URI {0} cannot be used: only http://localhost, http://127.0.0.1 or http://[::1] is received here"
    )]
    RedirectNotLocal(String),
}

impl SignInSettings {
    /// The scopes to ask for: these of the audience (`{audience}/.default`), and
    /// those that a refresh token and the name of who signed in need.
    #[must_use]
    pub fn full_scope(of_audience: &str) -> String {
        let mut scope = of_audience.to_owned();
        for needed in ["offline_access", "openid", "profile"] {
            if !of_audience.split_whitespace().any(|have| have == needed) {
                scope.push(' ');
                scope.push_str(needed);
            }
        }
        scope
    }

    /// Checks what no sign-in can do without.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check(&self) -> Result<(), SettingsError> {
        let unreadable = || SettingsError::AuthorityUnreadable(self.authority.clone());
        let url = Url::parse(&self.authority).map_err(|_| unreadable())?;
        if url.scheme() != "https" {
            return Err(SettingsError::AuthorityNotHttps(self.authority.clone()));
        }
        let plain = url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(unreadable());
        }
        if self.client_ids.is_empty() {
            return Err(SettingsError::NoClient);
        }
        self.redirect_override().map(drop)
    }

    /// The port that the user's own redirect URI names, when there is one.
    ///
    /// # Errors
    /// When that URI cannot be received on this computer.
    pub fn redirect_port(&self) -> Result<Option<u16>, SettingsError> {
        Ok(self.redirect_override()?.and_then(|own| own.port))
    }

    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!(
            "{}/oauth2/v2.0/{name}",
            self.authority.trim_end_matches('/')
        )
    }

    /// The user's redirect URI.
    pub(crate) fn redirect_override(&self) -> Result<Option<OwnRedirect<'_>>, SettingsError> {
        let Some(text) = &self.redirect_uri else {
            return Ok(None);
        };
        let refused = || SettingsError::RedirectNotLocal(text.clone());
        let url = Url::parse(text).map_err(|_| refused())?;
        let local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if url.scheme() != "http" || !local {
            return Err(refused());
        }
        OwnRedirect::read(text).map(Some).ok_or_else(refused)
    }

    /// The tenant's id, when the tenant is given by id and not by domain.
    pub(crate) fn tenant_id(&self) -> Option<&str> {
        let id = self.tenant.as_str();
        let shaped = id.len() == 36
            && id.char_indices().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                _ => c.is_ascii_hexdigit(),
            });
        shaped.then_some(id)
    }

    /// The `claims` parameter (OpenID Connect Core 5.5) where groups are wanted.
    pub(crate) fn claims(&self) -> Option<&'static str> {
        self.group_claims
            .then_some(r#"{"access_token":{"groups":{"essential":true}}}"#)
    }
}

/// A redirect URI as the user wrote it: the server compares it letter by letter, so that
/// not even a slash may come to it.
pub(crate) struct OwnRedirect<'a> {
    /// Up to the end of the host.
    begin: &'a str,
    /// The port that it names.
    port: Option<u16>,
    /// What follows host and port.
    path: &'a str,
}

impl<'a> OwnRedirect<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let length = rest.find('/').unwrap_or(rest.len());
        let (address, path) = rest.split_at(length);
        // The last colon of `[::1]` belongs to the address.
        let port = address
            .rsplit_once(':')
            .filter(|(_, port)| !port.ends_with(']'));
        let (host, port) = match port {
            Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
            None => (address, None),
        };
        let begin = text.get(..scheme.len() + 3 + host.len())?;
        Some(Self { begin, port, path })
    }

    /// The URI and its port; the given one when it names none, since servers let public
    /// clients choose the port of a loopback redirect (RFC 8252, section 7.3).
    pub(crate) fn at(&self, port: u16) -> (String, u16) {
        let port = self.port.unwrap_or(port);
        (format!("{}:{port}{}", self.begin, self.path), port)
    }
}
