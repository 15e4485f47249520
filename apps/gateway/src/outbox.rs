//! Packets on their way to one client.

use spoke_tunnel::{Path, send_along};
use spoke_wire::frame_prefix;
use std::io;
use std::sync::Arc;
use tokio::net::{TcpStream, UdpSocket};

/// Bytes from which on no more tunnel packets are taken in.
const FULL: usize = 256 * 1024;

/// Where packets go: into a stream with their lengths before them, or out at once.
pub(crate) enum Outbox {
    Stream {
        stream: Arc<TcpStream>,
        bytes: Vec<u8>,
        sent: usize,
    },
    Datagrams {
        socket: Arc<UdpSocket>,
        path: Path,
    },
}

impl Outbox {
    pub(crate) const fn stream(stream: Arc<TcpStream>) -> Self {
        Self::Stream {
            stream,
            bytes: Vec::new(),
            sent: 0,
        }
    }

    /// Takes one packet.
    pub(crate) fn push(&mut self, packet: &[u8]) {
        match self {
            Self::Stream { bytes, .. } => {
                // No packet of ours comes near the frame's limit.
                if let Some(prefix) = frame_prefix(packet.len()) {
                    bytes.extend(prefix);
                    bytes.extend(packet);
                }
            }
            // What the socket does not take now, or what the network refuses, is lost:
            // that is what datagrams are like.
            Self::Datagrams { socket, path } => drop(send_along(&**socket, packet, path)),
        }
    }

    pub(crate) const fn is_stream(&self) -> bool {
        matches!(self, Self::Stream { .. })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        match self {
            Self::Stream { bytes, sent, .. } => *sent == bytes.len(),
            Self::Datagrams { .. } => true,
        }
    }

    pub(crate) const fn is_full(&self) -> bool {
        match self {
            Self::Stream { bytes, sent, .. } => bytes.len() - *sent >= FULL,
            Self::Datagrams { .. } => false,
        }
    }

    /// Sends as much as the socket takes now.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        let Self::Stream {
            stream,
            bytes,
            sent,
        } = self
        else {
            return Ok(());
        };
        while let Some(rest) = bytes.get(*sent..).filter(|rest| !rest.is_empty()) {
            match stream.try_write(rest) {
                Ok(len) => *sent += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        bytes.clear();
        *sent = 0;
        Ok(())
    }

    /// Whether it sends along another path.
    pub(crate) fn differs(&self, from: &Path) -> bool {
        matches!(self, Self::Datagrams { path, .. } if path != from)
    }

    /// Sends along another path from now on.
    pub(crate) const fn redirect(&mut self, to: Path) {
        if let Self::Datagrams { path, .. } = self {
            *path = to;
        }
    }
}
