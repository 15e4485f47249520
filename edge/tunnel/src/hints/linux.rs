use nix::errno::Errno;
use nix::poll::{PollFd, ppoll};
use nix::sys::prctl::set_timerslack;
use nix::sys::socket::{MsgFlags, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// How late the kernel may wake this thread so as to wake others with it, in
/// nanoseconds. The default of 50 microseconds is a sixth of what we wait for.
const SLACK: libc::c_ulong = 1000;

/// The kernel's name of it.
const BBR: &[u8] = b"bbr";

/// For sending: an end that is closed is told by an error, not by a signal.
pub(crate) const QUIETLY: MsgFlags = MsgFlags::MSG_NOSIGNAL;

/// Waits until something happens on one of the descriptors, or for so long.
pub(crate) fn wait(fds: &mut [PollFd<'_>], at_most: Option<Duration>) -> io::Result<()> {
    match ppoll(fds, at_most.map(TimeSpec::from), None) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Has this thread woken when it asked to be.
pub(crate) fn sharpen_timers() {
    let _ = set_timerslack(SLACK);
}

/// Has the kernel take no more of the stream than it can send soon (`TCP_NOTSENT_LOWAT`,
/// tcp(7)): what waits there cannot be overtaken by anything.
pub(crate) fn hold_back_little<S: AsFd>(socket: &S, bytes: u32) {
    let _ = socket2::SockRef::from(socket).set_tcp_notsent_lowat(bytes);
}

/// Has the kernel acknowledge what comes next at once (`TCP_QUICKACK`, tcp(7)).
pub(crate) fn acknowledge_quickly<S: AsFd>(socket: &S) {
    // It is a hint: where it does not take, the handshake is slower.
    let _ = socket2::SockRef::from(socket).set_tcp_quickack(true);
}

/// How long a round trip of the stream takes, smoothed (`TCP_INFO`, tcp(7); RFC 6298).
#[expect(unsafe_code, reason = "neither nix nor socket2 knows this option")]
pub(crate) fn round_trip<S: AsFd>(socket: &S) -> Option<Duration> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut size = size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `socket` is borrowed, and the kernel writes
    // no more than `size` bytes to `info`, of which all bytes are numbers.
    let info = unsafe {
        let told = libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut size,
        );
        (told == 0).then(|| info.assume_init())?
    };
    (info.tcpi_rtt > 0).then(|| Duration::from_micros(info.tcpi_rtt.into()))
}

/// Has the kernel send as fast as what it sends arrives, instead of faster until something is
/// lost (BBR, by `TCP_CONGESTION` of tcp(7)). Where there is no such module, or it may not be
/// chosen, everything stays as the system wants it.
pub(crate) fn send_by_bbr<S: AsFd>(socket: &S) {
    match socket2::SockRef::from(socket).set_tcp_congestion(BBR) {
        Ok(()) => tracing::debug!("a queue stands on the way to the gateway: sending by BBR"),
        Err(error) => tracing::debug!("a queue stands on the way to the gateway: no BBR ({error})"),
    }
}

/// Lets routers cut datagrams that are too long for their next link
/// (`IP_PMTUDISC_DONT`, ip(7)).
///
/// Linux' own choice, and so OpenVPN's, forbids it and counts on being told of the
/// narrow link by ICMP; where a firewall eats that message, every full packet is
/// lost and the tunnel looks connected and carries nothing.
pub(crate) fn allow_fragments<S: AsFd>(socket: &S) {
    set(
        socket,
        libc::IPPROTO_IP,
        libc::IP_MTU_DISCOVER,
        libc::IP_PMTUDISC_DONT,
    );
    set(
        socket,
        libc::IPPROTO_IPV6,
        libc::IPV6_MTU_DISCOVER,
        libc::IPV6_PMTUDISC_DONT,
    );
}

/// Has the socket hold so many bytes that were not read yet: beyond the system's
/// limit where that is allowed, else as far as it goes.
pub(crate) fn hold<S: AsFd>(socket: &S, bytes: usize) {
    if setsockopt(socket, sockopt::RcvBufForce, &bytes).is_err() {
        let _ = setsockopt(socket, sockopt::RcvBuf, &bytes);
    }
}

/// Sets an option that takes an `int`. The option of the other address family is
/// refused by the kernel, which is as well.
#[expect(
    unsafe_code,
    reason = "neither nix nor socket2 knows these two options"
)]
fn set<S: AsFd>(socket: &S, level: libc::c_int, name: libc::c_int, value: libc::c_int) {
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `socket` is borrowed, and the
    // pointer and the size are those of a live `c_int` that the kernel only reads.
    unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_stream_tells_its_round_trip_and_takes_bbr_where_there_is_one() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut other = listener.accept().unwrap().0;
        stream.write_all(b"?").unwrap();
        other.read_exact(&mut [0]).unwrap();
        let round_trip = round_trip(&stream).unwrap();
        assert!(round_trip < Duration::from_secs(1), "{round_trip:?}");

        let chosen = || socket2::SockRef::from(&stream).tcp_congestion().unwrap();
        let before = chosen();
        send_by_bbr(&stream);
        let list = "/proc/sys/net/ipv4/tcp_available_congestion_control";
        let available = std::fs::read_to_string(list).unwrap();
        if available.split_whitespace().any(|name| name == "bbr") {
            assert!(chosen().starts_with(BBR), "{:?}", chosen());
        } else {
            assert!(chosen() == before || chosen().starts_with(BBR));
        }
    }

    #[test]
    fn what_is_no_stream_tells_none() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(round_trip(&socket), None);
        send_by_bbr(&socket);
    }
}
