use crate::transport::Moved;
use nix::errno::Errno;
use nix::unistd::{read, write};
use spoke_engine::MssFix;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The inner side of a tunnel: a descriptor that takes and gives one IP packet a
/// call (a tun device without a header before its packets, or a datagram socket in
/// its place).
#[derive(Debug)]
pub struct TunIo {
    descriptor: OwnedFd,
    mtu: u16,
    mss_fix: MssFix,
}

impl TunIo {
    /// Takes a descriptor that must not block, and the largest packet it gives, in
    /// bytes.
    #[must_use]
    pub fn new(descriptor: OwnedFd, mtu: u16) -> Self {
        Self {
            descriptor,
            mtu,
            mss_fix: MssFix::of_mtu(mtu),
        }
    }

    /// Bounds segment sizes by this rule in place of OpenVPN's default for the MTU.
    #[must_use]
    pub const fn with_mss_fix(mut self, mss_fix: MssFix) -> Self {
        self.mss_fix = mss_fix;
        self
    }

    /// How segment sizes are bounded.
    pub(crate) const fn mss_fix(&self) -> MssFix {
        self.mss_fix
    }

    /// The largest packet in bytes.
    pub(crate) const fn mtu(&self) -> u16 {
        self.mtu
    }

    pub(crate) fn read(&self, into: &mut [u8]) -> io::Result<Moved> {
        match read(&self.descriptor, into) {
            Ok(0) => Ok(Moved::End),
            Ok(count) => Ok(Moved::Bytes(count)),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Writes one packet. A packet that the device does not take (not IP, device
    /// down) is dropped, as a network does.
    pub(crate) fn write(&self, packet: &[u8]) -> io::Result<Moved> {
        match write(&self.descriptor, packet) {
            Ok(count) => Ok(Moved::Bytes(count)),
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ENOBUFS) => Ok(Moved::Later),
            Err(Errno::EINVAL | Errno::EIO | Errno::EMSGSIZE) => Ok(Moved::Bytes(0)),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for TunIo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
