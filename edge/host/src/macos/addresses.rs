use crate::error::HostError;
use crate::outcome::Outcome;
use ipnet::IpNet;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use spoke_plan::darwin::{InterfaceRequest, RequestFamily};
use spoke_plan::{Change, DEFAULT_MTU};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

/// Of an interface's flags, the one for being up.
const UP: u16 = libc::IFF_UP as u16;

/// Adds an address; adding it again changes nothing.
pub(crate) fn add(interface: &str, address: IpNet, change: &Change) -> Result<Outcome, HostError> {
    let request = InterfaceRequest::add_address(interface, address);
    perform(request, interface, change)?.ok_or_else(|| no_link(interface, change))?;
    Ok(Outcome::Done)
}

/// Removes an address.
pub(crate) fn remove(
    interface: &str,
    address: IpNet,
    change: &Change,
) -> Result<Outcome, HostError> {
    let request = InterfaceRequest::remove_address(interface, address);
    Ok(match perform(request, interface, change)? {
        Some(_) => Outcome::Done,
        None => Outcome::AlreadySo,
    })
}

/// Sets a link's MTU. One that is gone has none to go back from.
pub(crate) fn set_mtu(interface: &str, mtu: u16, change: &Change) -> Result<Outcome, HostError> {
    let request = InterfaceRequest::set_mtu(interface, mtu);
    match perform(request, interface, change)? {
        Some(_) => Ok(Outcome::Done),
        None if mtu == DEFAULT_MTU => Ok(Outcome::AlreadySo),
        None => Err(no_link(interface, change)),
    }
}

/// Sets a link up or down. One that is gone is down.
pub(crate) fn set_up(interface: &str, up: bool, change: &Change) -> Result<Outcome, HostError> {
    let asked = InterfaceRequest::ask_flags(interface);
    let Some(flags) = perform(asked, interface, change)?.and_then(|answer| answer.flags()) else {
        return match up {
            true => Err(no_link(interface, change)),
            false => Ok(Outcome::AlreadySo),
        };
    };
    let wanted = if up { flags | UP } else { flags & !UP };
    if wanted == flags {
        return Ok(Outcome::AlreadySo);
    }
    let request = InterfaceRequest::set_flags(interface, wanted);
    perform(request, interface, change)?.ok_or_else(|| no_link(interface, change))?;
    Ok(Outcome::Done)
}

/// Makes a request and gives it back with the kernel's answer; none when there is no such
/// link, or no such address on it.
fn perform(
    request: Option<InterfaceRequest>,
    interface: &str,
    change: &Change,
) -> Result<Option<InterfaceRequest>, HostError> {
    let mut request = request.ok_or_else(|| no_link(interface, change))?;
    let family = match request.family {
        RequestFamily::Inet => AddressFamily::Inet,
        RequestFamily::Inet6 => AddressFamily::Inet6,
    };
    let done = socket(family, SockType::Datagram, SockFlag::empty(), None)
        .map_err(io::Error::from)
        .and_then(|socket| control(&socket, &mut request));
    match done {
        Ok(()) => Ok(Some(request)),
        Err(error)
            if matches!(
                error.raw_os_error(),
                Some(libc::ENXIO | libc::EADDRNOTAVAIL)
            ) =>
        {
            Ok(None)
        }
        Err(source) => Err(HostError::Kernel {
            operation: change.to_string(),
            source,
        }),
    }
}

fn no_link(interface: &str, change: &Change) -> HostError {
    HostError::NoLink {
        operation: change.to_string(),
        interface: interface.to_owned(),
    }
}

#[expect(unsafe_code, reason = "interfaces are set by ioctl and no other way")]
fn control(socket: &OwnedFd, request: &mut InterfaceRequest) -> io::Result<()> {
    // SAFETY: the descriptor is open, and the request points to as many bytes as its
    // number says that the kernel reads and writes, which spoke_plan's tests hold.
    let result =
        unsafe { libc::ioctl(socket.as_raw_fd(), request.code, request.bytes.as_mut_ptr()) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
