use crate::target::Target;
use serde::{Deserialize, Serialize};
use spoke_api::{HostNetwork, State};
use std::net::IpAddr;

/// All that was found out about a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What is to be reached.
    pub target: Target,
    /// The connection, if there is one.
    pub state: State,
    /// This computer's network.
    pub network: HostNetwork,
    /// What became of its name; absent for addresses.
    pub name: Option<NameFacts>,
    /// What became of its addresses, those that programs get first.
    pub addresses: Vec<AddressFacts>,
}

/// What a name came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NameFacts {
    /// What programs on this computer are answered.
    pub here: Answer,
    /// What each of the tunnel's servers answers.
    pub inside: Vec<Asked>,
}

/// A server, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Asked {
    /// Which server.
    pub server: IpAddr,
    /// Its answer.
    pub answer: Answer,
}

/// What came of a question for a name's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
// Pages know a user's answer by the shorter name.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "NameAnswer"))]
pub enum Answer {
    /// These.
    Addresses {
        /// In the order of the answer.
        addresses: Vec<IpAddr>,
    },
    /// There is no such name, or it has no address.
    NoAddress,
    /// Nothing came back in time.
    Silent,
    /// It could not be asked, or it refused.
    Failed {
        /// What was said.
        why: String,
    },
}

impl Answer {
    /// The addresses, if there are any.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Addresses { addresses } => addresses,
            _ => &[],
        }
    }
}

/// What became of packets to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressFacts {
    /// Which.
    pub address: IpAddr,
    /// The address of this computer from which the system would send, by its own rules;
    /// none when it would not send at all.
    pub source: Option<IpAddr>,
    /// What a TCP connection to the port came to.
    pub reply: PortReply,
}

/// What a TCP connection came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum PortReply {
    /// Something accepts it.
    Open,
    /// The host answers that nothing listens there.
    Closed,
    /// Nothing came back in time.
    Silent,
    /// It cannot be reached, by the word of this computer or of a router on the way.
    Unreachable {
        /// What was said.
        why: String,
    },
}

impl PortReply {
    /// Whether the host has answered.
    #[must_use]
    pub const fn answered(&self) -> bool {
        matches!(self, Self::Open | Self::Closed)
    }
}

/// Addresses that are tried of those that programs get, and of those that only the
/// tunnel's servers know.
const MOST_HERE: usize = 4;
const MOST_INSIDE: usize = 2;

/// The addresses that are worth a try, those that programs get first.
#[must_use]
pub fn addresses_to_try(target: &Target, name: Option<&NameFacts>) -> Vec<IpAddr> {
    if let crate::target::TargetHost::Address(address) = target.host {
        return vec![address];
    }
    let Some(name) = name else { return Vec::new() };
    let inside = name
        .inside
        .iter()
        .flat_map(|asked| asked.answer.addresses());
    let here = name.here.addresses().iter().take(MOST_HERE);
    let mut all: Vec<IpAddr> = here.copied().collect();
    let mut more = MOST_INSIDE;
    for address in inside {
        if more > 0 && !all.contains(address) {
            all.push(*address);
            more -= 1;
        }
    }
    all
}
