//! Socket addresses as the kernel writes and reads them.

use super::layout::family;
use super::reader::bytes_at;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Size of `struct sockaddr_in`, `sockaddr_in6` and `sockaddr_dl`, in bytes.
const IN: u8 = 16;
const IN6: u8 = 28;
const LINK: u8 = 20;

/// Where the address is in `sockaddr_in` and `sockaddr_in6`.
const IN_ADDRESS: usize = 4;
const IN6_ADDRESS: usize = 8;

/// Where the name is in `sockaddr_dl`.
const LINK_NAME: usize = 8;

/// Writes an address. A link-local one carries the number of its link inside
/// (`sin6_scope_id` is not read there).
pub(super) fn put_address(out: &mut Vec<u8>, address: IpAddr, link: u16) {
    match address {
        IpAddr::V4(ip) => {
            out.extend([IN, family::INET, 0, 0]);
            out.extend(ip.octets());
            out.extend([0; 8]);
        }
        IpAddr::V6(ip) => {
            let mut octets = ip.octets();
            if ip.is_unicast_link_local() {
                let [high, low] = link.to_be_bytes();
                octets[2] = high;
                octets[3] = low;
            }
            out.extend([IN6, family::INET6, 0, 0, 0, 0, 0, 0]);
            out.extend(octets);
            out.extend([0; 4]);
        }
    }
}

/// Writes the netmask of a prefix in full; the kernel shortens it for itself.
pub(super) fn put_netmask(out: &mut Vec<u8>, prefix: IpNet) {
    put_address(out, prefix.netmask(), 0);
}

/// Writes the address of a link, which is its number.
pub(super) fn put_link(out: &mut Vec<u8>, link: u16) {
    out.extend([LINK, family::LINK]);
    out.extend(link.to_le_bytes());
    out.extend([0; 16]);
}

/// An address that is not a netmask; none when it is of another family, or cut off.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    match *bytes.get(1)? {
        family::INET => {
            let octets: [u8; 4] = bytes_at(bytes, IN_ADDRESS)?;
            Some(Ipv4Addr::from(octets).into())
        }
        family::INET6 => {
            let mut octets: [u8; 16] = bytes_at(bytes, IN6_ADDRESS)?;
            if Ipv6Addr::from(octets).is_unicast_link_local() {
                octets[2] = 0;
                octets[3] = 0;
            }
            Some(Ipv6Addr::from(octets).into())
        }
        _ => None,
    }
}

/// The length of the prefix that a netmask stands for, given an address of its family:
/// the kernel cuts off its trailing zeros, writes no length for the empty one and leaves
/// anything in the place of the family.
pub(super) fn netmask_length(bytes: &[u8], of: IpAddr) -> Option<u8> {
    let (start, size) = match of {
        IpAddr::V4(_) => (IN_ADDRESS, 4),
        IpAddr::V6(_) => (IN6_ADDRESS, 16),
    };
    let given = bytes.get(start..).unwrap_or_default();
    let mut length = 0_u8;
    let mut ended = false;
    for byte in given.iter().take(size) {
        let ones = byte.leading_ones();
        if (ended && *byte != 0) || ones != byte.count_ones() {
            return None;
        }
        ended |= ones < 8;
        length = length.checked_add(u8::try_from(ones).ok()?)?;
    }
    Some(length)
}

/// The number and the name in a link's address.
pub(super) fn link(bytes: &[u8]) -> Option<(u16, String)> {
    if *bytes.get(1)? != family::LINK {
        return None;
    }
    let length = usize::from(*bytes.get(5)?);
    let name = bytes.get(LINK_NAME..LINK_NAME + length)?;
    let name = String::from_utf8_lossy(name).into_owned();
    Some((u16::from_le_bytes(bytes_at(bytes, 2)?), name))
}
