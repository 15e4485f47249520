use super::netlink::link_index;
use crate::error::HostError;
use crate::outcome::Outcome;
use rtnetlink::Handle;
use spoke_plan::{Change, KnownLinkDns, Link, LinkDns, RoutingDomain};
use std::net::IpAddr;
use std::time::Duration;
use zbus::{Connection, as_variant};

const SERVICE: &str = "org.freedesktop.resolve1";
const PATH: &str = "/org/freedesktop/resolve1";
const MANAGER: &str = "org.freedesktop.resolve1.Manager";

/// What systemd-resolved answers when a link is gone.
const NO_SUCH_LINK: &str = "org.freedesktop.resolve1.NoSuchLink";

/// How long it may take to answer. It answers from memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to tell what it has. Where it hangs, that is not waited for: nothing
/// depends on it but a repair.
const GLANCE: Duration = Duration::from_secs(1);

/// `AF_INET` and `AF_INET6` as systemd-resolved counts them: the system's numbers.
const FAMILY_V4: i32 = libc::AF_INET;
const FAMILY_V6: i32 = libc::AF_INET6;

/// Whether systemd-resolved is on the system bus, and what it has of each link. No bus means no.
pub(crate) async fn view(links: &[Link]) -> (bool, Option<Vec<KnownLinkDns>>) {
    let Ok(bus) = connect().await else {
        return (false, None);
    };
    match is_running(&bus).await {
        true => {
            let told = tokio::time::timeout(GLANCE, link_dns(&bus, links)).await;
            (true, told.ok().and_then(Result::ok))
        }
        false => (false, None),
    }
}

async fn is_running(bus: &Connection) -> bool {
    let answer = bus
        .call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus"),
            "NameHasOwner",
            &SERVICE,
        )
        .await;
    answer.is_ok_and(|message| message.body().deserialize::<bool>().unwrap_or(false))
}

async fn link_dns(bus: &Connection, links: &[Link]) -> Result<Vec<KnownLinkDns>, zbus::Error> {
    let servers: Vec<(i32, i32, Vec<u8>)> = property(bus, "DNS").await?;
    let domains: Vec<(i32, String, bool)> = property(bus, "Domains").await?;
    let known = links.iter().map(|link| {
        let of_link = |index: &i32| u32::try_from(*index) == Ok(link.index);
        KnownLinkDns {
            interface: link.name.clone(),
            servers: servers
                .iter()
                .filter(|(index, ..)| of_link(index))
                .filter_map(|(_, _, octets)| address(octets))
                .collect(),
            domains: domains
                .iter()
                .filter(|(index, ..)| of_link(index))
                .map(|(_, name, route_only)| RoutingDomain {
                    name: name.clone(),
                    route_only: *route_only,
                })
                .collect(),
        }
    });
    Ok(known.collect())
}

/// Sets a link's servers and domains, or takes them back.
pub(crate) async fn set(
    handle: &Handle,
    interface: &str,
    to: Option<&LinkDns>,
    change: &Change,
) -> Result<Outcome, HostError> {
    let index = link_index(handle, interface, change).await?;
    let Some(index) = index.and_then(|index| i32::try_from(index).ok()) else {
        return match to {
            None => Ok(Outcome::AlreadySo),
            Some(_) => Err(HostError::NoLink {
                operation: change.to_string(),
                interface: interface.to_owned(),
            }),
        };
    };
    let failed = |error: zbus::Error| HostError::Resolved {
        operation: change.to_string(),
        message: error.to_string(),
    };
    let bus = connect().await.map_err(failed)?;
    let result = match to {
        Some(link) => set_link(&bus, index, link).await,
        None => call(&bus, "RevertLink", &(index,)).await,
    };
    match result {
        Err(zbus::Error::MethodError(name, ..)) if to.is_none() && name == NO_SUCH_LINK => {
            return Ok(Outcome::AlreadySo);
        }
        Err(error) => {
            let _ = call(&bus, "RevertLink", &(index,)).await;
            return Err(failed(error));
        }
        Ok(()) => {}
    }
    let _ = call(&bus, "FlushCaches", &()).await;
    Ok(Outcome::Done)
}

async fn set_link(bus: &Connection, index: i32, link: &LinkDns) -> Result<(), zbus::Error> {
    let servers: Vec<(i32, Vec<u8>)> = link.servers.iter().map(server).collect();
    let domains: Vec<(&str, bool)> = link
        .domains
        .iter()
        .map(|domain| (&domain.name[..], domain.route_only))
        .collect();
    call(bus, "SetLinkDNS", &(index, servers)).await?;
    let yes_or_no = |yes| if yes { "yes" } else { "no" };
    let neighbours = yes_or_no(link.ask_neighbours);
    let unsigned = "SetLinkDNSSECNegativeTrustAnchors";
    call(bus, "SetLinkDomains", &(index, domains)).await?;
    call(bus, unsigned, &(index, &link.unsigned)).await?;
    call(bus, "SetLinkDNSOverTLS", &(index, yes_or_no(link.over_tls))).await?;
    call(bus, "SetLinkLLMNR", &(index, neighbours)).await?;
    call(bus, "SetLinkMulticastDNS", &(index, neighbours)).await?;
    call(bus, "SetLinkDefaultRoute", &(index, link.default_route)).await
}

fn server(address: &IpAddr) -> (i32, Vec<u8>) {
    match address {
        IpAddr::V4(ip) => (FAMILY_V4, ip.octets().to_vec()),
        IpAddr::V6(ip) => (FAMILY_V6, ip.octets().to_vec()),
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

async fn connect() -> Result<Connection, zbus::Error> {
    let builder = zbus::connection::Builder::system().method_timeout(PATIENCE);
    tokio::time::timeout(PATIENCE, builder.build())
        .await
        .unwrap_or_else(|_| Err(zbus::Error::Failure("the bus does not answer".to_owned())))
}

async fn call<B>(bus: &Connection, method: &str, body: &B) -> Result<(), zbus::Error>
where
    B: serde::Serialize + zbus::DynamicType,
{
    bus.call_method(Some(SERVICE), PATH, Some(MANAGER), method, body)
        .await
        .map(|_| ())
}

/// A property of systemd-resolved.
async fn property<T>(bus: &Connection, name: &str) -> Result<T, zbus::Error>
where
    T: serde::de::DeserializeOwned + zbus::Type,
{
    let interface = Some("org.freedesktop.DBus.Properties");
    let answer = bus
        .call_method(Some(SERVICE), PATH, interface, "Get", &(MANAGER, name))
        .await?;
    let body = answer.body();
    let value: as_variant::Deserialize<'_, T> = body.deserialize()?;
    Ok(value.0)
}
