use super::netlink::collect;
use crate::error::HostError;
use ipnet::IpNet;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::AddressAttribute;
use netlink_packet_route::link::{LinkAttribute, LinkFlags};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteNextHopFlags,
    RouteProtocol, RouteType, RouteVia,
};
use rtnetlink::Handle;
use spoke_plan::{KnownRoute, Link, ROUTE_PROTOCOL};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The links with their addresses.
pub(crate) async fn links(handle: &Handle) -> Result<Vec<Link>, HostError> {
    let mut addresses: BTreeMap<u32, Vec<IpNet>> = BTreeMap::new();
    for message in collect(handle.address().get().execute(), "list addresses").await? {
        let length = message.header.prefix_len;
        let local = message
            .attributes
            .iter()
            .find_map(|attribute| match attribute {
                AddressAttribute::Local(ip) => Some(*ip),
                _ => None,
            });
        let other = message
            .attributes
            .iter()
            .find_map(|attribute| match attribute {
                AddressAttribute::Address(ip) => Some(*ip),
                _ => None,
            });
        let address = local.or(other).and_then(|ip| IpNet::new(ip, length).ok());
        addresses
            .entry(message.header.index)
            .or_default()
            .extend(address);
    }
    let messages = collect(handle.link().get().execute(), "list links").await?;
    let links = messages.into_iter().map(|message| {
        let mut link = Link {
            name: String::new(),
            index: message.header.index,
            up: message.header.flags.contains(LinkFlags::Up),
            mtu: 0,
            addresses: addresses.remove(&message.header.index).unwrap_or_default(),
        };
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => link.name = name,
                LinkAttribute::Mtu(mtu) => link.mtu = mtu,
                _ => {}
            }
        }
        link
    });
    Ok(links.collect())
}

/// The routes of the main table.
pub(crate) async fn routes(handle: &Handle) -> Result<Vec<KnownRoute>, HostError> {
    let names: BTreeMap<u32, String> = links(handle)
        .await?
        .into_iter()
        .map(|link| (link.index, link.name))
        .collect();
    let mut all = Vec::new();
    for family in [AddressFamily::Inet, AddressFamily::Inet6] {
        let mut filter = RouteMessage::default();
        filter.header.address_family = family;
        let messages = collect(handle.route().get(filter).execute(), "list routes").await?;
        all.extend(
            messages
                .iter()
                .filter(|message| in_main_table(message))
                .filter_map(|message| known(message, &names)),
        );
    }
    Ok(all)
}

fn in_main_table(message: &RouteMessage) -> bool {
    let table = message
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            RouteAttribute::Table(table) => Some(*table),
            _ => None,
        });
    table.unwrap_or_else(|| message.header.table.into()) == u32::from(RouteHeader::RT_TABLE_MAIN)
        && !message.header.flags.contains(RouteFlags::Cloned)
}

fn known(message: &RouteMessage, names: &BTreeMap<u32, String>) -> Option<KnownRoute> {
    let unspecified = match message.header.address_family {
        AddressFamily::Inet => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        _ => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    let (leads_somewhere, refuses) = match message.header.kind {
        RouteType::Unicast => (true, false),
        RouteType::Unreachable | RouteType::BlackHole | RouteType::Prohibit => (false, true),
        _ => (false, false),
    };
    if !leads_somewhere && !refuses {
        return None;
    }
    let mut route = KnownRoute {
        prefix: IpNet::new(unspecified, message.header.destination_prefix_length).ok()?,
        interface: None,
        gateway: None,
        onlink: message.header.flags.contains(RouteFlags::Onlink),
        metric: 0,
        ours: message.header.protocol == RouteProtocol::Other(ROUTE_PROTOCOL),
        announced: matches!(
            message.header.protocol,
            RouteProtocol::Dhcp | RouteProtocol::Ra
        ),
    };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(address) => {
                route.prefix =
                    IpNet::new(ip(address)?, message.header.destination_prefix_length).ok()?;
            }
            RouteAttribute::Priority(metric) => route.metric = *metric,
            RouteAttribute::MultiPath(hops) if leads_somewhere => {
                let first = hops.first()?;
                route.interface = names.get(&first.interface_index).cloned();
                route.onlink = first.flags.contains(RouteNextHopFlags::Onlink);
                route.gateway = first.attributes.iter().find_map(router);
            }
            RouteAttribute::Oif(index) if leads_somewhere => {
                route.interface = names.get(index).cloned();
            }
            other if leads_somewhere => route.gateway = router(other).or(route.gateway),
            _ => {}
        }
    }
    Some(route)
}

fn router(attribute: &RouteAttribute) -> Option<IpAddr> {
    match attribute {
        RouteAttribute::Gateway(address) => ip(address),
        RouteAttribute::Via(RouteVia::Inet6(address)) => Some((*address).into()),
        _ => None,
    }
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(ip) => Some((*ip).into()),
        RouteAddress::Inet6(ip) => Some((*ip).into()),
        _ => None,
    }
}
