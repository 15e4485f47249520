use crate::log::OwnedLine;
use spoke_api::{Response, Update};
use tokio::sync::{broadcast, mpsc};

/// Messages that may wait for a client to read them.
const WAITING: usize = 64;

/// What a client's socket is to send.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// The answer to a request.
    Response(u64, Response),
    /// Something unasked.
    Update(Box<Update>),
    /// States from now on, the present one at once.
    States {
        /// Also those in which nothing but the traffic has changed.
        traffic: bool,
    },
    /// Log lines from now on.
    Log(broadcast::Receiver<OwnedLine>),
}

/// The way to one client. A client that does not read is let go when it is full.
#[derive(Clone, Debug)]
pub(crate) struct Outbox(mpsc::Sender<Outgoing>);

impl Outbox {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Outgoing>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Whether it could be taken.
    pub(crate) fn put(&self, message: Outgoing) -> bool {
        self.0.try_send(message).is_ok()
    }
}
