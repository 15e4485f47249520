use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// This computer's network as the system shows it to everyone: links, routes, and who
/// answers names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HostNetwork {
    /// Network links.
    pub links: Vec<HostLink>,
    /// Routes of the main table, both families.
    pub routes: Vec<HostRoute>,
    /// How many routes were left out, where there are more than anybody reads.
    pub routes_left_out: usize,
    /// Who answers names.
    pub resolver: HostResolver,
}

/// One network link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HostLink {
    /// Its name.
    pub name: String,
    /// Whether it is set up.
    pub up: bool,
    /// MTU in bytes.
    pub mtu: u32,
    /// Addresses with their prefix lengths.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub addresses: Vec<IpNet>,
}

/// One route, whoever set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HostRoute {
    /// Where to.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub prefix: IpNet,
    /// The link it leaves by; none for routes that refuse.
    pub interface: Option<String>,
    /// The router, if any.
    pub gateway: Option<IpAddr>,
    /// Lower wins between equal prefixes.
    pub metric: u32,
    /// Whether Spoke set it.
    pub ours: bool,
}

/// Who answers names on this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HostResolver {
    /// `systemd-resolved` or `resolv.conf`.
    pub manager: String,
    /// The servers that programs are told of, in order.
    pub servers: Vec<IpAddr>,
    /// Whether Spoke wrote that list.
    pub ours: bool,
}
