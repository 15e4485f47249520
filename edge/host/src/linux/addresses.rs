use super::netlink::{errno, failed, link_index, needed_index, set_link};
use crate::error::HostError;
use crate::outcome::Outcome;
use ipnet::IpNet;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use rtnetlink::{AddressMessageBuilder, Handle, LinkUnspec};
use spoke_plan::{Change, DEFAULT_MTU};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Adds an address without the route that the kernel would derive from it.
pub(crate) async fn add(
    handle: &Handle,
    interface: &str,
    address: IpNet,
    change: &Change,
) -> Result<Outcome, HostError> {
    let index = needed_index(handle, interface, change).await?;
    let mut request = handle
        .address()
        .add(index, address.addr(), address.prefix_len());
    request
        .message_mut()
        .attributes
        .push(AddressAttribute::Flags(
            AddressFlags::Noprefixroute | AddressFlags::Nodad,
        ));
    match request.execute().await {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if errno(&error) == Some(libc::EEXIST) => Ok(Outcome::AlreadySo),
        Err(error) => Err(failed(change, error)),
    }
}

/// Removes an address.
pub(crate) async fn remove(
    handle: &Handle,
    interface: &str,
    address: IpNet,
    change: &Change,
) -> Result<Outcome, HostError> {
    let Some(index) = link_index(handle, interface, change).await? else {
        return Ok(Outcome::AlreadySo);
    };
    let result = handle
        .address()
        .del(message(index, address))
        .execute()
        .await;
    match result {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if matches!(errno(&error), Some(libc::EADDRNOTAVAIL | libc::ENODEV)) => {
            Ok(Outcome::AlreadySo)
        }
        Err(error) => Err(failed(change, error)),
    }
}

/// Sets a link's MTU. One that is gone has none to go back from.
pub(crate) async fn set_mtu(
    handle: &Handle,
    interface: &str,
    mtu: u16,
    change: &Change,
) -> Result<Outcome, HostError> {
    let Some(index) = link_index(handle, interface, change).await? else {
        return gone(interface, mtu == DEFAULT_MTU, change);
    };
    let message = LinkUnspec::new_with_index(index).mtu(mtu.into()).build();
    set_link(handle, message, change).await?;
    Ok(Outcome::Done)
}

/// Sets a link up or down. One that is gone is down.
pub(crate) async fn set_up(
    handle: &Handle,
    interface: &str,
    up: bool,
    change: &Change,
) -> Result<Outcome, HostError> {
    let Some(index) = link_index(handle, interface, change).await? else {
        return gone(interface, !up, change);
    };
    let link = LinkUnspec::new_with_index(index);
    let message = if up { link.up() } else { link.down() }.build();
    set_link(handle, message, change).await?;
    Ok(Outcome::Done)
}

fn gone(interface: &str, is_met: bool, change: &Change) -> Result<Outcome, HostError> {
    if is_met {
        return Ok(Outcome::AlreadySo);
    }
    Err(HostError::NoLink {
        operation: change.to_string(),
        interface: interface.to_owned(),
    })
}

fn message(index: u32, address: IpNet) -> AddressMessage {
    match address.addr() {
        IpAddr::V4(ip) => AddressMessageBuilder::<Ipv4Addr>::new()
            .index(index)
            .address(ip, address.prefix_len())
            .build(),
        IpAddr::V6(ip) => AddressMessageBuilder::<Ipv6Addr>::new()
            .index(index)
            .address(ip, address.prefix_len())
            .build(),
    }
}
