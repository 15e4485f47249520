//! A socket of either kind that never blocks.

use crate::axes::Transport;
use crate::failure::Failure;
use spoke_wire::{MAX_FRAME, StreamFramer, frame_prefix};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// One end's socket.
pub(crate) enum Socket {
    /// A stream, and what cuts it into packets.
    Tcp(TcpStream, StreamFramer),
    /// A datagram socket.
    Udp(UdpSocket),
    /// A server's socket before its client has come.
    Listening(TcpListener),
    /// A server's datagram socket before its client has come.
    Awaiting(UdpSocket),
}

impl Socket {
    /// Connects to a server that listens.
    ///
    /// # Errors
    /// When nobody does.
    pub(crate) fn connect(transport: Transport, server: SocketAddr) -> Result<Self, Failure> {
        let connect = || match transport {
            Transport::Tcp => Self::tcp(TcpStream::connect(server)?),
            Transport::Udp => {
                let any = SocketAddr::new(server.ip(), 0);
                let socket = UdpSocket::bind(any)?;
                socket.connect(server)?;
                socket.set_nonblocking(true)?;
                Ok(Self::Udp(socket))
            }
        };
        connect().map_err(Failure::during(format!("connect to {server}")))
    }

    /// Listens for one client.
    ///
    /// # Errors
    /// When the address is in use.
    pub(crate) fn listen(transport: Transport, address: SocketAddr) -> Result<Self, Failure> {
        let listen = || -> std::io::Result<Self> {
            Ok(match transport {
                Transport::Tcp => {
                    let listener = TcpListener::bind(address)?;
                    listener.set_nonblocking(true)?;
                    Self::Listening(listener)
                }
                Transport::Udp => {
                    let socket = UdpSocket::bind(address)?;
                    socket.set_nonblocking(true)?;
                    Self::Awaiting(socket)
                }
            })
        };
        listen().map_err(Failure::during(format!("listen on {address}")))
    }

    fn tcp(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self::Tcp(stream, StreamFramer::new(MAX_FRAME)))
    }

    /// To wait for.
    #[must_use]
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream, _) => stream.as_fd(),
            Self::Udp(socket) | Self::Awaiting(socket) => socket.as_fd(),
            Self::Listening(listener) => listener.as_fd(),
        }
    }

    /// The port at this end.
    pub(crate) fn port(&self) -> u16 {
        let address = match self {
            Self::Tcp(stream, _) => stream.local_addr(),
            Self::Udp(socket) | Self::Awaiting(socket) => socket.local_addr(),
            Self::Listening(listener) => listener.local_addr(),
        };
        address.map_or(0, |address| address.port())
    }

    /// The packets that have come, and whether the peer closed the connection.
    ///
    /// # Errors
    /// When the connection broke.
    pub(crate) fn receive(&mut self) -> Result<(Vec<Vec<u8>>, bool), Failure> {
        self.take().map_err(Failure::during("receive"))
    }

    fn take(&mut self) -> std::io::Result<(Vec<Vec<u8>>, bool)> {
        let mut packets = Vec::new();
        loop {
            match self {
                Self::Listening(listener) => match soon(listener.accept())? {
                    Some((stream, _)) => *self = Self::tcp(stream)?,
                    None => return Ok((packets, false)),
                },
                Self::Awaiting(socket) => {
                    let mut packet = vec![0; MAX_FRAME];
                    let Some((count, from)) = soon(socket.recv_from(&mut packet))? else {
                        return Ok((packets, false));
                    };
                    packet.truncate(count);
                    packets.push(packet);
                    socket.connect(from)?;
                    *self = Self::Udp(socket.try_clone()?);
                }
                Self::Udp(socket) => {
                    let mut packet = vec![0; MAX_FRAME];
                    let Some(count) = soon(socket.recv(&mut packet))? else {
                        return Ok((packets, false));
                    };
                    packet.truncate(count);
                    packets.push(packet);
                }
                Self::Tcp(stream, framer) => {
                    let count = match stream.read(framer.space()) {
                        Err(error) if error.kind() == ErrorKind::ConnectionReset => Some(0),
                        read => soon(read)?,
                    };
                    let Some(count) = count else {
                        return Ok((packets, false));
                    };
                    framer.filled(count);
                    while let Some(frame) = framer.next_frame().map_err(std::io::Error::other)? {
                        packets.push(frame.to_vec());
                    }
                    if count == 0 {
                        return Ok((packets, true));
                    }
                }
            }
        }
    }

    /// Sends no more, and lets the peer know where the transport can.
    pub(crate) fn close(&mut self) {
        if let Self::Tcp(stream, _) = self {
            // The peer may have closed first.
            let _ = stream.shutdown(Shutdown::Write);
        }
    }

    /// Sends one packet. A peer that is gone takes no more, which is no failure of ours.
    ///
    /// # Errors
    /// When there is no peer yet.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Udp(socket) => {
                let _ = socket.send(packet);
                Ok(())
            }
            Self::Tcp(stream, _) => {
                let prefix = frame_prefix(packet.len())
                    .ok_or_else(|| Failure::new("a packet too long for a stream"))?;
                let mut frame = prefix.to_vec();
                frame.extend_from_slice(packet);
                // The other end reads all the time and little is under way.
                let _ = stream.write_all(&frame);
                Ok(())
            }
            Self::Listening(_) | Self::Awaiting(_) => {
                Err(Failure::new("a packet for a client that has not come"))
            }
        }
    }
}

/// `None` when nothing is there. A refused datagram says no more than that its reader is gone.
fn soon<T>(read: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::ConnectionRefused
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
