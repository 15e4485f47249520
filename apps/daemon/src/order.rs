use spoke_plan::{Lockdown, Policy, Pushed};
use spoke_supervisor::{Attempt, Intent};
use std::net::IpAddr;
use tokio::sync::oneshot;

/// What the host's network is to become.
#[derive(Debug)]
pub(crate) enum Order {
    /// A tunnel's setup.
    Apply {
        /// Of which attempt.
        attempt: Attempt,
        /// What the gateway asks.
        pushed: Box<Pushed>,
        /// What the profile asks.
        policy: Box<Policy>,
        /// The gateway's address.
        gateway: IpAddr,
    },
    /// What the last setup has made, with what is missing of it.
    Keep {
        /// Of which attempt.
        attempt: Attempt,
    },
    /// The network of the last setup, with the way to these addresses past it.
    Lead {
        /// For which attempt.
        attempt: Attempt,
        /// Where the gateway may be, the likeliest first.
        gateways: Vec<IpAddr>,
    },
    /// As it was.
    Undo,
    /// What a former run has left is not to be used any more.
    LetGo,
    /// What alone may leave this computer, through all setups and their undo.
    LockDown(Option<Lockdown>),
    /// Tell when everything before this is done.
    Tell(oneshot::Sender<()>),
}

/// What of a former run stays when it is recovered from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Left {
    /// Routes, for half a minute: the connection is to come back.
    pub(crate) routes: bool,
    /// A lockdown.
    pub(crate) lockdown: bool,
}

impl Left {
    /// What stays for this wish to be connected.
    pub(crate) fn by(intent: Option<&Intent>) -> Self {
        Self {
            routes: intent.is_some(),
            lockdown: intent.is_some_and(|intent| intent.lockdown),
        }
    }
}
