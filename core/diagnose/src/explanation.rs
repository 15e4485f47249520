use crate::facts::{NameFacts, PortReply};
use crate::way::Way;
use serde::{Deserialize, Serialize};
use spoke_api::HostRoute;
use std::net::IpAddr;

/// Why a target can, or cannot, be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Explanation {
    /// The host, as it was understood.
    pub target: String,
    /// The TCP port that was tried.
    pub port: u16,
    /// What was found.
    pub verdict: Verdict,
    /// Whether it can be reached, by the way on which it should be.
    pub reached: bool,
    /// The verdict in one sentence.
    pub summary: String,
    /// Why it is so, one sentence each.
    pub causes: Vec<String>,
    /// What to do about it; on the command line a command to type.
    pub fix: Option<String>,
    /// The same where it is the change of one setting, for programs that can make it.
    pub mend: Option<Mend>,
    /// What became of the name; absent for addresses.
    pub name: Option<NameReport>,
    /// What became of the addresses, those that programs get first.
    pub addresses: Vec<AddressReport>,
}

/// A change of one setting of a profile. Connections keep the settings that they were made
/// with, so it counts from the next on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Mend {
    /// Of which profile.
    pub profile: String,
    /// Which setting.
    pub setting: Setting,
    /// The suffix or network that it is about.
    pub value: String,
}

impl Mend {
    /// As `spoke profile set` takes it.
    #[must_use]
    pub fn assignment(&self) -> String {
        let start = match self.setting {
            Setting::AskInside => "dns.suffixes+=",
            Setting::LeadInside => "routes.include+=",
            Setting::KeepOutNoLonger => "routes.exclude-=",
        };
        format!("{start}{}", self.value)
    }
}

/// What can be changed to mend something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Setting {
    /// Names under a suffix are asked of the tunnel's servers.
    AskInside,
    /// A network is led into the tunnel.
    LeadInside,
    /// A network is kept out of the tunnel no longer.
    KeepOutNoLonger,
}

/// What became of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NameReport {
    /// Whether programs are answered by the tunnel's servers.
    pub asked_inside: bool,
    /// The suffix of the tunnel's that it is under.
    pub suffix: Option<String>,
    /// Who answers names on this computer.
    pub resolver: String,
    /// The answers.
    #[serde(flatten)]
    pub answers: NameFacts,
}

/// What became of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AddressReport {
    /// Which.
    pub address: IpAddr,
    /// Whether only the tunnel's servers know it.
    pub only_inside: bool,
    /// Which way its packets go.
    pub way: Way,
    /// The route that decides it.
    pub route: Option<HostRoute>,
    /// What a TCP connection to the port came to.
    pub reply: PortReply,
}

/// What was found. The words are stable: programs may look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Verdict {
    /// Reached through the tunnel.
    ReachedInside,
    /// Reached past the tunnel.
    ReachedOutside,
    /// It is this computer.
    ThisComputer,
    /// The host answers; nothing listens at the port.
    PortClosed,
    /// The name is answered outside with another address than inside.
    OutsideAnswer,
    /// Only the tunnel's servers know the name, and they are not asked.
    NotAskedInside,
    /// The tunnel's servers know the name and are to be asked, and programs get no answer.
    ResolverInTheWay,
    /// The tunnel's servers do not answer.
    TunnelDnsSilent,
    /// Nobody knows the name, and the connection brings no servers.
    NoTunnelDns,
    /// Nobody knows the name.
    NoSuchName,
    /// It is behind the tunnel, which is not up.
    NotConnected,
    /// A network of this computer has the same addresses.
    Overlap,
    /// A route of another program's wins over the tunnel's.
    OtherRoute,
    /// A rule of another program's leads elsewhere than the routes do.
    OtherRule,
    /// The profile or the gateway keeps it out of the tunnel.
    Excluded,
    /// No route leads into the tunnel for it.
    NoRoute,
    /// A route refuses it.
    RouteRefuses,
    /// It goes into the tunnel and nothing comes back.
    SilentInside,
    /// It goes into the tunnel, where there is no way to it.
    UnreachableInside,
    /// It goes past the tunnel and nothing comes back.
    SilentOutside,
    /// This computer has no network.
    NoNetwork,
}
