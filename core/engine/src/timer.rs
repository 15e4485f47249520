/// Every timer of a session, at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The newest negotiation, or the wait for the configuration, has taken too long.
    HandWindow,
    /// Client: ask for the configuration again.
    PushRequest,
    /// The peer had time to make the newest key: send with it.
    Switch,
    /// The older key has lived on long enough.
    Retire,
    /// It is time for a new key.
    Renegotiate,
    /// Parting words had time enough to be acknowledged.
    Linger,
}

impl Timer {
    /// For logs.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::HandWindow => "give up on a negotiation",
            Self::PushRequest => "ask for the configuration again",
            Self::Switch => "send with the newest key",
            Self::Retire => "retire the older key",
            Self::Renegotiate => "renegotiate",
            Self::Linger => "close after parting words",
        }
    }
}
