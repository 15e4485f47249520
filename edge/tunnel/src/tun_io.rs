use crate::device;
use crate::transport::Moved;
use nix::errno::Errno;
use nix::sys::uio::writev;
use nix::unistd::read;
use spoke_engine::MssFix;
use spoke_traffic::{Joined, Joins, VirtioHeader};
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// Pieces of one write: the header, the first packet, and what is joined to it.
const PIECES: usize = 2 + 64;

/// The inner side of a tunnel: a descriptor that takes and gives one IP packet a call (a
/// tun device, or a datagram socket in its place), or a super-packet where a tun device
/// was made with `IFF_VNET_HDR`.
#[derive(Debug)]
pub struct TunIo {
    descriptor: OwnedFd,
    mtu: u16,
    mss_fix: MssFix,
    framing: Framing,
}

/// What became of a packet written to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The device has it, or it is lost as on any network: the device is down.
    Done,
    /// The device takes none now.
    Later,
    /// The device takes none of this kind: it is not IP, or a super-packet that it does not know.
    Refused,
}

/// What stands before each packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Nothing.
    Bare,
    /// A [`VirtioHeader`], which allows super-packets of these kinds.
    Virtio(Joins),
    /// The number of the packet's address family in four bytes, as macOS counts them.
    Family,
}

/// `AF_INET` and `AF_INET6` of macOS, in the order of bytes of a network.
const FAMILY_V4: [u8; 4] = [0, 0, 0, 2];
const FAMILY_V6: [u8; 4] = [0, 0, 0, 30];

impl TunIo {
    /// The longest packet of any device with what stands before it.
    pub const LONGEST: usize = VirtioHeader::LEN + 65_535;

    /// Takes a descriptor that must not block, and the largest packet it gives, in
    /// bytes. What stands before its packets, the system is asked.
    #[must_use]
    pub fn new(descriptor: OwnedFd, mtu: u16) -> Self {
        let framing = device::announce(&descriptor);
        Self {
            descriptor,
            mtu,
            mss_fix: MssFix::of_mtu(mtu),
            framing,
        }
    }

    /// Bounds segment sizes by this rule in place of OpenVPN's default for the MTU.
    #[must_use]
    pub const fn with_mss_fix(mut self, mss_fix: MssFix) -> Self {
        self.mss_fix = mss_fix;
        self
    }

    /// With this before its packets, whatever the system says.
    #[must_use]
    pub const fn with_framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// The largest packet in bytes.
    #[must_use]
    pub const fn mtu(&self) -> u16 {
        self.mtu
    }

    /// How segment sizes are bounded.
    pub(crate) const fn mss_fix(&self) -> MssFix {
        self.mss_fix
    }

    /// What may be joined for it.
    #[must_use]
    pub const fn joins(&self) -> Joins {
        match self.framing {
            Framing::Bare | Framing::Family => Joins {
                tcp: false,
                udp: false,
            },
            Framing::Virtio(joins) => joins,
        }
    }

    /// Bytes that stand before each packet.
    #[must_use]
    pub const fn framing_len(&self) -> usize {
        match self.framing {
            Framing::Bare => 0,
            Framing::Virtio(_) => VirtioHeader::LEN,
            Framing::Family => FAMILY_V4.len(),
        }
    }

    /// Reads one packet with what stands before it, into the room of [`TunIo::LONGEST`].
    ///
    /// # Errors
    /// When the device is broken or gone.
    pub fn read(&self, into: &mut [u8]) -> io::Result<Moved> {
        match read(&self.descriptor, into) {
            Ok(0) => Ok(Moved::End),
            Ok(count) => Ok(Moved::Bytes(count)),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
            Err(errno) => Err(errno.into()),
        }
    }

    /// The packet in what was read, and what is to be done to it.
    pub fn unframe<'bytes>(
        &self,
        bytes: &'bytes mut [u8],
    ) -> Option<(VirtioHeader, &'bytes mut [u8])> {
        match self.framing {
            Framing::Bare => Some((VirtioHeader::default(), bytes)),
            Framing::Virtio(_) => {
                let (header, packet) = bytes.split_first_chunk_mut()?;
                Some((VirtioHeader::from_bytes(*header), packet))
            }
            Framing::Family => {
                let (_, packet) = bytes.split_first_chunk_mut::<4>()?;
                Some((VirtioHeader::default(), packet))
            }
        }
    }

    /// Writes one packet, whose places are those in `buffer`. What the device does not take
    /// is dropped, as a network does.
    ///
    /// # Errors
    /// When the device is broken or gone.
    pub fn write(&self, buffer: &[u8], packet: &Joined<'_>) -> io::Result<Written> {
        let header = packet.header.to_bytes();
        let mut slices = [IoSlice::new(&[]); PIECES];
        let mut used = 0;
        let mut add = |bytes| {
            if let Some(slice) = slices.get_mut(used) {
                *slice = IoSlice::new(bytes);
                used += 1;
            }
        };
        match self.framing {
            Framing::Bare => {}
            Framing::Virtio(_) => add(&header),
            Framing::Family => add(family(buffer.get(packet.first.start).copied())),
        }
        for place in std::iter::once(&packet.first).chain(packet.pieces) {
            add(buffer.get(place.clone()).unwrap_or_default());
        }
        match writev(&self.descriptor, slices.get(..used).unwrap_or_default()) {
            // Linux says EIO while the device is down.
            Ok(_) | Err(Errno::EIO | Errno::EMSGSIZE) => Ok(Written::Done),
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ENOBUFS) => Ok(Written::Later),
            Err(Errno::EINVAL) => Ok(Written::Refused),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The family of a packet, which its first byte says.
const fn family(first: Option<u8>) -> &'static [u8] {
    match first {
        Some(first) if first >> 4 == 6 => &FAMILY_V6,
        _ => &FAMILY_V4,
    }
}

impl AsRawFd for TunIo {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

impl AsFd for TunIo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn macos_is_told_and_tells_the_family_before_each_packet() {
        let (ours, device) = UnixDatagram::pair().unwrap();
        let io = TunIo::new(ours.into(), 1500).with_framing(Framing::Family);
        for (packet, family) in [
            (*b"\x45 four", [0, 0, 0, 2]),
            (*b"\x60  six", [0, 0, 0, 30]),
        ] {
            let framed = [&family[..], &packet].concat();
            let whole = Joined {
                header: VirtioHeader::default(),
                first: 2..2 + packet.len(),
                pieces: &[],
            };
            let buffer = [b"..", &packet[..]].concat();
            io.write(&buffer, &whole).unwrap();
            let mut seen = [0; 100];
            let length = device.recv(&mut seen).unwrap();
            assert_eq!(seen[..length], framed);

            device.send(&framed).unwrap();
            io.read(&mut seen).unwrap();
            let (_, read) = io.unframe(&mut seen[..framed.len()]).unwrap();
            assert_eq!(read, packet);
        }
        assert!(io.unframe(&mut [0, 0, 2]).is_none(), "cut off");
        assert!(!io.joins().tcp && !io.joins().udp);
    }
}
