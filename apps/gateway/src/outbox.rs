//! Framed packets that wait for room in the socket.

use spoke_wire::frame_prefix;
use std::io;
use tokio::net::TcpStream;

/// Bytes from which on no more tunnel packets are taken in.
const FULL: usize = 256 * 1024;

#[derive(Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outbox {
    /// Appends one packet with its length before it.
    pub(crate) fn frame(&mut self, packet: &[u8]) {
        // No packet of ours comes near the frame's limit.
        if let Some(prefix) = frame_prefix(packet.len()) {
            self.bytes.extend(prefix);
            self.bytes.extend(packet);
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.bytes.len() - self.sent >= FULL
    }

    /// Sends as much as the socket takes now.
    pub(crate) fn send(&mut self, stream: &TcpStream) -> io::Result<()> {
        while let Some(rest) = self.bytes.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match stream.try_write(rest) {
                Ok(len) => self.sent += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.bytes.clear();
        self.sent = 0;
        Ok(())
    }

    /// The last try, when the connection is about to be closed.
    pub(crate) fn flush(&mut self, stream: &TcpStream) {
        let _ = self.send(stream);
    }
}
