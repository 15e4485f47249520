//! Ways to misbehave, for the tests of clients. Off unless configured.

use serde::Deserialize;

/// How the gateway fails; everything absent in ordinary use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Faults {
    /// Closes the connection when it reaches this stage.
    pub(crate) close_at: Option<Stage>,
    /// Says nothing more from this stage on, with the connection left open.
    pub(crate) silent_at: Option<Stage>,
    /// Refuses all credentials with this reason.
    pub(crate) refuse: Option<String>,
    /// Closes the connection on a client that does not describe itself as the stock
    /// one does, with the two MTUs the other way round.
    #[serde(default)]
    pub(crate) stock_only: bool,
}

/// Stages of a connection as the gateway sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// The TCP connection is there.
    Accept,
    /// The client's first packet is.
    Reset,
    /// The client's TLS hello is.
    Tls,
    /// TLS is established.
    KeyExchange,
    /// Credentials were accepted; what is due is the configuration.
    Push,
}

/// What to do on reaching a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misdeed {
    Close,
    FallSilent,
}

impl Faults {
    /// What is to be done wrong on reaching `stage`, if anything.
    pub(crate) fn at(&self, stage: Stage) -> Option<Misdeed> {
        if self.close_at == Some(stage) {
            Some(Misdeed::Close)
        } else if self.silent_at == Some(stage) {
            Some(Misdeed::FallSilent)
        } else {
            None
        }
    }

    /// Whether any is configured.
    pub(crate) const fn any(&self) -> bool {
        self.close_at.is_some()
            || self.silent_at.is_some()
            || self.refuse.is_some()
            || self.stock_only
    }
}
