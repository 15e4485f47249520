use crate::burst::Burst;
use crate::outbox::Run;
use crate::transport::Moved;
use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg, setsockopt, sockopt,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};

/// Datagrams of any length are sent many at once, until the kernel refuses.
pub(crate) const LONGEST_OF_RUN: usize = u16::MAX as usize;

/// Room for what the kernel says of a burst: its datagrams' size.
pub(crate) fn control_space() -> Vec<u8> {
    nix::cmsg_space!(libc::c_int)
}

/// Has the kernel give datagrams of one size in one piece (`UDP_GRO`, udp(7)).
pub(crate) fn receive_bursts<S: AsFd>(socket: &S) {
    // Where it does not take, they come one by one.
    let _ = setsockopt(socket, sockopt::UdpGroSegment, &true);
}

/// Has the kernel give each datagram by itself.
pub(crate) fn receive_singly<S: AsFd>(socket: &S) {
    let _ = setsockopt(socket, sockopt::UdpGroSegment, &false);
}

/// Sends datagrams of one size in one call (`UDP_SEGMENT`, udp(7)).
pub(crate) fn send_run<S: AsFd>(socket: &S, run: Run<'_>) -> io::Result<Moved> {
    let size = u16::try_from(run.size).map_err(|_| Errno::EMSGSIZE)?;
    let pieces = [IoSlice::new(run.bytes)];
    let control = [ControlMessage::UdpGsoSegments(&size)];
    let fd = socket.as_fd().as_raw_fd();
    match sendmsg::<()>(fd, &pieces, &control, MsgFlags::MSG_NOSIGNAL, None) {
        Ok(count) => Ok(Moved::Bytes(count)),
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
        Err(errno) => Err(errno.into()),
    }
}

/// What has the kernel cut a run into datagrams of `size`, its size; nothing for one alone.
pub(crate) fn cut<'size>(run: &Run<'_>, size: &'size u16) -> Option<ControlMessage<'size>> {
    (run.bytes.len() > run.size).then_some(ControlMessage::UdpGsoSegments(size))
}

/// The size of a burst's datagrams, if that is what the kernel says.
pub(crate) fn size_of(control: &ControlMessageOwned) -> Option<usize> {
    match control {
        ControlMessageOwned::UdpGroSegments(size) => usize::try_from(*size).ok(),
        _ => None,
    }
}

/// Whether an error says that the kernel does not cut this run: the option is unknown,
/// the device has no checksums, or the datagrams are too long for their way.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE | libc::ENOPROTOOPT | libc::EOPNOTSUPP)
    )
}

/// The next datagrams, if there are any. `control` is from [`control_space`].
pub(crate) fn receive<S: AsFd>(
    socket: &S,
    into: &mut [u8],
    control: &mut [u8],
) -> io::Result<Option<Burst>> {
    let fd = socket.as_fd().as_raw_fd();
    let mut pieces = [IoSliceMut::new(into)];
    let message = match recvmsg::<()>(fd, &mut pieces, Some(control), MsgFlags::empty()) {
        Ok(message) => message,
        Err(Errno::EAGAIN | Errno::EINTR) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let count = message.bytes;
    let size = message.cmsgs()?.find_map(|control| size_of(&control));
    Ok(Some(Burst {
        count,
        size: size.unwrap_or(count),
    }))
}
