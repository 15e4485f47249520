use crate::dns::{DnsSetup, Mechanism};
use crate::view::HostView;
use crate::wanted::Wanted;
use ipnet::IpNet;
use std::fmt;

/// What was set and is no longer so, by another program's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// A route to this prefix.
    Route(IpNet),
    /// An address, the MTU or the being up of the tunnel device of this name.
    Device(String),
    /// DNS in `/etc/resolv.conf`.
    ResolvConf,
    /// DNS of the tunnel device of this name, which systemd-resolved has.
    LinkDns(String),
    /// The lockdown.
    Lockdown,
}

impl Wanted {
    /// What of it still stands on the host, and what does not. What a view does not show
    /// counts as standing: the settings of a systemd-resolved that does not tell, macOS'
    /// dynamic store, and all of a tunnel device that is gone, which the tunnel itself does
    /// not outlive.
    #[must_use]
    pub fn standing(&self, view: &HostView) -> (Self, Vec<Lost>) {
        let mut standing = self.clone();
        let mut lost = Vec::new();
        if standing.lockdown.is_some() && view.platform.is_unlocked() {
            standing.lockdown = None;
            lost.push(Lost::Lockdown);
        }
        let Some(have) = &mut standing.interface else {
            return (standing, lost);
        };
        let Some(link) = view.links.iter().find(|link| link.name == have.name) else {
            return (standing, lost);
        };
        let before = have.clone();
        have.addresses
            .retain(|address| link.addresses.contains(address));
        have.mtu = u16::try_from(link.mtu).unwrap_or(u16::MAX);
        have.up = link.up;
        if *have != before {
            lost.push(Lost::Device(before.name));
        }
        standing.routes.retain(|route| {
            let stands = view.routes.iter().any(|known| route.is(known));
            // A link takes its routes along when it goes: no program did that.
            if !stands && view.carries(route) {
                lost.push(Lost::Route(route.prefix));
            }
            stands
        });
        let dns = standing.dns.as_ref().map(DnsSetup::how);
        if let Some(gone) = dns.and_then(|mechanism| lost_dns(mechanism, view)) {
            standing.dns = None;
            lost.push(gone);
        }
        (standing, lost)
    }
}

fn lost_dns(mechanism: &Mechanism, view: &HostView) -> Option<Lost> {
    match mechanism {
        Mechanism::ResolvConf { .. } => {
            (!view.platform.resolv_conf().is_ours()).then_some(Lost::ResolvConf)
        }
        Mechanism::Resolved { interface, link } => view
            .platform
            .has_lost(interface, link)
            .then(|| Lost::LinkDns(interface.clone())),
        Mechanism::DynamicStore { .. } => None,
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(prefix) => write!(f, "the route to {prefix}"),
            Self::Device(name) => write!(f, "a setting of {name}"),
            Self::Lockdown => f.write_str("the lockdown"),
            Self::ResolvConf => f.write_str("the DNS in /etc/resolv.conf"),
            Self::LinkDns(name) => write!(f, "the DNS of {name} in systemd-resolved"),
        }
    }
}
