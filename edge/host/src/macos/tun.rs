use crate::error::HostError;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockProtocol, SockType, SysControlAddr, connect, getsockopt, socket,
    sockopt,
};
use spoke_plan::darwin::{UTUN_CONTROL, utun_unit};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

/// A tun device that lives as long as this value, or the descriptor taken from it.
///
/// A read yields and a write takes one IP packet, with the number of its address family
/// in four bytes before it. The descriptor does not block.
#[derive(Debug)]
pub struct TunDevice {
    name: String,
    descriptor: OwnedFd,
}

impl TunDevice {
    /// Makes a tun device of this name; the kernel numbers one that is named `utun` only.
    ///
    /// # Errors
    ///
    /// [`HostError::Tun`] when there is no permission, a device of that name in use, or
    /// the name is another than `utun` with or without a number.
    pub fn open(name: &str) -> Result<Self, HostError> {
        create(name).map_err(|errno| HostError::Tun {
            name: name.to_owned(),
            source: errno.into(),
        })
    }

    /// The name that the kernel gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The descriptor alone; the device dies when it is closed.
    #[must_use]
    pub fn into_descriptor(self) -> OwnedFd {
        self.descriptor
    }
}

impl AsFd for TunDevice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl From<TunDevice> for OwnedFd {
    fn from(device: TunDevice) -> Self {
        device.descriptor
    }
}

fn create(name: &str) -> Result<TunDevice, Errno> {
    let unit = utun_unit(name).ok_or(Errno::EINVAL)?;
    let descriptor = socket(
        AddressFamily::System,
        SockType::Datagram,
        SockFlag::empty(),
        SockProtocol::KextControl,
    )?;
    fcntl(&descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    let address = SysControlAddr::from_name(descriptor.as_raw_fd(), UTUN_CONTROL, unit)?;
    // Only this makes the device.
    connect(descriptor.as_raw_fd(), &address)?;
    fcntl(&descriptor, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let given = getsockopt(&descriptor, sockopt::UtunIfname)?;
    Ok(TunDevice {
        name: given.to_string_lossy().into_owned(),
        descriptor,
    })
}
