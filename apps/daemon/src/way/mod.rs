#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;
#[path = "macos.rs"]
#[cfg(target_os = "macos")]
mod system;

use nix::sys::socket::SockaddrStorage;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;
use system::BY_ROUTE;

/// How long a way may be away before it is given up: routes are also replaced by being taken away first.
pub(crate) const GRACE: Duration = Duration::from_secs(3);

/// The two ends of a transport: of this machine, and of the next hop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) local: IpAddr,
    pub(crate) peer: SocketAddr,
}

/// What has become of the way that a transport was made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing, as far as this machine can tell.
    Open,
    /// This machine's end is on none of its links any more.
    NoAddress,
    /// No route leads to the peer.
    NoRoute,
    /// What is sent to the peer leaves by another link.
    OtherLink,
}

impl Ends {
    /// Looks at this machine's addresses and routes.
    pub(crate) fn look(self) -> Way {
        let Ok(links) = nix::ifaddrs::getifaddrs() else {
            return Way::Open;
        };
        let links: Vec<(String, IpAddr)> = links
            .filter_map(|link| Some((link.interface_name, ip_of(&link.address?)?)))
            .collect();
        judge(self.local, source_for(self.peer), &links)
    }
}

/// What it means that packets to the peer would now have `source`, with these addresses on the links.
fn judge(local: IpAddr, source: Source, links: &[(String, IpAddr)]) -> Way {
    let links_of = |address: IpAddr| {
        let has = move |(_, own): &&(String, IpAddr)| *own == address;
        links.iter().filter(has).map(|(link, _)| link.as_str())
    };
    if links_of(local).next().is_none() {
        return Way::NoAddress;
    }
    match source {
        Source::None => Way::NoRoute,
        Source::Address(address) if BY_ROUTE => {
            let same = links_of(address).any(|link| links_of(local).any(|own| own == link));
            let known = links_of(address).next().is_some();
            match known && !same {
                true => Way::OtherLink,
                false => Way::Open,
            }
        }
        Source::Address(_) | Source::Unknown => Way::Open,
    }
}

/// Which of this machine's addresses a packet would have.
#[derive(Clone, Copy, Debug)]
enum Source {
    Address(IpAddr),
    /// No packet would leave.
    None,
    Unknown,
}

/// Asks the kernel; nothing is sent.
fn source_for(peer: SocketAddr) -> Source {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let asked = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect(peer)?;
        socket.local_addr()
    });
    match asked {
        Ok(address) => Source::Address(address.ip()),
        Err(error) => match error.kind() {
            ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Source::None,
            _ => Source::Unknown,
        },
    }
}

fn ip_of(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|found| found.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|found| found.ip().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIFI: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 7));
    const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 8));
    const CABLE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 7));

    fn links(all: &[(&str, IpAddr)]) -> Vec<(String, IpAddr)> {
        let own = |(link, address): &(&str, IpAddr)| ((*link).to_owned(), *address);
        all.iter().map(own).collect()
    }

    #[test]
    fn a_way_is_open_as_long_as_packets_leave_by_its_link() {
        let both = links(&[("wlan0", WIFI), ("wlan0", SECOND), ("eth0", CABLE)]);
        let other = match BY_ROUTE {
            true => Way::OtherLink,
            false => Way::Open,
        };
        for (source, way) in [
            (Source::Address(WIFI), Way::Open),
            // Such as the next of the temporary addresses of IPv6.
            (Source::Address(SECOND), Way::Open),
            (Source::Address(CABLE), other),
            (Source::None, Way::NoRoute),
            (Source::Unknown, Way::Open),
            (Source::Address(IpAddr::V6(Ipv6Addr::LOCALHOST)), Way::Open),
        ] {
            assert_eq!(judge(WIFI, source, &both), way, "{source:?}");
        }
        let cable = links(&[("eth0", CABLE)]);
        assert_eq!(judge(WIFI, Source::Address(CABLE), &cable), Way::NoAddress);
    }

    #[test]
    fn one_address_may_be_on_two_links() {
        let twice = links(&[("wlan0", WIFI), ("eth0", WIFI), ("eth0", CABLE)]);
        assert_eq!(judge(WIFI, Source::Address(CABLE), &twice), Way::Open);
    }

    #[test]
    fn the_way_to_this_machine_itself_is_open() {
        let local = Ipv4Addr::LOCALHOST;
        let ends = Ends {
            local: local.into(),
            peer: (local, 9).into(),
        };
        assert_eq!(ends.look(), Way::Open);
        let elsewhere = Ends {
            local: Ipv4Addr::new(192, 0, 2, 1).into(),
            ..ends
        };
        assert_eq!(elsewhere.look(), Way::NoAddress);
    }
}
