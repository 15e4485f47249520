use super::layout::{IN_ALIAS_REQUEST, IN6_ALIAS_REQUEST, INTERFACE_REQUEST};
use super::socket_address::{put_address, put_netmask};
use ipnet::IpNet;
use std::net::IpAddr;

/// Room for an interface's name, its closing zero included (`IFNAMSIZ`).
const NAME_ROOM: usize = 16;

/// Size of `struct in6_ifreq`, in bytes: its union has room for ICMP's counters.
const IN6_INTERFACE_REQUEST: usize = 288;

/// There is nobody on a tunnel who could have the same address (`IN6_IFF_NODAD`).
const WITHOUT_DUPLICATE_DETECTION: u32 = 0x20;

/// An address that does not expire (`ND6_INFINITE_LIFETIME`).
const FOR_EVER: u32 = u32::MAX;

/// One request about an interface: what to call `ioctl` with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceRequest {
    /// The request's number.
    pub code: u64,
    /// What it points to; the kernel writes into it when the request is a question.
    pub bytes: Vec<u8>,
    /// On a socket of which family.
    pub family: RequestFamily,
}

/// The family of the socket that a request goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFamily {
    /// `AF_INET`.
    Inet,
    /// `AF_INET6`.
    Inet6,
}

impl InterfaceRequest {
    /// Gives an interface an address (`SIOCAIFADDR`, `SIOCAIFADDR_IN6`). It is given
    /// alone: the kernel would derive a route from its prefix.
    #[must_use]
    pub fn add_address(interface: &str, address: IpNet) -> Option<Self> {
        let alone = IpNet::from(address.addr());
        let mut bytes = name(interface)?;
        put_address(&mut bytes, address.addr(), 0);
        match address.addr() {
            IpAddr::V4(_) => {
                // The other end of a tunnel has no address of its own.
                put_address(&mut bytes, address.addr(), 0);
                put_netmask(&mut bytes, alone);
                debug_assert_eq!(bytes.len(), IN_ALIAS_REQUEST);
                Some(Self {
                    code: 0x8040_691a,
                    bytes,
                    family: RequestFamily::Inet,
                })
            }
            IpAddr::V6(_) => {
                bytes.extend([0; 28]);
                put_netmask(&mut bytes, alone);
                bytes.extend(WITHOUT_DUPLICATE_DETECTION.to_le_bytes());
                // When it expires and when it is no longer preferred, in absolute time:
                // the kernel works them out from the lifetimes that follow.
                bytes.extend([0; 16]);
                bytes.extend(FOR_EVER.to_le_bytes());
                bytes.extend(FOR_EVER.to_le_bytes());
                debug_assert_eq!(bytes.len(), IN6_ALIAS_REQUEST);
                Some(Self {
                    code: 0x8080_691a,
                    bytes,
                    family: RequestFamily::Inet6,
                })
            }
        }
    }

    /// Takes an address away (`SIOCDIFADDR`, `SIOCDIFADDR_IN6`).
    #[must_use]
    pub fn remove_address(interface: &str, address: IpNet) -> Option<Self> {
        let mut bytes = name(interface)?;
        put_address(&mut bytes, address.addr(), 0);
        Some(match address.addr() {
            IpAddr::V4(_) => Self {
                code: 0x8020_6919,
                bytes,
                family: RequestFamily::Inet,
            },
            IpAddr::V6(_) => {
                bytes.resize(IN6_INTERFACE_REQUEST, 0);
                Self {
                    code: 0x8120_6919,
                    bytes,
                    family: RequestFamily::Inet6,
                }
            }
        })
    }

    /// Sets an interface's MTU (`SIOCSIFMTU`), in bytes.
    #[must_use]
    pub fn set_mtu(interface: &str, mtu: u16) -> Option<Self> {
        Self::plain(interface, 0x8020_6934, &u32::from(mtu).to_le_bytes())
    }

    /// Asks for an interface's flags (`SIOCGIFFLAGS`); [`Self::flags`] has the answer.
    #[must_use]
    pub fn ask_flags(interface: &str) -> Option<Self> {
        Self::plain(interface, 0xc020_6911, &[])
    }

    /// Sets an interface's flags (`SIOCSIFFLAGS`).
    #[must_use]
    pub fn set_flags(interface: &str, flags: u16) -> Option<Self> {
        Self::plain(interface, 0x8020_6910, &flags.to_le_bytes())
    }

    /// The flags in the answer to [`Self::ask_flags`].
    #[must_use]
    pub fn flags(&self) -> Option<u16> {
        let bytes = self.bytes.get(NAME_ROOM..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    }

    fn plain(interface: &str, code: u64, value: &[u8]) -> Option<Self> {
        let mut bytes = name(interface)?;
        bytes.extend(value);
        bytes.resize(INTERFACE_REQUEST, 0);
        Some(Self {
            code,
            bytes,
            family: RequestFamily::Inet,
        })
    }
}

/// The name in its room; none when it does not fit.
fn name(interface: &str) -> Option<Vec<u8>> {
    let mut bytes = interface.as_bytes().to_vec();
    if bytes.len() >= NAME_ROOM || bytes.contains(&0) {
        return None;
    }
    bytes.resize(NAME_ROOM, 0);
    Some(bytes)
}
