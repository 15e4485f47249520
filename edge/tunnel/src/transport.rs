use crate::datagrams::{Datagrams, prepare};
use crate::event::Ending;
use crate::hints;
use crate::intake::Intake;
use crate::outbox::Outbox;
use crate::passage::Passage;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};
use spoke_engine::{Outside, TransportKind};
use spoke_moment::Moment;
use spoke_proxy::Target;
use spoke_traffic::StandingQueue;
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// What carries the packets of one tunnel.
#[derive(Debug)]
pub struct Transport(Kind);

#[derive(Debug)]
enum Kind {
    Stream {
        socket: OwnedFd,
        tcp: bool,
        ipv6: bool,
        /// Bytes read before the pump began.
        early: Vec<u8>,
        patience: Patience,
    },
    Datagrams(Datagrams),
}

/// What is known of the kernel's acknowledgements on a TCP socket. What is sent carries them along; after that, the
/// kernel waits with the next one for something to send it with (tcp(7), `TCP_QUICKACK`).
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// It may wait with the next one.
    waits: bool,
    /// Little has come in since something was sent.
    owes: bool,
}

/// Bytes of a read from which on the kernel acknowledges by itself: more than two segments.
const SMALL_READ: usize = 4096;

/// What a non-blocking read or write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes.
    Bytes(usize),
    /// Not now.
    Later,
    /// The other end is closed.
    End,
}

/// The transport carries nothing any more.
#[derive(Debug)]
pub(crate) enum Fault {
    Broken(io::Error),
    /// UDP: no address of the peer can be sent to.
    Unreachable(Vec<(SocketAddr, io::Error)>),
}

impl Transport {
    /// A connected TCP socket.
    ///
    /// # Errors
    /// When the socket cannot be made non-blocking.
    pub fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        hints::prepare_stream(&stream)?;
        let ipv6 = stream.peer_addr().is_ok_and(|address| address.is_ipv6());
        Ok(Self(Kind::Stream {
            socket: stream.into(),
            tcp: true,
            ipv6,
            early: Vec::new(),
            patience: Patience::default(),
        }))
    }

    /// TCP through a proxy.
    ///
    /// # Errors
    /// When the socket cannot be made non-blocking.
    pub fn tcp_through(passage: Passage) -> io::Result<Self> {
        let mut transport = Self::tcp(passage.stream)?;
        if let Kind::Stream { early, .. } = &mut transport.0 {
            *early = passage.early;
        }
        Ok(transport)
    }

    /// UDP through a SOCKS5 proxy, which relays as long as `passage` is open.
    /// Datagrams go to `relay` and name `target` in a header.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn udp_through(passage: Passage, relay: SocketAddr, target: &Target) -> io::Result<Self> {
        let datagrams = Datagrams::relayed(passage.stream, relay, target)?;
        Ok(Self(Kind::Datagrams(datagrams)))
    }

    /// A connected Unix stream socket, which frames packets as TCP does.
    ///
    /// # Errors
    /// When the socket cannot be made non-blocking.
    pub fn unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self(Kind::Stream {
            socket: stream.into(),
            tcp: false,
            ipv6: false,
            early: Vec::new(),
            patience: Patience::default(),
        }))
    }

    /// UDP to whichever of `addresses` answers first. They are tried in order, a
    /// quarter of a second apart or as soon as the one before has failed.
    #[must_use]
    pub fn udp(addresses: &[SocketAddr]) -> Self {
        Self(Kind::Datagrams(Datagrams::racing(addresses)))
    }

    /// UDP over a socket that is connected to the peer.
    ///
    /// # Errors
    /// When the socket has no peer or cannot be made non-blocking.
    pub fn udp_connected(socket: UdpSocket) -> io::Result<Self> {
        let address = socket.peer_addr()?;
        let socket = socket.into();
        prepare(&socket)?;
        Ok(Self(Kind::Datagrams(Datagrams::connected(socket, address))))
    }

    pub(crate) fn intake(&self) -> Intake {
        match &self.0 {
            Kind::Stream { early, .. } => Intake::stream(early),
            Kind::Datagrams(_) => Intake::datagrams(),
        }
    }

    /// What is around each packet.
    pub(crate) fn outside(&self) -> Outside {
        match &self.0 {
            Kind::Stream { ipv6, .. } => Outside {
                transport: TransportKind::Tcp,
                ipv6: *ipv6,
                relay: 0,
            },
            Kind::Datagrams(datagrams) => Outside {
                transport: TransportKind::Udp,
                ipv6: datagrams.is_ipv6(),
                relay: datagrams.relay_header(),
            },
        }
    }

    /// Whether each packet is sent and received by itself.
    pub(crate) const fn is_datagrams(&self) -> bool {
        matches!(self.0, Kind::Datagrams(_))
    }

    /// Whether it is still open which of several addresses is the peer's.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(&self.0, Kind::Datagrams(datagrams) if datagrams.peer().is_none())
    }

    /// The UDP part.
    pub(crate) const fn datagrams(&mut self) -> Option<&mut Datagrams> {
        match &mut self.0 {
            Kind::Datagrams(datagrams) => Some(datagrams),
            Kind::Stream { .. } => None,
        }
    }

    /// The descriptors to wait for.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let (stream, datagrams) = match &self.0 {
            Kind::Stream { socket, .. } => (Some(socket.as_fd()), None),
            Kind::Datagrams(datagrams) => (None, Some(datagrams.sockets())),
        };
        stream.into_iter().chain(datagrams.into_iter().flatten())
    }

    /// What is to be waited for beside them, to be read alone.
    pub(crate) fn control(&self) -> Option<BorrowedFd<'_>> {
        match &self.0 {
            Kind::Stream { .. } => None,
            Kind::Datagrams(datagrams) => datagrams.control(),
        }
    }

    /// How long until there is something to do without being asked.
    pub(crate) fn pause(&self) -> Option<Duration> {
        match &self.0 {
            Kind::Stream { .. } => None,
            Kind::Datagrams(datagrams) => datagrams.pause(),
        }
    }

    /// Reads into what `intake` has room for: a piece of the stream, or one burst of
    /// datagrams. An intake that is full is read from first.
    pub(crate) fn receive(&mut self, intake: &mut Intake) -> Result<Moved, Fault> {
        let space = intake.space();
        if space.is_empty() {
            return Ok(Moved::Later);
        }
        match &mut self.0 {
            Kind::Stream {
                socket, patience, ..
            } => match recv(socket.as_raw_fd(), space, MsgFlags::empty()) {
                Ok(0) => Ok(Moved::End),
                Ok(count) => {
                    patience.owes = count < SMALL_READ;
                    intake.filled(count, count);
                    Ok(Moved::Bytes(count))
                }
                Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
                Err(errno) => Err(Fault::Broken(errno.into())),
            },
            Kind::Datagrams(datagrams) => Ok(match datagrams.receive(space)? {
                Some(burst) => {
                    intake.filled(burst.count, burst.size);
                    Moved::Bytes(burst.count)
                }
                None => Moved::Later,
            }),
        }
    }

    /// Sends from what waits in `outbox`: as much of the stream as goes, or one run of
    /// datagrams.
    pub(crate) fn send(&mut self, outbox: &mut Outbox) -> Result<Moved, Fault> {
        match &mut self.0 {
            Kind::Stream {
                socket, patience, ..
            } => match send(socket.as_raw_fd(), outbox.stream(), hints::QUIETLY) {
                Ok(count) => {
                    *patience = Patience::default();
                    outbox.written(count);
                    Ok(Moved::Bytes(count))
                }
                Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
                Err(errno) => Err(Fault::Broken(errno.into())),
            },
            Kind::Datagrams(datagrams) => {
                let moved = datagrams.send(outbox.run(datagrams.longest_of_run()))?;
                if let Moved::Bytes(count) = moved {
                    outbox.sent(count);
                }
                Ok(moved)
            }
        }
    }

    /// Has the kernel take no more than so many bytes that it cannot send yet.
    pub(crate) fn hold_back(&self, bytes: usize) {
        if let Kind::Stream {
            socket, tcp: true, ..
        } = &self.0
        {
            hints::hold_back_little(socket, u32::try_from(bytes).unwrap_or(u32::MAX));
        }
    }

    /// Has the kernel send no faster than what is on the way passes on, where that holds a queue.
    pub(crate) fn keep_queue_short(&self, queue: &mut StandingQueue, now: Moment, full: bool) {
        if let Kind::Stream {
            socket, tcp: true, ..
        } = &self.0
        {
            hints::keep_queue_short(socket, queue, now, full);
        }
    }

    /// Has the kernel acknowledge what came in, if it may be waiting with that. A gateway without `TCP_NODELAY` holds
    /// its next packet back until this one is acknowledged, and would stay one behind for ever.
    pub(crate) fn acknowledge_now(&mut self) {
        if let Kind::Stream {
            socket,
            tcp: true,
            patience,
            ..
        } = &mut self.0
            && patience.waits
            && patience.owes
        {
            hints::acknowledge_quickly(socket);
            *patience = Patience {
                waits: false,
                owes: false,
            };
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            waits: true,
            owes: false,
        }
    }
}

impl From<Fault> for Ending {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Broken(error) => Self::Transport(error.to_string()),
            Fault::Unreachable(tried) => Self::Unreachable(tried),
        }
    }
}
