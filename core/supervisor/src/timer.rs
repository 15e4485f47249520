use std::time::Duration;

/// How long the gateway may take from the token to its verdict: longer than the 30 s
/// that an Azure gateway waits for RADIUS, and short enough to be told within the
/// minute that `spoke connect` waits.
pub(crate) const VERDICT: Duration = Duration::from_secs(45);

/// Everything a connection can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The present [`Step`] has taken too long.
    Step,
    /// The user (or a silent renewal) has taken too long to bring a token.
    SignIn,
    /// It is time to renew the token.
    Renew,
    /// The pause before the next attempt is over.
    Backoff,
    /// The pause that the user asked for is over.
    Resume,
    /// The host's network was held without a tunnel for long enough.
    LetGo,
    /// It is time to look whether the host's network is still as it was set.
    Keep,
}

impl Timer {
    /// The sentence for logs.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Step => "give up on the present step of connecting",
            Self::SignIn => "give up on the sign-in",
            Self::Renew => "renew the token",
            Self::Backoff => "try the next gateway",
            Self::Resume => "end the pause",
            Self::LetGo => "let go of the host's network",
            Self::Keep => "look after the host's network",
        }
    }
}

/// What an attempt waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Addresses of the gateway.
    Resolving,
    /// The way to the gateway past a network that is held.
    Leading,
    /// The transport.
    Connecting,
    /// The answer to the first packet.
    Answer,
    /// The TLS handshake.
    Tls,
    /// The token, or the session's wish for it.
    Credentials,
    /// The token, with no tunnel open: gateways do not wait as long as people take.
    Parked,
    /// The gateway's verdict and settings.
    Auth,
    /// The host's network.
    HostSetup,
    /// The end.
    Up,
}

impl Step {
    /// How long it may take; none where something else limits it.
    pub(crate) const fn limit(self) -> Option<Duration> {
        match self {
            Self::Resolving | Self::Leading | Self::Connecting | Self::Answer => {
                Some(Duration::from_secs(10))
            }
            Self::Tls => Some(Duration::from_secs(20)),
            Self::Auth => Some(VERDICT),
            Self::HostSetup => Some(Duration::from_secs(30)),
            Self::Credentials | Self::Parked | Self::Up => None,
        }
    }
}
