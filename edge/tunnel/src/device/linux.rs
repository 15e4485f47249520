use crate::tun_io::Framing;
use spoke_traffic::Joins;
use std::os::fd::{AsRawFd, OwnedFd};

/// What we cut of TCP, and of UDP (since Linux 6.2).
const TCP: libc::c_uint =
    libc::TUN_F_CSUM | libc::TUN_F_TSO4 | libc::TUN_F_TSO6 | libc::TUN_F_TSO_ECN;
const UDP: libc::c_uint = libc::TUN_F_USO4 | libc::TUN_F_USO6;

/// `struct ifreq` as far as `TUNGETIFF` writes it.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; libc::IFNAMSIZ],
    flags: libc::c_short,
    rest: [u8; 22],
}

/// Finds out what stands before the packets of this descriptor. A tun device with virtio
/// headers is told that its packets may be unfinished and many in one.
pub(crate) fn announce(descriptor: &OwnedFd) -> Framing {
    if !has_virtio_headers(descriptor) {
        return Framing::Bare;
    }
    let udp = set_offload(descriptor, TCP | UDP);
    if !udp && !set_offload(descriptor, TCP) {
        tracing::debug!("the tunnel device gives no super-packets");
    }
    // What it gives is another matter than what it takes: TCP always.
    Framing::Virtio(Joins { tcp: true, udp })
}

#[expect(unsafe_code, reason = "a tun device is asked by an ioctl")]
fn has_virtio_headers(descriptor: &OwnedFd) -> bool {
    let mut request = InterfaceRequest {
        name: [0; libc::IFNAMSIZ],
        flags: 0,
        rest: [0; 22],
    };
    // SAFETY: the descriptor is open, and TUNGETIFF writes one `struct ifreq` (40 bytes on
    // 64-bit Linux), whose layout InterfaceRequest has. Other descriptors than those of
    // tun devices do not know it and write nothing.
    let result = unsafe {
        libc::ioctl(
            descriptor.as_raw_fd(),
            libc::TUNGETIFF as libc::Ioctl,
            &raw mut request,
        )
    };
    result == 0 && libc::c_int::from(request.flags) & libc::IFF_VNET_HDR != 0
}

#[expect(unsafe_code, reason = "a tun device is told by an ioctl")]
fn set_offload(descriptor: &OwnedFd, flags: libc::c_uint) -> bool {
    // SAFETY: the descriptor is open, and TUNSETOFFLOAD takes its argument as a number.
    let result = unsafe {
        libc::ioctl(
            descriptor.as_raw_fd(),
            libc::TUNSETOFFLOAD as libc::Ioctl,
            libc::c_ulong::from(flags),
        )
    };
    result == 0
}
