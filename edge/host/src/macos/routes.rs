use super::sysctl;
use crate::error::HostError;
use crate::outcome::Outcome;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{AddressFamily, Shutdown, SockFlag, SockType, shutdown, socket};
use nix::unistd::write;
use spoke_plan::darwin::{self, RouteAction, route_message};
use spoke_plan::{Change, KnownRoute, Link, Route, Via};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsRawFd as _;

/// The links with their addresses.
pub(crate) fn links() -> Result<Vec<Link>, HostError> {
    let table = sysctl::table(libc::NET_RT_IFLIST, "list links")?;
    Ok(darwin::links(&table))
}

/// The routes that any packet may take, given the links.
pub(crate) fn routes(links: &[Link]) -> Result<Vec<KnownRoute>, HostError> {
    let names: BTreeMap<u32, String> = links
        .iter()
        .map(|link| (link.index, link.name.clone()))
        .collect();
    let table = sysctl::table(libc::NET_RT_DUMP, "list routes")?;
    Ok(darwin::routes(&table, &names))
}

/// Adds a route with Spoke's mark.
pub(crate) fn add(route: &Route, change: &Change) -> Result<Outcome, HostError> {
    let link = index(route).ok_or_else(|| HostError::NoLink {
        operation: change.to_string(),
        interface: interface(route).unwrap_or_default().to_owned(),
    })?;
    match send(RouteAction::Add, route, link) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {
            if is_set(route)? {
                Ok(Outcome::AlreadySo)
            } else {
                Err(HostError::Taken {
                    operation: change.to_string(),
                })
            }
        }
        Err(source) => Err(failed(source, change)),
    }
}

/// Removes a route that carries Spoke's mark. The kernel would remove any to that prefix,
/// so that it is still there is looked for first.
pub(crate) fn remove(route: &Route, change: &Change) -> Result<Outcome, HostError> {
    let Some(link) = index(route) else {
        return Ok(Outcome::AlreadySo);
    };
    if !is_set(route)? {
        return Ok(Outcome::AlreadySo);
    }
    match send(RouteAction::Delete, route, link) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if matches!(error.raw_os_error(), Some(libc::ESRCH | libc::ENXIO)) => {
            Ok(Outcome::AlreadySo)
        }
        Err(source) => Err(failed(source, change)),
    }
}

fn is_set(route: &Route) -> Result<bool, HostError> {
    Ok(routes(&links()?)?.iter().any(|known| route.is(known)))
}

/// The number of the link that a route names, zero when it names none.
fn index(route: &Route) -> Option<u16> {
    match interface(route) {
        None => Some(0),
        Some(name) => if_nametoindex(name).ok()?.try_into().ok(),
    }
}

fn interface(route: &Route) -> Option<&str> {
    match &route.via {
        Via::Tunnel { interface } | Via::Physical { interface, .. } => Some(interface),
        Via::Nowhere | Via::Backstop => None,
    }
}

fn send(action: RouteAction, route: &Route, link: u16) -> io::Result<()> {
    let socket = socket(AddressFamily::Route, SockType::Raw, SockFlag::empty(), None)?;
    // Nobody reads what it would tell of every other change too.
    shutdown(socket.as_raw_fd(), Shutdown::Read)?;
    write(&socket, &route_message(action, route, link, 1))?;
    Ok(())
}

fn failed(source: io::Error, change: &Change) -> HostError {
    HostError::Kernel {
        operation: change.to_string(),
        source,
    }
}
