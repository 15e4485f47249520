use nix::sys::socket::{setsockopt, sockopt};
use std::os::fd::AsFd;

/// Other systems decide by themselves when to acknowledge.
pub(crate) const fn acknowledge_quickly<S: AsFd>(_socket: &S) {}

/// Other systems let datagrams be fragmented unless they are told not to.
pub(crate) const fn allow_fragments<S: AsFd>(_socket: &S) {}

/// Has the socket hold so many bytes that were not read yet, as far as the system goes.
pub(crate) fn hold<S: AsFd>(socket: &S, bytes: usize) {
    let _ = setsockopt(socket, sockopt::RcvBuf, &bytes);
}
