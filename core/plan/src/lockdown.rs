use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// The user who runs the daemon.
const ROOT: u32 = 0;

/// Name resolution (RFC 1035, RFC 7766), and over TLS (RFC 7858).
const DNS: u16 = 53;
const DNS_OVER_TLS: u16 = 853;
/// The web, where people sign in.
const HTTPS: u16 = 443;

/// Nothing leaves this computer but through the tunnel, and what it takes to get there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockdown {
    /// The tunnel device, while there is one.
    pub interface: Option<String>,
    /// Where gateways, or the proxies on the way to them, were found.
    pub gateways: BTreeSet<IpAddr>,
    /// A gateway's name is being looked up.
    pub names: bool,
    /// This user is being asked to sign in, by user id.
    pub sign_in: Option<u32>,
}

/// What may leave although there is a lockdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Everything, by this link.
    Link(String),
    /// The computer's own address on its network: DHCP of both families.
    Dhcp,
    /// Who else is on the link: neighbour and router discovery (RFC 4861).
    Neighbours,
    /// What a user sends to an address.
    Address {
        /// Whose sockets.
        user: Who,
        /// Where to.
        address: IpAddr,
    },
    /// What a user sends to a port, wherever it is.
    Port {
        /// Whose sockets.
        user: Who,
        /// By which protocol.
        protocol: Protocol,
        /// Which port.
        port: u16,
    },
}

/// Whose sockets something is sent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// This user's, by user id.
    User(u32),
    /// Those of the system's resolver, where it runs as a user of its own.
    Resolver,
}

/// A protocol with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Lockdown {
    /// The same with nothing open for a moment's need: no names, no sign-in, no device.
    #[must_use]
    pub fn closed(&self) -> Self {
        Self {
            gateways: self.gateways.clone(),
            ..Self::default()
        }
    }

    /// The same around a tunnel device.
    #[must_use]
    pub fn around(&self, interface: Option<&str>) -> Self {
        Self {
            interface: interface.map(str::to_owned),
            ..self.clone()
        }
    }

    /// All that may leave. What stays on this computer is no question of it.
    #[must_use]
    pub fn passages(&self) -> Vec<Passage> {
        let mut passages = vec![Passage::Dhcp, Passage::Neighbours];
        passages.extend(self.interface.clone().map(Passage::Link));
        passages.extend(self.gateways.iter().map(|address| Passage::Address {
            user: Who::User(ROOT),
            address: *address,
        }));
        let mut askers = Vec::new();
        if self.names || self.sign_in.is_some() {
            askers.extend([Who::User(ROOT), Who::Resolver]);
        }
        askers.extend(self.sign_in.map(Who::User));
        for user in askers {
            passages.extend(asking(user));
        }
        passages.extend(self.sign_in.map(|user| Passage::Port {
            user: Who::User(user),
            protocol: Protocol::Tcp,
            port: HTTPS,
        }));
        passages
    }
}

/// What it takes to ask for names.
fn asking(user: Who) -> [Passage; 3] {
    [
        (Protocol::Udp, DNS),
        (Protocol::Tcp, DNS),
        (Protocol::Tcp, DNS_OVER_TLS),
    ]
    .map(|(protocol, port)| Passage::Port {
        user,
        protocol,
        port,
    })
}

impl fmt::Display for Lockdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing but ")?;
        match &self.interface {
            Some(interface) => write!(f, "the tunnel by {interface}")?,
            None => f.write_str("the way to the gateway")?,
        }
        if self.names {
            f.write_str(", and the look-up of its name")?;
        }
        if let Some(user) = self.sign_in {
            write!(f, ", and a sign-in of user {user}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(lockdown: &Lockdown, who: Who) -> Vec<u16> {
        let mut ports = Vec::new();
        for passage in lockdown.passages() {
            if let Passage::Port { user, port, .. } = passage
                && user == who
            {
                ports.push(port);
            }
        }
        ports
    }

    #[test]
    fn without_a_need_only_the_way_to_the_gateway_is_open() {
        let gateway: IpAddr = "198.51.100.2".parse().expect("an address");
        let lockdown = Lockdown {
            interface: Some("spoke0".to_owned()),
            gateways: [gateway].into(),
            names: true,
            sign_in: Some(1000),
        };
        let closed = lockdown.closed();
        let to_gateway = Passage::Address {
            user: Who::User(ROOT),
            address: gateway,
        };
        assert_eq!(
            closed.passages(),
            [Passage::Dhcp, Passage::Neighbours, to_gateway]
        );
        assert!(
            lockdown
                .passages()
                .contains(&Passage::Link("spoke0".into()))
        );
    }

    #[test]
    fn names_are_asked_by_the_system_and_the_web_by_who_signs_in() {
        let names = Lockdown {
            names: true,
            ..Lockdown::default()
        };
        for who in [Who::User(ROOT), Who::Resolver] {
            assert_eq!(ports(&names, who), [53, 53, 853]);
        }
        assert!(ports(&names, Who::User(1000)).is_empty());
        let sign_in = Lockdown {
            sign_in: Some(1000),
            ..Lockdown::default()
        };
        assert_eq!(ports(&sign_in, Who::User(1000)), [53, 53, 853, 443]);
        assert!(ports(&sign_in, Who::User(1001)).is_empty());
    }
}
