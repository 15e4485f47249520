use crate::auth_failure::AuthFailure;
use crate::push::PushText;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

/// One text message inside TLS after the key exchange. On the wire each ends with a NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlMessage {
    /// Client: please configure me.
    PushRequest,
    /// Server: one part of the configuration; see [`crate::PushJoiner`].
    PushReply(PushText),
    /// Server: one part of a change of it.
    PushUpdate(PushText),
    /// Server: not let in, or no longer.
    AuthFailed(AuthFailure),
    /// Server: sign-in takes more steps.
    AuthPending {
        /// How many seconds the server waits, where it says so.
        timeout: Option<u32>,
    },
    /// Server: an instruction for the sign-in (`WEB_AUTH:…`, `CR_TEXT:…`).
    InfoPre(String),
    /// Server: a notice.
    Info(String),
    /// Client: the answer to a challenge, base64. Never printed.
    ChallengeResponse(ChallengeAnswer),
    /// Server: connect again.
    Restart {
        /// The same name and password may be used.
        keep_credentials: bool,
        /// The next server of the list is to be used.
        next_server: bool,
        /// For people.
        reason: String,
    },
    /// Server: leave and stay away.
    Halt {
        /// For people.
        reason: String,
    },
    /// The peer leaves.
    Exit,
    /// Anything else; to be ignored.
    Unknown(String),
}

/// The answer to a challenge text. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChallengeAnswer(Zeroizing<String>);

impl ChallengeAnswer {
    /// Takes the answer in clear.
    #[must_use]
    pub fn new(answer: impl Into<String>) -> Self {
        Self(Zeroizing::new(answer.into()))
    }

    /// The answer in clear.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ChallengeAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChallengeAnswer(hidden)")
    }
}

impl ControlMessage {
    /// Reads one message, without its NUL.
    ///
    /// # Errors
    /// When it holds a control character; as OpenVPN since 2.6.12 (CVE-2024-5594).
    pub fn parse(message: &[u8]) -> Result<Self, ControlMessageError> {
        // A server of another language may give its reasons in its own code page.
        let text = String::from_utf8_lossy(message);
        let text = text.trim_end_matches(['\r', '\n']);
        if let Some(found) = text.chars().find(|c| c.is_control()) {
            return Err(ControlMessageError::Unprintable {
                found: u32::from(found),
            });
        }
        let (word, rest) = match text.split_once(',') {
            Some((word, rest)) => (word, rest),
            None => (text, ""),
        };
        Ok(match word {
            "PUSH_REQUEST" => Self::PushRequest,
            "PUSH_REPLY" => Self::PushReply(PushText::new(rest)),
            "PUSH_UPDATE" => Self::PushUpdate(PushText::new(rest)),
            "AUTH_FAILED" => Self::AuthFailed(AuthFailure::parse(rest)),
            "AUTH_PENDING" => Self::AuthPending {
                timeout: rest
                    .split(',')
                    .find_map(|item| item.strip_prefix("timeout "))
                    .and_then(|seconds| seconds.trim().parse().ok()),
            },
            "INFO_PRE" => Self::InfoPre(rest.to_owned()),
            "INFO" => Self::Info(rest.to_owned()),
            "CR_RESPONSE" => match decode(rest) {
                Some(answer) => Self::ChallengeResponse(ChallengeAnswer::new(answer)),
                // The text itself is not repeated: it may be an answer with a typing error.
                None => Self::Unknown(format!("{word} that is not base64")),
            },
            "RESTART" => restart(rest),
            "HALT" => Self::Halt {
                reason: rest.to_owned(),
            },
            "EXIT" => Self::Exit,
            _ => Self::Unknown(text.to_owned()),
        })
    }

    /// The bytes to send as one TLS record, with the NUL.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(match self {
            Self::PushRequest => "PUSH_REQUEST".to_owned(),
            Self::PushReply(options) => with("PUSH_REPLY", options.as_str()),
            Self::PushUpdate(options) => with("PUSH_UPDATE", options.as_str()),
            Self::AuthFailed(failure) => with("AUTH_FAILED", &failure.encode()),
            Self::AuthPending { timeout: None } => "AUTH_PENDING".to_owned(),
            Self::AuthPending { timeout: Some(n) } => format!("AUTH_PENDING,timeout {n}"),
            Self::InfoPre(info) => format!("INFO_PRE,{info}"),
            Self::Info(info) => format!("INFO,{info}"),
            Self::ChallengeResponse(answer) => {
                format!("CR_RESPONSE,{}", STANDARD.encode(answer.reveal()))
            }
            Self::Restart {
                keep_credentials,
                next_server,
                reason,
            } => with(
                "RESTART",
                &format!("{}{reason}", flags(*keep_credentials, *next_server, reason)),
            ),
            Self::Halt { reason } => with("HALT", reason),
            Self::Exit => "EXIT".to_owned(),
            Self::Unknown(text) => text.clone(),
        });
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        zeroize::Zeroize::zeroize(&mut *text);
        bytes
    }
}

/// Collects decrypted bytes and cuts them into messages at each NUL.
#[derive(Default)]
pub struct MessageReader {
    pending: Zeroizing<Vec<u8>>,
}

impl MessageReader {
    /// Longest message that is waited for, in bytes (OpenVPN 3).
    pub const LIMIT: usize = 65536;

    /// Adds bytes as they came out of TLS.
    ///
    /// # Errors
    /// When a message grows past [`MessageReader::LIMIT`] without an end.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), ControlMessageError> {
        self.pending.extend_from_slice(bytes);
        let unfinished = self.pending.iter().rev().take_while(|b| **b != 0).count();
        if unfinished > Self::LIMIT {
            return Err(ControlMessageError::Long { limit: Self::LIMIT });
        }
        Ok(())
    }

    /// The next complete message; empty ones are skipped.
    ///
    /// # Errors
    /// As [`ControlMessage::parse`]; the message that failed is gone afterwards.
    #[expect(
        clippy::should_implement_trait,
        reason = "not an iterator: more bytes may come after None"
    )]
    pub fn next(&mut self) -> Option<Result<ControlMessage, ControlMessageError>> {
        loop {
            let end = self.pending.iter().position(|b| *b == 0)?;
            let message: Zeroizing<Vec<u8>> = Zeroizing::new(self.pending.drain(..=end).collect());
            if let [text @ .., 0] = message.as_slice()
                && !text.is_empty()
            {
                return Some(ControlMessage::parse(text));
            }
        }
    }
}

impl std::fmt::Debug for MessageReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MessageReader({} bytes pending)", self.pending.len())
    }
}

/// Why bytes are no control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ControlMessageError {
    /// It holds a control character.
    #[error("a control message holds the unprintable character U+{found:04X}")]
    Unprintable {
        /// The first one.
        found: u32,
    },
    /// It does not end.
    #[error("a control message is longer than {limit} bytes")]
    Long {
        /// The cap in bytes.
        limit: usize,
    },
}

fn with(word: &str, rest: &str) -> String {
    match rest.is_empty() {
        true => word.to_owned(),
        false => format!("{word},{rest}"),
    }
}

fn restart(rest: &str) -> ControlMessage {
    let (flags, reason) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .unwrap_or(("", rest));
    ControlMessage::Restart {
        keep_credentials: flags.contains('P'),
        next_server: flags.contains('N'),
        reason: reason.trim_start_matches([':', ' ']).to_owned(),
    }
}

fn flags(keep_credentials: bool, next_server: bool, reason: &str) -> &'static str {
    match (keep_credentials, next_server) {
        (true, true) => "[PN]:",
        (true, false) => "[P]:",
        (false, true) => "[N]:",
        // Else the reason would be read as flags.
        (false, false) if reason.starts_with('[') => "[]:",
        (false, false) => "",
    }
}

pub(crate) fn decode(base64: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}
