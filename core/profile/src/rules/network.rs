use super::host::check_name;
use super::plain::quoted;
use crate::error::{Fault, Refusal};
use crate::finding::{FindingCode, Place};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};

/// Azure's own resolver answers inside a virtual network only.
const AZURE_RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16));

/// A route: an address and a mask, or `address/prefix` in one.
pub(crate) fn prefix(
    destination: &str,
    mask: Option<&str>,
    place: &mut Place<'_>,
) -> Result<IpNet, Refusal> {
    let destination = destination.trim();
    let (address, written) = match destination.split_once('/') {
        Some((address, length)) => (address.trim(), Some(length.trim())),
        None => (destination, None),
    };
    let address: IpAddr = address.parse().map_err(|_| {
        Refusal::invalid(
            format!("{} is no network address.", quoted(destination)),
            "Write an address such as 10.1.0.0; one route for each destination.",
        )
    })?;
    let length = match (mask.map(str::trim).filter(|mask| !mask.is_empty()), written) {
        (Some(mask), None) => prefix_length(mask, address, place)?,
        (None, Some(length)) => {
            place.repaired(
                FindingCode::MaskStyle,
                &format!("The route is written as {}.", quoted(destination)),
                "It was read as destination and prefix length.",
            );
            prefix_length(length, address, place)?
        }
        (Some(mask), Some(length)) => {
            let (mask, length) = (
                prefix_length(mask, address, place)?,
                prefix_length(length, address, place)?,
            );
            if mask != length {
                return Err(Refusal::new(
                    Fault::Duplicate,
                    format!("The destination says /{length}, the mask says /{mask}."),
                    "Write the prefix length once, in the mask.",
                ));
            }
            length
        }
        (None, None) => {
            return Err(Refusal::new(
                Fault::Missing,
                format!("The route to {address} has no mask."),
                "Add the prefix length, such as 16 for a mask of 255.255.0.0.",
            ));
        }
    };
    let net =
        IpNet::new(address, length).map_err(|_| out_of_range(&length.to_string(), address))?;
    let network = net.trunc();
    if network != net {
        place.repaired(
            FindingCode::HostBits,
            &format!("{net} has bits set beyond its prefix."),
            &format!("It was read as {network}."),
        );
    }
    Ok(network)
}

/// A prefix length, or a mask such as 255.255.252.0.
pub(crate) fn prefix_length(
    text: &str,
    address: IpAddr,
    place: &mut Place<'_>,
) -> Result<u8, Refusal> {
    let text = text.trim().trim_start_matches('/');
    let longest = if address.is_ipv4() { 32 } else { 128 };
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse::<u8>() {
            Ok(length) if length <= longest => Ok(length),
            _ => Err(out_of_range(text, address)),
        };
    }
    let mask: IpAddr = text.parse().map_err(|_| {
        Refusal::invalid(
            format!("{} is no mask.", quoted(text)),
            "Write a prefix length such as 16, or a mask such as 255.255.0.0.",
        )
    })?;
    let length = ipnet::ip_mask_to_prefix(mask).map_err(|_| {
        Refusal::invalid(
            format!("The mask {mask} has holes: its ones must stand together at the front."),
            "Write a prefix length such as 16, or split the route into several.",
        )
    })?;
    if mask.is_ipv4() != address.is_ipv4() {
        return Err(out_of_range(text, address));
    }
    place.repaired(
        FindingCode::MaskStyle,
        &format!("The mask is written as {mask}."),
        &format!("It was read as prefix length {length}."),
    );
    Ok(length)
}

fn out_of_range(mask: &str, address: IpAddr) -> Refusal {
    let (family, longest) = match address {
        IpAddr::V4(_) => ("IPv4", 32),
        IpAddr::V6(_) => ("IPv6", 128),
    };
    Refusal::invalid(
        format!(
            "{} is no prefix length for {address}: {family} has 0 to {longest}.",
            quoted(mask)
        ),
        format!("Write a number from 0 to {longest}."),
    )
}

/// The address of a DNS server.
pub(crate) fn dns_server(text: &str, place: &mut Place<'_>) -> Result<IpAddr, Refusal> {
    let text = text.trim();
    let address: IpAddr = text.parse().map_err(|_| {
        Refusal::invalid(
            format!(
                "{} is no IP address; a DNS server is given by its address.",
                quoted(text)
            ),
            "Write the address of the server, such as 10.1.0.4.",
        )
    })?;
    if address.is_unspecified() || address.is_multicast() {
        return Err(Refusal::invalid(
            format!("{address} cannot be the address of a DNS server."),
            "Write the address of one server inside the network.",
        ));
    }
    if address == AZURE_RESOLVER || address.is_loopback() {
        place.warning(
            FindingCode::DnsServerUseless,
            &format!("The DNS server {address} cannot be reached through a VPN."),
            "Use a DNS server or a DNS Private Resolver inside the virtual network.",
        );
    }
    Ok(address)
}

/// A DNS suffix, in lower case and without dots at its ends.
pub(crate) fn suffix(text: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    let trimmed = text.trim();
    let bare = trimmed.strip_prefix('*').unwrap_or(trimmed);
    let bare = bare.strip_prefix('.').unwrap_or(bare);
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    if bare.is_empty() {
        return Err(Refusal::invalid(
            format!("{} is no DNS suffix.", quoted(text)),
            "Write a domain such as corp.example.com.",
        ));
    }
    let name = if bare.is_ascii() {
        bare.to_ascii_lowercase()
    } else {
        match url::Host::parse(bare) {
            Ok(url::Host::Domain(name)) => name,
            _ => bare.to_owned(),
        }
    };
    check_name(&name).map_err(|refusal| Refusal {
        message: refusal.message.replace("no host name", "no DNS suffix"),
        next: "Write a domain such as corp.example.com.".to_owned(),
        ..refusal
    })?;
    let usual = text.strip_prefix('.').unwrap_or(text);
    if !usual.eq_ignore_ascii_case(&name) {
        place.repaired(
            FindingCode::SuffixNormalised,
            &format!("The DNS suffix is written as {}.", quoted(text)),
            &format!("It was read as {name}."),
        );
    }
    Ok(name)
}

/// An MTU for the tunnel: IPv6 needs 1280 (RFC 8200), IPv4 576 (RFC 791); more than
/// a TCP-framed OpenVPN packet carries is of no use.
pub(crate) fn mtu(text: &str) -> Result<u16, Refusal> {
    match text.trim().parse::<u16>() {
        Ok(bytes @ 576..=9000) => Ok(bytes),
        _ => Err(Refusal::invalid(
            format!("{} is no MTU.", quoted(text.trim())),
            "Write a number of bytes from 576 to 9000, such as 1400.",
        )),
    }
}
