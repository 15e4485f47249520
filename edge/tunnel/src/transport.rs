use crate::quick;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};
use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// What carries the packets of one tunnel.
#[derive(Debug)]
pub struct Transport {
    socket: OwnedFd,
    tcp: bool,
}

/// What a non-blocking read or write came to.
#[derive(Debug)]
pub(crate) enum Moved {
    /// So many bytes.
    Bytes(usize),
    /// Not now.
    Later,
    /// The other end is closed.
    End,
}

impl Transport {
    /// A connected TCP socket.
    ///
    /// # Errors
    /// When the socket cannot be made non-blocking.
    pub fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            socket: stream.into(),
            tcp: true,
        })
    }

    /// A connected Unix stream socket, which frames packets as TCP does.
    ///
    /// # Errors
    /// When the socket cannot be made non-blocking.
    pub fn unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            socket: stream.into(),
            tcp: false,
        })
    }

    pub(crate) fn receive(&self, into: &mut [u8]) -> io::Result<Moved> {
        match recv(self.socket.as_raw_fd(), into, MsgFlags::empty()) {
            Ok(0) => Ok(Moved::End),
            Ok(count) => Ok(Moved::Bytes(count)),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
            Err(errno) => Err(errno.into()),
        }
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<Moved> {
        match send(self.socket.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL) {
            Ok(count) => Ok(Moved::Bytes(count)),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Has the kernel acknowledge what comes next at once. A gateway without
    /// `TCP_NODELAY` holds its second packet back until the first is acknowledged,
    /// and the kernel forgets this setting again and again (tcp(7)).
    pub(crate) fn acknowledge_quickly(&self) {
        if self.tcp {
            quick::acknowledge_quickly(&self.socket);
        }
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
