use crate::target::Target;
use thiserror::Error;

/// Why a proxy does not pass the connection on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProxyError {
    /// The host's name has characters that no host name has, or is too long.
    #[error("{0} cannot be named to a proxy")]
    Target(Target),
    /// SOCKS5 has one byte for the length of each.
    #[error("user name and password for a SOCKS5 proxy must have 1 to 255 bytes each")]
    CredentialsLength,
    /// A line break or another control character.
    #[error("the user name or password for the proxy has a control character in it")]
    CredentialsText,
    /// It did not answer as a proxy of its kind does.
    #[error("the answer is not that of {0}")]
    NotAProxy(&'static str),
    /// Longer than any sensible answer.
    #[error("the answer of the proxy is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// It wants user name and password, and there are none.
    #[error("the proxy asks for a user name and password{}", of_realm(.realm))]
    CredentialsWanted {
        /// What it calls itself.
        realm: Option<String>,
    },
    /// It does not take these.
    #[error("the proxy refuses the user name or the password{}", of_realm(.realm))]
    CredentialsRefused {
        /// What it calls itself.
        realm: Option<String>,
    },
    /// It offers only ways to authenticate that are not spoken here.
    #[error(
        "the proxy offers only {}, which Spoke does not speak (Basic and Digest are)",
        list(.offered)
    )]
    Authentication {
        /// Their names.
        offered: Vec<String>,
    },
    /// HTTP: the status says no.
    #[error("the proxy answers {status}{}", spaced(.reason))]
    Status {
        /// The status code.
        status: u16,
        /// The text beside it.
        reason: String,
    },
    /// SOCKS5: the reply says no (RFC 1928, section 6).
    #[error("the proxy answers {code}: {}", reply(*.code))]
    Reply {
        /// The reply code.
        code: u8,
    },
    /// The connection ended in the middle.
    #[error("the proxy closed the connection")]
    Closed,
}

impl ProxyError {
    /// Whether only other credentials can help.
    #[must_use]
    pub const fn concerns_credentials(&self) -> bool {
        matches!(
            self,
            Self::CredentialsWanted { .. } | Self::CredentialsRefused { .. }
        )
    }
}

fn of_realm(realm: &Option<String>) -> String {
    realm
        .as_ref()
        .map_or_else(String::new, |realm| format!(" for “{realm}”"))
}

fn spaced(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(" {reason}"),
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => "unknown ways to sign in".to_owned(),
        names => names.join(", "),
    }
}

const fn reply(code: u8) -> &'static str {
    match code {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "the time to live has expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "an unknown reply",
    }
}
