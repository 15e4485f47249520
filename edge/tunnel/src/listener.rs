use crate::burst::{self, Burst};
use crate::datagrams::prepare;
use crate::hints;
use crate::outbox::Run;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt,
    sockopt,
};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, RawFd};

/// What the socket holds for us, in bytes: a burst of all clients at once, or of a
/// flood while their packets wait behind it.
const BUFFER: usize = 4 << 20;

/// Between whom a datagram went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// The other end.
    pub peer: SocketAddr,
    /// The address of this machine that it knows. A machine may have several, and an
    /// answer from another one is none to a client behind a firewall.
    local: Option<IpAddr>,
}

impl Path {
    /// To `peer` from whichever address the routes say.
    #[must_use]
    pub const fn to(peer: SocketAddr) -> Self {
        Self { peer, local: None }
    }
}

/// A UDP socket that takes datagrams from anybody; on `[::]` from IPv4 too. It does
/// not block.
///
/// # Errors
/// When the address cannot be bound.
pub fn listen_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    } else {
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
    }
    prepare(&socket)?;
    burst::receive_bursts(&socket);
    hints::hold(&socket, BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// The next datagrams of a socket by [`listen_udp`], and where they came from.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] when there is none, or the socket's error.
pub fn receive_from(socket: &impl AsFd, into: &mut [u8]) -> io::Result<(Burst, Path)> {
    let mut space = nix::cmsg_space!(libc::in6_pktinfo, libc::c_int);
    let mut pieces = [IoSliceMut::new(into)];
    let fd = socket.as_fd().as_raw_fd();
    let message = loop {
        let flags = MsgFlags::empty();
        match recvmsg::<SockaddrStorage>(fd, &mut pieces, Some(&mut space), flags) {
            Err(Errno::EINTR) => {}
            other => break other?,
        }
    };
    let peer = message.address.as_ref().and_then(socket_address);
    let peer = peer.ok_or_else(|| io::Error::other("a datagram without a sender"))?;
    let mut local = None;
    let mut burst = Burst::one(message.bytes);
    for control in message.cmsgs()? {
        match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                let address = u32::from_be(info.ipi_addr.s_addr);
                local = Some(IpAddr::V4(Ipv4Addr::from(address)));
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => {
                local = Some(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)));
            }
            other => burst.size = burst::size_of(&other).unwrap_or(burst.size),
        }
    }
    Ok((burst, Path { peer, local }))
}

/// Sends datagrams of one size back along `path`: from the address that was spoken to.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] when the socket takes none now, or the network's error.
/// One that [`is_refusal`] says that they have to go one by one.
pub fn send_along(socket: &impl AsFd, run: Run<'_>, path: &Path) -> io::Result<usize> {
    let pieces = [IoSlice::new(run.bytes)];
    let to = SockaddrStorage::from(path.peer);
    let flags = hints::QUIETLY;
    let fd = socket.as_fd().as_raw_fd();
    let size = u16::try_from(run.size).unwrap_or(u16::MAX);
    let cut = burst::cut(&run, &size);
    let sent = match path.local {
        None => sendmsg(fd, &pieces, cut.as_slice(), flags, Some(&to)),
        Some(IpAddr::V4(local)) => {
            let info = libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr {
                    s_addr: u32::from(local).to_be(),
                },
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            let info = ControlMessage::Ipv4PacketInfo(&info);
            send_with(fd, &pieces, info, cut, flags, &to)
        }
        Some(IpAddr::V6(local)) => {
            let info = libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr {
                    s6_addr: local.octets(),
                },
                ipi6_ifindex: 0,
            };
            let info = ControlMessage::Ipv6PacketInfo(&info);
            send_with(fd, &pieces, info, cut, flags, &to)
        }
    };
    Ok(sent?)
}

fn send_with(
    fd: RawFd,
    pieces: &[IoSlice<'_>],
    info: ControlMessage<'_>,
    cut: Option<ControlMessage<'_>>,
    flags: MsgFlags,
    to: &SockaddrStorage,
) -> nix::Result<usize> {
    match cut {
        None => sendmsg(fd, pieces, &[info], flags, Some(to)),
        Some(cut) => sendmsg(fd, pieces, &[info, cut], flags, Some(to)),
    }
}

/// Whether an error says that the system does not send these datagrams in one call.
#[must_use]
pub fn is_refusal(error: &io::Error) -> bool {
    burst::is_refusal(error)
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(v4), _) => Some(SocketAddrV4::from(*v4).into()),
        (_, Some(v6)) => Some(SocketAddrV6::from(*v6).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(bound: &str, spoken_to: &str) {
        let listener = listen_udp(bound.parse().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        let family = if spoken_to.contains(':') {
            "[::1]:0"
        } else {
            "127.0.0.1:0"
        };
        let client = UdpSocket::bind(family).unwrap();
        // Connected: only what comes from that very address is taken.
        client.connect((spoken_to, port)).unwrap();
        client
            .set_read_timeout(Some(std::time::Duration::from_secs(5)))
            .unwrap();
        client.send(b"question").unwrap();
        let mut buffer = [0; 100];
        let (burst, path) = loop {
            match receive_from(&listener, &mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::yield_now();
                }
                other => break other.unwrap(),
            }
        };
        assert_eq!(burst, Burst::one(8));
        assert_eq!(&buffer[..burst.count], b"question");
        assert_eq!(path.peer.port(), client.local_addr().unwrap().port());
        for bytes in [&b"answer"[..], b"answeranswerans"] {
            send_along(&listener, Run { bytes, size: 6 }, &path).unwrap();
            for expected in bytes.chunks(6) {
                let length = client.recv(&mut buffer).unwrap();
                assert_eq!(&buffer[..length], expected);
            }
        }
    }

    #[test]
    fn an_answer_comes_from_the_address_that_was_spoken_to() {
        answered("0.0.0.0:0", "127.0.0.1");
        answered("0.0.0.0:0", "127.0.0.77");
        answered("127.0.0.1:0", "127.0.0.1");
    }

    #[test]
    fn a_socket_for_both_families_answers_both() {
        if UdpSocket::bind("[::1]:0").is_err() {
            return;
        }
        answered("[::]:0", "127.0.0.77");
        answered("[::]:0", "::1");
        answered("[::1]:0", "::1");
    }
}
