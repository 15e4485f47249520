//! A host in memory that takes changes as a real one does, and complains where a
//! real one would.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's host fails loudly"
)]

use ipnet::IpNet;
use spoke_plan::{
    BACKSTOP_METRIC, Change, Contents, FileState, HostView, KnownLinkDns, KnownRoute, Link,
    LinkDns, Linux, Lockdown, MacOs, Platform, ROUTE_METRIC, Route, ServiceDns, Via,
};
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) foreign: Vec<KnownRoute>,
    /// By prefix, and whether each is a backstop: both may be there.
    pub(crate) routes: BTreeMap<(IpNet, bool), Via>,
    pub(crate) resolved: Option<BTreeMap<String, LinkDns>>,
    pub(crate) resolv_conf: FileState,
    pub(crate) ipv6: bool,
    pub(crate) macos: bool,
    pub(crate) service_dns: Option<ServiceDns>,
    pub(crate) lockdown: Option<Lockdown>,
}

impl Model {
    /// A host with one link to a router, and to a second network beside it.
    pub(crate) fn new(resolved: bool, resolv_conf: FileState) -> Self {
        let foreign = [
            ("0.0.0.0/0", Some("192.168.1.1")),
            ("192.168.1.0/24", None),
            ("10.9.0.0/16", Some("192.168.1.2")),
        ];
        Self {
            links: [link("eth0", 2, &["192.168.1.10/24"])]
                .map(|link| (link.name.clone(), link))
                .into(),
            foreign: foreign
                .iter()
                .map(|(prefix, gateway)| known(prefix, *gateway, "eth0"))
                .collect(),
            routes: BTreeMap::new(),
            resolved: resolved.then(BTreeMap::new),
            resolv_conf,
            ipv6: true,
            macos: false,
            service_dns: None,
            lockdown: None,
        }
    }

    /// The same on macOS.
    pub(crate) fn macos() -> Self {
        Self {
            macos: true,
            ..Self::new(false, FileState::Missing)
        }
    }

    pub(crate) fn open_device(&mut self, name: &str) {
        self.links.insert(
            name.to_owned(),
            Link {
                up: false,
                ..link(name, 7, &[])
            },
        );
    }

    /// What the kernel and systemd-resolved do when the device's descriptor closes.
    pub(crate) fn close_device(&mut self, name: &str) {
        self.links.remove(name);
        self.routes
            .retain(|_, via| !matches!(via, Via::Tunnel { interface } if interface == name));
        if let Some(resolved) = &mut self.resolved {
            resolved.remove(name);
        }
    }

    /// What the kernel and configd do when the process ends.
    pub(crate) fn end_process(&mut self, device: &str) {
        self.close_device(device);
        self.service_dns = None;
    }

    pub(crate) fn view(&self) -> HostView {
        let ours = self.routes.iter().map(|((prefix, backstop), via)| {
            let (interface, gateway, onlink) = match via.clone() {
                Via::Tunnel { interface } => (Some(interface), None, false),
                Via::Physical {
                    interface,
                    gateway,
                    onlink,
                } => (Some(interface), gateway, onlink),
                Via::Nowhere | Via::Backstop => (None, None, false),
            };
            KnownRoute {
                prefix: *prefix,
                interface,
                gateway,
                onlink,
                metric: match (self.macos, backstop) {
                    (true, _) => 0,
                    (false, true) => BACKSTOP_METRIC,
                    (false, false) => ROUTE_METRIC,
                },
                ours: true,
                announced: false,
            }
        });
        HostView {
            platform: self.platform(),
            boot_id: "boot".to_owned(),
            links: self.links.values().cloned().collect(),
            routes: self.foreign.iter().cloned().chain(ours).collect(),
        }
    }

    fn platform(&self) -> Platform {
        if self.macos {
            return Platform::MacOs(MacOs::default());
        }
        Platform::Linux(Linux {
            resolved: self.resolved.is_some(),
            link_dns: self
                .resolved
                .as_ref()
                .map(|links| links.iter().map(told).collect()),
            resolv_conf: self.resolv_conf.clone(),
            ipv6: self.ipv6,
            locked: self.lockdown.is_some(),
        })
    }

    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::AddAddress { interface, address } => {
                let list = &mut self.link(interface).addresses;
                assert!(!list.contains(address), "{change}: it has it");
                list.push(*address);
                list.sort();
            }
            Change::RemoveAddress { interface, address } => {
                // The kernel drops a device's routes with its last address.
                assert!(
                    !self.routes.iter().any(|((prefix, _), via)| {
                        matches!(via, Via::Tunnel { interface: by } if by == interface)
                            && prefix.addr().is_ipv4() == address.addr().is_ipv4()
                    }),
                    "{change}: routes depend on it"
                );
                let list = &mut self.link(interface).addresses;
                assert!(list.contains(address), "{change}: it has it not");
                list.retain(|have| have != address);
            }
            Change::SetMtu {
                interface,
                from,
                to,
            } => {
                let mtu = &mut self.link(interface).mtu;
                assert_eq!(*mtu, u32::from(*from), "{change}");
                *mtu = u32::from(*to);
            }
            Change::SetUp { interface, up } => {
                let link = self.link(interface);
                assert_ne!(link.up, *up, "{change}");
                link.up = *up;
            }
            Change::AddRoute { route } => self.add_route(route, change),
            Change::RemoveRoute { route } => {
                assert_eq!(
                    self.routes.remove(&place(route)).as_ref(),
                    Some(&route.via),
                    "{change}"
                );
            }
            Change::SetResolved {
                interface,
                from,
                to,
            } => {
                assert!(self.links.contains_key(interface), "{change}");
                let links = self.resolved.as_mut().unwrap();
                assert_eq!(links.get(interface), from.as_ref(), "{change}");
                match to {
                    Some(to) => links.insert(interface.clone(), to.clone()),
                    None => links.remove(interface),
                };
            }
            Change::SetResolvConf { from, to } => {
                assert!(self.resolv_conf.may_be_replaced(from), "{change}");
                self.resolv_conf = to.clone();
            }
            Change::SetLockdown { from, to } => {
                let from_is_known = to.is_none() || &self.lockdown == from;
                assert!(from_is_known, "{change}");
                self.lockdown.clone_from(to);
            }
            Change::SetServiceDns { from, to } => {
                assert!(self.macos, "{change}");
                assert_eq!(&self.service_dns, from, "{change}");
                self.service_dns = to.clone();
            }
        }
    }

    fn link(&mut self, name: &str) -> &mut Link {
        self.links.get_mut(name).expect("the link exists")
    }

    fn add_route(&mut self, route: &Route, change: &Change) {
        if let Via::Tunnel { interface } = &route.via {
            let link = self.link(interface);
            assert!(link.up, "{change}: the device is down");
        }
        let foreign = self.foreign.iter().any(|own| own.prefix == route.prefix);
        assert!(!(self.macos && foreign), "{change}: File exists");
        let before = self.routes.insert(place(route), route.via.clone());
        assert_eq!(before, None, "{change}: the prefix is taken");
    }
}

/// What systemd-resolved tells of a link.
fn told((interface, link): (&String, &LinkDns)) -> KnownLinkDns {
    KnownLinkDns {
        interface: interface.clone(),
        servers: link.servers.clone(),
        domains: link.domains.clone(),
    }
}

fn place(route: &Route) -> (IpNet, bool) {
    (route.prefix, route.is_backstop())
}

pub(crate) fn known(prefix: &str, gateway: Option<&str>, interface: &str) -> KnownRoute {
    KnownRoute {
        prefix: net(prefix),
        interface: Some(interface.to_owned()),
        gateway: gateway.map(ip),
        onlink: false,
        metric: 100,
        ours: false,
        announced: false,
    }
}

pub(crate) fn link(name: &str, index: u32, addresses: &[&str]) -> Link {
    Link {
        name: name.to_owned(),
        index,
        up: true,
        mtu: 1500,
        addresses: addresses.iter().map(|one| net(one)).collect(),
    }
}

pub(crate) fn file(text: &str) -> FileState {
    FileState::File {
        contents: Contents::from(text),
        mode: 0o644,
    }
}

pub(crate) fn stub_symlink() -> FileState {
    FileState::Symlink {
        target: Contents::from("../run/systemd/resolve/stub-resolv.conf"),
        leads_to: Some(Contents::from("nameserver 127.0.0.53\n")),
    }
}

pub(crate) fn net(text: &str) -> IpNet {
    text.parse().expect("a prefix")
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}
