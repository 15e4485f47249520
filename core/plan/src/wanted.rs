use crate::change::Change;
use crate::dns::{DnsSetup, Mechanism};
use crate::lockdown::Lockdown;
use crate::route::Route;
use ipnet::IpNet;
use std::collections::BTreeSet;

/// MTU of a tun device as the kernel makes it, in bytes.
pub const DEFAULT_MTU: u16 = 1500;

/// The network as Spoke wants it, or as Spoke has made it: all that it ever sets,
/// and nothing that it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The tunnel device.
    pub interface: Option<Interface>,
    /// Routes, into the tunnel and past it.
    pub routes: BTreeSet<Route>,
    /// DNS; none leaves the host's alone.
    pub dns: Option<DnsSetup>,
    /// What alone may leave this computer; none lets everything leave.
    pub lockdown: Option<Lockdown>,
}

/// The tunnel device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its addresses with the prefix lengths that the gateway gave.
    pub addresses: BTreeSet<IpNet>,
    /// MTU in bytes.
    pub mtu: u16,
    /// Whether it is up.
    pub up: bool,
}

impl Interface {
    /// A device as it is right after it was opened.
    #[must_use]
    pub fn fresh(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            addresses: BTreeSet::new(),
            mtu: DEFAULT_MTU,
            up: false,
        }
    }
}

impl Wanted {
    /// Nothing of Spoke's: what to go back to.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Prefixes that go into the tunnel.
    pub fn tunnelled(&self) -> impl Iterator<Item = IpNet> + '_ {
        self.routes
            .iter()
            .filter(|route| route.is_tunnel())
            .map(|route| route.prefix)
    }

    /// Prefixes that are led past the tunnel.
    pub fn bypassed(&self) -> impl Iterator<Item = IpNet> + '_ {
        self.routes
            .iter()
            .filter(|route| !route.is_tunnel() && !route.is_backstop())
            .map(|route| route.prefix)
    }

    /// What is left of it once the tunnel device is closed: the kernel takes its
    /// addresses and routes, systemd-resolved its servers.
    #[must_use]
    pub fn device_closed(mut self) -> Self {
        self.interface = None;
        self.routes.retain(|route| !route.is_tunnel());
        self.dns = self
            .dns
            .filter(|dns| !matches!(dns.mechanism, Mechanism::Resolved { .. }));
        self
    }

    /// What a former run has left of a setup that is to come back: these routes.
    #[must_use]
    pub fn left_behind(routes: impl IntoIterator<Item = Route>) -> Self {
        Self {
            routes: routes.into_iter().collect(),
            ..Self::nothing()
        }
    }

    /// Nothing of Spoke's but a lockdown.
    #[must_use]
    pub fn only(lockdown: Option<Lockdown>) -> Self {
        Self {
            lockdown,
            ..Self::nothing()
        }
    }

    /// Takes over one change that was applied to the host. The mode, servers and
    /// suffixes of [`DnsSetup`] are not part of a change: give the setup that the
    /// change leads to as `goal`.
    pub fn note(&mut self, change: &Change, goal: &Self) {
        match change {
            Change::AddAddress { interface, address } => {
                self.device(interface).addresses.insert(*address);
            }
            Change::RemoveAddress { interface, address } => {
                self.device(interface).addresses.remove(address);
            }
            Change::SetMtu { interface, to, .. } => self.device(interface).mtu = *to,
            Change::SetUp { interface, up } => self.device(interface).up = *up,
            Change::AddRoute { route } => {
                self.routes.insert(route.clone());
            }
            Change::RemoveRoute { route } => {
                self.routes.remove(route);
            }
            Change::SetLockdown { to, .. } => self.lockdown.clone_from(to),
            Change::SetResolved { .. }
            | Change::SetResolvConf { .. }
            | Change::SetServiceDns { .. } => {
                self.dns.clone_from(&goal.dns);
            }
        }
        if goal.interface.is_none()
            && let Some(have) = &self.interface
            && *have == Interface::fresh(&have.name)
        {
            self.interface = None;
        }
    }

    fn device(&mut self, name: &str) -> &mut Interface {
        if self.interface.as_ref().is_none_or(|have| have.name != name) {
            self.interface = Some(Interface::fresh(name));
        }
        self.interface.get_or_insert_with(|| Interface::fresh(name))
    }
}
