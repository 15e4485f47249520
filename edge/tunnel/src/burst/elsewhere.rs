use crate::burst::Burst;
use crate::outbox::Run;
use crate::transport::Moved;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recv};
use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Datagrams are sent one by one.
pub(crate) const LONGEST_OF_RUN: usize = 0;

/// Nothing comes beside the datagrams.
pub(crate) const fn control_space() -> Vec<u8> {
    Vec::new()
}

/// Datagrams are received one by one.
pub(crate) const fn receive_bursts<S: AsFd>(_socket: &S) {}

/// Datagrams are received one by one.
pub(crate) const fn receive_singly<S: AsFd>(_socket: &S) {}

/// Runs do not come here.
pub(crate) fn send_run<S: AsFd>(_socket: &S, _run: Run<'_>) -> io::Result<Moved> {
    Err(Errno::EIO.into())
}

/// Nothing is cut.
pub(crate) const fn cut<'size>(_run: &Run<'_>, _size: &'size u16) -> Option<ControlMessage<'size>> {
    None
}

/// Nothing is said of sizes.
pub(crate) const fn size_of(_control: &ControlMessageOwned) -> Option<usize> {
    None
}

/// Whether an error says that the system does not cut runs.
pub(crate) const fn is_refusal(_error: &io::Error) -> bool {
    true
}

/// The next datagram, if there is one.
pub(crate) fn receive<S: AsFd>(
    socket: &S,
    into: &mut [u8],
    _control: &mut [u8],
) -> io::Result<Option<Burst>> {
    match recv(socket.as_fd().as_raw_fd(), into, MsgFlags::empty()) {
        Ok(count) => Ok(Some(Burst::one(count))),
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}
