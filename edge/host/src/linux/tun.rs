use crate::error::HostError;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

/// Room for an interface name, its closing zero included (`IFNAMSIZ` of net/if.h).
const NAME_ROOM: usize = libc::IFNAMSIZ;

/// A tun device that lives as long as this value, or the descriptor taken from it.
///
/// A read yields and a write takes one IP packet; before it stands a virtio header, where
/// the kernel has them, with which it may be many in one once somebody says that it may
/// (`TUNSETOFFLOAD`). The descriptor does not block.
#[derive(Debug)]
pub struct TunDevice {
    name: String,
    descriptor: OwnedFd,
}

/// `struct ifreq` as far as `TUNSETIFF` reads it.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; NAME_ROOM],
    flags: libc::c_short,
    rest: [u8; 22],
}

impl TunDevice {
    /// Makes a tun device of this name; one with `%d` in it is numbered by the
    /// kernel.
    ///
    /// # Errors
    ///
    /// [`HostError::Tun`] when there is no tun driver, no permission, a device of
    /// that name in use, or the name is empty or longer than 15 bytes.
    pub fn open(name: &str) -> Result<Self, HostError> {
        let flags = libc::IFF_TUN | libc::IFF_NO_PI;
        create(name, flags | libc::IFF_VNET_HDR)
            .or_else(|_| create(name, flags))
            .map_err(|source| HostError::Tun {
                name: name.to_owned(),
                source,
            })
    }

    /// The same for plain reads and writes: nothing stands before its packets.
    ///
    /// # Errors
    ///
    /// As [`TunDevice::open`].
    pub fn open_bare(name: &str) -> Result<Self, HostError> {
        create(name, libc::IFF_TUN | libc::IFF_NO_PI).map_err(|source| HostError::Tun {
            name: name.to_owned(),
            source,
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

fn create(name: &str, flags: libc::c_int) -> io::Result<TunDevice> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() >= NAME_ROOM || bytes.contains(&0) {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let descriptor: OwnedFd = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open("/dev/net/tun")?
        .into();
    let mut request = InterfaceRequest {
        name: [0; NAME_ROOM],
        flags: flags as libc::c_short,
        rest: [0; 22],
    };
    for (to, from) in request.name.iter_mut().zip(bytes) {
        *to = *from;
    }
    set_interface(&descriptor, &mut request)?;
    let given = request.name.split(|byte| *byte == 0).next();
    Ok(TunDevice {
        name: String::from_utf8_lossy(given.unwrap_or_default()).into_owned(),
        descriptor,
    })
}

#[expect(
    unsafe_code,
    reason = "a tun device is made by an ioctl and no other way"
)]
fn set_interface(descriptor: &OwnedFd, request: &mut InterfaceRequest) -> io::Result<()> {
    // SAFETY: the descriptor is open, and TUNSETIFF reads and writes one `struct
    // ifreq` (40 bytes on 64-bit Linux), whose layout InterfaceRequest has.
    let result = unsafe {
        libc::ioctl(
            descriptor.as_raw_fd(),
            libc::TUNSETIFF as libc::Ioctl,
            std::ptr::from_mut(request),
        )
    };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
