use super::plain::quoted;
use crate::error::{Fault, Refusal};
use crate::finding::{FindingCode, Place};
use std::net::{IpAddr, Ipv6Addr};

/// A host name or address, and the port when one was written with it.
pub(crate) struct HostAndPort {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// A gateway as people write it: a name, an address, `name:port`, or a URL that was
/// copied from somewhere.
pub(crate) fn host_and_port(text: &str, place: &mut Place<'_>) -> Result<HostAndPort, Refusal> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Refusal::new(
            Fault::Missing,
            "The server's host name is empty.",
            "Write the gateway's host name, such as azuregateway-….vpn.azure.com.",
        ));
    }
    if trimmed.len() != text.len() {
        place.repaired(
            FindingCode::HostTrimmed,
            "The host name had white space around it.",
            "It was removed.",
        );
    }
    let authority = without_url(trimmed, place);
    let (name, port) = split_port(authority)?;
    let host = host(name, place)?;
    if let Some(port) = port {
        place.info(
            FindingCode::ServerPort,
            &format!("The server is written with the port {port}."),
            "It is used for every server of the profile.",
        );
    }
    Ok(HostAndPort { host, port })
}

/// A host name in lower case and ASCII, or an address in its usual form.
pub(crate) fn host(text: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let name = match text.strip_suffix('.') {
        Some(name) => {
            place.repaired(
                FindingCode::HostTrimmed,
                "The host name ended with a dot.",
                "It was removed.",
            );
            name
        }
        None => text,
    };
    let name = in_ascii(name, place)?;
    check_name(&name)?;
    if name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return Err(Refusal::invalid(
            format!("{} is no complete address.", quoted(text)),
            "Write four numbers from 0 to 255 with dots between them, or a host name.",
        ));
    }
    Ok(name)
}

/// Takes the host out of a URL.
fn without_url<'a>(text: &'a str, place: &mut Place<'_>) -> &'a str {
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    if authority.len() != text.len() && !authority.contains('@') {
        place.repaired(
            FindingCode::HostWasUrl,
            "A URL stands where a host name belongs.",
            &format!("The host in it was taken: {}", quoted(authority)),
        );
        return authority;
    }
    text
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), Refusal> {
    let colons = text.matches(':').count();
    let (name, port) = match text.rsplit_once(':') {
        _ if text.parse::<Ipv6Addr>().is_ok() || text.ends_with(']') => return Ok((text, None)),
        Some((name, port)) if colons == 1 || name.ends_with(']') => (name, port),
        _ => return Ok((text, None)),
    };
    match port.parse::<u16>() {
        Ok(number) if number != 0 => Ok((name, Some(number))),
        _ => Err(Refusal::invalid(
            format!("{} is no port.", quoted(port)),
            "Write a number from 1 to 65535 after the colon, or no colon; Azure gateways use 443.",
        )),
    }
}

/// IDNA, for the rare name that needs it.
fn in_ascii(name: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    if name.is_ascii() {
        return Ok(name.to_ascii_lowercase());
    }
    match url::Host::parse(name) {
        Ok(url::Host::Domain(ascii)) => {
            place.repaired(
                FindingCode::HostEncoded,
                "The host name has letters outside ASCII.",
                &format!("It was written as DNS knows it: {ascii}"),
            );
            Ok(ascii)
        }
        _ => Err(Refusal::invalid(
            format!("{} is no host name.", quoted(name)),
            "Write the gateway's host name alone, such as azuregateway-….vpn.azure.com.",
        )),
    }
}

/// RFC 1123 names, with the underscore that DNS carries too.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let next = "Write the host name alone: letters, digits, hyphens and dots.";
    let fault = if name.len() > 253 {
        Some(format!(
            "has {} characters, more than the 253 of a DNS name",
            name.len()
        ))
    } else if let Some(letter) = name
        .chars()
        .find(|letter| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_')))
    {
        Some(match letter {
            _ if letter.is_whitespace() => "contains white space or a line break".to_owned(),
            _ => format!("contains {}", quoted(&letter.to_string())),
        })
    } else if name.split('.').any(str::is_empty) {
        Some("has an empty part between its dots".to_owned())
    } else if name.split('.').any(|label| label.len() > 63) {
        Some("has a part longer than 63 characters".to_owned())
    } else if name
        .split('.')
        .any(|label| label.starts_with('-') || label.ends_with('-'))
    {
        Some("has a part that begins or ends with a hyphen".to_owned())
    } else {
        None
    };
    match fault {
        None => Ok(()),
        Some(fault) => Err(Refusal::invalid(
            format!("{} is no host name: it {fault}.", quoted(name)),
            next,
        )),
    }
}
