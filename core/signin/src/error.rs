use crate::aadsts::RefusalKind;
use crate::refusal::Refusal;

/// Why a sign-in gave no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The server said no, and why.
    #[error("{0}")]
    Refused(Refusal),
    /// What answered does not speak OAuth: a proxy, a captive portal, a fault.
    #[error("the sign-in server answered {status} without an OAuth document")]
    NotOAuth {
        /// HTTP status code.
        status: u16,
    },
    /// A document without what it must hold.
    #[error("the sign-in server's answer has no {0}")]
    Incomplete(&'static str),
    /// The id token was made for another sign-in or another client.
    #[error("the id token is not for this sign-in: {claim} is {seen}, {expected} was expected")]
    IdToken {
        /// Which claim.
        claim: &'static str,
        /// What it says.
        seen: String,
        /// What it should say.
        expected: String,
    },
    /// Nobody typed the device code in time.
    #[error("the code expired before anybody signed in with it")]
    CodeExpired,
}

impl SignInError {
    /// Whether a person can mend it by signing in (again).
    #[must_use]
    pub fn needs_person(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.kind == RefusalKind::Interactive,
            Self::IdToken { .. } | Self::CodeExpired => true,
            Self::NotOAuth { .. } | Self::Incomplete(_) => false,
        }
    }

    /// Whether the same request may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.kind == RefusalKind::Transient,
            Self::NotOAuth { .. } => true,
            Self::Incomplete(_) | Self::IdToken { .. } | Self::CodeExpired => false,
        }
    }
}
