use nix::errno::Errno;
use nix::poll::{PollFd, ppoll};
use nix::sys::prctl::set_timerslack;
use nix::sys::socket::{MsgFlags, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// How late the kernel may wake this thread so as to wake others with it, in
/// nanoseconds. The default of 50 microseconds is a sixth of what we wait for.
const SLACK: libc::c_ulong = 1000;

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
