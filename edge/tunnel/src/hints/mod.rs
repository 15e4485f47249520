//! What some systems can be asked for on a socket and others decide by themselves.

#[path = "elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "linux.rs"]
#[cfg(target_os = "linux")]
mod system;

use spoke_moment::Moment;
use spoke_traffic::StandingQueue;
use std::io;
use std::os::fd::AsFd;

pub(crate) use system::{
    QUIETLY, acknowledge_quickly, allow_fragments, hold, hold_back_little, sharpen_timers, wait,
};

/// Bytes of a TCP stream that the kernel holds before it can send them.
const NOT_SENT: u32 = 128 * 1024;

/// Makes a TCP socket fit for a tunnel: small packets do not wait for acknowledgements, and
/// the kernel takes no more than it can soon send.
///
/// # Errors
/// When it is no TCP socket.
pub fn prepare_stream<S: AsFd>(socket: &S) -> io::Result<()> {
    socket2::SockRef::from(socket).set_tcp_nodelay(true)?;
    hold_back_little(socket, NOT_SENT);
    Ok(())
}

/// Notes that a TCP socket was given something, and was `full` then or not. When what it is given keeps a queue
/// on its way, the kernel is asked to send no faster than that way passes on.
pub fn keep_queue_short<S: AsFd>(socket: &S, queue: &mut StandingQueue, now: Moment, full: bool) {
    queue.sent(full);
    if queue.is_due(now)
        && let Some(round_trip) = system::round_trip(socket)
        && queue.look(now, round_trip)
    {
        system::send_by_bbr(socket);
    }
}
