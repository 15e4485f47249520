use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Protocol, Socket, Type};
use spoke_engine::CAUTIOUS_PATH;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long one address is tried alone before the next is tried beside it
/// (RFC 8305, section 5: 250 ms).
const STAGGER: Duration = Duration::from_millis(250);
/// How often a dial looks whether it has been called off.
pub(crate) const LOOK_UP: Duration = Duration::from_millis(100);

/// No address could be connected to: each with what came of it.
#[derive(Debug, thiserror::Error)]
#[error("{}", describe(.tried))]
pub struct DialError {
    /// In the order in which they failed.
    pub tried: Vec<(SocketAddr, io::Error)>,
}

/// Connects to the first of `addresses` that answers. They are tried in order, a
/// quarter of a second apart or as soon as the one before has failed; `timeout` is
/// for all of them together. Blocks; setting `cancel` ends it within a tenth of a
/// second.
///
/// The connection has `TCP_NODELAY` set: the handshake is a dialogue of small
/// packets.
///
/// # Errors
/// Every address with what came of it.
pub fn dial(
    addresses: &[SocketAddr],
    timeout: Duration,
    cancel: &AtomicBool,
) -> Result<(TcpStream, SocketAddr), DialError> {
    let end = Instant::now() + timeout;
    let mut waiting = addresses.iter().copied();
    let mut pending: Vec<(SocketAddr, Socket)> = Vec::new();
    let mut tried = Vec::new();
    let mut next_start = Instant::now();
    loop {
        let now = Instant::now();
        if cancel.load(Ordering::Relaxed) || now >= end {
            let why = if now >= end {
                io::ErrorKind::TimedOut
            } else {
                io::ErrorKind::Interrupted
            };
            tried.extend(pending.drain(..).map(|(address, _)| (address, why.into())));
            tried.extend(waiting.map(|address| (address, why.into())));
            return Err(DialError { tried });
        }
        if now >= next_start || pending.is_empty() {
            match waiting.next() {
                Some(address) => match start(address) {
                    Ok(socket) => pending.push((address, socket)),
                    Err(error) => tried.push((address, error)),
                },
                None if pending.is_empty() => return Err(DialError { tried }),
                None => {}
            }
            next_start = now + STAGGER;
        }
        if pending.is_empty() {
            continue;
        }
        let mut patience = LOOK_UP.min(end.saturating_duration_since(now));
        if waiting.len() > 0 {
            patience = patience.min(next_start.saturating_duration_since(now));
        }
        let ready = wait(&pending, patience);
        for at in ready.into_iter().rev() {
            let (address, socket) = pending.swap_remove(at);
            match finish(socket) {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => tried.push((address, error)),
            }
        }
    }
}

fn start(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    keep_short(&socket, address);
    match socket.connect(&address.into()) {
        Ok(()) => Ok(socket),
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(socket),
        Err(error) => Err(error),
    }
}

/// Bounds the segments of both directions (`TCP_MAXSEG`, tcp(7)) before the handshake says how
/// long they may be, so that packets stay within [`CAUTIOUS_PATH`]: the kernel's own search for
/// a path that swallows long ones is off by default, and the other end's is out of reach.
fn keep_short(socket: &Socket, address: SocketAddr) {
    // IP and TCP (RFC 791, 8200, 9293); options come out of the segment.
    let headers = if address.is_ipv6() { 60 } else { 40 };
    // It is a hint: a system that takes none connects as ever.
    let _ = socket.set_tcp_mss(u32::from(CAUTIOUS_PATH - headers));
}

/// Places of the sockets that have connected or failed, in ascending order.
fn wait(pending: &[(SocketAddr, Socket)], patience: Duration) -> Vec<usize> {
    let mut fds: Vec<PollFd<'_>> = pending
        .iter()
        .map(|(_, socket)| PollFd::new(socket.as_fd(), PollFlags::POLLOUT))
        .collect();
    let millis = u16::try_from(patience.as_millis()).unwrap_or(u16::MAX);
    // An interrupted wait is a short wait.
    let _ = poll(&mut fds, PollTimeout::from(millis.saturating_add(1)));
    fds.iter()
        .enumerate()
        .filter(|(_, fd)| fd.revents().is_some_and(|events| !events.is_empty()))
        .map(|(at, _)| at)
        .collect()
}

fn finish(socket: Socket) -> io::Result<TcpStream> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    // A failed connection has no peer even where no error is left to take.
    socket.peer_addr()?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

fn describe(tried: &[(SocketAddr, io::Error)]) -> String {
    if tried.is_empty() {
        return "there is no address to connect to".to_owned();
    }
    let parts: Vec<String> = tried
        .iter()
        .map(|(address, error)| format!("{address}: {error}"))
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    const SOON: Duration = Duration::from_secs(5);

    #[test]
    fn the_second_address_is_taken_when_the_first_refuses() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        let refusing = closed.local_addr().unwrap();
        drop(closed);
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let answering = open.local_addr().unwrap();
        let calm = AtomicBool::new(false);
        let (stream, address) = dial(&[refusing, answering], SOON, &calm).unwrap();
        assert_eq!(address, answering);
        assert!(stream.nodelay().unwrap());
        let error = dial(&[refusing], SOON, &calm).unwrap_err();
        assert_eq!(error.tried.len(), 1);
        assert!(error.to_string().contains(&refusing.to_string()));
    }

    #[test]
    fn segments_are_short_in_both_directions() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else {
                println!("skipped: no {host}");
                continue;
            };
            let address = listener.local_addr().unwrap();
            let calm = AtomicBool::new(false);
            let (stream, _) = dial(&[address], SOON, &calm).unwrap();
            let (other, _) = listener.accept().unwrap();
            for end in [&stream, &other] {
                let segment = socket2::SockRef::from(end).tcp_mss().unwrap();
                let longest = u32::from(CAUTIOUS_PATH) - if address.is_ipv6() { 60 } else { 40 };
                assert!((1200..=longest).contains(&segment), "{segment} to {host}");
            }
        }
    }

    #[test]
    fn a_cancelled_dial_ends() {
        let cancelled = AtomicBool::new(true);
        // TEST-NET-1 of RFC 5737: nobody answers there.
        let nowhere = "192.0.2.1:443".parse().unwrap();
        let error = dial(&[nowhere], Duration::from_secs(60), &cancelled).unwrap_err();
        assert_eq!(error.tried[0].1.kind(), io::ErrorKind::Interrupted);
    }
}
