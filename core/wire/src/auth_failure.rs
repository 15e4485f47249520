use crate::control_message::decode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// What a server says when it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthFailure {
    /// Not now.
    Temporary {
        /// Least number of seconds to wait.
        backoff: Option<u32>,
        /// Which address to try next.
        advance: Option<Advance>,
        /// For people.
        reason: String,
    },
    /// The token of the session is no longer good; the real credentials are needed.
    SessionExpired {
        /// For people.
        reason: String,
    },
    /// A question that has to be answered at the next attempt.
    Challenge(DynamicChallenge),
    /// Name or password are wrong, or something else is.
    Refused {
        /// For people; empty when the server says nothing.
        reason: String,
    },
}

/// Which address a temporary refusal sends the client to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The same again.
    No,
    /// The next address of the same name.
    Address,
    /// The next server of the list.
    Remote,
}

/// A question of the server, to be answered with the password of the next attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct DynamicChallenge {
    /// The answer may be shown while it is typed.
    pub echo: bool,
    /// An answer is needed.
    pub response_required: bool,
    /// To be handed back.
    pub state_id: String,
    /// User name of the next attempt.
    pub username: String,
    /// The question.
    pub text: String,
}

impl DynamicChallenge {
    /// The password of the next attempt.
    #[must_use]
    pub fn password(&self, answer: &str) -> Zeroizing<String> {
        Zeroizing::new(format!("CRV1::{}::{answer}", self.state_id))
    }
}

impl fmt::Debug for DynamicChallenge {
    /// Without the state, which is half of a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicChallenge")
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}

/// How the answer to a static challenge travels (`static-challenge TEXT ECHO [FORMAT]`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StaticChallengeForm {
    /// `scrv1`: password and answer apart, each in base64.
    #[default]
    Apart,
    /// `concat`: the answer behind the password.
    Joined,
}

impl StaticChallengeForm {
    /// The password to send, for the user's `password` and the `answer` to the challenge.
    #[must_use]
    pub fn password(self, password: &str, answer: &str) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Joined => format!("{password}{answer}"),
            Self::Apart => {
                let password = Zeroizing::new(STANDARD.encode(password));
                let answer = Zeroizing::new(STANDARD.encode(answer));
                format!("SCRV1:{}:{}", *password, *answer)
            }
        })
    }
}

impl AuthFailure {
    /// Reads what follows `AUTH_FAILED,`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(rest) = text.strip_prefix("TEMP") {
            return Self::parse_temporary(rest);
        }
        if let Some(rest) = text.strip_prefix("SESSION") {
            return Self::SessionExpired {
                reason: rest.trim_start_matches([':', ' ']).to_owned(),
            };
        }
        text.strip_prefix("CRV1:").and_then(challenge).map_or_else(
            || Self::Refused {
                reason: text.to_owned(),
            },
            Self::Challenge,
        )
    }

    fn parse_temporary(rest: &str) -> Self {
        let (items, text) = rest
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .unwrap_or(("", rest));
        let mut backoff = None;
        let mut advance = None;
        for item in items.split(',').map(str::trim) {
            match item.split_once(' ') {
                Some(("backoff", seconds)) => backoff = seconds.trim().parse().ok(),
                Some(("advance", "no")) => advance = Some(Advance::No),
                Some(("advance", "addr")) => advance = Some(Advance::Address),
                Some(("advance", "remote")) => advance = Some(Advance::Remote),
                _ => {}
            }
        }
        Self::Temporary {
            backoff,
            advance,
            reason: text.trim_start_matches([':', ' ']).to_owned(),
        }
    }

    /// The text that [`AuthFailure::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Temporary {
                backoff,
                advance,
                reason,
            } => {
                let mut items = Vec::new();
                items.extend(backoff.map(|seconds| format!("backoff {seconds}")));
                items.extend(advance.map(|advance| {
                    let name = match advance {
                        Advance::No => "no",
                        Advance::Address => "addr",
                        Advance::Remote => "remote",
                    };
                    format!("advance {name}")
                }));
                let items = match items.is_empty() {
                    true => String::new(),
                    false => format!("[{}]", items.join(",")),
                };
                let reason = match reason.is_empty() {
                    true => String::new(),
                    false => format!(": {reason}"),
                };
                format!("TEMP{items}{reason}")
            }
            Self::SessionExpired { reason } if reason.is_empty() => "SESSION".to_owned(),
            Self::SessionExpired { reason } => format!("SESSION: {reason}"),
            Self::Challenge(challenge) => {
                let flags = match (challenge.response_required, challenge.echo) {
                    (true, true) => "R,E",
                    (true, false) => "R",
                    (false, true) => "E",
                    (false, false) => "",
                };
                let user = STANDARD.encode(&challenge.username);
                format!(
                    "CRV1:{flags}:{}:{user}:{}",
                    challenge.state_id, challenge.text
                )
            }
            Self::Refused { reason } => reason.clone(),
        }
    }
}

fn challenge(text: &str) -> Option<DynamicChallenge> {
    let mut parts = text.splitn(4, ':');
    let flags = parts.next()?;
    let state_id = parts.next()?.to_owned();
    let username = decode(parts.next()?)?;
    let text = parts.next()?.to_owned();
    Some(DynamicChallenge {
        echo: flags.split(',').any(|flag| flag == "E"),
        response_required: flags.split(',').any(|flag| flag == "R"),
        state_id,
        username,
        text,
    })
}
