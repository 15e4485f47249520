//! Packets on their way to one client.

use spoke_moment::Moment;
use spoke_traffic::StandingQueue;
use spoke_tunnel::{Path, is_refusal, send_along};
use std::io;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::{TcpStream, UdpSocket};

/// Datagrams of any length are sent many at once, until the system refuses.
const LONGEST_OF_RUN: usize = u16::MAX as usize;

/// What waits for one client's socket, and the way to it.
pub(crate) struct Outbox {
    packets: spoke_tunnel::Outbox,
    way: Way,
}

enum Way {
    Stream(Arc<TcpStream>),
    Datagrams {
        socket: Arc<UdpSocket>,
        path: Path,
        longest_of_run: usize,
    },
}

impl Outbox {
    pub(crate) fn stream(stream: Arc<TcpStream>) -> Self {
        Self {
            packets: spoke_tunnel::Outbox::new(false),
            way: Way::Stream(stream),
        }
    }

    pub(crate) fn datagrams(socket: Arc<UdpSocket>, path: Path) -> Self {
        Self {
            packets: spoke_tunnel::Outbox::new(true),
            way: Way::Datagrams {
                socket,
                path,
                longest_of_run: LONGEST_OF_RUN,
            },
        }
    }

    /// Where packets are sealed.
    pub(crate) const fn packets(&mut self) -> &mut spoke_tunnel::Outbox {
        &mut self.packets
    }

    pub(crate) const fn is_stream(&self) -> bool {
        matches!(self.way, Way::Stream(_))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub(crate) const fn len(&self) -> usize {
        self.packets.len()
    }

    /// Sends as much as the socket takes now; answers how many bytes that was.
    pub(crate) fn send(&mut self) -> io::Result<usize> {
        let before = self.packets.len();
        while !self.packets.is_empty() {
            match self.send_some() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(before - self.packets.len())
    }

    /// Has the kernel send no faster than what is on the way passes on, where that holds a queue.
    pub(crate) fn keep_queue_short(&self, queue: &mut StandingQueue, now: Moment, full: bool) {
        if let Way::Stream(stream) = &self.way {
            spoke_tunnel::keep_queue_short(stream, queue, now, full);
        }
    }

    fn send_some(&mut self) -> io::Result<()> {
        match &mut self.way {
            Way::Stream(stream) => {
                let count = stream.try_write(self.packets.stream())?;
                self.packets.written(count);
            }
            Way::Datagrams {
                socket,
                path,
                longest_of_run,
            } => {
                let run = self.packets.run(*longest_of_run);
                let (count, size) = (run.bytes.len(), run.size);
                let sent = socket.try_io(Interest::WRITABLE, || send_along(&**socket, run, path));
                match sent {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                    // Too long for the way, or a device that cannot: single ones go.
                    Err(error) if count > size && is_refusal(&error) => *longest_of_run = size - 1,
                    // What the network refuses is lost: that is what datagrams are like.
                    _ => self.packets.sent(count),
                }
            }
        }
        Ok(())
    }

    /// Whether it sends along another path.
    pub(crate) fn differs(&self, from: &Path) -> bool {
        matches!(&self.way, Way::Datagrams { path, .. } if path != from)
    }

    /// Sends along another path from now on.
    pub(crate) const fn redirect(&mut self, to: Path) {
        if let Way::Datagrams {
            path,
            longest_of_run,
            ..
        } = &mut self.way
        {
            *path = to;
            *longest_of_run = LONGEST_OF_RUN;
        }
    }
}
