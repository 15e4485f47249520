use serde::{Deserialize, Serialize};

/// Something that went wrong, in one shape for exit codes, window texts and tests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{summary}")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Problem {
    /// Stable code: what programs look at.
    pub code: ProblemCode,
    /// What happened and to which object, one sentence.
    pub summary: String,
    /// The probable cause, when there is more to say than the summary does.
    pub cause: Option<String>,
    /// What to do next; on the command line a command to type.
    pub hint: String,
    /// What the program itself does about it.
    pub remedy: Remedy,
    /// What a support person wants to see (AADSTS code, correlation id, names seen).
    pub details: Vec<String>,
}

impl Problem {
    /// A problem whose remedy is up to the user.
    #[must_use]
    pub fn new(code: ProblemCode, summary: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            summary: summary.into(),
            cause: None,
            hint: hint.into(),
            remedy: Remedy::AskUser,
            details: Vec::new(),
        }
    }

    /// With the probable cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// With what the program does about it.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = remedy;
        self
    }

    /// With one more line for support.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }
}

/// Stable codes of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ProblemCode {
    /// Nothing more exact is known.
    Other,
    /// The request makes no sense (wrong usage of the API or the command line).
    Usage,
    /// Not connected, where that was asked for.
    NotConnected,
    /// The user must sign in.
    SignInNeeded,
    /// Entra refused the sign-in.
    SignInRefused,
    /// The gateway's name does not resolve.
    GatewayNotFound,
    /// No transport connection to the gateway.
    GatewayUnreachable,
    /// The proxy wants a user name and password, or other ones.
    ProxyRefused,
    /// The gateway does not answer the first packet: wrong secret, clock, or not a gateway.
    GatewaySilent,
    /// The gateway closed the transport.
    GatewayClosed,
    /// The gateway's certificate was not accepted.
    GatewayUntrusted,
    /// TLS failed otherwise.
    TlsFailed,
    /// The gateway refused the token or password.
    CredentialsRefused,
    /// The session ended: the gateway or the profile wanted that, or the connection was lost.
    SessionEnded,
    /// The gateway broke the protocol or asked for what Spoke will not do.
    ProtocolError,
    /// The host's network could not be set up.
    HostSetup,
    /// No daemon, or one of another version.
    DaemonUnavailable,
    /// The profile is invalid.
    ProfileInvalid,
    /// There is no such profile.
    ProfileNotFound,
    /// Forbidden by policy.
    Policy,
    /// Not permitted for this user.
    NotPermitted,
    /// Another tunnel is up, or something overlaps.
    Conflict,
    /// It took too long.
    TimedOut,
    /// The user cancelled.
    Cancelled,
}

impl ProblemCode {
    /// What the command line exits with.
    #[must_use]
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Self::Other => ExitCode::Failure,
            Self::Usage => ExitCode::Usage,
            Self::NotConnected => ExitCode::NotConnected,
            Self::SignInNeeded => ExitCode::SignInNeeded,
            Self::SignInRefused => ExitCode::SignInRefused,
            Self::GatewayNotFound
            | Self::GatewayUnreachable
            | Self::ProxyRefused
            | Self::GatewaySilent
            | Self::GatewayClosed => ExitCode::GatewayUnreachable,
            Self::GatewayUntrusted
            | Self::TlsFailed
            | Self::CredentialsRefused
            | Self::SessionEnded
            | Self::ProtocolError => ExitCode::GatewayRefused,
            Self::HostSetup => ExitCode::HostSetup,
            Self::DaemonUnavailable => ExitCode::DaemonUnavailable,
            Self::ProfileInvalid | Self::ProfileNotFound => ExitCode::Profile,
            Self::Policy => ExitCode::Policy,
            Self::NotPermitted => ExitCode::NotPermitted,
            Self::Conflict => ExitCode::Conflict,
            Self::TimedOut => ExitCode::TimedOut,
            Self::Cancelled => ExitCode::Cancelled,
        }
    }
}

/// Exit codes of the command line, the table of the user manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done, or already so.
    Success = 0,
    /// Any failure without a code of its own.
    Failure = 1,
    /// Wrong usage.
    Usage = 2,
    /// `status` and `wait`: not connected.
    NotConnected = 3,
    /// Sign-in needed.
    SignInNeeded = 4,
    /// Entra refused.
    SignInRefused = 5,
    /// Gateway unreachable.
    GatewayUnreachable = 6,
    /// Gateway refused the session.
    GatewayRefused = 7,
    /// Host network set-up failed.
    HostSetup = 8,
    /// Daemon not running, or version mismatch.
    DaemonUnavailable = 9,
    /// Profile invalid or not found.
    Profile = 10,
    /// Forbidden by policy.
    Policy = 11,
    /// Not permitted for this user.
    NotPermitted = 12,
    /// Conflict with another tunnel.
    Conflict = 13,
    /// Timed out.
    TimedOut = 124,
    /// Cancelled.
    Cancelled = 130,
}

/// What the program itself does about a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Remedy {
    /// Tries again at once.
    RetryNow,
    /// Tries again after a growing pause.
    Backoff,
    /// Gets a fresh token first.
    NewToken,
    /// Waits for the network to change.
    WaitForNetwork,
    /// Waits for the user.
    AskUser,
    /// Gives up.
    GiveUp,
}
