//! Links, routes and changes, out of what the kernel tells about them.

use super::layout::{INTERFACE_MTU, address, flag, kind};
use super::reader::{Message, bytes_at, messages};
use super::socket_address::{self, netmask_length};
use crate::event::HostEvent;
use crate::view::{KnownRoute, Link};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// Of a link's flags, the one for being up (`IFF_UP`).
const LINK_UP: u32 = 0x1;

/// The links with their addresses, of an answer to `NET_RT_IFLIST`.
#[must_use]
pub fn links(bytes: &[u8]) -> Vec<Link> {
    let mut links: BTreeMap<u16, Link> = BTreeMap::new();
    for message in messages(bytes) {
        match message.kind {
            kind::INTERFACE => {
                if let Some(link) = link(&message) {
                    links.insert(message.link, link);
                }
            }
            kind::NEW_ADDRESS => {
                if let Some(link) = links.get_mut(&message.link) {
                    link.addresses.extend(own_address(&message));
                }
            }
            _ => {}
        }
    }
    links.into_values().collect()
}

/// The routes of an answer to `NET_RT_DUMP` that any packet may take, given the links'
/// names by their numbers: not those that the kernel has derived from others, nor those
/// for sockets that are bound to a link.
#[must_use]
pub fn routes(bytes: &[u8], names: &BTreeMap<u32, String>) -> Vec<KnownRoute> {
    messages(bytes)
        .filter(|message| message.kind == kind::GET && is_for_all(message.flags))
        .filter_map(|message| route(&message, names))
        .collect()
}

/// What messages on a routing socket come to.
#[must_use]
pub fn events(bytes: &[u8]) -> Vec<HostEvent> {
    let mut events = Vec::new();
    for message in messages(bytes) {
        let event = match message.kind {
            kind::INTERFACE => HostEvent::Link,
            kind::NEW_ADDRESS | kind::DELETED_ADDRESS => HostEvent::Address,
            kind::ADD | kind::DELETE | kind::CHANGE
                if is_for_all(message.flags) && !is_ours(message.flags) =>
            {
                HostEvent::Route
            }
            _ => continue,
        };
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

fn is_ours(flags: u32) -> bool {
    const MARK: u32 = flag::STATIC | flag::PROTOCOL_3;
    flags & MARK == MARK
}

fn is_for_all(flags: u32) -> bool {
    // The kernel notes the neighbour's address in a route of Spoke's to one on a link.
    let derived = flag::WAS_CLONED | flag::LINK_LAYER;
    flags & flag::SCOPED == 0
        && flags & flag::MULTICAST == 0
        && (flags & derived == 0 || is_ours(flags))
}

fn link(message: &Message<'_>) -> Option<Link> {
    let (_, name) = socket_address::link(message.address(address::INTERFACE)?)?;
    Some(Link {
        name,
        index: message.link.into(),
        up: message.flags & LINK_UP != 0,
        mtu: u32::from_le_bytes(bytes_at(message.bytes, INTERFACE_MTU)?),
        addresses: Vec::new(),
    })
}

fn own_address(message: &Message<'_>) -> Option<IpNet> {
    let own = socket_address::address(message.address(address::OWN)?)?;
    let length = netmask_length(message.address(address::NETMASK)?, own)?;
    IpNet::new(own, length).ok()
}

fn route(message: &Message<'_>, names: &BTreeMap<u32, String>) -> Option<KnownRoute> {
    let to = socket_address::address(message.address(address::DESTINATION)?)?;
    let prefix = if message.flags & flag::HOST != 0 {
        IpNet::from(to)
    } else {
        let length = match message.address(address::NETMASK) {
            Some(netmask) => netmask_length(netmask, to)?,
            None if to.is_unspecified() => 0,
            None => return None,
        };
        IpNet::new(to, length).ok()?.trunc()
    };
    let refuses = message.flags & (flag::REJECT | flag::BLACKHOLE) != 0;
    let gateway = (message.flags & flag::GATEWAY != 0 && !refuses)
        .then(|| socket_address::address(message.address(address::GATEWAY)?))
        .flatten();
    Some(KnownRoute {
        prefix,
        interface: names
            .get(&message.link.into())
            .filter(|_| !refuses)
            .cloned(),
        gateway,
        onlink: false,
        metric: 0,
        ours: is_ours(message.flags),
        announced: false,
    })
}
