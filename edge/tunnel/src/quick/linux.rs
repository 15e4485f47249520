use std::os::fd::AsFd;

/// Has the kernel acknowledge what comes next at once (`TCP_QUICKACK`, tcp(7)).
pub(crate) fn acknowledge_quickly<S: AsFd>(socket: &S) {
    // It is a hint: where it does not take, the handshake is slower.
    let _ = socket2::SockRef::from(socket).set_tcp_quickack(true);
}
