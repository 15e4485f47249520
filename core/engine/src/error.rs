use crate::reliable::QueueFull;
use crate::trust::Untrusted;
use crate::wrap::UnwrapError;
use rustls::AlertDescription;
use spoke_wire::{
    Advance, ControlError, DynamicChallenge, EarlyNegotiationError, ForeignPayload,
    KeyExchangeError, PushError, UpdateError,
};
use std::time::Duration;
use thiserror::Error;

/// Why a session ended other than by a wish, sorted by whose fault it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The peer sent what no correct peer sends.
    #[error("the peer broke the protocol's rules: {0}")]
    PeerBrokeRules(#[from] Breach),
    /// The peer understood us and said no.
    #[error(transparent)]
    PeerRefused(#[from] Refusal),
    /// The credentials that were handed in cannot be used.
    #[error(transparent)]
    SignIn(#[from] SignInFault),
    /// The peer's certificate is not one to trust.
    #[error(transparent)]
    Untrusted(Untrusted),
    /// TLS failed for another reason, most often an alert from the peer.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The peer ended TLS without a word on the OpenVPN level.
    #[error("the peer closed the TLS session")]
    PeerClosedTls,
    /// Nothing, or not enough, came in time.
    #[error(transparent)]
    Silence(#[from] Silence),
    /// A life that the gateway, or the key, set a bound to is over.
    #[error(transparent)]
    Expired(#[from] Expiry),
    /// This side cannot go on.
    #[error("{0}")]
    Local(String),
}

/// A rule that the peer broke.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Breach {
    /// A control packet did not come out of its wrapping.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// The payload of the server's hard reset cannot be read.
    #[error(transparent)]
    EarlyNegotiation(#[from] EarlyNegotiationError),
    /// A control packet cannot be read.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// A packet came from another session than the connection's.
    #[error("a control packet belongs to another session")]
    WrongSession,
    /// A packet of a kind that makes no sense here.
    #[error("a {0} packet makes no sense at this point")]
    OutOfPlace(&'static str),
    /// TLS data came faster than it can be taken, or in impossible pieces.
    #[error("the TLS data cannot be taken in")]
    TlsOverflow,
    /// A control message without an end.
    #[error("a control message is longer than {limit} bytes")]
    MessageTooLong {
        /// The cap in bytes.
        limit: usize,
    },
    /// The key exchange cannot be read.
    #[error(transparent)]
    KeyExchange(#[from] KeyExchangeError),
    /// The pushed configuration cannot be used.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The peer acknowledges nothing.
    #[error("the peer acknowledges nothing that is sent to it")]
    NothingAcknowledged,
}

/// What the peer said no to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// User name and password (or token) were refused.
    #[error("the gateway refused the sign-in{}", because(.0))]
    Credentials(Option<String>),
    /// The token that the gateway gave out is no longer good: it says so, or it refused the sign-in that the session
    /// did with one. The user's own credentials may be as good as before.
    #[error("the gateway's session token has expired{}", because(.0))]
    SessionExpired(Option<String>),
    /// A refusal for the time being.
    #[error("the gateway refuses for now{}", because(.reason))]
    Temporary {
        /// Text for the user.
        reason: Option<String>,
        /// The least time to wait.
        backoff: Option<Duration>,
        /// Where to connect next, if it says so.
        advance: Option<Advance>,
    },
    /// A question to the user must be answered with the next sign-in (`CRV1`);
    /// [`DynamicChallenge::password`] makes its password.
    #[error("the gateway asks a further question: {}", .0.text)]
    Challenge(DynamicChallenge),
    /// The peer asks to connect again (`RESTART`).
    #[error("the gateway asks to connect again{}", because(.reason))]
    Restart {
        /// Text for the user.
        reason: Option<String>,
        /// The same credentials will do; otherwise they are to be forgotten.
        keep_credentials: bool,
        /// Connect to the next server.
        next_server: bool,
    },
    /// The peer asks to disconnect and stay away (`HALT`).
    #[error("the gateway ended the connection for good{}", because(.0))]
    Halt(Option<String>),
    /// The peer leaves (`EXIT`).
    #[error("the peer left")]
    Exit,
    /// The certificate that this side showed, or that it showed none.
    #[error("the peer does not accept this side's certificate: {0}")]
    Certificate(&'static str),
    /// No data cipher that both sides have.
    #[error("no data cipher in common: the peer wants {wanted}, this side has {ours}")]
    NoCommonCipher {
        /// What the peer named.
        wanted: String,
        /// What was offered.
        ours: String,
    },
    /// A renegotiation named another user than the connection's.
    #[error("the client came back with another user name")]
    UserChanged,
    /// The peer changed the configuration in a way that only a new connection can follow.
    #[error("the gateway changes the configuration: {0}")]
    Update(UpdateError),
    /// The peer pushes an option that the user wants to end the connection (`pull-filter reject`).
    #[error("the gateway pushes \"{0}\", which the profile rejects")]
    Filtered(String),
    /// The peer sends compressed data packets.
    #[error(
        "the gateway compresses data packets, which nothing here decompresses; switch compression off on the gateway"
    )]
    Compressed,
    /// The peer's options say that it fills data packets with something else than whole IP packets.
    #[error("{}", foreign(*.0))]
    Payload(ForeignPayload),
    /// The peer switched on a feature that this side did not announce.
    #[error("the gateway switched on {0}, which was not offered to it")]
    NotOffered(&'static str),
}

/// What is wrong with the credentials that were handed in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignInFault {
    /// Too long for the protocol, or with a NUL inside.
    #[error("the credentials cannot be sent: {0}")]
    Unsendable(KeyExchangeError),
    /// Nobody gave any in time.
    #[error("no credentials were given in time")]
    NoneGiven,
}

/// What did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Silence {
    /// Not one packet; often a wrong server secret, a wrong clock, or a filter on the way.
    #[error(
        "the gateway did not answer within {0:?}; check server address, server secret and this machine's clock"
    )]
    NoAnswer(Duration),
    /// TLS did not finish.
    #[error("TLS did not finish within {0:?}")]
    NoTls(Duration),
    /// No key exchange.
    #[error("the peer sent no key exchange within {0:?}")]
    NoKeys(Duration),
    /// No configuration.
    #[error("the gateway sent no configuration within {0:?}")]
    NoPush(Duration),
    /// An established connection went silent.
    #[error("nothing was received for {0:?}")]
    KeepaliveLost(Duration),
}

/// What bound a connection has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Expiry {
    /// `ping-exit`: it went silent, and the gateway does not want it back.
    #[error("nothing was received for {0:?}, after which the gateway wants the connection ended")]
    PingExit(Duration),
    /// `inactive`: too little user traffic.
    #[error("the connection was not used: fewer than {} bytes in {within:?}", .bytes.max(&1))]
    Inactive {
        /// The window.
        within: Duration,
        /// The least traffic in it.
        bytes: u64,
    },
    /// `session-timeout`: it has lasted as long as the gateway or the profile allows.
    #[error("the connection has lasted {0:?}, as long as it may")]
    SessionTimeout(Duration),
    /// The data key may not seal any more, and there is no new one.
    #[error("the data key is used up and no new one could be negotiated in time")]
    KeyUsedUp,
}

/// What to do about an [`enum@Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Connect again at once, with the same credentials.
    RetryNow,
    /// Connect again after a growing pause.
    Backoff,
    /// Get fresh credentials, then connect again.
    NewToken,
    /// Wait until the network has changed or come back, then connect again.
    WaitForNetwork,
    /// Only the user can settle this.
    AskUser,
    /// Connecting again cannot help.
    GiveUp,
}

impl Error {
    /// What to do now.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::PeerBrokeRules(Breach::Push(_)) | Self::Local(_) => Remedy::GiveUp,
            Self::PeerBrokeRules(_) | Self::Tls(_) | Self::PeerClosedTls => Remedy::Backoff,
            Self::PeerRefused(refusal) => refusal.remedy(),
            Self::SignIn(SignInFault::Unsendable(_)) | Self::Untrusted(_) => Remedy::AskUser,
            Self::SignIn(SignInFault::NoneGiven) => Remedy::NewToken,
            Self::Silence(Silence::KeepaliveLost(_)) | Self::Expired(Expiry::KeyUsedUp) => {
                Remedy::RetryNow
            }
            Self::Expired(_) => Remedy::GiveUp,
            Self::Silence(_) => Remedy::Backoff,
        }
    }

    /// Whether the peer has left.
    pub(crate) const fn is_exit(&self) -> bool {
        matches!(self, Self::PeerRefused(Refusal::Exit))
    }

    pub(crate) fn unsendable(error: KeyExchangeError) -> Self {
        SignInFault::Unsendable(error).into()
    }

    pub(crate) fn tls(error: rustls::Error) -> Self {
        match &error {
            rustls::Error::AlertReceived(alert) => match refused_certificate(*alert) {
                Some(why) => Refusal::Certificate(why).into(),
                None => Self::Tls(error.to_string()),
            },
            _ => Self::Tls(error.to_string()),
        }
    }
}

impl Refusal {
    /// What to do now.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::Credentials(_) | Self::SessionExpired(_) => Remedy::NewToken,
            Self::Temporary { .. } => Remedy::Backoff,
            Self::Restart { .. } | Self::Update(_) | Self::Exit => Remedy::RetryNow,
            Self::Challenge(_)
            | Self::Certificate(_)
            | Self::Filtered(_)
            | Self::NoCommonCipher { .. }
            | Self::Compressed
            | Self::Payload(_)
            | Self::NotOffered(_) => Remedy::AskUser,
            Self::Halt(_) | Self::UserChanged => Remedy::GiveUp,
        }
    }
}

impl From<QueueFull> for Error {
    fn from(_: QueueFull) -> Self {
        Breach::NothingAcknowledged.into()
    }
}

impl From<KeyExchangeError> for Error {
    fn from(error: KeyExchangeError) -> Self {
        Breach::from(error).into()
    }
}

impl From<UpdateError> for Error {
    fn from(error: UpdateError) -> Self {
        Refusal::Update(error).into()
    }
}

impl From<PushError> for Error {
    fn from(error: PushError) -> Self {
        Breach::from(error).into()
    }
}

/// What an alert says about the certificate that it was sent for (RFC 8446, 6.2).
const fn refused_certificate(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::CertificateRequired => "it wants one",
        AlertDescription::UnknownCA => "it does not trust the issuer",
        AlertDescription::CertificateExpired => "it takes it for expired",
        AlertDescription::CertificateRevoked => "it is revoked",
        AlertDescription::UnsupportedCertificate => "it is made for something else",
        AlertDescription::AccessDenied => "its owner has no access",
        AlertDescription::BadCertificate | AlertDescription::CertificateUnknown => {
            "it cannot be verified"
        }
        _ => return None,
    })
}

fn because(text: &Option<String>) -> String {
    text.as_ref()
        .map_or(String::new(), |text| format!(": {text}"))
}

const fn foreign(payload: ForeignPayload) -> &'static str {
    match payload {
        ForeignPayload::Fragments => {
            "the peer cuts its data packets into fragments, which this side does not; take `fragment` out of the peer's configuration"
        }
        ForeignPayload::Ethernet => {
            "the peer tunnels Ethernet frames (`dev tap`), and this side IP packets (`dev tun`)"
        }
    }
}
