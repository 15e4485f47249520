//! Who meets whom.

/// A program or a part of it that can be one end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The engine of this project.
    Spoke,
    /// OpenVPN 2.x.
    OpenVpn(Release),
    /// The client of OpenVPN 3, 24.1 of Debian 13 with core 3.10.
    OpenVpn3,
    /// SoftEther VPN Server 5.01 of Debian 11.
    SoftEther,
}

/// A release of OpenVPN 2.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// 2.5.1 of Debian 11.
    V2_5,
    /// 2.6.14 of Debian 12, the one that is installed.
    V2_6,
    /// 2.7 of Debian 13's backports.
    V2_7,
}

/// A client and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// In the table's file, and on the command line.
    pub name: &'static str,
    /// In the table's heading.
    pub title: &'static str,
    /// The client.
    pub client: Party,
    /// The server.
    pub server: Party,
}

/// All pairings, in the order of the table.
pub const PAIRINGS: &[Pairing] = &[
    Pairing {
        name: "spoke-openvpn26",
        title: "Our client, OpenVPN 2.6.14 server",
        client: Party::Spoke,
        server: Party::OpenVpn(Release::V2_6),
    },
    Pairing {
        name: "openvpn26-spoke",
        title: "OpenVPN 2.6.14 client, our server",
        client: Party::OpenVpn(Release::V2_6),
        server: Party::Spoke,
    },
    Pairing {
        name: "spoke-spoke",
        title: "Our client, our server",
        client: Party::Spoke,
        server: Party::Spoke,
    },
    Pairing {
        name: "spoke-openvpn27",
        title: "Our client, OpenVPN 2.7 server",
        client: Party::Spoke,
        server: Party::OpenVpn(Release::V2_7),
    },
    Pairing {
        name: "openvpn27-spoke",
        title: "OpenVPN 2.7 client, our server",
        client: Party::OpenVpn(Release::V2_7),
        server: Party::Spoke,
    },
    Pairing {
        name: "spoke-openvpn25",
        title: "Our client, OpenVPN 2.5.1 server",
        client: Party::Spoke,
        server: Party::OpenVpn(Release::V2_5),
    },
    Pairing {
        name: "openvpn25-spoke",
        title: "OpenVPN 2.5.1 client, our server",
        client: Party::OpenVpn(Release::V2_5),
        server: Party::Spoke,
    },
    Pairing {
        name: "spoke-softether",
        title: "Our client, SoftEther VPN 5.01 server",
        client: Party::Spoke,
        server: Party::SoftEther,
    },
    Pairing {
        name: "openvpn3-spoke",
        title: "OpenVPN 3 client (24.1, core 3.10), our server",
        client: Party::OpenVpn3,
        server: Party::Spoke,
    },
];

impl Pairing {
    /// Whether its connections are made one after the other: the services of OpenVPN 3 lose some of several that
    /// come and go at the same time.
    #[must_use]
    pub fn is_one_by_one(&self) -> bool {
        self.has(Party::OpenVpn3)
    }

    /// Whether `party` is at one of the ends.
    #[must_use]
    pub fn has(&self, party: Party) -> bool {
        self.client == party || self.server == party
    }

    /// The release of OpenVPN at one of the ends.
    #[must_use]
    pub const fn release(&self) -> Option<Release> {
        match (self.client, self.server) {
            (Party::OpenVpn(release), _) | (_, Party::OpenVpn(release)) => Some(release),
            _ => None,
        }
    }
}
