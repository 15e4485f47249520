use crate::tun_io::Framing;
use nix::sys::socket::{getsockopt, sockopt};
use std::os::fd::OwnedFd;

/// Before a packet of a utun device stands the number of its address family; nothing
/// before one of a socket that stands in for a device.
pub(crate) fn announce(descriptor: &OwnedFd) -> Framing {
    match getsockopt(descriptor, sockopt::UtunIfname) {
        Ok(_) => Framing::Family,
        Err(_) => Framing::Bare,
    }
}
