//! Under which circumstances it is measured.

use crate::case::{Case, Client, Server, Transport};
use crate::papers::Manners;
use std::time::Duration;

/// Seconds between negotiations where keys are put to the test.
const RENEGOTIATE: u64 = 10;

/// The circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scene {
    /// Between the machines lies a cable as fast as the processors.
    Lab,
    /// It carries 100 Mbit/s and holds back at most 40 ms, both ways.
    Uplink,
    /// A round trip takes 50 ms.
    Far,
    /// A round trip takes 100 ms.
    Farther,
    /// The same, and the server sends small segments at once (`TCP_NODELAY`).
    FartherNoDelay,
    /// Bytes are compared on both sides, and keys are negotiated all the while.
    Whole,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Lab,
        Self::Uplink,
        Self::Far,
        Self::Farther,
        Self::FartherNoDelay,
        Self::Whole,
    ];

    /// As `--only` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Uplink => "uplink",
            Self::Far => "rtt50",
            Self::Farther => "rtt100",
            Self::FartherNoDelay => "nodelay",
            Self::Whole => "whole",
        }
    }

    /// In the tables.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Lab => "At the machine's own speed",
            Self::Uplink => "Behind 100 Mbit/s with 40 ms of buffer, both ways",
            Self::Far => "At 50 ms of round trip",
            Self::Farther => "At 100 ms of round trip",
            Self::FartherNoDelay => "At 100 ms of round trip, the server with TCP_NODELAY",
            Self::Whole => "Every byte compared, new keys every ten seconds",
        }
    }

    /// Whether the case has something to show in it. Both ends are ours to change where
    /// the gateway is one of them; the network matters where one is not.
    #[must_use]
    pub fn concerns(self, case: Case) -> bool {
        match self {
            Self::Lab => true,
            Self::Whole => case.client == Client::Spoke,
            Self::Uplink | Self::Far | Self::Farther => case.server == Server::OpenVpn,
            Self::FartherNoDelay => {
                case.server == Server::OpenVpn && case.transport == Transport::Tcp
            }
        }
    }

    /// How long a packet is under way, at least.
    pub(crate) const fn delay(self) -> Option<Duration> {
        match self {
            Self::Lab | Self::Uplink | Self::Whole => None,
            Self::Far => Some(Duration::from_millis(25)),
            Self::Farther | Self::FartherNoDelay => Some(Duration::from_millis(50)),
        }
    }

    pub(crate) fn manners(self) -> Manners {
        Manners {
            no_delay: self == Self::FartherNoDelay,
            renegotiate: match self {
                Self::Whole => RENEGOTIATE,
                _ => Manners::default().renegotiate,
            },
        }
    }
}
