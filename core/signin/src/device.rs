use crate::aadsts::RefusalKind;
use crate::error::SignInError;
use crate::http::{HttpRequest, HttpResponse};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::settings::{SettingsError, SignInSettings};
use crate::token::{self, TokenSet};
use serde::Deserialize;
use spoke_moment::{Deadline, Moment, WallTime};
use std::time::Duration;

/// Pause between polls when the server names none (RFC 8628, 3.2).
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// What `slow_down` adds to the pause (RFC 8628, 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// Longest pause between polls, and longest life of a code: a server that says
/// more is not believed.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// Sign-in with a code typed on another device (RFC 8628).
///
/// Send [`DeviceFlow::start`], hand in each response; while the step is
/// [`DeviceStep::Wait`], call [`DeviceFlow::handle_timeout`] at
/// [`DeviceFlow::deadline`].
pub struct DeviceFlow {
    settings: SignInSettings,
    client: usize,
    code: Option<Code>,
}

struct Code {
    device: Secret,
    interval: Duration,
    next: Moment,
    ends: Moment,
}

/// What to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceQuestion {
    /// The page to open.
    pub url: String,
    /// The code to type there.
    pub code: String,
    /// The page with the code filled in, for a QR picture.
    pub complete_url: Option<String>,
    /// How long the code is good for.
    pub valid_for: Duration,
}

/// What comes next.
pub enum DeviceStep {
    /// Send this and hand in the response.
    Send(HttpRequest),
    /// Show this to the user, and wait until the deadline.
    Ask(DeviceQuestion),
    /// Wait until the deadline.
    Wait,
    /// Signed in.
    Done(TokenSet),
    /// It failed.
    Failed(SignInError),
}

#[derive(Deserialize)]
struct Document {
    device_code: Option<Secret>,
    user_code: Option<String>,
    #[serde(alias = "verification_url")]
    verification_uri: Option<String>,
    verification_uri_complete: Option<String>,
    expires_in: Option<u32>,
    interval: Option<u32>,
}

impl DeviceFlow {
    /// A flow that has not begun.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: SignInSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            settings,
            client: 0,
            code: None,
        })
    }

    /// The request for a code.
    #[must_use]
    pub fn start(&self) -> HttpRequest {
        let mut fields = vec![
            ("client_id", self.client_id()),
            ("scope", &self.settings.scope),
        ];
        if let Some(claims) = self.settings.claims() {
            fields.push(("claims", claims));
        }
        HttpRequest::post(self.settings.endpoint("devicecode"), &fields)
    }

    /// When to call [`DeviceFlow::handle_timeout`].
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        let code = self.code.as_ref()?;
        Some(Deadline::new(
            code.next.min(code.ends),
            "ask whether the code was typed",
        ))
    }

    /// Takes the response to the last request.
    pub fn handle_response(
        &mut self,
        now: Moment,
        wall: WallTime,
        response: &HttpResponse,
    ) -> DeviceStep {
        if self.code.is_none() {
            return self.handle_code(now, response);
        }
        match token::read_tokens(response, &self.settings, self.client_id(), None, wall) {
            Ok(tokens) => DeviceStep::Done(tokens),
            Err(SignInError::Refused(refusal)) => self.handle_refusal(now, refusal),
            // A proxy's error page is no reason to throw the user's code away.
            Err(SignInError::NotOAuth { .. }) => self.handle_silence(now),
            Err(error) => DeviceStep::Failed(error),
        }
    }

    /// The last request got no response at all: asks again, more slowly.
    pub fn handle_silence(&mut self, now: Moment) -> DeviceStep {
        if let Some(code) = &mut self.code {
            code.interval = (code.interval * 2).min(LONGEST_INTERVAL);
            code.next = now + code.interval;
        }
        DeviceStep::Wait
    }

    /// The deadline has come.
    pub fn handle_timeout(&mut self, now: Moment) -> DeviceStep {
        let client_id = self.client_id().to_owned();
        let Some(code) = &mut self.code else {
            return DeviceStep::Send(self.start());
        };
        if now >= code.ends {
            return DeviceStep::Failed(SignInError::CodeExpired);
        }
        if now < code.next {
            return DeviceStep::Wait;
        }
        code.next = now + code.interval;
        let device = code.device.expose();
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client_id.as_str()),
            ("device_code", device),
        ];
        let fields = fields.as_slice();
        DeviceStep::Send(HttpRequest::post(self.settings.endpoint("token"), fields))
    }

    fn handle_code(&mut self, now: Moment, response: &HttpResponse) -> DeviceStep {
        if let Some(refusal) = Refusal::from_response(response) {
            return self.handle_refusal(now, refusal);
        }
        let status = response.status;
        let Some(document) = response.json::<Document>().filter(|_| status < 300) else {
            return DeviceStep::Failed(SignInError::NotOAuth { status });
        };
        let missing = |what| DeviceStep::Failed(SignInError::Incomplete(what));
        let Some(device) = document.device_code.filter(|code| !code.is_empty()) else {
            return missing("device_code");
        };
        let Some(user) = document.user_code else {
            return missing("user_code");
        };
        let Some(url) = document.verification_uri else {
            return missing("verification_uri");
        };
        let seconds = |count: Option<u32>| count.map(|count| Duration::from_secs(count.into()));
        let life = seconds(document.expires_in)
            .unwrap_or(Duration::from_secs(900))
            .min(LONGEST_LIFE);
        let interval = seconds(document.interval)
            .unwrap_or(USUAL_INTERVAL)
            .clamp(Duration::from_secs(1), LONGEST_INTERVAL);
        self.code = Some(Code {
            device,
            interval,
            next: now + interval,
            ends: now + life,
        });
        DeviceStep::Ask(DeviceQuestion {
            url: printable(&url),
            code: printable(&user),
            complete_url: document.verification_uri_complete.as_deref().map(printable),
            valid_for: life,
        })
    }

    fn handle_refusal(&mut self, now: Moment, refusal: Refusal) -> DeviceStep {
        let waiting = self
            .code
            .as_mut()
            .map(|code| (code, refusal.error.as_str()));
        match waiting {
            Some((code, "authorization_pending")) => {
                code.next = now + code.interval;
                return DeviceStep::Wait;
            }
            Some((code, "slow_down")) => {
                code.interval = (code.interval + SLOW_DOWN).min(LONGEST_INTERVAL);
                code.next = now + code.interval;
                return DeviceStep::Wait;
            }
            Some((_, "expired_token" | "code_expired")) => {
                return DeviceStep::Failed(SignInError::CodeExpired);
            }
            _ => {}
        }
        if refusal.kind == RefusalKind::OtherClient
            && self.client + 1 < self.settings.client_ids.len()
        {
            self.client += 1;
            self.code = None;
            return DeviceStep::Send(self.start());
        }
        DeviceStep::Failed(SignInError::Refused(refusal))
    }

    fn client_id(&self) -> &str {
        self.settings
            .client_ids
            .get(self.client)
            .map_or("", String::as_str)
    }
}

/// The server's text goes to a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(500).collect()
}
