use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, setsockopt, sockopt};
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// For sending. Other systems have no such flag; Rust's runtime ignores the signal.
pub(crate) const QUIETLY: MsgFlags = MsgFlags::empty();

/// Waits until something happens on one of the descriptors, or for so long, rounded up to
/// milliseconds so that a deadline has passed when it ends.
pub(crate) fn wait(fds: &mut [PollFd<'_>], at_most: Option<Duration>) -> io::Result<()> {
    let timeout = match at_most {
        None => PollTimeout::NONE,
        Some(at_most) => {
            let millis = at_most.as_nanos().div_ceil(1_000_000);
            PollTimeout::from(u16::try_from(millis).unwrap_or(u16::MAX))
        }
    };
    match poll(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Other systems wake a thread as they see fit.
pub(crate) const fn sharpen_timers() {}

/// Other systems decide by themselves how much of a stream they hold.
pub(crate) const fn hold_back_little<S: AsFd>(_socket: &S, _bytes: u32) {}

/// Other systems do not let a queue be avoided, so that nobody has to know of it.
pub(crate) const fn round_trip<S: AsFd>(_socket: &S) -> Option<Duration> {
    None
}

/// Other systems send every stream in the same way.
pub(crate) const fn send_by_bbr<S: AsFd>(_socket: &S) {}

/// Other systems decide by themselves when to acknowledge.
pub(crate) const fn acknowledge_quickly<S: AsFd>(_socket: &S) {}

/// Other systems let datagrams be fragmented unless they are told not to.
pub(crate) const fn allow_fragments<S: AsFd>(_socket: &S) {}

/// Has the socket hold so many bytes that were not read yet, as far as the system goes.
pub(crate) fn hold<S: AsFd>(socket: &S, bytes: usize) {
    let _ = setsockopt(socket, sockopt::RcvBuf, &bytes);
}
