use crate::lockdown::Lockdown;
use ipnet::IpNet;
use spoke_profile::Profile;
use std::net::IpAddr;

/// What the user wants of the network, whatever the gateway pushes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Prefixes to route into the tunnel beside the pushed ones.
    pub include: Vec<IpNet>,
    /// Prefixes to keep out of the tunnel; they win over everything else.
    pub exclude: Vec<IpNet>,
    /// Resolvers inside; when there are any, pushed ones are not used.
    pub dns_servers: Vec<IpAddr>,
    /// Names that they answer for, beside pushed ones.
    pub dns_suffixes: Vec<String>,
    /// Take all traffic into the tunnel, as if the gateway had pushed a redirect.
    pub full_tunnel: bool,
    /// MTU in bytes, over any pushed one.
    pub mtu: Option<u16>,
    /// Let nothing leave but through the tunnel.
    pub lockdown: Option<Lockdown>,
}

impl From<&Profile> for Policy {
    fn from(profile: &Profile) -> Self {
        Self {
            include: profile.include.clone(),
            exclude: profile.exclude.clone(),
            dns_servers: profile.dns.servers.clone(),
            dns_suffixes: profile.dns.suffixes.clone(),
            full_tunnel: false,
            mtu: profile.mtu,
            lockdown: None,
        }
    }
}
